/* Permissions of accounts, and constraints on their fields. Pure: no I/O, no clock, no state. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"
#include "services/auth/auth.h"

#define INVITES_MAX  1000            /* open at once */
#define INVITE_TTL_S (7 * 24 * 3600) /* default */
#define LANGUAGE_MAX 35              /* bytes; RFC 5646 section 4.4.1 */

bool role_is_admin(AccountRole role);

/* The kind of a code. */
typedef enum CodeKind { CODE_NONE, CODE_UNKNOWN, CODE_INVITE, CODE_OWNER } CodeKind;

/* ERR_FORBIDDEN if this kind of code does not permit registering. */
MUST_CHECK Err registration_authorize(Ctx *ctx, AuthRegistration mode, CodeKind code);

/* A password in the form that is hashed, so that the same letters are the same password on every keyboard: OpaqueString
 * of RFC 8265, section 4.2.2. Every space becomes U+0020, and the text is in Normalization Form C; case and width are
 * preserved. Valid UTF-8. */
Str password_prepared(Arena *arena, Str typed);
/* Checks a new password and returns its prepared form.
 *   ERR_INVALID  less than PASSWORD_MIN or more than PASSWORD_MAX bytes, or control characters. Other code points that
 * the RFC
 *                forbids are permitted: keyboards type emoji with some of them, and newer ones than our tables know */
MUST_CHECK Err password_check(Ctx *ctx, const char *field, Str typed, Str *out_password);
/* The rule of all shown texts, with lines, up to ABOUT_MAX characters; may be empty. */
MUST_CHECK Err about_check(Ctx *ctx, Str about, Str *out_about);
/* Empty, or a well-formed language tag (RFC 5646). */
MUST_CHECK Err language_check(Ctx *ctx, Str language);
MUST_CHECK Err theme_check(Ctx *ctx, Str theme);

/* A device's name: valid UTF-8, with spaces instead of invisible characters, truncated to DEVICE_MAX bytes between
 * characters. In the arena; never fails, because the user does not control a User-Agent. */
Str device_text(Arena *arena, Str device);
