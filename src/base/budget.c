/* A share exists while its holder holds something. Shares are spread over shards with a lock each; the total is one
 * atomic counter, which may briefly include a request that is then refused, so another that would just have fit may be
 * refused too. */
#include "base/budget.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/map.h"

#define SHARDS 16

typedef struct BudgetShard {
    pthread_mutex_t lock;
    Map shares; /* lock; and all in them */
} BudgetShard;

typedef struct BudgetShare {
    Budget *budget;
    BudgetShard *shard;
    size_t held;
    uint8_t key_len;
    char key[BUDGET_KEY_MAX];
} BudgetShare;

struct Budget {
    size_t share_max, total_max; /* fixed after new */
    atomic_size_t total;
    BudgetShard shards[SHARDS];
};

Budget *budget_new(size_t share_max, size_t total_max)
{
    Budget *budget = calloc(1, sizeof *budget);
    if (!budget) abort();
    budget->share_max = share_max;
    budget->total_max = total_max;
    for (int i = 0; i < SHARDS; i++) pthread_mutex_init(&budget->shards[i].lock, NULL);
    return budget;
}

void budget_free(Budget *budget)
{
    if (!budget) return;
    for (int i = 0; i < SHARDS; i++) {
        assert(budget->shards[i].shares.count == 0);
        map_done(&budget->shards[i].shares);
        pthread_mutex_destroy(&budget->shards[i].lock);
    }
    free(budget);
}

static BudgetShard *shard_of(Budget *budget, Str key)
{
    uint32_t hash = 2166136261u; /* FNV-1a; only spreads load over locks */
    for (size_t i = 0; i < key.len; i++) hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    return &budget->shards[hash % SHARDS];
}

static size_t held_by(const BudgetShard *shard, Str key)
{
    const BudgetShare *share = map_get(&shard->shares, key);
    return share ? share->held : 0;
}

/* With the lock held. */
static BudgetShare *share_get(Budget *budget, BudgetShard *shard, Str key)
{
    BudgetShare *share = map_get(&shard->shares, key);
    if (share) return share;
    share = calloc(1, sizeof *share);
    if (!share) abort();
    share->budget = budget;
    share->shard = shard;
    share->key_len = (uint8_t)key.len;
    if (key.len) memcpy(share->key, key.ptr, key.len);
    map_put(&shard->shares, (Str){ share->key, share->key_len }, share);
    return share;
}

static bool fits(size_t held, size_t units, size_t max)
{
    return held <= max && units <= max - held;
}

/* With the lock held. */
static BudgetAnswer look(Budget *budget, const BudgetShard *shard, Str key, size_t units)
{
    if (!fits(held_by(shard, key), units, budget->share_max)) return BUDGET_SHARE_FULL;
    return fits(atomic_load(&budget->total), units, budget->total_max) ? BUDGET_OK : BUDGET_FULL;
}

static BudgetAnswer take(Budget *budget, Str key, size_t units, bool always, Charge *charge)
{
    BudgetShard *shard = shard_of(budget, key);
    assert(key.len <= BUDGET_KEY_MAX);
    if (units == 0) return BUDGET_OK;
    pthread_mutex_lock(&shard->lock);
    BudgetAnswer answer = always ? BUDGET_OK : look(budget, shard, key, units);
    if (answer == BUDGET_OK && !fits(atomic_fetch_add(&budget->total, units), units, budget->total_max) && !always) {
        atomic_fetch_sub(&budget->total, units);
        answer = BUDGET_FULL;
    }
    if (answer == BUDGET_OK) {
        BudgetShare *share = share_get(budget, shard, key);
        assert(!charge->share || charge->share == share);
        share->held += units;
        charge->share = share;
        charge->units += units;
    }
    pthread_mutex_unlock(&shard->lock);
    return answer;
}

BudgetAnswer budget_take(Budget *budget, Str key, size_t units, Charge *charge)
{
    return take(budget, key, units, false, charge);
}

void budget_spend(Budget *budget, Str key, size_t units, Charge *charge)
{
    take(budget, key, units, true, charge);
}

BudgetAnswer budget_ask(Budget *budget, Str key)
{
    BudgetShard *shard = shard_of(budget, key);
    pthread_mutex_lock(&shard->lock);
    BudgetAnswer answer = look(budget, shard, key, 1);
    pthread_mutex_unlock(&shard->lock);
    return answer;
}

size_t budget_held(const Budget *budget)
{
    return atomic_load(&budget->total);
}

void charge_shrink(Charge *charge, size_t units)
{
    if (charge->units <= units) return;
    BudgetShare *share = charge->share;
    BudgetShard *shard = share->shard;
    size_t back = charge->units - units;
    atomic_fetch_sub(&share->budget->total, back);
    pthread_mutex_lock(&shard->lock);
    share->held -= back;
    if (share->held == 0) {
        map_remove(&shard->shares, (Str){ share->key, share->key_len });
        free(share);
    }
    pthread_mutex_unlock(&shard->lock);
    charge->units = units;
    if (units == 0) charge->share = NULL;
}

void charge_release(Charge *charge)
{
    charge_shrink(charge, 0);
}

void charge_move(Charge *to, Charge *from)
{
    assert(!to->share || !from->share || to->share == from->share);
    if (from->share) to->share = from->share;
    to->units += from->units;
    *from = (Charge){ 0 };
}
