/* Names, titles and descriptions of people and what they own. Others read them next to buttons, lists and other names,
 * so they
 * must not be able to imitate or disturb those. One rule for all of them, based on the nickname profile of PRECIS (RFC
 * 8266):
 * - Normalization Form C; spaces of all kinds become U+0020 and are trimmed at both ends; in one line, runs are
 * collapsed.
 * - Refused: control and private-use characters, characters that change text direction, and invisible characters,
 * except where a
 *   script or an emoji needs them: joiners (RFC 5892 appendix A), variation selectors, the tags of a flag.
 * - Something must be visible; a mark must follow a letter, at most SHOWN_MARKS_MAX per letter.
 * Any thread. */
#pragma once
#include "base/ctx.h"

#define SHOWN_MARKS_MAX 6 /* Tibetan stacks are the highest */

typedef struct ShownRule {
    const char *field; /* the contract's name, for the error text */
    size_t max;        /* code points of the result */
    bool has_lines;    /* may have line ends (CR LF and CR become LF) and tabs */
    bool may_be_empty;
} ShownRule;

/* *out_text is the text to store and show, in ctx->arena, or the input itself. ERR_INVALID, with the field and the
 * reason; also for invalid UTF-8. */
MUST_CHECK Err shown_text_check(Ctx *ctx, const ShownRule *rule, Str text, Str *out_text);
