#include "base/log.h"

#include <unistd.h>

#include "support/test.h"

static int saved_stderr;

static int capture_begin(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    return ends[0];
}

/* What was written since. */
static Str capture_end(Arena *arena, int from)
{
    char *text = arena_alloc(arena, 16384);
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    ssize_t len = read(from, text, 16384);
    close(from);
    return (Str){ text, len > 0 ? (size_t)len : 0 };
}

static Str captured(Arena *arena, bool json, const LogField *fields, const Ctx *ctx)
{
    int from = capture_begin();
    log_setup(LOG_INFO, json);
    log_write(LOG_INFO, ctx, "test.event", fields);
    log_write(LOG_DEBUG, ctx, "test.below_threshold", fields);
    Str text = capture_end(arena, from);
    assert_true(text.len > 0);
    return text;
}

static bool contains(Str text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

TEST(foreign_text_cannot_forge_a_line)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const LogField fields[] = { log_cstr("name", "x\n2026 error forged\" level=\"error"), { .key = NULL } };
    for (int json = 0; json < 2; json++) {
        Str line = captured(ctx->arena, json, fields, ctx);
        assert_int_equal(str_find(line, '\n'), (ptrdiff_t)line.len - 1);
        assert_true(contains(line, "x\\u000a2026 error forged\\u0022 level"));
        assert_false(contains(line, "below_threshold"));
    }
}

static const struct {
    const char *label;
    Str text;
    const char *want; /* between the quotes */
} values[] = {
    { "plain", STR("O\u2019Brien, \u041c\u043e\u043b\u0432\u0430 \U0001f98a"),
      "O\u2019Brien, \u041c\u043e\u043b\u0432\u0430 \U0001f98a" },
    { "marks and wide spaces", STR("e\u0301\u3000x"), "e\u0301\u3000x" },
    { "C0", STR("\x1b[2J\t\r\x7f"), "\\u001b[2J\\u0009\\u000d\\u007f" },
    { "NUL", STR("a\0b"), "a\\u0000b" },
    { "C1: the sequence introducer of terminals",
      STR("\xc2\x9b"
          "2J"),
      "\\u009b2J" },
    { "C1: its first and last", STR("\xc2\x80\xc2\x9f\xc2\xa0"), "\\u0080\\u009f\u00a0" },
    { "next line, line and paragraph separator", STR("\xc2\x85\u2028\u2029"), "\\u0085\\u2028\\u2029" },
    { "right to left", STR("\u202egpj.exe"), "\\u202egpj.exe" },
    { "isolates and marks", STR("\u2066\u2069\u200e\u200f\u061c"), "\\u2066\\u2069\\u200e\\u200f\\u061c" },
    { "nothing to see", STR("\u200b\u2060\u00ad\ufeff"), "\\u200b\\u2060\\u00ad\\ufeff" },
    { "tags", STR("\U000e0041\U000e007f"), "\\udb40\\udc41\\udb40\\udc7f" },
    { "private use, no characters", STR("\ue000\uffff\U0010ffff"), "\\ue000\\uffff\\udbff\\udfff" },
    { "not UTF-8", STR("a\x9b"), "(not UTF-8)" },
};

TEST_EACH(foreign_text_steers_no_terminal, values, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const LogField fields[] = { log_str("v", c->text), { .key = NULL } };
    CHECK(contains(captured(ctx->arena, false, fields, NULL), str_fmt(ctx->arena, " v=\"%s\"\n", c->want).ptr),
          c->label);
    CHECK(contains(captured(ctx->arena, true, fields, NULL), str_fmt(ctx->arena, ",\"v\":\"%s\"}\n", c->want).ptr),
          c->label);
}

/* A cut in the middle of a letter would make the whole text unreadable. */
TEST(a_long_text_is_cut_at_a_letter)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    strbuf_add_char(&text, 'x');
    for (int i = 0; i < 400; i++) strbuf_add(&text, STR("\u0436"));
    const LogField fields[] = { log_str("v", strbuf_str(&text)), log_int("n", 7), { .key = NULL } };
    Str line = captured(ctx->arena, true, fields, NULL);
    assert_true(utf8_valid(line));
    assert_true(contains(line, "\u0436\u0436\",\"n\":7}\n"));
    assert_in_range(line.len, 512, 700);
}

TEST(what_does_not_fit_is_left_out_by_fields)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char *bells = arena_alloc(ctx->arena, 600);
    memset(bells, '\a', 599);
    const LogField fields[] = { log_cstr("a", bells), log_cstr("b", bells), log_cstr("c", bells),
                                log_cstr("d", bells), log_int("n", 7),      { .key = NULL } };
    Str line = captured(ctx->arena, true, fields, ctx);
    assert_true(line.len <= 2048);
    assert_true(contains(line, "\\u0007\",\"n\":7"));
    assert_true(contains(line, "\"}\n"));
    assert_false(contains(line, "\"d\""));
}

TEST(a_line_that_is_too_long_still_ends)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char *long_text = arena_alloc(ctx->arena, 600);
    memset(long_text, '"', 599);
    const LogField fields[] = {
        log_cstr("a", long_text), log_cstr("b", long_text), log_cstr("c", "\xff"), { .key = NULL }
    };
    Str line = captured(ctx->arena, true, fields, ctx);
    assert_true(line.len <= 2048);
    assert_true(str_eq((Str){ line.ptr + line.len - 2, 2 }, STR("}\n")));
}

static size_t count_lines(Str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) n += text.ptr[i] == '\n';
    return n;
}

/* What a thousand failures at `now_ms` write. */
static Str flood(const Ctx *ctx, LogLimit *limit, int64_t now_ms, LogLevel level)
{
    int from = capture_begin();
    for (int i = 0; i < 1000; i++) log_failure_within(limit, now_ms, level, ctx, "test.failed");
    return capture_end(ctx->arena, from);
}

TEST(a_flood_of_failures_is_a_few_lines_that_count_the_rest)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    LogLimit limit = { 0 }, other = { 0 };
    log_setup(LOG_INFO, false);
    (void)ctx_fail(ctx, ERR_UNAVAILABLE, "too many calls wait");

    Str lines = flood(ctx, &limit, 1000000, LOG_WARN);
    assert_int_equal(count_lines(lines), LOG_LINES_AT_ONCE);
    assert_false(contains(lines, "left_out"));
    assert_int_equal(flood(ctx, &limit, 1000000 + LOG_LINE_EVERY_MS - 1, LOG_WARN).len, 0);

    lines = flood(ctx, &limit, 1000000 + LOG_LINE_EVERY_MS, LOG_WARN);
    assert_int_equal(count_lines(lines), 1);
    assert_true(contains(lines, " left_out=1995 "));
    lines = flood(ctx, &limit, 1000000 + 100 * LOG_LINE_EVERY_MS, LOG_WARN);
    assert_int_equal(count_lines(lines), LOG_LINES_AT_ONCE);
    assert_true(contains(lines, " left_out=999 "));

    assert_int_equal(count_lines(flood(ctx, &other, 1000000, LOG_WARN)), LOG_LINES_AT_ONCE);
    assert_int_equal(flood(ctx, &other, 1000000, LOG_DEBUG).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_cannot_forge_a_line),
        cmocka_unit_test(foreign_text_steers_no_terminal),
        cmocka_unit_test(a_long_text_is_cut_at_a_letter),
        cmocka_unit_test(what_does_not_fit_is_left_out_by_fields),
        cmocka_unit_test(a_line_that_is_too_long_still_ends),
        cmocka_unit_test(a_flood_of_failures_is_a_few_lines_that_count_the_rest),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
