/* What accounts may do and what their fields may hold. Pure: no I/O, no clock, no state. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"
#include "services/auth/auth.h"

#define INVITES_MAX  1000            /* open at once */
#define INVITE_TTL_S (7 * 24 * 3600) /* when none is asked for */
#define LANGUAGE_MAX 35              /* bytes; RFC 5646 section 4.4.1 */

bool role_is_admin(AccountRole role);

/* What a code turned out to be. */
typedef enum CodeKind { CODE_NONE, CODE_UNKNOWN, CODE_INVITE, CODE_OWNER } CodeKind;

/* ERR_FORBIDDEN when somebody with this code may not register. */
MUST_CHECK Err registration_authorize(Ctx *ctx, AuthRegistration mode, CodeKind code);

/* A password in the form that is hashed, so that the same letters are the same password on every keyboard: OpaqueString of
 * RFC 8265, section 4.2.2. Every space is U+0020, and all is in Normalization Form C; case and width stay. Valid UTF-8. */
Str password_prepared(Arena *arena, Str typed);
/* Whether somebody may choose this password; gives its prepared form.
 *   ERR_INVALID  less than PASSWORD_MIN or more than PASSWORD_MAX bytes, or control characters. The other code points that
 *                the RFC forbids are allowed: keyboards type emoji with some of them, and newer ones than our tables know */
MUST_CHECK Err password_check(Ctx *ctx, const char *field, Str typed, Str *out_password);
/* The rule of all shown texts, with lines, up to ABOUT_MAX characters; may be empty. */
MUST_CHECK Err about_check(Ctx *ctx, Str about, Str *out_about);
/* Empty, or a well-formed language tag (RFC 5646). */
MUST_CHECK Err language_check(Ctx *ctx, Str language);
MUST_CHECK Err theme_check(Ctx *ctx, Str theme);

/* What a device calls itself: valid UTF-8, spaces instead of what cannot be seen, at most DEVICE_MAX bytes, cut at a letter. In the
 * arena; never fails, because a User-Agent is not the user's fault. */
Str device_text(Arena *arena, Str device);
