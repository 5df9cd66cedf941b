/* Folds text for search: without case, marks and apostrophes, each letter as most keyboards type it. José, JOSE and
 * Jose followed by a combining accent become equal, ё becomes е, ß becomes ss; й stays й. The table is fold.txt, from
 * which the web client's ui/fold.ts is generated too. Pure, any thread; texts are valid UTF-8, results live in the
 * arena. */
#pragma once
#include "base/str.h"

/* Idempotent. The result is at most 11 times as long: U+FDFA is a sentence. */
Str fold(Arena *arena, Str text);
/* Store it with folded text, and refold text of another version. From 1; it only grows. */
int64_t fold_version(void);
