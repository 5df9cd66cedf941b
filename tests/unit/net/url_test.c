#include "net/url.h"

#include "support/test.h"

static const struct {
    const char *label;
    Str encoded;
    bool plus_is_space, ok;
    Str want;
} texts[] = {
    { "nothing", STR(""), false, true, STR("") },
    { "plain text", STR("abc-_.~"), false, true, STR("abc-_.~") },
    { "escapes, either case", STR("%2F%2f%41"), false, true, STR("//A") },
    { "UTF-8 in escapes", STR("%d1%8F"), false, true, STR("я") },
    { "UTF-8 unescaped", STR("я"), false, true, STR("я") },
    { "an escape is decoded once", STR("%252F"), false, true, STR("%2F") },
    { "plus in a path", STR("a+b"), false, true, STR("a+b") },
    { "plus in a query", STR("a+b%2B"), true, true, STR("a b+") },
    { "cut off behind the sign", STR("a%"), false, false, STR("") },
    { "cut off behind one digit", STR("a%4"), false, false, STR("") },
    { "no hexadecimal digit", STR("%4g"), false, false, STR("") },
    { "sign in place of a digit", STR("%+1"), false, false, STR("") },
    { "NUL", STR("a%00b"), false, false, STR("") },
    { "a NUL byte", STR("a\0b"), false, false, STR("") },
    { "broken UTF-8", STR("%ff"), false, false, STR("") },
    { "overlong UTF-8", STR("%c0%af"), false, false, STR("") },
    { "half a character", STR("%d1"), false, false, STR("") },
};
TEST_EACH(decoding_is_strict, texts, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Str got = STR("");
    CHECK(url_decode(arena, c->encoded, c->plus_is_space, &got) == c->ok, c->label);
    CHECK_STR(got, c->want, c->label);
}

static const struct {
    const char *label;
    Str query;
    Str want; /* each pair as name=value; then "." at the end or "!" when it was bad */
} queries[] = {
    { "nothing", STR(""), STR(".") },
    { "one pair", STR("a=b"), STR("a=b;.") },
    { "several pairs", STR("a=1&b=2&a=3"), STR("a=1;b=2;a=3;.") },
    { "a name alone", STR("a&b="), STR("a=;b=;.") },
    { "a value alone", STR("=x"), STR("=x;.") },
    { "empty pairs", STR("&&a=1&&"), STR("a=1;.") },
    { "the first equals sign parts", STR("a=b=c"), STR("a=b=c;.") },
    { "escaped separators", STR("a%3Db=c%26d"), STR("a=b=c&d;.") },
    { "plus is a space", STR("a+b=c+d"), STR("a b=c d;.") },
    { "a bad name", STR("x=1&%zz=1"), STR("x=1;!") },
    { "a bad value", STR("x=%0"), STR("!") },
};
TEST_EACH(a_query_is_taken_pair_by_pair, queries, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    StrBuf got;
    Str rest = c->query, name, value;
    bool bad = false;
    strbuf_init(&got, arena);
    while (url_query_next(&rest, arena, &name, &value, &bad))
        strbuf_fmt(&got, "%.*s=%.*s;", STR_ARG(name), STR_ARG(value));
    strbuf_add_char(&got, bad ? '!' : '.');
    CHECK_STR(strbuf_str(&got), c->want, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_is_strict),
        cmocka_unit_test(a_query_is_taken_pair_by_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
