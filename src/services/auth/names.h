/* User names: their syntax, and when two names are too similar to coexist (docs/adr/0002-usernames.md). Pure; texts are
 * valid UTF-8, results live in the arena. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

/* OK for USERNAME_MIN to USERNAME_MAX characters that begin with a letter: letters of one script, Latin (a-z) or
 * Russian (а-я, ё), digits, dot, hyphen, underscore. *out_name is the name to store, in Normalization Form C: й and ё
 * are one letter, however they were typed. Otherwise ERR_INVALID with the reason. */
MUST_CHECK Err username_check(Ctx *ctx, Str typed, Str *out_name);
/* Case-folded: equal keys are the same name. Accepts any text, so that sign-in can look up its input. */
Str username_key(Arena *arena, Str name);
/* Equal for names that readers may confuse. Only for names accepted by username_check(). */
Str username_skeleton(Arena *arena, Str name);
/* Whether a name appears to speak for the server, by skeleton: only the owner may have it. */
bool username_is_reserved(Arena *arena, Str skeleton);

/* The rule of all shown texts (base/shown_text.h), 1 to DISPLAY_NAME_MAX characters. ERR_INVALID with the reason. */
MUST_CHECK Err display_name_check(Ctx *ctx, Str name, Str *out_name);
