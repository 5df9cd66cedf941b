#include "base/log.h"

#include <unistd.h>

#include "support/test.h"

/* Runs the statement with stderr going into a pipe and returns what was written. */
static Str captured(Arena *arena, bool json, const LogField *fields, const Ctx *ctx)
{
    int ends[2], saved = dup(STDERR_FILENO);
    char *text = arena_alloc(arena, 4096);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_setup(LOG_INFO, json);
    log_write(LOG_INFO, ctx, "test.event", fields);
    log_write(LOG_DEBUG, ctx, "test.below_threshold", fields);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t len = read(ends[0], text, 4096);
    close(ends[0]);
    assert_true(len > 0);
    return (Str){ text, (size_t)len };
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_cannot_forge_a_line),
        cmocka_unit_test(a_line_that_is_too_long_still_ends),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
