/* One map of counters under one lock; entries stand in a list in the order of their last attempt. */
#include "services/auth/throttle.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/map.h"

#define KEY_BYTES       16
#define PENDING_WAIT_MS 1000

typedef struct Key {
    uint8_t bytes[KEY_BYTES];
    uint32_t pending_max;
} Key;

typedef struct Entry {
    uint8_t key[KEY_BYTES];
    uint32_t failures, pending;
    int64_t last_ms;
    int64_t blocked_until_ms;
    struct Entry *older, *newer;
} Entry;

struct Throttle {
    bool enabled; /* fixed after open */
    pthread_mutex_t lock;
    /* lock */
    Map entries;
    Entry *oldest, *newest;
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

/* One customer of IPv6 has 2^64 addresses: they count as one. */
static Key key_of_address(Ctx *ctx)
{
    struct in6_addr address;
    Str peer = ctx->peer;
    if (inet_pton(AF_INET6, str_cstr(ctx->arena, peer), &address) == 1 && !IN6_IS_ADDR_V4MAPPED(&address))
        peer = str_dup(ctx->arena, (Str){ (const char *)&address, 8 });
    return key_of("address", peer, THROTTLE_ADDRESS_PENDING_MAX);
}

static Str key_str(const uint8_t bytes[KEY_BYTES])
{
    return (Str){ (const char *)bytes, KEY_BYTES };
}

Throttle *throttle_new(bool enabled)
{
    Throttle *throttle = calloc(1, sizeof *throttle);
    if (!throttle) abort();
    throttle->enabled = enabled;
    pthread_mutex_init(&throttle->lock, NULL);
    return throttle;
}

static void unlink_entry(Throttle *throttle, Entry *entry)
{
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        throttle->oldest = entry->newer;
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        throttle->newest = entry->older;
    entry->older = entry->newer = NULL;
}

static void link_newest(Throttle *throttle, Entry *entry)
{
    entry->older = throttle->newest;
    if (throttle->newest)
        throttle->newest->newer = entry;
    else
        throttle->oldest = entry;
    throttle->newest = entry;
}

static void forget(Throttle *throttle, Entry *entry)
{
    unlink_entry(throttle, entry);
    map_remove(&throttle->entries, key_str(entry->key));
    free(entry);
}

void throttle_free(Throttle *throttle)
{
    if (!throttle) return;
    while (throttle->oldest) forget(throttle, throttle->oldest);
    map_done(&throttle->entries);
    pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

static Entry *find(const Throttle *throttle, const Key *key)
{
    return map_get(&throttle->entries, key_str(key->bytes));
}

/* The entry, made when missing, as the newest. */
static Entry *touch(Throttle *throttle, const Key *key, int64_t now_ms)
{
    Entry *entry = find(throttle, key);
    if (entry) {
        unlink_entry(throttle, entry);
    } else {
        while (throttle->oldest && throttle->entries.count >= THROTTLE_ENTRIES_MAX) forget(throttle, throttle->oldest);
        entry = calloc(1, sizeof *entry);
        if (!entry) abort();
        memcpy(entry->key, key->bytes, KEY_BYTES);
        map_put(&throttle->entries, key_str(entry->key), entry);
    }
    link_newest(throttle, entry);
    entry->last_ms = now_ms;
    return entry;
}

/* How long this key has to wait; 0: not at all. */
static int64_t wait_left(const Throttle *throttle, const Key *key, int64_t now_ms)
{
    const Entry *entry = find(throttle, key);
    if (!entry) return 0;
    if (entry->blocked_until_ms > now_ms) return entry->blocked_until_ms - now_ms;
    uint32_t pending_max = entry->failures < THROTTLE_FREE ? key->pending_max : 1;
    return entry->pending < pending_max ? 0 : PENDING_WAIT_MS;
}

/* 1 s after failure number THROTTLE_FREE, then doubling. */
static int64_t wait_after(uint32_t failures)
{
    if (failures < THROTTLE_FREE) return 0;
    uint32_t doublings = failures - THROTTLE_FREE;
    return doublings < 10 ? INT64_C(1000) << doublings : THROTTLE_WAIT_MAX_MS;
}

static void end_attempt(Throttle *throttle, const Key *key, int64_t now_ms, Attempt attempt, bool right_resets)
{
    Entry *entry = find(throttle, key);
    if (attempt == ATTEMPT_WRONG) entry = touch(throttle, key, now_ms);
    if (!entry) return; /* pushed out by newer ones */

    if (entry->pending) entry->pending--;
    if (attempt == ATTEMPT_WRONG) {
        entry->failures++;
        entry->blocked_until_ms = now_ms + wait_after(entry->failures);
    } else if (attempt == ATTEMPT_RIGHT && right_resets) {
        entry->failures = 0;
        entry->blocked_until_ms = 0;
    }
    if (entry->failures == 0 && entry->pending == 0) forget(throttle, entry);
}

Err throttle_begin(Throttle *throttle, Ctx *ctx, Str account_key)
{
    if (!throttle->enabled) return OK;
    Key account = key_of_account(account_key), address = key_of_address(ctx);

    pthread_mutex_lock(&throttle->lock);
    while (throttle->oldest && throttle->oldest->last_ms + THROTTLE_FORGET_MS <= ctx->now_ms)
        forget(throttle, throttle->oldest);
    int64_t wait_ms = wait_left(throttle, &account, ctx->now_ms);
    int64_t address_ms = wait_left(throttle, &address, ctx->now_ms);
    if (address_ms > wait_ms) wait_ms = address_ms;
    if (wait_ms == 0) {
        touch(throttle, &account, ctx->now_ms)->pending++;
        touch(throttle, &address, ctx->now_ms)->pending++;
    }
    pthread_mutex_unlock(&throttle->lock);

    if (wait_ms == 0) return OK;
    ctx_fail(ctx, ERR_RATE_LIMITED, "too many attempts: try again in %lld s", (long long)(wait_ms + 999) / 1000);
    ctx->retry_after_ms = (uint32_t)wait_ms;
    return ERR_RATE_LIMITED;
}

void throttle_end(Throttle *throttle, Ctx *ctx, Str account_key, Attempt attempt)
{
    if (!throttle->enabled) return;
    Key account = key_of_account(account_key), address = key_of_address(ctx);
    pthread_mutex_lock(&throttle->lock);
    end_attempt(throttle, &account, ctx->now_ms, attempt, true);
    end_attempt(throttle, &address, ctx->now_ms, attempt, false);
    pthread_mutex_unlock(&throttle->lock);
}
