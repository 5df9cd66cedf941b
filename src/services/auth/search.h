/* People search: which words a user is found by, whether a user answers a query, and who comes first.
 * Pure; texts are valid UTF-8, results live in the arena. Words are folded (base/fold.h), so whatever is
 * stored of them is made anew when fold_version() is another one. */
#pragma once
#include "base/ctx.h"

#define SEARCH_WORDS_MAX 32 /* of one user; of one query a quarter */

typedef struct Words {
    Str list[SEARCH_WORDS_MAX];
    size_t count;
} Words;

/* The folded words of a user's names, each once. A name joined by punctuation is found whole and by its parts:
 * "jean-paul" as "jean-paul" and "paul", "O'Brien" as "obrien" and "brien". */
Words *words_of_user(Arena *arena, Str username, Str display_name);
/* By which people are listed: the display name as people look it up. */
Str person_sort_key(Arena *arena, Str display_name);
/* The folded words of a query; a leading @ is left out. */
Words *words_of_query(Arena *arena, Str query);
/* The word of a query that fits the fewest users, by its length. The query has words. */
Str words_longest(const Words *query);

/* Whether every word of the query begins a word of the user. */
bool words_match(const Words *query, const Words *user);
/* Orders matches, best first: 0 the user name itself, 1 it begins so, 2 the display name begins so, 3 a later word. */
int words_rank(Arena *arena, const Words *query, Str username, Str display_name);
