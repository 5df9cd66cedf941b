/* Included by every C test: cmocka, tables of cases, a context. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/ctx.h"

/* Defines a cmocka test that runs its body once per row of `table`, as `c`; name the failing row with CHECK. */
#define TEST_EACH(name, table, c)                                                                             \
    static void name##_case(__typeof__ (&(table)[0])(c));                                                     \
    static void name(void **state)                                                                            \
    {                                                                                                         \
        (void)state;                                                                                          \
        for (size_t row_ = 0; row_ < sizeof(table) / sizeof((table)[0]); row_++) name##_case(&(table)[row_]); \
    }                                                                                                         \
    static void name##_case(__typeof__(&(table)[0]) c) /* NOLINT(bugprone-macro-parentheses) */

#define TEST(name) static void name(void **state)

/* Fails with the label of the row. */
#define CHECK(condition, label)                                     \
    do {                                                            \
        if (!(condition)) {                                         \
            print_error("%s: %s\n", (label), #condition);           \
            _fail(__FILE__, __LINE__);                              \
            __builtin_unreachable(); /* it jumps out of the test */ \
        }                                                           \
    } while (0)

#define CHECK_ERR(got, want, label)                                                                     \
    do {                                                                                                \
        Err got_ = (got), want_ = (want);                                                               \
        if (got_ != want_) {                                                                            \
            print_error("%s: got %s, want %s\n", (label), err_info(got_)->name, err_info(want_)->name); \
            _fail(__FILE__, __LINE__);                                                                  \
            __builtin_unreachable(); /* it jumps out of the test */                                     \
        }                                                                                               \
    } while (0)

#define CHECK_STR(got, want, label)                                                                     \
    do {                                                                                                \
        Str gots_ = (got), wants_ = (want);                                                             \
        if (!str_eq(gots_, wants_)) {                                                                   \
            print_error("%s: got \"%.*s\", want \"%.*s\"\n", (label), STR_ARG(gots_), STR_ARG(wants_)); \
            _fail(__FILE__, __LINE__);                                                                  \
            __builtin_unreachable(); /* it jumps out of the test */                                     \
        }                                                                                               \
    } while (0)

/* Release with _cleanup_(ctx_freep). */
static inline Ctx *test_ctx_new(void)
{
    return ctx_new("test", 1750000000000);
}
