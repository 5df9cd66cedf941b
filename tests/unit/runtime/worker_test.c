#include "runtime/worker.h"

#include <stdatomic.h>

#include "support/test.h"

static _Atomic int ran;

static void count(void *arg)
{
    assert_int_equal(thread_role(), THREAD_WORKER);
    atomic_fetch_add(&ran, 1);
}

TEST(every_accepted_job_runs_also_when_the_pool_is_freed_at_once)
{
    WorkerPool *pool = worker_pool_new("t", 4, 100000);
    atomic_store(&ran, 0);
    for (int i = 0; i < 20000; i++) assert_true(worker_submit(pool, count, NULL));
    worker_pool_free(pool);
    assert_int_equal(atomic_load(&ran), 20000);
}

typedef struct Gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside;
    bool open;
} Gate;

static void wait_at_gate(void *arg)
{
    Gate *gate = arg;
    pthread_mutex_lock(&gate->lock);
    gate->inside++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open) pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

/* With 3 threads and room for 2 more jobs, the sixth is refused; and all three do run at once. */
TEST(the_pool_grows_to_its_limit_and_then_refuses)
{
    Gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    WorkerPool *pool = worker_pool_new("t", 3, 2);
    for (int i = 0; i < 3; i++) {
        assert_true(worker_submit(pool, wait_at_gate, &gate));
        pthread_mutex_lock(&gate.lock);
        while (gate.inside < i + 1) pthread_cond_wait(&gate.changed, &gate.lock);
        pthread_mutex_unlock(&gate.lock);
    }
    assert_true(worker_submit(pool, wait_at_gate, &gate));
    assert_true(worker_submit(pool, wait_at_gate, &gate));
    assert_int_equal(worker_queue_depth(pool), 2);
    assert_false(worker_submit(pool, wait_at_gate, &gate));

    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    worker_pool_free(pool);
    assert_int_equal(gate.inside, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_accepted_job_runs_also_when_the_pool_is_freed_at_once),
        cmocka_unit_test(the_pool_grows_to_its_limit_and_then_refuses),
    };
    return cmocka_run_group_tests_name("runtime/worker", tests, NULL, NULL);
}
