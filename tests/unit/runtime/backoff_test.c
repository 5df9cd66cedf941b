#include "runtime/backoff.h"

#include "support/test.h"

static const struct {
    const char *label;
    uint32_t base_ms, max_ms;
    unsigned failures;
    uint32_t ceiling_ms;
} waits[] = {
    { "the first", 50, 5000, 0, 50 },
    { "the second", 50, 5000, 1, 100 },
    { "the fifth", 50, 5000, 4, 800 },
    { "no longer than the maximum", 50, 5000, 10, 5000 },
    { "after very many", 50, 5000, 1000, 5000 },
    { "without a base", 0, 5000, 3, 1 },
};
TEST_EACH(a_wait_is_drawn_from_a_range_that_doubles, waits, c)
{
    uint32_t longest = 0;
    for (int i = 0; i < 1000; i++) {
        Backoff backoff = { .base_ms = c->base_ms, .max_ms = c->max_ms, .failures = c->failures };
        uint32_t wait_ms = backoff_next_ms(&backoff);
        CHECK(wait_ms >= 1 && wait_ms <= c->ceiling_ms, c->label);
        CHECK(backoff.failures == c->failures + 1, c->label);
        if (wait_ms > longest) longest = wait_ms;
    }
    CHECK(longest > c->ceiling_ms / 2, c->label); /* jitter over the whole range */
}

TEST(a_success_begins_anew)
{
    Backoff backoff = { .base_ms = 2, .max_ms = 1000, .failures = 9 };
    backoff_reset(&backoff);
    assert_true(backoff_next_ms(&backoff) <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_is_drawn_from_a_range_that_doubles),
        cmocka_unit_test(a_success_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
