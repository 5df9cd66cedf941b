#include "runtime/loop.h"

#include <stdlib.h>

#include "support/test.h"

#define SENDERS 4
#define POSTS   5000

static int received[SENDERS], out_of_order, drains;

typedef struct Item {
    int sender, number;
} Item;

static void on_item(Loop *loop, void *arg)
{
    Item *item = arg;
    assert_ptr_equal(loop_current(), loop);
    assert_int_equal(thread_role(), THREAD_LOOP);
    if (item->number != received[item->sender]++) out_of_order++;
    free(item);
}

static void on_drained(Loop *loop, void *arg)
{
    drains++;
}

static void register_hook(Loop *loop, void *arg)
{
    loop_on_drained(loop, on_drained, NULL);
}

typedef struct Sender {
    Loop *loop;
    int number;
} Sender;

static void send_all(void *arg)
{
    Sender *sender = arg;
    for (int i = 0; i < POSTS; i++) {
        Item *item = malloc(sizeof *item);
        *item = (Item){ sender->number, i };
        loop_post(sender->loop, on_item, item);
    }
}

TEST(posts_of_each_thread_arrive_in_order_and_all)
{
    Loop *loop = loop_start(0);
    pthread_t threads[SENDERS];
    Sender senders[SENDERS];
    loop_run(loop, register_hook, NULL);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (Sender){ loop, i };
        threads[i] = thread_start("sender", THREAD_WORKER, send_all, &senders[i]);
    }
    for (int i = 0; i < SENDERS; i++) pthread_join(threads[i], NULL);
    loop_stop(loop); /* runs what was posted before */
    for (int i = 0; i < SENDERS; i++) assert_int_equal(received[i], POSTS);
    assert_int_equal(out_of_order, 0);
    assert_true(drains > 0);
}

static void set_flag(Loop *loop, void *arg)
{
    *(bool *)arg = true;
}

TEST(loop_run_returns_after_the_function_has_run)
{
    Loop *loop = loop_start(1);
    for (int i = 0; i < 100; i++) {
        bool ran = false;
        loop_run(loop, set_flag, &ran);
        assert_true(ran);
    }
    loop_stop(loop);
    assert_null(loop_current());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_of_each_thread_arrive_in_order_and_all),
        cmocka_unit_test(loop_run_returns_after_the_function_has_run),
    };
    return cmocka_run_group_tests_name("runtime/loop", tests, NULL, NULL);
}
