/* Percent-decoding (RFC 3986, section 2.1) and query strings (application/x-www-form-urlencoded). Pure, any thread. */
#pragma once
#include "base/str.h"

/* Decodes into the arena. Strict: false, with *out unchanged, for a broken escape, NUL, or a result that is not UTF-8.
 * `plus_is_space`: as in queries. */
MUST_CHECK bool url_decode(Arena *arena, Str encoded, bool plus_is_space, Str *out);

/* Takes the next "name=value" off the query, both decoded; skips empty pairs. False at the end, and at the first pair
 * that cannot be decoded: then *bad is true. */
MUST_CHECK bool url_query_next(Str *rest, Arena *arena, Str *name, Str *value, bool *bad);
