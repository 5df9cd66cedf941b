/* Unicode properties and normalization, by the tables of utf8proc (Unicode 15). Pure, any thread; texts are valid
 * UTF-8; results live in the arena, or are the input itself where nothing had to change. */
#pragma once
#include "base/str.h"

/* --- code points --- */

/* Removes the first code point from *rest, which is not empty, and returns it. */
uint32_t text_next(Str *rest);
void text_add(StrBuf *out, uint32_t c);
/* Simple lower-case mapping of UnicodeData.txt: one code point to one. */
uint32_t text_lower(uint32_t c);

typedef enum TextKind {
    /* Letters, digits, punctuation, symbols; also unassigned code points, since newer systems may show them. */
    TEXT_VISIBLE,
    /* Combines with the previous character. */
    TEXT_MARK,
    /* Of any width. */
    TEXT_SPACE,
    /* Invisible and not a space: Default_Ignorable_Code_Point (fillers, tags, joiners, variation selectors), empty
     * symbols. */
    TEXT_INVISIBLE,
    /* Private use: its appearance is undefined. */
    TEXT_PRIVATE,
    /* C0, DEL, C1, line and paragraph separators, direction controls (UAX #9 section 2), annotations, noncharacters. */
    TEXT_CONTROL,
} TextKind;

TextKind text_kind(uint32_t c);
/* Part of a word: letters, digits, marks, and symbols other than mathematical, currency and modifier symbols. */
bool text_is_word(uint32_t c);

/* --- texts --- */

/* Whether nothing of the text is visible: only spaces, invisible characters and controls, or empty. */
bool text_is_blank(Str text);

/* Normalization Form C (UAX #15): canonically equivalent texts, such as é and e with a combining accent, become equal.
 * At most three times as long. */
Str text_nfc(Arena *arena, Str text);
/* Normalization Form KD: decomposed, and compatibility characters become the plain ones (ﬁ, ², full width). At most 11
 * times as long. */
Str text_nfkd(Arena *arena, Str text);
/* The first `count` code points, or fewer: never cuts a user-perceived character (a grapheme cluster, UAX #29) apart,
 * unless it is the only one. */
Str text_beginning(Str text, size_t count);
