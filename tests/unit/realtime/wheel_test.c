/* The timing wheel. */
#include "realtime/session/wheel.h"

#include "base/attr.h"
#include "support/test.h"

/* The second at which the entry comes, 0 when not until `until`. */
static uint32_t comes_at(Wheel *wheel, const WheelEntry *entry, uint32_t until)
{
    for (uint32_t now = wheel->now_s + 1; now <= until; now++) {
        for (WheelEntry *due; (due = wheel_take_due(wheel, now));) {
            if (due == entry) return now;
        }
    }
    return 0;
}

static const struct {
    const char *label;
    uint32_t due, want;
} deadlines[] = {
    { "the next second", 101, 101 }, { "soon", 125, 125 },   { "past: as soon as possible", 50, 101 },
    { "now: the next", 100, 101 },   { "a turn", 163, 163 }, { "over a turn: on the way", 1000, 163 },
};
TEST_EACH(an_entry_comes_when_it_is_due, deadlines, c)
{
    Wheel wheel = { .now_s = 100 };
    WheelEntry entry = { 0 };
    wheel_arm(&wheel, &entry, c->due);
    CHECK(comes_at(&wheel, &entry, 400) == c->want, c->label);
}

TEST(a_disarmed_entry_does_not_come)
{
    Wheel wheel = { .now_s = 100 };
    WheelEntry first = { 0 }, second = { 0 }, third = { 0 };
    wheel_arm(&wheel, &first, 105);
    wheel_arm(&wheel, &second, 105);
    wheel_arm(&wheel, &third, 105);
    wheel_disarm(&second);
    wheel_disarm(&second);
    assert_ptr_equal(wheel_take_due(&wheel, 110), &third);
    assert_ptr_equal(wheel_take_due(&wheel, 110), &first);
    assert_null(wheel_take_due(&wheel, 110));
}

TEST(arming_again_moves)
{
    Wheel wheel = { .now_s = 100 };
    WheelEntry entry = { 0 };
    wheel_arm(&wheel, &entry, 105);
    wheel_arm(&wheel, &entry, 110);
    assert_int_equal(comes_at(&wheel, &entry, 200), 110);
    assert_int_equal(comes_at(&wheel, &entry, 400), 0);
}

TEST(a_late_tick_brings_all_that_were_due)
{
    Wheel wheel = { .now_s = 100 };
    WheelEntry entries[30] = { 0 };
    int taken = 0;
    for (uint32_t i = 0; i < 30; i++) wheel_arm(&wheel, &entries[i], 101 + i);
    while (wheel_take_due(&wheel, 500)) taken++;
    assert_int_equal(taken, 30);
    assert_null(wheel_first(&wheel));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_comes_when_it_is_due),
        cmocka_unit_test(a_disarmed_entry_does_not_come),
        cmocka_unit_test(arming_again_moves),
        cmocka_unit_test(a_late_tick_brings_all_that_were_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
