#include "base/shown_text.h"

#include "support/test.h"

static const ShownRule name_rule = { .field = "name", .max = 20 };
static const ShownRule lines_rule = { .field = "lines", .max = 20, .has_lines = true, .may_be_empty = true };

static const struct {
    const char *label;
    Str text;
    const char *want; /* of a name; NULL: refused */
} names[] = {
    { "plain", STR("Alice Liddell"), "Alice Liddell" },
    { "russian", STR("\u0410\u043b\u0438\u0441\u0430"), "\u0410\u043b\u0438\u0441\u0430" },
    { "signs", STR("O\u2019Brien & Co. #1 (\u20ac)"), "O\u2019Brien & Co. #1 (\u20ac)" },
    { "hebrew, arabic, thai, hindi, han",
      STR("\u05d0\u05d1 \u0639\u0644\u064a \u0e01\u0e34\u0e19 \u0930\u093e\u092e \u674e"),
      "\u05d0\u05d1 \u0639\u0644\u064a \u0e01\u0e34\u0e19 \u0930\u093e\u092e \u674e" },
    { "an accent behind its letter", STR("Jose\u0301"), "Jos\u00e9" },
    { "not assigned yet", STR("\U0001fae9"), "\U0001fae9" },

    /* spaces */
    { "spaces around", STR(" \t Alice\n"), "Alice" },
    { "spaces of other scripts around", STR("\u3000Alice\u00a0"), "Alice" },
    { "spaces of other scripts inside", STR("A\u00a0B\u2003C\u3000D"), "A B C D" },
    { "several spaces", STR("A  \u2009 B"), "A B" },
    { "line end", STR("Ali\nce"), NULL },
    { "tab", STR("Ali\tce"), NULL },

    /* nothing to see */
    { "empty", STR(""), NULL },
    { "spaces alone", STR(" \u2003 "), NULL },
    { "no width alone", STR("\u200b"), NULL },
    { "filler alone", STR("\u3164"), NULL },
    { "blank braille", STR("\u2800"), NULL },
    { "a mark alone", STR("\u0301"), NULL },
    { "no width inside", STR("Al\u200bice"), NULL },
    { "word joiner", STR("Al\u2060ice"), NULL },
    { "soft hyphen", STR("Al\u00adice"), NULL },
    { "byte order mark before", STR("\ufeffAlice"), NULL },
    { "byte order mark behind", STR("Alice\ufeff"), NULL },
    { "grapheme joiner", STR("A\u034flice"), NULL },
    { "filler inside", STR("Al\u115fice"), NULL },
    { "variation of a letter", STR("A\ufe0flice"), NULL },
    { "variation that Han has, of a letter", STR("A\U000e0101lice"), NULL },
    { "tags", STR("Alice\U000e0041\U000e0042"), NULL },

    /* what steers */
    { "NUL", STR("A\0lice"), NULL },
    { "escape", STR("Ali\x1b[31mce"), NULL },
    { "delete", STR("Ali\x7f"), NULL },
    { "C1",
      STR("Ali\xc2\x9b"
          "31mce"),
      NULL },
    { "next line",
      STR("Ali\xc2\x85"
          "ce"),
      NULL },
    { "line separator", STR("Ali\u2028ce"), NULL },
    { "paragraph separator", STR("Ali\u2029ce"), NULL },
    { "override", STR("Alice\u202etxt"), NULL },
    { "embedding", STR("\u202bAlice"), NULL },
    { "isolate", STR("\u2066Alice\u2069"), NULL },
    { "direction mark", STR("Alice\u200f!"), NULL },
    { "arabic mark", STR("\u061c\u0639\u0644\u064a"), NULL },
    { "annotation", STR("A\ufff9B\ufffb"), NULL },
    { "no character", STR("A\uffff"), NULL },
    { "private use", STR("Alice \uf8ff"), NULL },
    { "no UTF-8", STR("Alice\xff"), NULL },

    /* marks */
    { "a mark behind a space", STR("A \u0335B"), NULL },
    { "six marks", STR("x\u0335\u0336\u0337\u0338\u0332\u0333"), "x\u0335\u0336\u0337\u0338\u0332\u0333" },
    { "seven marks", STR("x\u0335\u0336\u0337\u0338\u0332\u0333\u0347"), NULL },
    { "six marks each", STR("x\u0335\u0336\u0337\u0338\u0332\u0333y\u0335"),
      "x\u0335\u0336\u0337\u0338\u0332\u0333y\u0335" },

    /* joiners where they mean something */
    { "persian", STR("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645" },
    { "half a letter of devanagari", STR("\u0915\u094d\u200d\u0937"), "\u0915\u094d\u200d\u0937" },
    { "kept apart in devanagari", STR("\u0915\u094d\u200c\u0937"), "\u0915\u094d\u200c\u0937" },
    { "non-joiner between latin letters", STR("Al\u200cice"), NULL },
    { "joiner between latin letters", STR("Al\u200dice"), NULL },
    { "joiner at the end", STR("Alice\u200d"), NULL },
    { "non-joiner at the end of arabic", STR("\u0639\u0644\u064a\u200c"), NULL },

    /* emoji */
    { "with its selector", STR("\u2764\ufe0f"), "\u2764\ufe0f" },
    { "selector twice", STR("\u2764\ufe0f\ufe0f"), NULL },
    { "astronaut", STR("\U0001f469\u200d\U0001f680"), "\U0001f469\u200d\U0001f680" },
    { "of dark skin", STR("\U0001f469\U0001f3ff\u200d\U0001f680"), "\U0001f469\U0001f3ff\u200d\U0001f680" },
    { "couple with a heart", STR("\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468"),
      "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468" },
    { "keycap", STR("1\ufe0f\u20e3"), "1\ufe0f\u20e3" },
    { "selector behind a digit", STR("1\ufe0f"), NULL },
    { "flag of two letters", STR("\U0001f1e9\U0001f1ea"), "\U0001f1e9\U0001f1ea" },
    { "flag of Scotland", STR("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"),
      "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" },
    { "a text in tags behind a flag",
      STR("\U0001f3f4\U000e0061\U000e0062\U000e0063\U000e0064\U000e0065\U000e0066\U000e0067\U000e007f"), NULL },
    { "a flag that does not end", STR("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074"), NULL },
    { "the end of a flag alone", STR("\U0001f3f4\U000e007f"), NULL },
    { "joiner without a second one", STR("\U0001f469\u200dx"), NULL },
    { "form of a Han character", STR("\u8fbb\U000e0100"), "\u8fbb\U000e0100" },
    { "form of a Mongolian letter", STR("\u1820\u180b"), "\u1820\u180b" },

    /* length, of what comes out */
    { "as long as may be", STR("01234567890123456789"), "01234567890123456789" },
    { "too long", STR("012345678901234567890"), NULL },
    { "too long, but for spaces", STR("  0123456789   012345678  "), "0123456789 012345678" },
    { "too long until composed", STR("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"),
      "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9" },
};

TEST_EACH(a_name_looks_like_what_it_is, names, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str shown;
    CHECK_ERR(shown_text_check(ctx, &name_rule, c->text, &shown), c->want ? OK : ERR_INVALID, c->label);
    if (!c->want) {
        CHECK(strncmp(ctx->err_text, "name: ", 6) == 0 && utf8_valid(str_of(ctx->err_text)), c->label);
        return;
    }
    CHECK_STR(shown, str_of(c->want), c->label);
    CHECK_ERR(shown_text_check(ctx, &name_rule, shown, &shown), OK, "what was kept may be given again");
    CHECK_STR(shown, str_of(c->want), "and stays");
}

static const struct {
    const char *label;
    Str text;
    const char *want; /* NULL: refused */
} lines[] = {
    { "empty", STR(""), "" },
    { "spaces", STR(" \n\n "), "" },
    { "two lines", STR("one\ntwo"), "one\ntwo" },
    { "ends of other systems", STR("one\r\ntwo\rthree"), "one\ntwo\nthree" },
    { "an empty line", STR("one\n\ntwo"), "one\n\ntwo" },
    { "tab and indent", STR("a\tb\n  c"), "a\tb\n  c" },
    { "spaces of other scripts", STR("a\u3000\u3000b"), "a  b" },
    { "nothing to see", STR("\u200b"), NULL },
    { "override", STR("one\n\u202etwo"), NULL },
    { "line separator", STR("one\u2028two"), NULL },
    { "bell", STR("one\a"), NULL },
    { "vertical tab", STR("one\vtwo"), NULL },
    { "a mark at the beginning of a line", STR("one\n\u0301"), NULL },
};

TEST_EACH(lines_are_names_with_line_ends, lines, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str shown;
    CHECK_ERR(shown_text_check(ctx, &lines_rule, c->text, &shown), c->want ? OK : ERR_INVALID, c->label);
    if (c->want) CHECK_STR(shown, str_of(c->want), c->label);
}

TEST(the_story_names_the_field_and_the_character)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str shown;
    CHECK_ERR(shown_text_check(ctx, &name_rule, STR("a\u200bb"), &shown), ERR_INVALID, "no width");
    assert_string_equal(ctx->err_text, "name: U+200B cannot be seen");
    CHECK_ERR(shown_text_check(ctx, &name_rule, STR(" "), &shown), ERR_INVALID, "nothing");
    assert_string_equal(ctx->err_text, "name: it shows nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_looks_like_what_it_is),
        cmocka_unit_test(lines_are_names_with_line_ends),
        cmocka_unit_test(the_story_names_the_field_and_the_character),
    };
    return cmocka_run_group_tests_name("base/shown_text", tests, NULL, NULL);
}
