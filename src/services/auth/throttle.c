/* Failures are rows; attempts in flight are a map of counters under one lock. Once the free failures are used up, an
 * attempt first moves the time of the last one to now, if nobody else has: so only one of all processes admits an
 * attempt, and a process that dies meanwhile leaves a delay, not a lock. Delays follow from the row alone. */
#include "services/auth/throttle.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/map.h"
#include "net/peer.h"
#include "runtime/thread.h"
#include "services/auth/store.h"

#define PENDING_WAIT_MS 1000

typedef struct ThrottleKey Key;

typedef struct Pending {
    uint8_t key[THROTTLE_KEY_BYTES];
    uint32_t count;
} Pending;

/* A wrong password that could not be stored: it stays in flight, so that others are delayed by it. */
typedef struct Held {
    ThrottleTurn turn;
    int64_t until_ms;
} Held;

struct Throttle {
    /* fixed after open */
    Db *db;
    bool enabled;
    atomic_uint n_failures; /* atomic */
    pthread_mutex_t lock;
    /* lock */
    Map pending; /* at most twice the number of workers and held entries */
    Held held[THROTTLE_HELD_MAX];
    size_t n_held;
};

static Str key_str(const Key *key)
{
    return (Str){ (const char *)key->bytes, sizeof key->bytes };
}

static void hash_add(crypto_generichash_state *state, Str text)
{
    crypto_generichash_update(state, (const unsigned char *)text.ptr, text.len);
}

/* Hashed: neither names nor addresses are stored as text, and all keys have one length. */
static Key key_of(const char *kind, Str text, Str address)
{
    Key key = { { 0 } };
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key.bytes);
    hash_add(&state, (Str){ kind, strlen(kind) + 1 });
    hash_add(&state, text);
    hash_add(&state, address);
    crypto_generichash_final(&state, key.bytes, sizeof key.bytes);
    return key;
}

static Key *add_key(ThrottleTurn *turn, const char *kind, Str text, uint32_t pending_max, int64_t n_free)
{
    Key *key = &turn->keys[turn->n_keys++];
    *key = key_of(kind, text, STR(""));
    key->pending_max = pending_max;
    key->n_free = n_free;
    return key;
}

static ThrottleTurn turn_of(const Ctx *ctx, const Claimant *claimant)
{
    ThrottleTurn turn = { 0 };
    if (!id_is_none(claimant->session)) {
        add_key(&turn, "session", id_key(&claimant->session), THROTTLE_OWN_PENDING_MAX, THROTTLE_FREE);
        return turn;
    }
    if (claimant->device.len > 0) {
        add_key(&turn, "device", claimant->device, THROTTLE_OWN_PENDING_MAX, THROTTLE_FREE);
        return turn;
    }
    uint8_t block[PEER_BLOCK_MAX];
    Str address = peer_block_of_text(ctx->peer, block);
    const Key *account = add_key(&turn, "account", claimant->account, THROTTLE_ACCOUNT_PENDING_MAX, THROTTLE_FREE);
    add_key(&turn, "address", address, THROTTLE_ADDRESS_PENDING_MAX, THROTTLE_ADDRESS_FREE);
    turn.both = key_of("account from address", key_str(account), address);
    return turn;
}

static bool is_stranger(const ThrottleTurn *turn)
{
    return turn->n_keys == 2;
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

/* --- attempts in flight; with the lock held --- */

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

static void pending_remove_all(Throttle *throttle, const ThrottleTurn *turn)
{
    for (size_t i = 0; i < turn->n_keys; i++) pending_remove(throttle, &turn->keys[i]);
}

static void let_go(Throttle *throttle, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < throttle->n_held; i++) {
        const Held *held = &throttle->held[i];
        if (held->until_ms > now_ms)
            throttle->held[kept++] = *held;
        else
            pending_remove_all(throttle, &held->turn);
    }
    throttle->n_held = kept;
}

/* --- attempts in flight --- */

static bool enter(Throttle *throttle, const Ctx *ctx, const ThrottleTurn *turn)
{
    bool enters = true;
    pthread_mutex_lock(&throttle->lock);
    let_go(throttle, ctx->now_ms);
    for (size_t i = 0; i < turn->n_keys; i++) enters = enters && has_room(throttle, &turn->keys[i]);
    for (size_t i = 0; enters && i < turn->n_keys; i++) pending_add(throttle, &turn->keys[i]);
    pthread_mutex_unlock(&throttle->lock);
    return enters;
}

static void leave(Throttle *throttle, const ThrottleTurn *turn)
{
    pthread_mutex_lock(&throttle->lock);
    pending_remove_all(throttle, turn);
    pthread_mutex_unlock(&throttle->lock);
}

/* Keeps the attempt in flight instead of leave(); false if too many are held. */
static bool hold(Throttle *throttle, const Ctx *ctx, const ThrottleTurn *turn)
{
    pthread_mutex_lock(&throttle->lock);
    bool holds = throttle->n_held < THROTTLE_HELD_MAX;
    if (holds) throttle->held[throttle->n_held++] = (Held){ *turn, ctx->now_ms + THROTTLE_WAIT_MAX_MS };
    pthread_mutex_unlock(&throttle->lock);
    return holds;
}

bool throttle_counts_unstored(Throttle *throttle)
{
    pthread_mutex_lock(&throttle->lock);
    bool counts = throttle->n_held < THROTTLE_HELD_MAX;
    pthread_mutex_unlock(&throttle->lock);
    return counts;
}

/* --- failures --- */

static int64_t since_ms(const Ctx *ctx)
{
    return ctx->now_ms - THROTTLE_FORGET_MS;
}

/* Whether attempts must come one at a time. */
static bool is_guarded(const Key *key)
{
    return key->failures >= key->n_free;
}

/* 1 s after the first failure that is not free, doubling each time. */
static int64_t wait_after(const Key *key)
{
    int64_t doublings = key->failures - key->n_free;
    return doublings < 10 ? INT64_C(1000) << doublings : THROTTLE_WAIT_MAX_MS;
}

/* The remaining delay of this attempt; 0: none. */
static int64_t wait_left(const ThrottleTurn *turn, int64_t now_ms)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < turn->n_keys; i++) {
        const Key *key = &turn->keys[i];
        int64_t left_ms = is_guarded(key) ? key->last_ms + wait_after(key) - now_ms : 0;
        if (left_ms > longest_ms) longest_ms = left_ms;
    }
    return longest_ms;
}

static Err get_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ThrottleTurn *turn = arg;
    for (size_t i = 0; i < turn->n_keys; i++) {
        FailureRow row;
        Err err = failure_get(tx, ctx, key_str(&turn->keys[i]), since_ms(ctx), &row);
        if (err) return err;
        turn->keys[i].failures = row.count;
        turn->keys[i].last_ms = row.last_ms;
    }
    return OK;
}

static Err claim_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ThrottleTurn *turn = arg;
    for (size_t i = 0; i < turn->n_keys; i++) {
        Key *key = &turn->keys[i];
        key->is_claimed = is_guarded(key);
        Err err = key->is_claimed ? failure_move(tx, ctx, key_str(key), key->last_ms, ctx->now_ms) : OK;
        if (err) return err;
    }
    return OK;
}

static Err give_back(Tx *tx, Ctx *ctx, const Key *key)
{
    if (!key->is_claimed) return OK;
    Err err = failure_move(tx, ctx, key_str(key), ctx->now_ms, key->last_ms);
    return err == ERR_CONFLICT ? OK : err; /* it has expired and was swept */
}

static Err refuse(Ctx *ctx, int64_t wait_ms)
{
    ctx_fail(ctx, ERR_RATE_LIMITED, "too many attempts: try again in %lld s", (long long)(wait_ms + 999) / 1000);
    ctx->retry_after_ms = (uint32_t)wait_ms;
    return ERR_RATE_LIMITED;
}

ON_WORKER static Err take_turn(const Throttle *throttle, Ctx *ctx, ThrottleTurn *turn)
{
    Err err = db_read(throttle->db, ctx, get_in_tx, turn);
    if (err) return err;
    int64_t wait_ms = wait_left(turn, ctx->now_ms);
    if (wait_ms > 0) return refuse(ctx, wait_ms);
    bool guarded = false;
    for (size_t i = 0; i < turn->n_keys; i++) guarded = guarded || is_guarded(&turn->keys[i]);
    if (!guarded) return OK;
    err = db_write(throttle->db, ctx, claim_in_tx, turn);
    return err == ERR_CONFLICT ? refuse(ctx, PENDING_WAIT_MS) : err;
}

Err throttle_begin(Throttle *throttle, Ctx *ctx, const Claimant *claimant, ThrottleTurn *out_turn)
{
    *out_turn = (ThrottleTurn){ 0 };
    if (!throttle->enabled) return OK;
    *out_turn = turn_of(ctx, claimant);
    if (!enter(throttle, ctx, out_turn)) return refuse(ctx, PENDING_WAIT_MS);
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
    const ThrottleTurn *turn = work->turn;
    Err err = OK;
    for (size_t i = 0; !err && i < turn->n_keys; i++)
        err = failure_add(tx, ctx, key_str(&turn->keys[i]), since_ms(ctx));
    if (!err && is_stranger(turn)) err = failure_add(tx, ctx, key_str(&turn->both), since_ms(ctx));
    if (err || !work->sweeps) return err;
    return failure_sweep(tx, ctx, since_ms(ctx), THROTTLE_ENTRIES_MAX);
}

static Err unseen_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const EndWork *work = arg;
    Err err = OK;
    for (size_t i = 0; !err && i < work->turn->n_keys; i++) err = give_back(tx, ctx, &work->turn->keys[i]);
    return err;
}

static Err right_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const EndWork *work = arg;
    const ThrottleTurn *turn = work->turn;
    const Key *own = is_stranger(turn) ? &turn->both : &turn->keys[0];
    FailureRow taken_back;
    Err err = unseen_in_tx(tx, ctx, arg);
    if (!err) err = failure_get(tx, ctx, key_str(own), since_ms(ctx), &taken_back);
    for (size_t i = 0; !err && i < turn->n_keys; i++)
        err = failure_lower(tx, ctx, key_str(&turn->keys[i]), taken_back.count);
    return err ? err : failure_remove(tx, ctx, key_str(own));
}

static bool sweeps_now(Throttle *throttle)
{
    return atomic_fetch_add(&throttle->n_failures, 1) % THROTTLE_SWEEP_EVERY == 0;
}

static Err count(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt)
{
    thread_role_assert(THREAD_WORKER);
    EndWork work = { .turn = turn };
    bool is_claimed = turn->keys[0].is_claimed || turn->keys[1].is_claimed;
    switch (attempt) {
    case ATTEMPT_WRONG: work.sweeps = sweeps_now(throttle); return db_write(throttle->db, ctx, wrong_in_tx, &work);
    case ATTEMPT_RIGHT:
        if (turn->keys[0].failures == 0 && !is_claimed) return OK;
        return db_write(throttle->db, ctx, right_in_tx, &work);
    case ATTEMPT_UNSEEN: return is_claimed ? db_write(throttle->db, ctx, unseen_in_tx, &work) : OK;
    }
    abort();
}

Err throttle_end(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt)
{
    if (!throttle->enabled) return OK;
    Err err = count(throttle, ctx, turn, attempt);
    bool is_held = err == ERR_STORAGE_FULL && attempt == ATTEMPT_WRONG && hold(throttle, ctx, turn);
    if (!is_held) leave(throttle, turn);
    /* A correct password's earlier failures stay, which is harmless. */
    bool is_enough = is_held || (err == ERR_STORAGE_FULL && attempt == ATTEMPT_RIGHT);
    if (!is_enough) return err;
    ctx_clear(ctx);
    return OK;
}
