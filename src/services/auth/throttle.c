/* Failures are rows, attempts under way a map of counters under one lock. From the fifth failure on an attempt first moves the
 * time of the last failure to now, if nobody else has: so of all processes only one lets somebody in, and a process that
 * dies meanwhile leaves a wait, not a lock. Waits follow from the row alone. */
#include "services/auth/throttle.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/map.h"
#include "net/peer.h"
#include "services/auth/store.h"

#define PENDING_WAIT_MS 1000

typedef struct ThrottleKey Key;

typedef struct Pending {
    uint8_t key[THROTTLE_KEY_BYTES];
    uint32_t count;
} Pending;

struct Throttle {
    /* fixed after open */
    Db *db;
    bool enabled;
    atomic_uint n_failures; /* atomic */
    pthread_mutex_t lock;
    /* lock */
    Map pending; /* no longer than there are workers, twice */
};

/* Neither names nor addresses are kept as text, and all keys have one length. */
static Key key_of(const char *kind, Str text, uint32_t pending_max)
{
    Key key = { .pending_max = pending_max };
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key.bytes);
    crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
    crypto_generichash_update(&state, (const unsigned char *)text.ptr, text.len);
    crypto_generichash_final(&state, key.bytes, sizeof key.bytes);
    return key;
}

static Key key_of_account(Str account_key)
{
    return key_of("account", account_key, THROTTLE_ACCOUNT_PENDING_MAX);
}

static Key key_of_address(const Ctx *ctx)
{
    uint8_t block[PEER_BLOCK_MAX];
    return key_of("address", peer_block_of_text(ctx->peer, block), THROTTLE_ADDRESS_PENDING_MAX);
}

static Str key_str(const Key *key)
{
    return (Str){ (const char *)key->bytes, sizeof key->bytes };
}

Throttle *throttle_new(Db *db, bool enabled)
{
    Throttle *throttle = calloc(1, sizeof *throttle);
    if (!throttle) abort();
    throttle->db = db;
    throttle->enabled = enabled;
    pthread_mutex_init(&throttle->lock, NULL);
    return throttle;
}

void throttle_free(Throttle *throttle)
{
    if (!throttle) return;
    size_t at = 0;
    for (Pending *pending; (pending = map_next(&throttle->pending, &at));) free(pending);
    map_done(&throttle->pending);
    pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

/* --- attempts under way; with the lock held --- */

static bool has_room(const Throttle *throttle, const Key *key)
{
    const Pending *pending = map_get(&throttle->pending, key_str(key));
    return !pending || pending->count < key->pending_max;
}

static void pending_add(Throttle *throttle, const Key *key)
{
    Pending *pending = map_get(&throttle->pending, key_str(key));
    if (!pending) {
        pending = calloc(1, sizeof *pending);
        if (!pending) abort();
        memcpy(pending->key, key->bytes, sizeof pending->key);
        map_put(&throttle->pending, (Str){ (const char *)pending->key, sizeof pending->key }, pending);
    }
    pending->count++;
}

static void pending_remove(Throttle *throttle, const Key *key)
{
    Pending *pending = map_get(&throttle->pending, key_str(key));
    if (--pending->count > 0) return;
    map_remove(&throttle->pending, key_str(key));
    free(pending);
}

/* --- attempts under way --- */

static bool enter(Throttle *throttle, const ThrottleTurn *turn)
{
    pthread_mutex_lock(&throttle->lock);
    bool enters = has_room(throttle, &turn->account) && has_room(throttle, &turn->address);
    if (enters) pending_add(throttle, &turn->account);
    if (enters) pending_add(throttle, &turn->address);
    pthread_mutex_unlock(&throttle->lock);
    return enters;
}

static void leave(Throttle *throttle, const ThrottleTurn *turn)
{
    pthread_mutex_lock(&throttle->lock);
    pending_remove(throttle, &turn->account);
    pending_remove(throttle, &turn->address);
    pthread_mutex_unlock(&throttle->lock);
}

/* --- failures --- */

static int64_t since_ms(const Ctx *ctx)
{
    return ctx->now_ms - THROTTLE_FORGET_MS;
}

/* 1 s after failure number THROTTLE_FREE, then doubling. */
static int64_t wait_after(int64_t failures)
{
    if (failures < THROTTLE_FREE) return 0;
    int64_t doublings = failures - THROTTLE_FREE;
    return doublings < 10 ? INT64_C(1000) << doublings : THROTTLE_WAIT_MAX_MS;
}

/* How long this key has to wait; 0: not at all. */
static int64_t wait_left(const Key *key, int64_t now_ms)
{
    int64_t until_ms = key->last_ms + wait_after(key->failures);
    return key->failures >= THROTTLE_FREE && until_ms > now_ms ? until_ms - now_ms : 0;
}

static Err get_failures(Tx *tx, Ctx *ctx, Key *key)
{
    FailureRow row;
    Err err = failure_get(tx, ctx, key_str(key), since_ms(ctx), &row);
    if (err) return err;
    key->failures = row.count;
    key->last_ms = row.last_ms;
    return OK;
}

static Err get_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ThrottleTurn *turn = arg;
    Err err = get_failures(tx, ctx, &turn->account);
    return err ? err : get_failures(tx, ctx, &turn->address);
}

static Err claim(Tx *tx, Ctx *ctx, Key *key)
{
    if (key->failures < THROTTLE_FREE) return OK;
    key->is_claimed = true;
    return failure_move(tx, ctx, key_str(key), key->last_ms, ctx->now_ms);
}

static Err claim_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ThrottleTurn *turn = arg;
    Err err = claim(tx, ctx, &turn->account);
    return err ? err : claim(tx, ctx, &turn->address);
}

static Err give_back(Tx *tx, Ctx *ctx, const Key *key)
{
    if (!key->is_claimed) return OK;
    Err err = failure_move(tx, ctx, key_str(key), ctx->now_ms, key->last_ms);
    return err == ERR_CONFLICT ? OK : err; /* it was swept away */
}

static Err refuse(Ctx *ctx, int64_t wait_ms)
{
    ctx_fail(ctx, ERR_RATE_LIMITED, "too many attempts: try again in %lld s", (long long)(wait_ms + 999) / 1000);
    ctx->retry_after_ms = (uint32_t)wait_ms;
    return ERR_RATE_LIMITED;
}

static Err take_turn(const Throttle *throttle, Ctx *ctx, ThrottleTurn *turn)
{
    Err err = db_read(throttle->db, ctx, get_in_tx, turn);
    if (err) return err;
    int64_t wait_ms = wait_left(&turn->account, ctx->now_ms), address_ms = wait_left(&turn->address, ctx->now_ms);
    if (address_ms > wait_ms) wait_ms = address_ms;
    if (wait_ms > 0) return refuse(ctx, wait_ms);
    if (turn->account.failures < THROTTLE_FREE && turn->address.failures < THROTTLE_FREE) return OK;
    err = db_write(throttle->db, ctx, claim_in_tx, turn);
    return err == ERR_CONFLICT ? refuse(ctx, PENDING_WAIT_MS) : err;
}

Err throttle_begin(Throttle *throttle, Ctx *ctx, Str account_key, ThrottleTurn *out_turn)
{
    *out_turn = (ThrottleTurn){ 0 };
    if (!throttle->enabled) return OK;
    *out_turn = (ThrottleTurn){ .account = key_of_account(account_key), .address = key_of_address(ctx) };
    if (!enter(throttle, out_turn)) return refuse(ctx, PENDING_WAIT_MS);
    Err err = take_turn(throttle, ctx, out_turn);
    if (err) leave(throttle, out_turn);
    return err;
}

typedef struct EndWork {
    const ThrottleTurn *turn;
    bool sweeps;
} EndWork;

static Err wrong_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const EndWork *work = arg;
    Err err = failure_add(tx, ctx, key_str(&work->turn->account), since_ms(ctx));
    if (!err) err = failure_add(tx, ctx, key_str(&work->turn->address), since_ms(ctx));
    if (err || !work->sweeps) return err;
    return failure_sweep(tx, ctx, since_ms(ctx), THROTTLE_ENTRIES_MAX);
}

static Err right_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const EndWork *work = arg;
    Err err = failure_remove(tx, ctx, key_str(&work->turn->account));
    return err ? err : give_back(tx, ctx, &work->turn->address);
}

static Err unseen_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const EndWork *work = arg;
    Err err = give_back(tx, ctx, &work->turn->account);
    return err ? err : give_back(tx, ctx, &work->turn->address);
}

static bool sweeps_now(Throttle *throttle)
{
    return atomic_fetch_add(&throttle->n_failures, 1) % THROTTLE_SWEEP_EVERY == 0;
}

static Err count(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt)
{
    EndWork work = { .turn = turn };
    bool is_claimed = turn->account.is_claimed || turn->address.is_claimed;
    switch (attempt) {
    case ATTEMPT_WRONG: work.sweeps = sweeps_now(throttle); return db_write(throttle->db, ctx, wrong_in_tx, &work);
    case ATTEMPT_RIGHT:
        if (turn->account.failures == 0 && !is_claimed) return OK;
        return db_write(throttle->db, ctx, right_in_tx, &work);
    case ATTEMPT_UNSEEN: return is_claimed ? db_write(throttle->db, ctx, unseen_in_tx, &work) : OK;
    }
    abort();
}

Err throttle_end(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt)
{
    if (!throttle->enabled) return OK;
    Err err = count(throttle, ctx, turn, attempt);
    leave(throttle, turn);
    return err;
}
