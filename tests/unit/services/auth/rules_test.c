#include "services/auth/rules.h"

#include "base/limits.h"
#include "support/test.h"

static const struct {
    const char *label;
    AuthRegistration mode;
    CodeKind code;
    Err want;
} entries[] = {
    { "open, no code", AUTH_REGISTRATION_OPEN, CODE_NONE, OK },
    { "open, invited", AUTH_REGISTRATION_OPEN, CODE_INVITE, OK },
    { "open, wrong code", AUTH_REGISTRATION_OPEN, CODE_UNKNOWN, ERR_FORBIDDEN },
    { "open, the owner", AUTH_REGISTRATION_OPEN, CODE_OWNER, OK },
    { "invite, no code", AUTH_REGISTRATION_INVITE, CODE_NONE, ERR_FORBIDDEN },
    { "invite, invited", AUTH_REGISTRATION_INVITE, CODE_INVITE, OK },
    { "invite, wrong code", AUTH_REGISTRATION_INVITE, CODE_UNKNOWN, ERR_FORBIDDEN },
    { "invite, the owner", AUTH_REGISTRATION_INVITE, CODE_OWNER, OK },
    { "closed, no code", AUTH_REGISTRATION_CLOSED, CODE_NONE, ERR_FORBIDDEN },
    { "closed, invited", AUTH_REGISTRATION_CLOSED, CODE_INVITE, ERR_FORBIDDEN },
    { "closed, the owner", AUTH_REGISTRATION_CLOSED, CODE_OWNER, OK },
};

TEST_EACH(who_may_register_depends_on_mode_and_code, entries, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_ERR(registration_authorize(ctx, c->mode, c->code), c->want, c->label);
}

static const struct {
    const char *tag;
    Err want;
} languages[] = {
    { "", OK },
    { "en", OK },
    { "ru-RU", OK },
    { "zh-Hant-TW", OK },
    { "sl-rozaj-biske-1994", OK },
    { "e", ERR_INVALID },
    { "en-", ERR_INVALID },
    { "-en", ERR_INVALID },
    { "en--US", ERR_INVALID },
    { "en_US", ERR_INVALID },
    { "e1", ERR_INVALID },
    { "ninelette", ERR_INVALID },
    { "ру", ERR_INVALID },
    { "en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa", ERR_INVALID },
};

TEST_EACH(a_language_is_a_short_well_formed_tag, languages, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_ERR(language_check(ctx, str_of(c->tag)), c->want, c->tag);
}

TEST(a_theme_is_light_dark_or_the_systems)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    assert_int_equal(theme_check(ctx, STR("light")), OK);
    assert_int_equal(theme_check(ctx, STR("dark")), OK);
    assert_int_equal(theme_check(ctx, STR("")), OK);
    assert_int_equal(theme_check(ctx, STR("Dark")), ERR_INVALID);
}

/* RFC 8265, section 4.3, and what keyboards make. */
static const struct {
    const char *label;
    Str typed, kept;
    Err want;
} passwords[] = {
    { "Example 1: ASCII spaces are allowed", STR("correct horse battery staple"), STR("correct horse battery staple"),
      OK },
    { "Example 2: case stays", STR("Correct Horse Battery Staple"), STR("Correct Horse Battery Staple"), OK },
    { "Example 3: any letters", STR("\u03c0\u00df\u00e5 \u03c0\u00df\u00e5"),
      STR("\u03c0\u00df\u00e5 \u03c0\u00df\u00e5"), OK },
    { "Example 4: symbols", STR("Jack of \u2666s"), STR("Jack of \u2666s"), OK },
    { "Example 5: the space of Ogham", STR("foo\u1680bar bar"), STR("foo bar bar"), OK },
    { "Example 6: nothing", STR(""), STR(""), ERR_INVALID },
    { "Example 7: a control character", STR("my cat is a \tby"), STR(""), ERR_INVALID },
    { "DEL", STR("my cat is a \x7f"), STR(""), ERR_INVALID },
    { "C1", STR("my cat is a \xc2\x9b"), STR(""), ERR_INVALID },
    { "accents behind", STR("cafe\u0301 cre\u0300me"), STR("caf\u00e9 cr\u00e8me"), OK },
    { "й of two code points", STR("\u0438\u0306\u043e\u0434\u0438\u0306\u043e\u0434"),
      STR("\u0439\u043e\u0434\u0439\u043e\u0434"), OK },
    { "the space that does not break", STR("correct\u00a0horse"), STR("correct horse"), OK },
    { "an ideographic space", STR("correct\u3000horse"), STR("correct horse"), OK },
    { "width stays", STR("\uff43\uff4f\uff52\uff52\uff45\uff43\uff54"),
      STR("\uff43\uff4f\uff52\uff52\uff45\uff43\uff54"), OK },
    { "compatibility stays", STR("\ufb01sh and \u00b2"), STR("\ufb01sh and \u00b2"), OK },
    { "an emoji with its selector and joiner", STR("\u2764\ufe0f\u200d\U0001f525 hot"),
      STR("\u2764\ufe0f\u200d\U0001f525 hot"), OK },
    { "8 bytes as typed, 7 as kept", STR("cafe\u0301 c"), STR(""), ERR_INVALID },
    { "bytes that are no text", STR("\xff\xff\xff\xff\xff\xff\xff\xff"), STR(""), ERR_INVALID },
};

TEST_EACH(a_password_is_kept_as_rfc_8265_has_it, passwords, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str kept = STR("");
    CHECK_ERR(password_check(ctx, "password", c->typed, &kept), c->want, c->label);
    CHECK_STR(kept, c->kept, c->label);
}

TEST(a_password_has_8_to_256_bytes_as_it_is_kept)
{
    static const struct {
        const char *letter;
        size_t count;
        Err want;
    } cases[] = {
        { "x", 7, ERR_INVALID },         { "x", 8, OK },         { "x", 256, OK },
        { "x", 257, ERR_INVALID },       { "e\u0301", 128, OK }, { "e\u0301", 129, ERR_INVALID },
        { "e\u0301", 343, ERR_INVALID },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        StrBuf typed;
        Str kept;
        strbuf_init(&typed, ctx->arena);
        for (size_t k = 0; k < cases[i].count; k++) strbuf_add(&typed, str_of(cases[i].letter));
        assert_int_equal(password_check(ctx, "new_password", strbuf_str(&typed), &kept), cases[i].want);
        if (cases[i].want) assert_non_null(strstr(ctx->err_text, "new_password"));
    }
}

TEST(about_may_have_lines_but_nothing_that_steers)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    StrBuf text;
    Str kept;
    strbuf_init(&text, ctx->arena);
    assert_int_equal(about_check(ctx, STR(""), &kept), OK);
    assert_int_equal(about_check(ctx, STR("one\ntwo"), &kept), OK);
    assert_int_equal(about_check(ctx, STR("one\r\ntwo "), &kept), OK);
    CHECK_STR(kept, STR("one\ntwo"), "as it is kept");
    assert_int_equal(about_check(ctx, STR("one\atwo"), &kept), ERR_INVALID);
    assert_int_equal(about_check(ctx, STR("one\u202etwo"), &kept), ERR_INVALID);
    for (int i = 0; i < ABOUT_MAX; i++) strbuf_add(&text, STR("я"));
    assert_int_equal(about_check(ctx, strbuf_str(&text), &kept), OK);
    strbuf_add(&text, STR("я"));
    assert_int_equal(about_check(ctx, strbuf_str(&text), &kept), ERR_INVALID);
}

TEST(what_a_device_calls_itself_is_cut_at_a_letter_and_made_harmless)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    strbuf_add(&text, STR("a"));
    for (int i = 0; i < DEVICE_MAX - 1; i++) strbuf_add(&text, STR("я"));
    Str cut = device_text(ctx->arena, strbuf_str(&text));
    assert_int_equal(cut.len, DEVICE_MAX - 1);
    assert_true(utf8_valid(cut));
    CHECK_STR(device_text(ctx->arena, STR(" a\r\nb ")), STR("a  b"), "controls");
    CHECK_STR(device_text(ctx->arena, STR("a\u202eb\u200bc\xc2\x9b"
                                          "d")),
              STR("a b c d"), "what steers or hides");
    CHECK_STR(device_text(ctx->arena, STR("a\xff")), STR(""), "broken UTF-8");
    assert_non_null(device_text(ctx->arena, (Str){ NULL, 0 }).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_register_depends_on_mode_and_code),
        cmocka_unit_test(a_language_is_a_short_well_formed_tag),
        cmocka_unit_test(a_theme_is_light_dark_or_the_systems),
        cmocka_unit_test(a_password_is_kept_as_rfc_8265_has_it),
        cmocka_unit_test(a_password_has_8_to_256_bytes_as_it_is_kept),
        cmocka_unit_test(about_may_have_lines_but_nothing_that_steers),
        cmocka_unit_test(what_a_device_calls_itself_is_cut_at_a_letter_and_made_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
