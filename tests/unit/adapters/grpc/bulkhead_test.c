#include "adapters/grpc/bulkhead.h"

#include "runtime/thread.h"
#include "support/test.h"

TEST(whoever_is_answered_in_time_is_let_in_however_many_there_are)
{
    Bulkhead bulkhead = { .places = 2 };
    for (int i = 0; i < 1000; i++) assert_true(bulkhead_enter(&bulkhead));
    assert_true(bulkhead_stay(&bulkhead)); /* one slow call is no reason to refuse others */
    assert_true(bulkhead_enter(&bulkhead));
}

TEST(no_more_stay_than_there_are_places)
{
    Bulkhead bulkhead = { .places = 2 };
    for (int i = 0; i < 3; i++) assert_true(bulkhead_enter(&bulkhead));
    assert_true(bulkhead_stay(&bulkhead));
    assert_true(bulkhead_stay(&bulkhead));
    assert_false(bulkhead_stay(&bulkhead));
    bulkhead_leave(&bulkhead, false);
    assert_false(bulkhead_stay(&bulkhead));
    bulkhead_leave(&bulkhead, true);
    assert_true(bulkhead_enter(&bulkhead));
    assert_true(bulkhead_stay(&bulkhead));
}

TEST(while_no_place_is_free_as_many_others_are_let_in)
{
    Bulkhead bulkhead = { .places = 2 };
    for (int i = 0; i < 2; i++) assert_true(bulkhead_enter(&bulkhead) && bulkhead_stay(&bulkhead));
    for (int i = 0; i < 2; i++) assert_true(bulkhead_enter(&bulkhead));
    for (int i = 0; i < 3; i++) assert_false(bulkhead_enter(&bulkhead));
    bulkhead_leave(&bulkhead, false); /* another instance has answered one */
    assert_true(bulkhead_enter(&bulkhead));
    assert_false(bulkhead_enter(&bulkhead));
    bulkhead_leave(&bulkhead, true); /* it answers again */
    for (int i = 0; i < 1000; i++) assert_true(bulkhead_enter(&bulkhead));
}

enum { THREADS = 8, ROUNDS = 20000 };

typedef struct Crowd {
    Bulkhead bulkhead;
    atomic_uint staying;
    atomic_bool too_many;
} Crowd;

static void crowd_main(void *arg)
{
    Crowd *crowd = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (!bulkhead_enter(&crowd->bulkhead)) continue;
        bool stays = bulkhead_stay(&crowd->bulkhead);
        if (stays && atomic_fetch_add(&crowd->staying, 1) >= crowd->bulkhead.places)
            atomic_store(&crowd->too_many, true);
        if (stays) atomic_fetch_sub(&crowd->staying, 1);
        bulkhead_leave(&crowd->bulkhead, stays);
    }
}

TEST(threads_that_come_and_go_leave_nothing_behind)
{
    Crowd crowd = { .bulkhead.places = 3 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) threads[i] = thread_start("crowd", THREAD_WORKER, crowd_main, &crowd);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_false(atomic_load(&crowd.too_many));
    assert_int_equal(atomic_load(&crowd.bulkhead.inside), 0);
    assert_int_equal(atomic_load(&crowd.bulkhead.staying), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_answered_in_time_is_let_in_however_many_there_are),
        cmocka_unit_test(no_more_stay_than_there_are_places),
        cmocka_unit_test(while_no_place_is_free_as_many_others_are_let_in),
        cmocka_unit_test(threads_that_come_and_go_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("adapters/grpc/bulkhead", tests, NULL, NULL);
}
