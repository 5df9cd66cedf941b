#include "base/str.h"

#include "support/test.h"

/* Markus Kuhn, "UTF-8 decoder capability and stress test", and RFC 3629 section 4. */
static const struct {
    const char *label;
    Str text;
    bool valid;
} utf8s[] = {
    { "empty", STR(""), true },
    { "ASCII, over eight bytes", STR("hello, world, hello"), true },
    { "Cyrillic", STR("\xd0\x9c\xd0\xbe\xd0\xbb\xd0\xb2\xd0\xb0"), true },
    { "U+FFFF", STR("\xef\xbf\xbf"), true },
    { "U+10FFFF", STR("\xf4\x8f\xbf\xbf"), true },
    { "U+110000", STR("\xf4\x90\x80\x80"), false },
    { "overlong slash, 2", STR("\xc0\xaf"), false },
    { "overlong slash, 3", STR("\xe0\x80\xaf"), false },
    { "overlong slash, 4", STR("\xf0\x80\x80\xaf"), false },
    { "surrogate", STR("\xed\xa0\x80"), false },
    { "lone continuation", STR("a\x80"), false },
    { "cut off after ASCII", STR("12345678\xd0"), false },
    { "continuation missing", STR("\xe2\x28\xa1"), false },
    { "five bytes", STR("\xf8\x88\x80\x80\x80"), false },
    { "0xFF", STR("\xff"), false },
};

TEST_EACH(utf8_is_checked_as_rfc_3629_says, utf8s, c)
{
    CHECK(utf8_valid(c->text) == c->valid, c->label);
}

static const struct {
    const char *label;
    Str text;
    uint64_t max;
    bool good;
    uint64_t value;
} numbers[] = {
    { "zero", STR("0"), 10, true, 0 },
    { "max", STR("10"), 10, true, 10 },
    { "over", STR("11"), 10, false, 0 },
    { "largest", STR("18446744073709551615"), UINT64_MAX, true, UINT64_MAX },
    { "overflow", STR("18446744073709551616"), UINT64_MAX, false, 0 },
    { "empty", STR(""), 10, false, 0 },
    { "sign", STR("+1"), 10, false, 0 },
    { "space", STR(" 1"), 10, false, 0 },
    { "hex", STR("0x1"), 10, false, 0 },
};

TEST_EACH(numbers_are_digits_only, numbers, c)
{
    uint64_t value = 0;
    CHECK(str_to_u64(c->text, c->max, &value) == c->good, c->label);
    CHECK(value == c->value, c->label);
}

TEST(cut_walks_a_list)
{
    Str rest = STR("a,,bc");
    assert_true(str_eq(str_cut(&rest, ','), STR("a")));
    assert_true(str_eq(str_cut(&rest, ','), STR("")));
    assert_true(str_eq(str_cut(&rest, ','), STR("bc")));
    assert_int_equal(rest.len, 0);
}

TEST(trim_and_case)
{
    assert_true(str_eq(str_trim(STR(" \t a b \r\n")), STR("a b")));
    assert_int_equal(str_trim(STR("  ")).len, 0);
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_false(str_eq_nocase(STR("a"), STR("b")));
    assert_int_equal(utf8_count(STR("\xd0\x9c\xd0\xbe!")), 3);
}

TEST(a_buffer_grows_on_heap_and_in_an_arena)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (int in_arena = 0; in_arena < 2; in_arena++) {
        StrBuf buf;
        strbuf_init(&buf, in_arena ? arena : NULL);
        for (int i = 0; i < 1000; i++) strbuf_fmt(&buf, "%d,", i);
        strbuf_add_u64(&buf, UINT64_MAX);
        strbuf_add_char(&buf, '.');
        Str text = strbuf_str(&buf);
        assert_true(str_starts_with(text, STR("0,1,2,")));
        assert_true(str_eq((Str){ text.ptr + text.len - 21, 21 }, STR("18446744073709551615.")));
        strbuf_done(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_checked_as_rfc_3629_says),
        cmocka_unit_test(numbers_are_digits_only),
        cmocka_unit_test(cut_walks_a_list),
        cmocka_unit_test(trim_and_case),
        cmocka_unit_test(a_buffer_grows_on_heap_and_in_an_arena),
    };
    return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
