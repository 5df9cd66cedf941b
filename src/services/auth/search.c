/* People search. */
#include "services/auth/search.h"

#include "base/fold.h"
#include "base/text.h"

#define QUERY_WORDS_MAX (SEARCH_WORDS_MAX / 4)

static void words_add(Words *words, Str word, size_t max)
{
    if (word.len == 0 || words->count >= max) return;
    for (size_t i = 0; i < words->count; i++)
        if (str_eq(words->list[i], word)) return;
    words->list[words->count++] = word;
}

/* Cuts the part before the next blank. */
static Str next_token(Str *rest)
{
    Str token = { rest->ptr, 0 };
    while (rest->len) {
        Str before = *rest;
        TextKind kind = text_kind(text_next(rest));
        bool blank = kind == TEXT_SPACE || kind == TEXT_CONTROL || kind == TEXT_PRIVATE;
        if (blank && token.len) break;
        if (blank)
            token.ptr = rest->ptr;
        else
            token.len += before.len - rest->len;
    }
    return token;
}

/* From the first letter or digit on. */
static Str from_word(Str text)
{
    while (text.len) {
        Str rest = text;
        if (text_is_word(text_next(&rest))) break;
        text = rest;
    }
    return text;
}

/* From the first punctuation on. */
static Str after_word(Str text)
{
    while (text.len) {
        Str rest = text;
        if (!text_is_word(text_next(&rest))) break;
        text = rest;
    }
    return text;
}

/* Splits into words before folding, which removes the apostrophes that separate them. */
static void add_names(Arena *arena, Words *words, Str name)
{
    while (name.len) {
        Str token = next_token(&name);
        for (Str part = from_word(token); part.len; part = from_word(after_word(part)))
            words_add(words, fold(arena, part), SEARCH_WORDS_MAX);
    }
}

Words *words_of_user(Arena *arena, Str username, Str display_name)
{
    Words *words = arena_new_of(arena, Words);
    add_names(arena, words, username);
    add_names(arena, words, display_name);
    return words;
}

Str person_sort_key(Arena *arena, Str display_name)
{
    return fold(arena, display_name);
}

Words *words_of_query(Arena *arena, Str query)
{
    Words *words = arena_new_of(arena, Words);
    while (query.len) words_add(words, fold(arena, from_word(next_token(&query))), QUERY_WORDS_MAX);
    return words;
}

Str words_longest(const Words *query)
{
    Str longest = query->list[0];
    for (size_t i = 1; i < query->count; i++)
        if (query->list[i].len > longest.len) longest = query->list[i];
    return longest;
}

static bool begins_any(Str prefix, const Words *user)
{
    for (size_t i = 0; i < user->count; i++)
        if (str_starts_with(user->list[i], prefix)) return true;
    return false;
}

bool words_match(const Words *query, const Words *user)
{
    for (size_t i = 0; i < query->count; i++)
        if (!begins_any(query->list[i], user)) return false;
    return true;
}

int words_rank(Arena *arena, const Words *query, Str username, Str display_name)
{
    Str name = fold(arena, username);
    if (str_eq(name, query->list[0])) return 0;
    if (str_starts_with(name, query->list[0])) return 1;
    return str_starts_with(fold(arena, display_name), query->list[0]) ? 2 : 3;
}
