/* Signing keys. The database is authoritative; this process holds the parsed copy. Several processes may share the
 * database: one at a time rotates, and the others find the new key when they next look, long before it signs. */
#include "services/auth/keys.h"

#include <pthread.h>
#include <stdlib.h>

#include "auth_queries.h"
#include "base/log.h"

#define LOOK_MS  INT64_C(60000)            /* between looks at the database */
#define LEAD_MS  (INT64_C(10) * 60 * 1000) /* from publishing a key to signing with it */
#define SKEW_MS  (INT64_C(2) * 60 * 1000)  /* clock skew between machines */
#define KEYS_MAX 16                        /* in use at once */

typedef struct KeyEntry {
    JwtKey *key;
    int64_t active_ms;
} KeyEntry;

struct SigningKeys {
    /* fixed after open */
    Db *db;
    Identity *identity;
    int64_t rotation_ms, access_ttl_ms;
    pthread_mutex_t lock;
    /* lock */
    KeyEntry entries[KEYS_MAX]; /* newest first */
    size_t n_entries;
    int64_t look_at_ms;
    bool looking;
};

typedef struct KeyRow {
    Str kid, private_der;
    int64_t active_ms;
} KeyRow;

/* The result of one look at the database. */
typedef struct Look {
    const SigningKeys *keys;
    KeyRow rows[KEYS_MAX]; /* newest first */
    size_t n_rows;
    KeyRow fresh; /* to be added if a new key is due */
} Look;

static Err rows_read(Tx *tx, Ctx *ctx, Look *look)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, AUTH_Q_KEY_LIST, DB_NO_ARGS, &rows);
    if (err) return err;
    look->n_rows = 0;
    while (look->n_rows < KEYS_MAX && rows_next(&rows))
        look->rows[look->n_rows++] = (KeyRow){ row_text(&rows, 0), row_blob(&rows, 1), row_int(&rows, 2) };
    return rows_err(&rows);
}

/* Whether the newest key will have signed long enough by the time a successor could take over. */
static bool fresh_is_due(const Look *look, int64_t now_ms)
{
    return look->n_rows == 0 || look->rows[0].active_ms + look->keys->rotation_ms <= now_ms + LEAD_MS;
}

/* Whether a newer key has taken over and the last token of this one has expired. */
static bool is_spent(const Look *look, size_t at, int64_t now_ms)
{
    return at > 0 && look->rows[at - 1].active_ms + look->keys->access_ttl_ms + SKEW_MS < now_ms;
}

static bool needs_write(const Look *look, int64_t now_ms)
{
    if (fresh_is_due(look, now_ms)) return true;
    return look->n_rows > 0 && is_spent(look, look->n_rows - 1, now_ms);
}

static Err look_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    return rows_read(tx, ctx, arg);
}

static Err rotate_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Look *look = arg;
    Err err = rows_read(tx, ctx, look);
    if (err) return err;

    while (look->n_rows > 0 && is_spent(look, look->n_rows - 1, ctx->now_ms)) {
        look->n_rows--;
        err = tx_exec(tx, ctx, AUTH_Q_KEY_REMOVE, DB_ARGS(db_text(look->rows[look->n_rows].kid)), NULL);
        if (err) return err;
    }
    if (!fresh_is_due(look, ctx->now_ms) || look->n_rows == KEYS_MAX) return OK;

    /* The very first key can sign at once: nobody verifies yet. */
    look->fresh.active_ms = look->n_rows ? ctx->now_ms + LEAD_MS : ctx->now_ms;
    memmove(look->rows + 1, look->rows, look->n_rows * sizeof(KeyRow));
    look->rows[0] = look->fresh;
    look->n_rows++;
    return tx_exec(tx, ctx, AUTH_Q_KEY_ADD,
                   DB_ARGS(db_text(look->fresh.kid), db_blob(look->fresh.private_der), db_int(look->fresh.active_ms)),
                   NULL);
}

static Err rotate(Ctx *ctx, void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Look *look = arg;
    return db_write(look->keys->db, ctx, rotate_in_tx, look);
}

/* Reads the keys, and adds or removes what is due. */
ON_WORKER static Err look_up(Ctx *ctx, Look *look)
{
    Err err = db_read(look->keys->db, ctx, look_in_tx, look);
    if (err || !needs_write(look, ctx->now_ms)) return err;

    JwtKey *fresh = jwt_key_generate();
    look->fresh.kid = str_dup(ctx->arena, jwt_key_kid(fresh));
    look->fresh.private_der = jwt_key_private_der(ctx->arena, fresh);
    jwt_key_unref(fresh);
    /* The second process to get the lock finds the first one's work done. */
    return db_exclusive(look->keys->db, ctx, "auth.keys", rotate, look);
}

static void entries_done(KeyEntry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) jwt_key_unref(entries[i].key);
}

/* Whether the rows are what is loaded already. */
static bool unchanged(SigningKeys *keys, const Look *look)
{
    pthread_mutex_lock(&keys->lock);
    bool same = keys->n_entries == look->n_rows;
    for (size_t i = 0; same && i < look->n_rows; i++)
        same = str_eq(jwt_key_kid(keys->entries[i].key), look->rows[i].kid);
    pthread_mutex_unlock(&keys->lock);
    return same;
}

/* Makes the keys found the current keys of this process. */
static Err load(SigningKeys *keys, Ctx *ctx, const Look *look)
{
    if (unchanged(keys, look)) return OK;

    KeyEntry next[KEYS_MAX], before[KEYS_MAX];
    JwtKey *list[KEYS_MAX];
    for (size_t i = 0; i < look->n_rows; i++) {
        next[i] = (KeyEntry){ jwt_key_from_private_der(look->rows[i].kid, look->rows[i].private_der),
                              look->rows[i].active_ms };
        list[i] = next[i].key;
        if (next[i].key) continue;
        entries_done(next, i);
        return ctx_fail(ctx, ERR_INTERNAL, "signing key %.*s in the database is damaged", STR_ARG(look->rows[i].kid));
    }
    /* Verifiers first: no token may be signed with a key that they do not know. */
    identity_set_keys(keys->identity, list, look->n_rows);

    pthread_mutex_lock(&keys->lock);
    size_t n_before = keys->n_entries;
    memcpy(before, keys->entries, sizeof before);
    memcpy(keys->entries, next, look->n_rows * sizeof next[0]);
    keys->n_entries = look->n_rows;
    pthread_mutex_unlock(&keys->lock);
    entries_done(before, n_before);
    return OK;
}

Err signing_keys_open(Ctx *ctx, Db *db, Identity *identity, const AuthConfig *config, SigningKeys **out_keys)
{
    SigningKeys *keys = calloc(1, sizeof *keys);
    if (!keys) abort();
    keys->db = db;
    keys->identity = identity;
    keys->rotation_ms = config->key_rotation_ms;
    keys->access_ttl_ms = (int64_t)config->access_ttl_s * 1000;
    keys->look_at_ms = ctx->now_ms + LOOK_MS;
    pthread_mutex_init(&keys->lock, NULL);

    Look look = { .keys = keys };
    Err err = look_up(ctx, &look);
    if (!err) err = load(keys, ctx, &look);
    if (err) {
        signing_keys_close(keys);
        return err;
    }
    *out_keys = keys;
    return OK;
}

void signing_keys_close(SigningKeys *keys)
{
    if (!keys) return;
    entries_done(keys->entries, keys->n_entries);
    pthread_mutex_destroy(&keys->lock);
    free(keys);
}

/* One caller per minute looks; others keep signing. An unreachable database does not stop signing. */
ON_WORKER static void tend(SigningKeys *keys, Ctx *ctx)
{
    pthread_mutex_lock(&keys->lock);
    bool mine = !keys->looking && ctx->now_ms >= keys->look_at_ms;
    if (mine) keys->looking = true;
    pthread_mutex_unlock(&keys->lock);
    if (!mine) return;

    Look look = { .keys = keys };
    Err err = look_up(ctx, &look);
    if (!err) err = load(keys, ctx, &look);
    if (err) {
        log_failure(LOG_WARN, ctx, "auth.keys_not_read");
        ctx_clear(ctx);
    }

    pthread_mutex_lock(&keys->lock);
    keys->looking = false;
    keys->look_at_ms = ctx->now_ms + LOOK_MS;
    pthread_mutex_unlock(&keys->lock);
}

/* With the lock held: the newest active key; the oldest one if the clock went back before all of them. */
static size_t signing_at(const SigningKeys *keys, int64_t now_ms)
{
    for (size_t i = 0; i < keys->n_entries; i++)
        if (keys->entries[i].active_ms <= now_ms) return i;
    return keys->n_entries - 1;
}

Str signing_keys_sign(SigningKeys *keys, Ctx *ctx, const JwtClaims *claims)
{
    tend(keys, ctx);
    pthread_mutex_lock(&keys->lock);
    JwtKey *key = jwt_key_ref(keys->entries[signing_at(keys, ctx->now_ms)].key);
    pthread_mutex_unlock(&keys->lock);
    Str token = jwt_sign(ctx->arena, key, claims);
    jwt_key_unref(key);
    return token;
}

static JsonWebKey *jwk_of(Ctx *ctx, const JwtKey *key)
{
    Str kid, x, y;
    JsonWebKey *jwk = arena_new_of(ctx->arena, JsonWebKey);
    json_web_key__init(jwk);
    jwt_key_to_jwk(ctx->arena, key, &kid, &x, &y);
    jwk->kty = "EC";
    jwk->crv = "P-256";
    jwk->alg = "ES256";
    jwk->use = "sig";
    jwk->kid = str_cstr(ctx->arena, kid);
    jwk->x = str_cstr(ctx->arena, x);
    jwk->y = str_cstr(ctx->arena, y);
    return jwk;
}

void signing_keys_list(SigningKeys *keys, Ctx *ctx, GetJwksResponse *out_response)
{
    JwtKey *list[KEYS_MAX];
    tend(keys, ctx);
    pthread_mutex_lock(&keys->lock);
    size_t first = signing_at(keys, ctx->now_ms), count = 0;
    list[count++] = jwt_key_ref(keys->entries[first].key);
    for (size_t i = 0; i < keys->n_entries; i++)
        if (i != first) list[count++] = jwt_key_ref(keys->entries[i].key);
    pthread_mutex_unlock(&keys->lock);

    out_response->keys = arena_new_array(ctx->arena, JsonWebKey *, count);
    for (size_t i = 0; i < count; i++) {
        out_response->keys[out_response->n_keys++] = jwk_of(ctx, list[i]);
        jwt_key_unref(list[i]);
    }
}
