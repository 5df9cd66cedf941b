#include "base/fold.h"

#include "base/text.h"
#include "support/test.h"

/* With \u{...} as the code point that it names. */
static Str unescaped(Arena *arena, Str text)
{
    StrBuf out;
    strbuf_init(&out, arena);
    while (text.len) {
        unsigned c;
        int len = 0;
        if (sscanf(text.ptr, "\\u{%x}%n", &c, &len) == 1 && len) {
            text_add(&out, c);
            text = (Str){ text.ptr + len, text.len - (size_t)len };
        } else {
            text_add(&out, text_next(&text));
        }
    }
    return out.len ? strbuf_str(&out) : STR("");
}

/* The web client's ui/fold.ts folds the same table. */
TEST(texts_are_folded_as_the_shared_table_says)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char line[512];
    size_t count = 0;
    FILE *file = fopen(CASES "/fold.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        Str want = str_trim(str_of(line));
        if (!want.len || want.ptr[0] == '#') continue;
        Str text = str_cut(&want, '|');
        Str folded = fold(ctx->arena, unescaped(ctx->arena, text));
        CHECK_STR(folded, unescaped(ctx->arena, want), line);
        CHECK_STR(fold(ctx->arena, folded), folded, line);
        count++;
    }
    fclose(file);
    assert_true(count > 60);
}

/* Alone, since a capital may become what is folded itself, and behind a letter, where marks stand. */
static void check_folded_twice(Arena *arena, uint32_t c)
{
    StrBuf text;
    strbuf_init(&text, arena);
    text_add(&text, c);
    strbuf_add(&text, STR(" \u0418"));
    text_add(&text, c);
    Str folded = fold(arena, strbuf_str(&text));
    bool is_same = str_eq(fold(arena, folded), folded);
    if (!is_same) print_error("U+%04X\n", c);
    assert_true(is_same);
    assert_true(folded.len <= 11 * text.len);
}

/* Unicode has characters up to here, and tags and variation selectors in plane 14; the rest is unassigned or private. */
#define LAST_LETTER 0x33fff
#define PLANE_14    0xe0000

static bool has_characters(uint32_t block)
{
    bool surrogates = block >= 0xd800 && block < 0xe000;
    return (block <= LAST_LETTER && !surrogates) || (block >= PLANE_14 && block < PLANE_14 + 0x1000);
}

TEST(to_fold_what_was_folded_changes_nothing)
{
    for (uint32_t first = 0; first <= 0x10ffff; first += 0x100) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        bool looked_at = has_characters(first);
        for (uint32_t c = first; looked_at && c < first + 0x100; c++) check_folded_twice(ctx->arena, c);
    }
}

TEST(what_was_folded_has_a_version)
{
    assert_true(fold_version() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_folded_as_the_shared_table_says),
        cmocka_unit_test(to_fold_what_was_folded_changes_nothing),
        cmocka_unit_test(what_was_folded_has_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
