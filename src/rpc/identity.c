/* Verifying a signature takes tens of microseconds, finding a cached token less than one. Verified tokens are cached by
 * their SHA-256, never as text. Revoked sessions are kept separately and checked on every call, cached token or not.
 * Both are split into shards with a lock each; locks are short and held one at a time. */
#include "rpc/identity.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/map.h"
#include "runtime/clock.h"

#define SHARDS            16
#define TOKENS_MAX        65536 /* cached in total; the oldest is evicted first */
#define REVOKED_PRUNE_MIN 64
#define REVOKED_KEPT_MS   60000 /* past the expiry of the last token, for clock skew */

/* A verified token. */
typedef struct Known {
    uint8_t hash[crypto_hash_sha256_BYTES];
    Actor actor;
    int64_t expires_ms;
    uint64_t generation; /* of the key set that verified it */
    struct Known *next;  /* cached after this one */
} Known;

typedef struct TokenShard {
    pthread_mutex_t lock;
    /* lock */
    Map by_hash;
    Known *first, *last; /* by age: all tokens live equally long, so the oldest expire first */
} TokenShard;

typedef struct Revoked {
    Id session;
    int64_t until_ms;
} Revoked;

typedef struct SessionShard {
    pthread_mutex_t lock;
    /* lock */
    Map by_session;
    uint32_t prune_at; /* at this count, expired ones are pruned before the next is added */
} SessionShard;

/* Immutable once published; verifiers hold a reference. */
typedef struct KeySet {
    atomic_uint refs;
    uint64_t generation;
    size_t n_keys;
    JwtKey *keys[];
} KeySet;

struct Identity {
    pthread_mutex_t keys_lock;
    KeySet *keys;          /* keys_lock */
    IdentityFetchFn fetch; /* fixed after start; may be NULL */
    void *fetch_arg;
    TokenShard tokens[SHARDS];
    SessionShard sessions[SHARDS];
};

static KeySet *key_set_new(JwtKey *const *keys, size_t n_keys, uint64_t generation)
{
    KeySet *set = calloc(1, sizeof *set + n_keys * sizeof(JwtKey *));
    if (!set) abort();
    set->refs = 1;
    set->generation = generation;
    set->n_keys = n_keys;
    for (size_t i = 0; i < n_keys; i++) set->keys[i] = jwt_key_ref(keys[i]);
    return set;
}

static void key_set_unref(KeySet *set)
{
    if (atomic_fetch_sub(&set->refs, 1) != 1) return;
    for (size_t i = 0; i < set->n_keys; i++) jwt_key_unref(set->keys[i]);
    free(set);
}

static void key_set_unrefp(KeySet **set)
{
    key_set_unref(*set);
}

static KeySet *current_keys(Identity *identity)
{
    pthread_mutex_lock(&identity->keys_lock);
    KeySet *set = identity->keys;
    atomic_fetch_add(&set->refs, 1);
    pthread_mutex_unlock(&identity->keys_lock);
    return set;
}

Identity *identity_new(void)
{
    Identity *identity = calloc(1, sizeof *identity);
    if (!identity) abort();
    pthread_mutex_init(&identity->keys_lock, NULL);
    identity->keys = key_set_new(NULL, 0, 0);
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&identity->tokens[i].lock, NULL);
        pthread_mutex_init(&identity->sessions[i].lock, NULL);
        identity->sessions[i].prune_at = REVOKED_PRUNE_MIN;
    }
    return identity;
}

/* With the lock held, or alone. */
static void forget_oldest(TokenShard *shard)
{
    Known *oldest = shard->first;
    map_remove(&shard->by_hash, (Str){ (const char *)oldest->hash, sizeof oldest->hash });
    shard->first = oldest->next;
    if (!shard->first) shard->last = NULL;
    free(oldest);
}

void identity_free(Identity *identity)
{
    if (!identity) return;
    for (int i = 0; i < SHARDS; i++) {
        TokenShard *tokens = &identity->tokens[i];
        while (tokens->first) forget_oldest(tokens);
        map_done(&tokens->by_hash);
        pthread_mutex_destroy(&tokens->lock);

        SessionShard *sessions = &identity->sessions[i];
        Revoked *revoked;
        for (size_t at = 0; (revoked = map_next(&sessions->by_session, &at));) free(revoked);
        map_done(&sessions->by_session);
        pthread_mutex_destroy(&sessions->lock);
    }
    key_set_unref(identity->keys);
    pthread_mutex_destroy(&identity->keys_lock);
    free(identity);
}

void identity_set_keys(Identity *identity, JwtKey *const *keys, size_t n_keys)
{
    KeySet *next = key_set_new(keys, n_keys, 0);
    pthread_mutex_lock(&identity->keys_lock);
    KeySet *before = identity->keys;
    next->generation = before->generation + 1; /* tokens verified by older keys are verified again */
    identity->keys = next;
    pthread_mutex_unlock(&identity->keys_lock);
    key_set_unref(before);
}

void identity_on_unknown_key(Identity *identity, IdentityFetchFn fetch, void *arg)
{
    identity->fetch = fetch;
    identity->fetch_arg = arg;
}

uint64_t identity_generation(Identity *identity)
{
    pthread_mutex_lock(&identity->keys_lock);
    uint64_t generation = identity->keys->generation;
    pthread_mutex_unlock(&identity->keys_lock);
    return generation;
}

/* The last byte of a UUIDv7 is random. */
static SessionShard *shard_of_session(Identity *identity, Id session)
{
    return &identity->sessions[session.bytes[sizeof session.bytes - 1] % SHARDS];
}

/* With the lock held. Scans all, but only after as many additions as the last scan left, so the amortized work per call
 * is constant. */
static void prune_revoked(SessionShard *shard, int64_t now_ms)
{
    Map kept = { 0 };
    Revoked *revoked;
    for (size_t at = 0; (revoked = map_next(&shard->by_session, &at));) {
        if (revoked->until_ms + REVOKED_KEPT_MS > now_ms)
            map_put(&kept, id_key(&revoked->session), revoked);
        else
            free(revoked);
    }
    map_done(&shard->by_session);
    shard->by_session = kept;
    shard->prune_at = kept.count > REVOKED_PRUNE_MIN / 2 ? kept.count * 2 : REVOKED_PRUNE_MIN;
}

void identity_revoke(Identity *identity, Id session, int64_t until_ms)
{
    SessionShard *shard = shard_of_session(identity, session);
    pthread_mutex_lock(&shard->lock);
    if (shard->by_session.count >= shard->prune_at) prune_revoked(shard, clock_now_ms());
    Revoked *revoked = map_get(&shard->by_session, id_key(&session));
    if (!revoked) {
        revoked = calloc(1, sizeof *revoked);
        if (!revoked) abort();
        revoked->session = session;
        map_put(&shard->by_session, id_key(&revoked->session), revoked);
    }
    if (until_ms > revoked->until_ms) revoked->until_ms = until_ms;
    pthread_mutex_unlock(&shard->lock);
}

bool identity_is_revoked(Identity *identity, Id session)
{
    SessionShard *shard = shard_of_session(identity, session);
    pthread_mutex_lock(&shard->lock);
    bool revoked = map_get(&shard->by_session, id_key(&session)) != NULL;
    pthread_mutex_unlock(&shard->lock);
    return revoked;
}

static bool recall(TokenShard *shard, Str hash, uint64_t generation, Actor *out_actor, int64_t *out_expires_ms)
{
    pthread_mutex_lock(&shard->lock);
    const Known *known = map_get(&shard->by_hash, hash);
    bool valid = known && known->generation == generation;
    if (valid) {
        *out_actor = known->actor;
        *out_expires_ms = known->expires_ms;
    }
    pthread_mutex_unlock(&shard->lock);
    return valid;
}

static void remember(TokenShard *shard, const Known *verified, int64_t now_ms)
{
    Str hash = { (const char *)verified->hash, sizeof verified->hash };
    pthread_mutex_lock(&shard->lock);
    while (shard->first && (shard->first->expires_ms <= now_ms || shard->by_hash.count >= TOKENS_MAX / SHARDS))
        forget_oldest(shard);
    Known *known = map_get(&shard->by_hash, hash);
    if (known) { /* another thread was faster, or the keys have been replaced */
        known->generation = verified->generation;
    } else {
        known = malloc(sizeof *known);
        if (!known) abort();
        *known = *verified;
        map_put(&shard->by_hash, (Str){ (const char *)known->hash, sizeof known->hash }, known);
        if (shard->last)
            shard->last->next = known;
        else
            shard->first = known;
        shard->last = known;
    }
    pthread_mutex_unlock(&shard->lock);
}

static Err verify_with(const KeySet *keys, Ctx *ctx, Str token, Known *out_known)
{
    JwtClaims claims;
    Err err = jwt_verify(ctx, token, keys->keys, keys->n_keys, ctx->now_ms / 1000, &claims);
    if (err) return err;
    out_known->actor = (Actor){ ACTOR_USER, claims.admin, claims.user, claims.session };
    out_known->expires_ms = claims.expires_at_s * 1000;
    out_known->generation = keys->generation;
    return OK;
}

/* An unknown key may be one that auth has just created, so the keys are fetched once. */
static Err verify(Identity *identity, const KeySet *keys, Ctx *ctx, Str token, Known *out_known)
{
    Err err = verify_with(keys, ctx, token, out_known);
    if (err == ERR_NOT_FOUND && identity->fetch) {
        err = identity->fetch(identity->fetch_arg, ctx);
        if (err) return err;
        _cleanup_(key_set_unrefp) KeySet *fetched = current_keys(identity);
        err = verify_with(fetched, ctx, token, out_known);
    }
    return err == ERR_NOT_FOUND ? ctx_fail(ctx, ERR_UNAUTHENTICATED, "access token: kid names no key of ours") : err;
}

/* The token's hash is its key; *out_shard is its shard. */
static Str name_of(Identity *identity, Str token, uint8_t out_hash[crypto_hash_sha256_BYTES], TokenShard **out_shard)
{
    crypto_hash_sha256(out_hash, (const unsigned char *)token.ptr, token.len);
    *out_shard = &identity->tokens[out_hash[0] % SHARDS];
    return (Str){ (const char *)out_hash, crypto_hash_sha256_BYTES };
}

bool identity_recall(Identity *identity, Str token, int64_t now_ms, Actor *out_actor)
{
    uint8_t hash_bytes[crypto_hash_sha256_BYTES];
    TokenShard *shard;
    int64_t expires_ms;
    if (token.len == 0 || token.len > JWT_TOKEN_MAX) return false;
    Str hash = name_of(identity, token, hash_bytes, &shard);
    return recall(shard, hash, identity_generation(identity), out_actor, &expires_ms) && expires_ms > now_ms &&
           !identity_is_revoked(identity, out_actor->session);
}

Err identity_verify(Identity *identity, Ctx *ctx, Str token, Actor *out_actor, int64_t *out_expires_ms)
{
    if (token.len > JWT_TOKEN_MAX) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "access token: it is too long");

    Known known = { .next = NULL };
    TokenShard *shard;
    Str hash = name_of(identity, token, known.hash, &shard);
    _cleanup_(key_set_unrefp) KeySet *keys = current_keys(identity);

    if (!recall(shard, hash, keys->generation, &known.actor, &known.expires_ms)) {
        Err err = verify(identity, keys, ctx, token, &known);
        if (err) return err;
        remember(shard, &known, ctx->now_ms);
    }
    if (known.expires_ms <= ctx->now_ms) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "access token: it has expired");
    *out_actor = known.actor;
    *out_expires_ms = known.expires_ms;
    if (identity_is_revoked(identity, known.actor.session))
        return ctx_fail(ctx, ERR_UNAUTHENTICATED, "access token: its session was ended");
    return OK;
}

Str identity_bearer_token(Str authorization)
{
    Str value = str_trim(authorization);
    Str scheme = str_cut(&value, ' ');
    return str_eq_nocase(scheme, STR("bearer")) ? str_trim(value) : (Str){ 0 };
}
