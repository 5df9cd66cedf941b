/* Unicode text beyond its bytes, by the tables of utf8proc (Unicode 15). Pure, any thread; texts are valid UTF-8, results live
 * in the arena, or are the text that was given where nothing had to change. */
#pragma once
#include "base/str.h"

/* Normalization Form C (UAX #15): texts that are canonically equivalent, such as é and e with an accent behind, become equal.
 * At most three times as long. */
Str text_nfc(Arena *arena, Str text);
/* The first `count` code points, or fewer: what readers see as one character (a grapheme cluster, UAX #29) is not cut apart,
 * unless it is all that there is. */
Str text_beginning(Str text, size_t count);
