/* A lane exists while it has jobs. Locks are held briefly, one per shard of keys. */
#include "runtime/lanes.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

#define SHARDS 16

typedef struct Lane {
    struct LaneShard *shard;
    unsigned running, waiting;
    LaneJob *first, *last; /* waiting */
    uint8_t key_len;
    char key[LANE_KEY_MAX];
} Lane;

typedef struct LaneShard {
    pthread_mutex_t lock;
    Map lanes; /* lock; and all in them */
} LaneShard;

struct Lanes {
    /* fixed after new */
    WorkerPool *workers;
    unsigned at_once, waiting_max;
    LaneShard shards[SHARDS];
};

Lanes *lanes_new(WorkerPool *workers, unsigned at_once, unsigned waiting_max)
{
    Lanes *lanes = calloc(1, sizeof *lanes);
    if (!lanes) abort();
    lanes->workers = workers;
    lanes->at_once = at_once;
    lanes->waiting_max = waiting_max;
    for (int i = 0; i < SHARDS; i++) pthread_mutex_init(&lanes->shards[i].lock, NULL);
    return lanes;
}

void lanes_free(Lanes *lanes)
{
    if (!lanes) return;
    for (int i = 0; i < SHARDS; i++) {
        assert(lanes->shards[i].lanes.count == 0);
        map_done(&lanes->shards[i].lanes);
        pthread_mutex_destroy(&lanes->shards[i].lock);
    }
    free(lanes);
}

static LaneShard *shard_of(Lanes *lanes, Str key)
{
    uint32_t hash = 2166136261u; /* FNV-1a; only spreads load over locks */
    for (size_t i = 0; i < key.len; i++) hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    return &lanes->shards[hash % SHARDS];
}

/* With the lock held. */
static Lane *lane_get(LaneShard *shard, Str key)
{
    Lane *lane = map_get(&shard->lanes, key);
    if (lane) return lane;
    lane = calloc(1, sizeof *lane);
    if (!lane) abort();
    lane->shard = shard;
    lane->key_len = (uint8_t)key.len;
    if (key.len) memcpy(lane->key, key.ptr, key.len);
    map_put(&shard->lanes, (Str){ lane->key, lane->key_len }, lane);
    return lane;
}

LaneEntry lanes_enter(Lanes *lanes, Str key, LaneJob *job)
{
    assert(key.len <= LANE_KEY_MAX);
    LaneShard *shard = shard_of(lanes, key);
    LaneEntry entry = LANE_FULL;
    pthread_mutex_lock(&shard->lock);
    Lane *lane = lane_get(shard, key);
    job->lane = lane;
    job->next = NULL;
    if (lane->running < lanes->at_once) {
        lane->running++;
        entry = LANE_ENTERED;
    } else if (lane->waiting < lanes->waiting_max) {
        lane->waiting++;
        *(lane->last ? &lane->last->next : &lane->first) = job;
        lane->last = job;
        entry = LANE_WAITS;
    }
    pthread_mutex_unlock(&shard->lock);
    return entry;
}

/* With the lock held: the job that takes over the place of one that leaves; NULL when none waits. */
static LaneJob *take_next(Lane *lane)
{
    LaneJob *next = lane->first;
    if (next) {
        lane->first = next->next;
        if (!lane->first) lane->last = NULL;
        lane->waiting--;
    } else if (--lane->running == 0) {
        map_remove(&lane->shard->lanes, (Str){ lane->key, lane->key_len });
        free(lane);
    }
    return next;
}

void lanes_leave(Lanes *lanes, LaneJob *job)
{
    Lane *lane = job->lane;
    LaneShard *shard = lane->shard;
    pthread_mutex_lock(&shard->lock);
    LaneJob *next = take_next(lane);
    pthread_mutex_unlock(&shard->lock);
    if (next) worker_continue(lanes->workers, next->fn, next->arg);
}
