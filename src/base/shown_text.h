/* What people call themselves and what they own: names, titles, and the words about them. Others read them beside buttons, lists and
 * other names, so they must look like what they are. One rule for all of them, after the nickname profile of PRECIS (RFC 8266):
 * - Normalization Form C; spaces of all kinds become U+0020, those around are cut off; in one line, several become one.
 * - Refused: controls and private characters, what turns the direction of text, and what cannot be seen, but where a script or
 *   an emoji needs it: joiners (as RFC 5892 appendix A has it), variation selectors, the tags of a flag.
 * - Something must show, a mark stands on a letter, and not more than SHOWN_MARKS_MAX stand on one.
 * Any thread. */
#pragma once
#include "base/ctx.h"

#define SHOWN_MARKS_MAX 6 /* Tibetan stacks are the highest */

typedef struct ShownRule {
    const char *field; /* as the contract calls it, for the story */
    size_t max;        /* code points, of what comes out */
    bool has_lines;    /* may have line ends (CR LF and CR become LF) and tabs */
    bool may_be_empty;
} ShownRule;

/* *out_text is what to keep and to show, in ctx->arena or the text itself. ERR_INVALID with the field and the reason; so for text that
 * is no UTF-8. */
MUST_CHECK Err shown_text_check(Ctx *ctx, const ShownRule *rule, Str text, Str *out_text);
