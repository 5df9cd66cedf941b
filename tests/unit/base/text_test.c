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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonically_equivalent_texts_become_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
