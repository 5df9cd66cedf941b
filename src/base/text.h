/* Unicode text beyond its bytes, by the tables of utf8proc (Unicode 15). Pure, any thread; texts are valid UTF-8, results live
 * in the arena, or are the text that was given where nothing had to change. */
#pragma once
#include "base/str.h"

/* --- code points --- */

/* Cuts the first code point off *rest, which is not empty. */
uint32_t text_next(Str *rest);
void text_add(StrBuf *out, uint32_t c);
/* Lower case by itself, as UnicodeData.txt has it: one code point for one. */
uint32_t text_lower(uint32_t c);

typedef enum TextKind {
    /* Letters, digits, punctuation, symbols; and what is not assigned yet, since newer systems may show it. */
    TEXT_VISIBLE,
    /* Stands on the one before. */
    TEXT_MARK,
    /* Of any width. */
    TEXT_SPACE,
    /* Shows nothing and is no space: Default_Ignorable_Code_Point (fillers, tags, joiners, variation selectors), empty symbols. */
    TEXT_INVISIBLE,
    /* Means something to those who agreed on it, and shows anything or nothing to others. */
    TEXT_PRIVATE,
    /* C0, DEL, C1, line and paragraph separators, what turns the direction of text (UAX #9 section 2), annotations, and what is
     * no character. */
    TEXT_CONTROL,
} TextKind;

TextKind text_kind(uint32_t c);
/* Part of a word: letters, digits, marks, and symbols that are no signs of mathematics, money or modifiers. */
bool text_is_word(uint32_t c);

/* --- texts --- */

/* Whether nothing of a text shows: spaces, invisible ones and controls alone, or not even those. */
bool text_is_blank(Str text);

/* Normalization Form C (UAX #15): texts that are canonically equivalent, such as é and e with an accent behind, become equal.
 * At most three times as long. */
Str text_nfc(Arena *arena, Str text);
/* Normalization Form KD: taken apart, and characters that only look otherwise become the plain ones (ﬁ, ², full width). At most 11
 * times as long. */
Str text_nfkd(Arena *arena, Str text);
/* The first `count` code points, or fewer: what readers see as one character (a grapheme cluster, UAX #29) is not cut apart,
 * unless it is all that there is. */
Str text_beginning(Str text, size_t count);
