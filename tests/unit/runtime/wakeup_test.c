#include "runtime/wakeup.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "runtime/thread.h"
#include "support/test.h"

enum { LONG_MS = INT_MAX }; /* a wait that must end by itself, or the test hangs */

static int set_up(void **state)
{
    static Wakeup wakeup;
    wakeup_init(&wakeup);
    *state = &wakeup;
    return 0;
}

static int tear_down(void **state)
{
    wakeup_done(*state);
    return 0;
}

TEST(wakes_before_a_wait_end_it_at_once_and_are_one)
{
    Wakeup *wakeup = *state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) wakeup_wake(wakeup);
        assert_int_equal(wakeup_wait(wakeup, -1, LONG_MS), WAKEUP_WOKEN);
        assert_int_equal(wakeup_wait(wakeup, -1, 0), 0);
    }
}

TEST(a_descriptor_with_something_to_read_or_a_broken_one_ends_a_wait)
{
    Wakeup *wakeup = *state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(wakeup_wait(wakeup, fds[0], 0), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(wakeup_wait(wakeup, fds[0], LONG_MS), WAKEUP_READY);
    wakeup_wake(wakeup);
    assert_int_equal(wakeup_wait(wakeup, fds[0], LONG_MS), WAKEUP_READY | WAKEUP_WOKEN);
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    close(fds[1]);
    assert_int_equal(wakeup_wait(wakeup, fds[0], LONG_MS), WAKEUP_READY);
    close(fds[0]);
}

static void stop_main(void *arg)
{
    for (int i = 0; i < 100; i++) wakeup_wake(arg);
    wakeup_stop(arg);
}

TEST(a_pause_ends_when_the_thread_is_to_stop)
{
    Wakeup *wakeup = *state;
    assert_false(wakeup_is_stopping(wakeup));
    pthread_t thread = thread_start("stop", THREAD_WORKER, stop_main, wakeup);
    wakeup_pause(wakeup, LONG_MS);
    assert_true(wakeup_is_stopping(wakeup));
    wakeup_pause(wakeup, LONG_MS);
    pthread_join(thread, NULL);
}

TEST(a_stop_ends_a_wait)
{
    Wakeup *wakeup = *state;
    wakeup_stop(wakeup);
    assert_int_equal(wakeup_wait(wakeup, -1, LONG_MS), WAKEUP_WOKEN);
    assert_true(wakeup_is_stopping(wakeup));
}

enum { THREADS = 4, JOBS = 20000 };

typedef struct Desk {
    Wakeup *wakeup;
    atomic_int n_jobs, n_done;
} Desk;

/* Waits for the end of each job, so that many a wake comes while another is being seen. */
static void desk_main(void *arg)
{
    Desk *desk = arg;
    for (int i = 0; i < JOBS; i++) {
        int job = atomic_fetch_add(&desk->n_jobs, 1);
        wakeup_wake(desk->wakeup);
        while (atomic_load(&desk->n_done) <= job) sched_yield();
    }
}

TEST(no_wake_is_lost)
{
    Desk desk = { .wakeup = *state };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) threads[i] = thread_start("desk", THREAD_WORKER, desk_main, &desk);
    while (atomic_load(&desk.n_done) < THREADS * JOBS) {
        assert_int_equal(wakeup_wait(desk.wakeup, -1, LONG_MS), WAKEUP_WOKEN);
        atomic_store(&desk.n_done, atomic_load(&desk.n_jobs));
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(wakes_before_a_wait_end_it_at_once_and_are_one),
        EACH(a_descriptor_with_something_to_read_or_a_broken_one_ends_a_wait),
        EACH(a_pause_ends_when_the_thread_is_to_stop),
        EACH(a_stop_ends_a_wait),
        EACH(no_wake_is_lost),
    };
    return cmocka_run_group_tests_name("runtime/wakeup", tests, NULL, NULL);
}
