#include "services/auth/search.h"

#include "support/test.h"

static Str joined(Arena *arena, const Words *words)
{
    StrBuf out;
    strbuf_init(&out, arena);
    for (size_t i = 0; i < words->count; i++) {
        if (i) strbuf_add_char(&out, '|');
        strbuf_add(&out, words->list[i]);
    }
    return out.len ? strbuf_str(&out) : STR("");
}

static const struct {
    const char *username, *display_name, *want;
} users[] = {
    { "alice", "Alice Liddell", "alice|liddell" },
    { "Ivan.Petrov", "Иван Петров", "ivan.petrov|petrov|иван|петров" },
    { "anna", "Анна-Мария О'Нил", "anna|анна-мария|мария|онил|нил" },
    { "yozh", "Ёжик (в тумане)", "yozh|ежик|в|тумане)" },
    { "heart", "❤️ ❤️", "heart|❤" },
    { "li4", "李明", "li4|李明" },
    { "jose", "José Nuñez-Łoś", "jose|nunez-los|los" },
    { "joe", "’Joe’ O’Brien`s", "joe|obriens|briens|s" },
    { "pro", "می\u200cخواهم", "pro|میخواهم|خواهم" },
    { "same", "same Same SAME", "same" },
};

TEST_EACH(a_user_is_found_by_the_words_of_both_names, users, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str words = joined(ctx->arena, words_of_user(ctx->arena, str_of(c->username), str_of(c->display_name)));
    CHECK_STR(words, str_of(c->want), c->username);
}

static const struct {
    const char *query;
    bool match;
    int rank;
} queries[] = {
    { "ivan.petrov", true, 0 }, { "IVAN.PETROV", true, 0 }, { "@ivan.petrov", true, 0 }, { "iva", true, 1 },
    { "ив", true, 2 },          { "ПЕТР", true, 3 },        { "петр ив", true, 3 },      { "petrov", true, 3 },
    { "ив сид", false, 0 },     { "van", false, 0 },        { "етров", false, 0 },       { "ivan.petrovich", false, 0 },
};

TEST_EACH(every_word_of_a_query_begins_a_word_of_the_user, queries, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str username = STR("Ivan.Petrov"), display_name = STR("Иван Петров");
    const Words *query = words_of_query(ctx->arena, str_of(c->query));
    CHECK(words_match(query, words_of_user(ctx->arena, username, display_name)) == c->match, c->query);
    if (c->match) CHECK(words_rank(ctx->arena, query, username, display_name) == c->rank, c->query);
}

TEST(a_query_of_blanks_and_marks_has_no_words)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    assert_int_equal(words_of_query(ctx->arena, STR(""))->count, 0);
    assert_int_equal(words_of_query(ctx->arena, STR(" @ . \u200b"))->count, 0);
}

TEST(words_are_bounded_however_many_a_name_has)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    StrBuf name;
    strbuf_init(&name, ctx->arena);
    for (int i = 0; i < 100; i++) strbuf_fmt(&name, "w%d ", i);
    assert_int_equal(words_of_user(ctx->arena, STR("user"), strbuf_str(&name))->count, SEARCH_WORDS_MAX);
    assert_int_equal(words_of_query(ctx->arena, strbuf_str(&name))->count, SEARCH_WORDS_MAX / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_found_by_the_words_of_both_names),
        cmocka_unit_test(every_word_of_a_query_begins_a_word_of_the_user),
        cmocka_unit_test(a_query_of_blanks_and_marks_has_no_words),
        cmocka_unit_test(words_are_bounded_however_many_a_name_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
