#include "runtime/lanes.h"

#include "support/test.h"

typedef struct World {
    WorkerPool *pool;
    Lanes *lanes;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    int inside, most_inside, done;
    bool is_open;
} World;

static World world;

static void world_open(unsigned threads, unsigned at_once, unsigned waiting_max, bool is_open)
{
    world = (World){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .is_open = is_open };
    world.pool = worker_pool_new("t", threads, 100000);
    world.lanes = lanes_new(world.pool, at_once, waiting_max);
}

static void world_close(void)
{
    worker_pool_free(world.pool);
    lanes_free(world.lanes);
}

static void open_gate(void)
{
    pthread_mutex_lock(&world.lock);
    world.is_open = true;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static void wait_for(const int *count, int want)
{
    pthread_mutex_lock(&world.lock);
    while (*count < want) pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
}

typedef struct Visit {
    LaneJob job;
    Str key;
    int number; /* in the order in which it went in */
} Visit;

static void stay(void *arg)
{
    Visit *visit = arg;
    pthread_mutex_lock(&world.lock);
    visit->number = world.done + world.inside;
    world.inside++;
    if (world.inside > world.most_inside) world.most_inside = world.inside;
    pthread_cond_broadcast(&world.changed);
    while (!world.is_open) pthread_cond_wait(&world.changed, &world.lock);
    world.inside--;
    world.done++;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
    lanes_leave(world.lanes, &visit->job);
}

static LaneEntry enter(Visit *visit, Str key)
{
    *visit = (Visit){ .job = { .fn = stay, .arg = visit }, .key = key };
    LaneEntry entry = lanes_enter(world.lanes, key, &visit->job);
    if (entry == LANE_ENTERED) assert_true(worker_submit(world.pool, stay, visit));
    return entry;
}

TEST(one_caller_holds_so_many_workers_and_the_next_caller_is_not_kept_waiting)
{
    Visit greedy[10], other;
    world_open(4, 3, 7, false);
    for (int i = 0; i < 10; i++) assert_int_equal(enter(&greedy[i], STR("greedy")), i < 3 ? LANE_ENTERED : LANE_WAITS);
    wait_for(&world.inside, 3);
    assert_int_equal(enter(&other, STR("other")), LANE_ENTERED);
    wait_for(&world.inside, 4);

    Visit late;
    assert_int_equal(enter(&late, STR("greedy")), LANE_FULL);
    open_gate();
    wait_for(&world.done, 11);
    world_close();
    assert_int_equal(world.most_inside, 4);
}

TEST(those_who_wait_go_in_in_the_order_in_which_they_came)
{
    Visit visits[50];
    world_open(4, 1, 100, false);
    for (int i = 0; i < 50; i++) assert_int_equal(enter(&visits[i], STR("a")), i == 0 ? LANE_ENTERED : LANE_WAITS);
    open_gate();
    wait_for(&world.done, 50);
    world_close();
    for (int i = 0; i < 50; i++) assert_int_equal(visits[i].number, i);
    assert_int_equal(world.most_inside, 1);
}

TEST(when_the_pool_is_freed_all_who_wait_still_go_in)
{
    static Visit visits[2000];
    static const Str keys[] = { STR("a"), STR("b"), STR("") };
    world_open(3, 2, 2000, true);
    for (int i = 0; i < 2000; i++) assert_int_not_equal(enter(&visits[i], keys[i % 3]), LANE_FULL);
    world_close();
    assert_int_equal(world.done, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_caller_holds_so_many_workers_and_the_next_caller_is_not_kept_waiting),
        cmocka_unit_test(those_who_wait_go_in_in_the_order_in_which_they_came),
        cmocka_unit_test(when_the_pool_is_freed_all_who_wait_still_go_in),
    };
    return cmocka_run_group_tests_name("runtime/lanes", tests, NULL, NULL);
}
