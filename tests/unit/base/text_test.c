#include "base/text.h"

#include "support/test.h"

/* UAX #15, and what NormalizationTest.txt has of each kind. */
static const struct {
    const char *label;
    Str text, nfc;
} composed[] = {
    { "empty", STR(""), STR("") },
    { "ASCII", STR("plain text"), STR("plain text") },
    { "composed already", STR("Jos\u00e9"), STR("Jos\u00e9") },
    { "accent behind", STR("Jose\u0301"), STR("Jos\u00e9") },
    { "й and ё", STR("\u0438\u0306\u0435\u0308"), STR("\u0439\u0451") },
    { "two marks, in the other order", STR("d\u0307\u0323"), STR("\u1e0d\u0307") },
    { "Hangul", STR("\u1112\u1161\u11ab"), STR("\ud55c") },
    { "angstrom sign", STR("\u212b"), STR("\u00c5") },
    { "excluded from composition", STR("\u0958"), STR("\u0915\u093c") },
    { "compatibility stays", STR("\ufb01 \u00b2"), STR("\ufb01 \u00b2") },
    { "three times as long", STR("\U0001d160"), STR("\U0001d158\U0001d165\U0001d16e") },
    { "NUL", STR("a\0e\u0301"), STR("a\0\u00e9") },
};

TEST_EACH(canonically_equivalent_texts_become_equal, composed, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_STR(text_nfc(ctx->arena, c->text), c->nfc, c->label);
    CHECK_STR(text_nfc(ctx->arena, c->nfc), c->nfc, c->label);
}

/* UAX #29, extended grapheme clusters. */
static const struct {
    const char *label;
    Str text;
    size_t count;
    Str want;
} beginnings[] = {
    { "empty", STR(""), 3, STR("") },
    { "shorter", STR("ab"), 3, STR("ab") },
    { "as long", STR("abc"), 3, STR("abc") },
    { "longer", STR("abcd"), 3, STR("abc") },
    { "none", STR("abcd"), 0, STR("") },
    { "letters of two bytes", STR("\u0436\u0437\u0438"), 2, STR("\u0436\u0437") },
    { "an accent would be cut off", STR("abe\u0301"), 3, STR("ab") },
    { "an accent fits", STR("be\u0301c"), 3, STR("be\u0301") },
    { "a family", STR("ab\U0001f469\u200d\U0001f467"), 4, STR("ab") },
    { "a skin tone", STR("ab\U0001f44b\U0001f3fd"), 3, STR("ab") },
    { "half a flag", STR("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"), 3, STR("\U0001f1e9\U0001f1ea") },
    { "CR LF", STR("ab\r\n"), 3, STR("ab") },
    { "Hangul", STR("a\u1112\u1161\u11ab"), 3, STR("a") },
    { "one cluster, too long", STR("e\u0301\u0301\u0301"), 2, STR("e\u0301") },
};

TEST_EACH(a_beginning_cuts_no_character_apart, beginnings, c)
{
    CHECK_STR(text_beginning(c->text, c->count), c->want, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonically_equivalent_texts_become_equal),
        cmocka_unit_test(a_beginning_cuts_no_character_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
