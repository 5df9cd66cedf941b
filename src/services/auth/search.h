/* People search: the words that find a user, whether a user matches a query, and ranking. Pure; texts are valid UTF-8,
 * results live in the arena. Words are folded (base/fold.h), so stored ones must be rebuilt when fold_version()
 * changes. */
#pragma once
#include "base/ctx.h"

#define SEARCH_WORDS_MAX 32 /* per user; a quarter of it per query */

typedef struct Words {
    Str list[SEARCH_WORDS_MAX];
    size_t count;
} Words;

/* The folded words of a user's names, without duplicates. A name joined by punctuation matches as a whole and by its
 * parts: "jean-paul" as "jean-paul" and "paul", "O'Brien" as "obrien" and "brien". */
Words *words_of_user(Arena *arena, Str username, Str display_name);
/* The sort key of the list of people: the folded display name. */
Str person_sort_key(Arena *arena, Str display_name);
/* The folded words of a query, without a leading @. */
Words *words_of_query(Arena *arena, Str query);
/* The longest word of a query, which probably matches the fewest users. The query has words. */
Str words_longest(const Words *query);

/* Whether every word of the query is a prefix of a word of the user. */
bool words_match(const Words *query, const Words *user);
/* The rank of a match, best first: 0 the exact user name, 1 its prefix, 2 a prefix of the display name, 3 a later
 * word. */
int words_rank(Arena *arena, const Words *query, Str username, Str display_name);
