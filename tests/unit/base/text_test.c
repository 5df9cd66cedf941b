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

static const struct {
    const char *label;
    uint32_t first, last; /* one, or the ends of a run */
    TextKind kind;
} kinds[] = {
    { "C0", 0, 0x1f, TEXT_CONTROL },
    { "the space", ' ', ' ', TEXT_SPACE },
    { "ASCII", '!', '~', TEXT_VISIBLE },
    { "DEL and C1", 0x7f, 0x9f, TEXT_CONTROL },
    { "the space that does not break", 0xa0, 0xa0, TEXT_SPACE },
    { "Latin-1 up to the soft hyphen", 0xa1, 0xac, TEXT_VISIBLE },
    { "the soft hyphen", 0xad, 0xad, TEXT_INVISIBLE },
    { "Latin", 0xae, 0x2ff, TEXT_VISIBLE },
    { "accents", 0x300, 0x34e, TEXT_MARK },
    { "the grapheme joiner", 0x34f, 0x34f, TEXT_INVISIBLE },
    { "Cyrillic", 0x400, 0x481, TEXT_VISIBLE },
    { "signs of Arabic that stand before a number", 0x600, 0x605, TEXT_VISIBLE },
    { "the mark of Arabic letters", 0x61c, 0x61c, TEXT_CONTROL },
    { "fillers of Hangul", 0x115f, 0x1160, TEXT_INVISIBLE },
    { "the space of Ogham", 0x1680, 0x1680, TEXT_SPACE },
    { "inherent vowels of Khmer", 0x17b4, 0x17b5, TEXT_INVISIBLE },
    { "variations of Mongolian", 0x180b, 0x180f, TEXT_INVISIBLE },
    { "spaces of all widths", 0x2000, 0x200a, TEXT_SPACE },
    { "no width, joiners", 0x200b, 0x200d, TEXT_INVISIBLE },
    { "direction marks", 0x200e, 0x200f, TEXT_CONTROL },
    { "hyphens to dots", 0x2010, 0x2027, TEXT_VISIBLE },
    { "separators, embeddings, overrides", 0x2028, 0x202e, TEXT_CONTROL },
    { "the narrow space", 0x202f, 0x202f, TEXT_SPACE },
    { "word joiner, invisible operators", 0x2060, 0x2065, TEXT_INVISIBLE },
    { "isolates", 0x2066, 0x2069, TEXT_CONTROL },
    { "deprecated format characters", 0x206a, 0x206f, TEXT_INVISIBLE },
    { "blank braille", 0x2800, 0x2800, TEXT_INVISIBLE },
    { "braille", 0x2801, 0x28ff, TEXT_VISIBLE },
    { "the ideographic space", 0x3000, 0x3000, TEXT_SPACE },
    { "another filler of Hangul", 0x3164, 0x3164, TEXT_INVISIBLE },
    { "Han", 0x4e00, 0x9fff, TEXT_VISIBLE },
    { "Hangul", 0xac00, 0xd7a3, TEXT_VISIBLE },
    { "private use", 0xe000, 0xf8ff, TEXT_PRIVATE },
    { "no characters", 0xfdd0, 0xfdef, TEXT_CONTROL },
    { "variation selectors", 0xfe00, 0xfe0f, TEXT_INVISIBLE },
    { "the byte order mark", 0xfeff, 0xfeff, TEXT_INVISIBLE },
    { "half wide filler", 0xffa0, 0xffa0, TEXT_INVISIBLE },
    { "annotations", 0xfff9, 0xfffb, TEXT_CONTROL },
    { "replacement", 0xfffc, 0xfffd, TEXT_VISIBLE },
    { "no characters", 0xfffe, 0xffff, TEXT_CONTROL },
    { "a note without a head", 0x1d159, 0x1d159, TEXT_INVISIBLE },
    { "marks of music that show nothing", 0x1d173, 0x1d17a, TEXT_INVISIBLE },
    { "emoji", 0x1f300, 0x1f5ff, TEXT_VISIBLE },
    { "not assigned yet", 0x1fb93, 0x1fb93, TEXT_VISIBLE },
    { "no characters of the first plane", 0x1fffe, 0x1ffff, TEXT_CONTROL },
    { "tags and what is kept for their like", 0xe0000, 0xe0fff, TEXT_INVISIBLE },
    { "private planes", 0xf0000, 0xffffd, TEXT_PRIVATE },
    { "the last", 0x10ffff, 0x10ffff, TEXT_CONTROL },
};

TEST_EACH(each_code_point_is_of_one_kind, kinds, c)
{
    for (uint32_t point = c->first; point <= c->last; point++) {
        if (text_kind(point) != c->kind) print_error("U+%04X\n", point);
        CHECK(text_kind(point) == c->kind, c->label);
    }
}

/* The web client's ui/blank.ts is compared with the same table. */
TEST(what_shows_nothing_is_as_the_shared_table_says)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char line[256];
    uint32_t next = 0;
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    FILE *file = fopen(CASES "/blank.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        uint32_t first, last;
        if (sscanf(line, "%x %x", &first, &last) != 2) continue;
        for (uint32_t c = next; c <= last; c++) {
            if (c >= 0xd800 && c <= 0xdfff) continue;
            text.len = 0;
            text_add(&text, c);
            if (text_is_blank(strbuf_str(&text)) != (c >= first)) print_error("U+%04X\n", c);
            assert_int_equal(text_is_blank(strbuf_str(&text)), c >= first);
        }
        next = last + 1;
    }
    fclose(file);
    assert_int_equal(next, 0x110000);
}

static const struct {
    const char *label;
    Str text;
    bool blank;
} blanks[] = {
    { "empty", STR(""), true },
    { "spaces", STR(" \n\u3000"), true },
    { "nothing to see", STR("\u200b\u2060\ufeff"), true },
    { "a letter among it", STR("\u200ba"), false },
    { "a dot", STR("."), false },
    { "a mark", STR("\u0301"), false },
    { "private use", STR("\uf8ff"), false },
};

TEST_EACH(a_text_is_blank_when_nothing_of_it_shows, blanks, c)
{
    CHECK(text_is_blank(c->text) == c->blank, c->label);
}

TEST(code_points_are_cut_off_and_added_again)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    static const uint32_t ends[] = { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        StrBuf out;
        strbuf_init(&out, ctx->arena);
        text_add(&out, ends[i]);
        text_add(&out, 'x');
        Str rest = strbuf_str(&out);
        assert_true(utf8_valid(rest));
        assert_int_equal(text_next(&rest), ends[i]);
        assert_true(str_eq(rest, STR("x")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonically_equivalent_texts_become_equal),
        cmocka_unit_test(a_beginning_cuts_no_character_apart),
        cmocka_unit_test(each_code_point_is_of_one_kind),
        cmocka_unit_test(what_shows_nothing_is_as_the_shared_table_says),
        cmocka_unit_test(a_text_is_blank_when_nothing_of_it_shows),
        cmocka_unit_test(code_points_are_cut_off_and_added_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
