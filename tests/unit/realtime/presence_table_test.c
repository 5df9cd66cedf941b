/* Who is online. */
#include "realtime/presence/presence_table.h"

#include "support/test.h"

static Id user(uint32_t n)
{
    Id id = { { 1 } };
    memcpy(id.bytes + 8, &n, sizeof n);
    return id;
}

TEST(only_the_first_and_the_last_client_change_anything)
{
    PresenceTable table;
    uint32_t visit = 0;
    presence_table_init(&table);
    assert_true(presence_table_enter(&table, user(1)));
    assert_false(presence_table_enter(&table, user(1)));
    assert_false(presence_table_leave(&table, user(1), &visit));
    assert_true(presence_table_leave(&table, user(1), &visit));
    assert_true(presence_table_settle(&table, user(1), visit));
    assert_false(presence_table_is_online(&table, user(1)));
    presence_table_done(&table);
}

TEST(who_comes_back_within_the_grace_never_left)
{
    PresenceTable table;
    uint32_t first = 0, second = 0;
    presence_table_init(&table);
    presence_table_enter(&table, user(1));
    assert_true(presence_table_leave(&table, user(1), &first));
    assert_true(presence_table_is_online(&table, user(1)));
    assert_false(presence_table_enter(&table, user(1)));
    assert_false(presence_table_settle(&table, user(1), first));
    assert_true(presence_table_leave(&table, user(1), &second));
    assert_false(presence_table_settle(&table, user(1), first)); /* the grace of the second leaving still runs */
    assert_true(presence_table_settle(&table, user(1), second));
    presence_table_done(&table);
}

TEST(leaving_without_having_come_changes_nothing)
{
    PresenceTable table;
    uint32_t visit;
    presence_table_init(&table);
    assert_false(presence_table_leave(&table, user(1), &visit));
    assert_false(presence_table_settle(&table, user(1), 1));
    presence_table_done(&table);
}

TEST(thousands_come_and_go_in_any_order)
{
    enum { USERS = 5000 };
    PresenceTable table;
    uint32_t visit;
    presence_table_init(&table);
    for (uint32_t n = 1; n <= USERS; n++) assert_true(presence_table_enter(&table, user(n * 7919)));
    for (uint32_t n = 1; n <= USERS; n += 2) {
        assert_true(presence_table_leave(&table, user(n * 7919), &visit));
        assert_true(presence_table_settle(&table, user(n * 7919), visit));
    }
    for (uint32_t n = 1; n <= USERS; n++)
        assert_int_equal(presence_table_is_online(&table, user(n * 7919)), n % 2 == 0);
    assert_int_equal(table.count, USERS / 2);
    presence_table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_first_and_the_last_client_change_anything),
        cmocka_unit_test(who_comes_back_within_the_grace_never_left),
        cmocka_unit_test(leaving_without_having_come_changes_nothing),
        cmocka_unit_test(thousands_come_and_go_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
