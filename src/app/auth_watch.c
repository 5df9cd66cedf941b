/* One thread queries auth; a token with an unknown key does too, on its own thread. See auth_watch.h. */
#include "app/auth_watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "auth_client.h"
#include "base/log.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define CALL_MS  2000 /* timeout of calls to auth */
#define KEYS_MAX 64

struct AuthWatch {
    AuthWatchConfig config; /* fixed after start */
    pthread_t thread;
    pthread_mutex_t fetch_lock; /* held while keys are fetched, so that waiting threads find them */
    /* fetch_lock; monotonic; 0: never */
    int64_t fetched_ms, tried_ms;
    Err tried; /* result of the last attempt */
    /* atomic */
    atomic_uint n_waiting;
    atomic_bool has_keys, is_current;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* lock */
    bool is_stopping, look_now;
    bool is_joined; /* main thread */
};

/* --- keys --- */

static void keys_unref(JwtKey **keys, size_t n)
{
    for (size_t i = 0; i < n; i++) jwt_key_unref(keys[i]);
}

static Err take_keys(AuthWatch *watch, Ctx *ctx, const GetJwksResponse *response)
{
    JwtKey *keys[KEYS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < response->n_keys && n < KEYS_MAX; i++) {
        const JsonWebKey *jwk = response->keys[i];
        keys[n] = jwt_key_from_jwk(str_of(jwk->kid), str_of(jwk->x), str_of(jwk->y));
        if (keys[n]) n++;
    }
    if (!n) return ctx_fail(ctx, ERR_UNAVAILABLE, "auth has named no key");
    identity_set_keys(watch->config.identity, keys, n);
    keys_unref(keys, n);
    return OK;
}

/* With fetch_lock. An auth in this process passes its keys to the identity itself when called. */
ON_WORKER static Err fetch_keys(AuthWatch *watch, Ctx *ctx)
{
    GetJwksRequest request = GET_JWKS_REQUEST__INIT;
    GetJwksResponse response = GET_JWKS_RESPONSE__INIT;
    Err err = auth_client_get_jwks(watch->config.auth, ctx, &request, &response);
    if (!err && !watch->config.hosts_auth) err = take_keys(watch, ctx, &response);
    watch->tried_ms = clock_monotonic_ms();
    watch->tried = err;
    if (err) return err;
    watch->fetched_ms = watch->tried_ms;
    atomic_store(&watch->has_keys, true);
    return OK;
}

/* With fetch_lock, on behalf of a call. */
ON_WORKER static Err fetch_keys_for_call(AuthWatch *watch, Ctx *ctx)
{
    Actor actor = ctx->actor;
    int64_t deadline_ms = ctx->deadline_ms, latest_ms = clock_monotonic_ms() + CALL_MS;
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE };
    if (!deadline_ms || deadline_ms > latest_ms) ctx->deadline_ms = latest_ms;
    Err err = fetch_keys(watch, ctx);
    ctx->actor = actor;
    ctx->deadline_ms = deadline_ms;
    return err;
}

/* A thread that waited for another's attempt takes its result, however long it waited. */
ON_WORKER static Err try_keys(AuthWatch *watch, Ctx *ctx)
{
    int64_t came_ms = clock_monotonic_ms();
    pthread_mutex_lock(&watch->fetch_lock);
    bool is_due = !watch->tried_ms || came_ms - watch->tried_ms >= AUTH_WATCH_FETCH_MS;
    Err err = is_due ? fetch_keys_for_call(watch, ctx) : watch->tried;
    pthread_mutex_unlock(&watch->fetch_lock);
    return err;
}

/* For a token with an unknown key. On the call's thread. */
static Err on_unknown_key(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    AuthWatch *watch = arg;
    Err err = ERR_UNAVAILABLE;
    if (atomic_fetch_add(&watch->n_waiting, 1) < AUTH_WATCH_WAITING_MAX) err = try_keys(watch, ctx);
    atomic_fetch_sub(&watch->n_waiting, 1);
    return err ? ctx_fail(ctx, ERR_UNAVAILABLE, "auth cannot be asked for its keys: %s", err_info(err)->name) : OK;
}

/* --- revocations --- */

static void take_revoked(AuthWatch *watch, Id session, int64_t until_ms)
{
    const AuthWatchConfig *config = &watch->config;
    bool is_news = !identity_is_revoked(config->identity, session);
    identity_revoke(config->identity, session, until_ms);
    if (is_news && config->on_revoked) config->on_revoked(config->arg, session, until_ms);
}

ON_WORKER static Err look_at_revoked(AuthWatch *watch, Ctx *ctx)
{
    ListRevokedSessionsRequest request = LIST_REVOKED_SESSIONS_REQUEST__INIT;
    ListRevokedSessionsResponse response = LIST_REVOKED_SESSIONS_RESPONSE__INIT;
    Err err = auth_client_list_revoked_sessions(watch->config.auth, ctx, &request, &response);
    for (size_t i = 0; !err && i < response.n_sessions; i++) {
        Id session;
        if (id_parse(str_of(response.sessions[i]->session_id), &session))
            take_revoked(watch, session, timestamp_ms(response.sessions[i]->until));
    }
    return err;
}

/* For processes without realtime, which would not receive live revocations otherwise. */
static void on_published(void *arg, Str topic, Str payload)
{
    AuthWatch *watch = arg;
    Id session;
    if (!str_eq(topic, STR(TOPIC_SESSIONS))) return;
    Arena *arena = arena_new();
    const Envelope *event = event_unpack(arena, payload);
    if (event && event->data_case == ENVELOPE__DATA_SESSION_REVOKED &&
        id_parse(str_of(event->session_revoked->session_id), &session))
        identity_revoke(watch->config.identity, session, event->session_revoked->until_ms);
    arena_free(arena);
}

static void on_lost(void *arg)
{
    AuthWatch *watch = arg;
    pthread_mutex_lock(&watch->lock);
    watch->look_now = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
}

/* --- the thread --- */

ON_WORKER static Err look(AuthWatch *watch, Ctx *ctx)
{
    pthread_mutex_lock(&watch->fetch_lock);
    bool is_due = !watch->fetched_ms || clock_monotonic_ms() - watch->fetched_ms >= AUTH_WATCH_KEYS_MS;
    Err err = is_due ? fetch_keys(watch, ctx) : OK;
    pthread_mutex_unlock(&watch->fetch_lock);
    return err ? err : look_at_revoked(watch, ctx);
}

/* Logs changes only, because auth may be down for hours. */
static void note(AuthWatch *watch, const Ctx *ctx, Err err)
{
    bool was_current = atomic_exchange(&watch->is_current, !err);
    if (err && was_current) log_failure(LOG_WARN, ctx, "auth_watch.lost");
    if (!err && !was_current) log_info(ctx, "auth_watch.current");
}

static bool wait_for_next(AuthWatch *watch, int64_t until_ms)
{
    pthread_mutex_lock(&watch->lock);
    while (!watch->is_stopping && !watch->look_now && cond_wait_until(&watch->wake, &watch->lock, until_ms)) continue;
    watch->look_now = false;
    bool goes_on = !watch->is_stopping;
    pthread_mutex_unlock(&watch->lock);
    return goes_on;
}

static void run(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    AuthWatch *watch = arg;
    int64_t began_ms;
    do {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new("auth_watch", clock_now_ms());
        ctx->actor = (Actor){ .kind = ACTOR_SERVICE };
        began_ms = clock_monotonic_ms();
        ctx->deadline_ms = began_ms + CALL_MS;
        note(watch, ctx, look(watch, ctx));
    } while (wait_for_next(watch, began_ms + AUTH_WATCH_REVOKED_MS));
}

AuthWatch *auth_watch_start(const AuthWatchConfig *config)
{
    AuthWatch *watch = calloc(1, sizeof *watch);
    if (!watch) abort();
    watch->config = *config;
    pthread_mutex_init(&watch->fetch_lock, NULL);
    pthread_mutex_init(&watch->lock, NULL);
    cond_init(&watch->wake);
    if (!config->hosts_auth) identity_on_unknown_key(config->identity, on_unknown_key, watch);
    pubsub_attach(config->pubsub, on_published, on_lost, watch);
    pubsub_subscribe(config->pubsub, STR(TOPIC_SESSIONS));
    watch->thread = thread_start("auth_watch", THREAD_WORKER, run, watch);
    return watch;
}

Err auth_watch_check(AuthWatch *watch, Ctx *ctx)
{
    if (!atomic_load(&watch->has_keys)) return ctx_fail(ctx, ERR_UNAVAILABLE, "auth has not answered yet");
    if (!atomic_load(&watch->is_current)) return ctx_fail(ctx, ERR_UNAVAILABLE, "auth does not answer");
    return OK;
}

bool auth_watch_has_keys(AuthWatch *watch)
{
    return atomic_load(&watch->has_keys);
}

void auth_watch_stop(AuthWatch *watch)
{
    if (!watch || watch->is_joined) return;
    pubsub_unsubscribe(watch->config.pubsub, STR(TOPIC_SESSIONS));
    pthread_mutex_lock(&watch->lock);
    watch->is_stopping = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    watch->is_joined = true;
}

void auth_watch_free(AuthWatch *watch)
{
    if (!watch) return;
    auth_watch_stop(watch);
    pthread_mutex_destroy(&watch->fetch_lock);
    pthread_mutex_destroy(&watch->lock);
    pthread_cond_destroy(&watch->wake);
    free(watch);
}
