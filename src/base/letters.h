/* Code points: as much of Unicode as names, people search and the rules of texts need. Pure; texts are valid UTF-8. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Cuts the first code point off *rest, which is not empty. */
uint32_t letter_next(Str *rest);
void letter_add(StrBuf *out, uint32_t letter);

/* Without case: simple folding (CaseFolding.txt, status C and S) for Latin-1, Latin Extended-A, Greek and Cyrillic; others
 * as they are. */
uint32_t letter_fold(uint32_t letter);
Str letters_fold(Arena *arena, Str text);

/* Control characters, line separators, and what changes the direction of the text around it (UAX #9 section 2). */
bool letter_is_control(uint32_t letter);
/* Takes room or none, but shows nothing: white space, controls, Default_Ignorable_Code_Point (DerivedCoreProperties.txt) and
 * the empty pattern of Braille. web/src/ui/blank.ts says the same to those who write; a test there compares both. */
bool letter_is_blank(uint32_t letter);
/* Whether nothing of a text shows; so of an empty one. */
bool letters_are_blank(Str text);
/* Part of a word, for search: anything but blanks, punctuation and symbols of the scripts above. */
bool letter_is_word(uint32_t letter);
