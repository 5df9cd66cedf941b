/* Texts as people look them up: without case, marks and apostrophes, each letter as most keyboards have it. José, JOSE and Jose with
 * an accent behind are one, ё is е, ß is ss; й stays й. The table is fold.txt, from which the web client's ui/fold.ts is made too.
 * Pure, any thread; texts are valid UTF-8, results live in the arena. */
#pragma once
#include "base/str.h"

/* Folding again changes nothing. At most 11 times as long: U+FDFA is a sentence. */
Str fold(Arena *arena, Str text);
/* Whoever stores what was folded keeps this beside it, and folds anew what has another version. From 1 on; it only grows. */
int64_t fold_version(void);
