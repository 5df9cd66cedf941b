#include "base/budget.h"

#include <pthread.h>

#include "support/test.h"

TEST(one_holder_has_so_much_and_all_together_so_much)
{
    Budget *budget = budget_new(10, 25);
    Charge ann = { 0 }, bob = { 0 }, eve = { 0 };
    assert_int_equal(budget_take(budget, STR("ann"), 7, &ann), BUDGET_OK);
    assert_int_equal(budget_take(budget, STR("ann"), 4, &ann), BUDGET_SHARE_FULL);
    assert_int_equal(budget_take(budget, STR("ann"), 3, &ann), BUDGET_OK);
    assert_int_equal(budget_ask(budget, STR("ann")), BUDGET_SHARE_FULL);
    assert_int_equal(ann.units, 10);

    assert_int_equal(budget_take(budget, STR("bob"), 10, &bob), BUDGET_OK);
    assert_int_equal(budget_take(budget, STR("eve"), 6, &eve), BUDGET_FULL);
    assert_int_equal(eve.units, 0);
    assert_int_equal(budget_take(budget, STR("eve"), 5, &eve), BUDGET_OK);
    assert_int_equal(budget_ask(budget, STR("eve")), BUDGET_FULL);
    assert_int_equal(budget_held(budget), 25);

    charge_shrink(&ann, 4);
    assert_int_equal(budget_held(budget), 19);
    assert_int_equal(budget_ask(budget, STR("ann")), BUDGET_OK);
    charge_shrink(&ann, 9); /* never grows */
    assert_int_equal(ann.units, 4);
    charge_release(&ann);
    charge_release(&ann);
    charge_release(&bob);
    charge_release(&eve);
    assert_int_equal(budget_held(budget), 0);
    budget_free(budget);
}

TEST(what_is_spent_counts_though_it_is_too_much)
{
    Budget *budget = budget_new(10, 15);
    Charge charge = { 0 }, other = { 0 };
    budget_spend(budget, STR("ann"), 100, &charge);
    assert_int_equal(budget_held(budget), 100);
    assert_int_equal(budget_ask(budget, STR("ann")), BUDGET_SHARE_FULL);
    assert_int_equal(budget_take(budget, STR("bob"), 1, &other), BUDGET_FULL);
    charge_release(&charge);
    assert_int_equal(budget_take(budget, STR("bob"), 1, &other), BUDGET_OK);
    charge_release(&other);
    budget_free(budget);
}

TEST(a_charge_moves_and_is_given_back_once)
{
    Budget *budget = budget_new(SIZE_MAX, SIZE_MAX);
    Charge first = { 0 }, second = { 0 }, sum = { 0 };
    budget_spend(budget, STR("ann"), 3, &first);
    budget_spend(budget, STR("ann"), 4, &second);
    charge_move(&sum, &first);
    charge_move(&sum, &second);
    charge_move(&sum, &first); /* nothing */
    assert_int_equal(sum.units, 7);
    assert_int_equal(first.units + second.units, 0);
    charge_release(&first);
    assert_int_equal(budget_held(budget), 7);
    charge_release(&sum);
    budget_free(budget);
}

#define ROUNDS 20000

static void *hold_and_give_back(void *arg)
{
    static const Str keys[] = { STR("a"), STR("b"), STR("c") };
    Budget *budget = arg;
    for (int i = 0; i < ROUNDS; i++) {
        Charge charge = { 0 };
        if (budget_take(budget, keys[i % 3], 1 + (size_t)(i % 5), &charge) != BUDGET_OK) continue;
        assert_true(budget_held(budget) <= 20 + 4 * 5); /* and what is being refused */
        charge_shrink(&charge, 1);
        charge_release(&charge);
    }
    return NULL;
}

TEST(many_threads_leave_nothing_behind)
{
    Budget *budget = budget_new(8, 20);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, hold_and_give_back, budget), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(budget_held(budget), 0);
    budget_free(budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_holder_has_so_much_and_all_together_so_much),
        cmocka_unit_test(what_is_spent_counts_though_it_is_too_much),
        cmocka_unit_test(a_charge_moves_and_is_given_back_once),
        cmocka_unit_test(many_threads_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("base/budget", tests, NULL, NULL);
}
