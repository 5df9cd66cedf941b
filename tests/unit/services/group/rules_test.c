/* The rules of group, pure. */
#include "services/group/rules.h"

#include "base/limits.h"
#include "support/test.h"

static const struct {
    const char *label, *text;
    Err want;
    const char *kept;
} titles[] = {
    { "plain", "Friends", OK, "Friends" },
    { "white space around", " \t Friends of old \n", OK, "Friends of old" },
    { "not Latin", "Друзья", OK, "Друзья" },
    { "empty", "", ERR_INVALID, NULL },
    { "only white space", " \t\n ", ERR_INVALID, NULL },
    { "nothing that shows", "\u200b\u3164", ERR_INVALID, NULL },
    { "line break inside", "a\nb", ERR_INVALID, NULL },
    { "delete character", "a\x7f", ERR_INVALID, NULL },
    { "C1 control",
      "a\xc2\x85"
      "b",
      ERR_INVALID, NULL },
    { "no-break space is a space",
      "a\xc2\xa0"
      "b",
      OK, "a b" },
    { "override", "a\u202eb", ERR_INVALID, NULL },
    { "no width inside", "a\u200bb", ERR_INVALID, NULL },
    { "broken UTF-8", "a\xff", ERR_INVALID, NULL },
};
TEST_EACH(title_is_trimmed_and_checked, titles, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str title;
    CHECK_ERR(group_title_check(ctx, c->text, &title), c->want, c->label);
    if (c->kept) CHECK_STR(title, str_of(c->kept), c->label);
}

/* `n` times the letter ж, which is two bytes. */
static const char *letters(Ctx *ctx, int n)
{
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    while (n-- > 0) strbuf_add(&text, STR("ж"));
    return str_cstr(ctx->arena, strbuf_str(&text));
}

TEST(texts_are_measured_in_characters)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str text;
    CHECK_ERR(group_title_check(ctx, letters(ctx, TITLE_MAX), &text), OK, "longest title");
    CHECK_ERR(group_title_check(ctx, letters(ctx, TITLE_MAX + 1), &text), ERR_INVALID, "too long a title");
    CHECK_ERR(group_description_check(ctx, letters(ctx, DESCRIPTION_MAX), &text), OK, "longest description");
    CHECK_ERR(group_description_check(ctx, letters(ctx, DESCRIPTION_MAX + 1), &text), ERR_INVALID, "too long");
    CHECK_ERR(group_description_check(ctx, "", &text), OK, "no description");
    CHECK_ERR(group_description_check(ctx, "two\nlines,\ttabbed", &text), OK, "lines");
    CHECK_ERR(group_description_check(ctx, "bell\a", &text), ERR_INVALID, "control character");
}

#define A "00000000-0000-7000-8000-00000000000a"
#define B "00000000-0000-7000-8000-00000000000b"
#define C "00000000-0000-7000-8000-00000000000c"

TEST(ids_come_out_sorted_once_each_and_without_oneself)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char *const texts[] = { C, A, B, A, C };
    Id self, *ids;
    size_t n;
    assert_true(id_parse(STR(B), &self));
    CHECK_ERR(group_ids_check(ctx, "ids", texts, 5, 5, self, &ids, &n), OK, "ids");
    assert_int_equal(n, 2);
    assert_string_equal(id_text(ctx->arena, ids[0]), A);
    assert_string_equal(id_text(ctx->arena, ids[1]), C);

    CHECK_ERR(group_ids_check(ctx, "ids", texts, 5, 4, self, &ids, &n), ERR_TOO_LARGE, "too many");
    char *const broken[] = { A, "x" };
    CHECK_ERR(group_ids_check(ctx, "ids", broken, 2, 5, self, &ids, &n), ERR_INVALID, "broken");
    assert_string_equal(ctx->err_text, "ids[1]: not a UUID");
}

TEST(request_hash_tells_requests_apart)
{
    Id a = { { 1 } }, b = { { 2 } };
    const Id both[] = { a, b };
    int64_t hash = group_request_hash(STR("ab"), STR("c"), both, 2);
    assert_true(hash == group_request_hash(STR("ab"), STR("c"), both, 2));
    assert_true(hash != group_request_hash(STR("a"), STR("bc"), both, 2));
    assert_true(hash != group_request_hash(STR("ab"), STR("c"), both, 1));
    assert_true(hash != group_request_hash(STR("ab"), STR(""), both, 2));
}

/* Ten people an hour: one every 360 s. */
static const struct {
    const char *label;
    int64_t used_until_s;
    uint32_t n;
    bool want;
    int64_t used_until_after_s;
    uint32_t wait_s;
} allowances[] = {
    { "one of all", 0, 1, true, 100360, 0 },
    { "all", 0, 10, true, 103600, 0 },
    { "more than there can be is all", 0, 11, true, 103600, 0 },
    { "the last one", 100000 + 9 * 360, 1, true, 103600, 0 },
    { "one too many", 100000 + 9 * 360, 2, false, 100000 + 9 * 360, 360 },
    { "one of none", 103600, 1, false, 103600, 360 },
    { "one when half of one is there", 103420, 1, false, 103420, 180 },
    { "after the clock was set back", 999999, 1, false, 999999, 360 },
};
TEST_EACH(an_allowance_is_there_again_after_an_hour, allowances, c)
{
    int64_t used_until_ms = c->used_until_s * 1000;
    uint32_t wait_ms = 0;
    CHECK(group_allowance_take(&used_until_ms, 100000000, c->n, 10, &wait_ms) == c->want, c->label);
    CHECK(used_until_ms == c->used_until_after_s * 1000, c->label);
    CHECK(wait_ms == c->wait_s * 1000, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(title_is_trimmed_and_checked),
        cmocka_unit_test(texts_are_measured_in_characters),
        cmocka_unit_test(ids_come_out_sorted_once_each_and_without_oneself),
        cmocka_unit_test(request_hash_tells_requests_apart),
        cmocka_unit_test(an_allowance_is_there_again_after_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
