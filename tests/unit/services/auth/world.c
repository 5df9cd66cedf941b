#include "world.h"

#include <stdlib.h>

#include "adapters/memory/bus.h"
#include "adapters/memory/cache.h"
#include "adapters/memory/pubsub.h"
#include "base/log.h"
#include "rpc/transcode.h"
#include "support/test_db.h"

static void on_live(void *arg, Str topic, Str payload)
{
    World *world = arg;
    pthread_mutex_lock(&world->lock);
    if (world->n_heard < ARRAY_LEN(world->heard)) {
        struct Heard *heard = &world->heard[world->n_heard++];
        heard->topic = str_dup(world->live, topic);
        heard->event = (const Envelope *)message_unpack(world->live, &envelope__descriptor, payload);
    }
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

Db *database_in(const char *dir, const DbSchema *schema)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Db *db;
    assert_int_equal(test_db_open(ctx, dir, schema, &db), OK);
    return db;
}

static void open_parts(World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("open", world->now_ms);
    Db *db = database_in(world->dir.path, &auth_schema);
    world->db = faulty_db_new(db, &world->faults);
    world->pubsub = memory_pubsub_new();
    world->bus = memory_bus_new();
    world->cache = memory_cache_new(1 << 20);
    pubsub_attach(world->pubsub, on_live, NULL, world);
    world->outbox = outbox_open("auth", db, &auth_outbox_queries, world->pubsub, world->bus);
    outbox_start(world->outbox);
    world->identity = identity_new();
    assert_int_equal(
        auth_open(ctx, world->db, world->outbox, world->cache, world->identity, &world->config, &world->auth), OK);
}

static void close_parts(World *world)
{
    auth_close(world->auth);
    outbox_close(world->outbox);
    identity_free(world->identity);
    cache_free(world->cache);
    bus_free(world->bus);
    pubsub_free(world->pubsub);
    db_free(world->db);
}

World *world_new(void (*config)(AuthConfig *config))
{
    return world_new_over(NULL, config);
}

World *world_new_over(void (*prepare)(const char *dir), void (*config)(AuthConfig *config))
{
    log_setup(LOG_ERROR, false);
    World *world = calloc(1, sizeof *world);
    world->dir = temp_dir_new();
    world->faults.err = ERR_UNAVAILABLE;
    world->now_ms = 1750000000000;
    world->peer = "192.0.2.7";
    world->ctx = ctx_new("world", world->now_ms);
    world->live = arena_new();
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->config = auth_config_default();
    world->config.registration = AUTH_REGISTRATION_OPEN;
    world->config.password_memory = 8192;
    world->config.password_passes = 1;
    if (config) config(&world->config);
    if (prepare) prepare(world->dir.path);
    open_parts(world);
    return world;
}

void world_free(World *world)
{
    if (!world) return;
    close_parts(world);
    temp_dir_done(&world->dir);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    arena_free(world->live);
    ctx_free(world->ctx);
    free(world);
}

void world_freep(World **world)
{
    world_free(*world);
}

void world_restart(World *world)
{
    close_parts(world);
    open_parts(world);
}

void world_calm(World *world)
{
    atomic_store(&world->faults.calls_left, 0);
}

struct Heard world_hear(World *world, size_t at)
{
    pthread_mutex_lock(&world->lock);
    while (world->n_heard <= at) pthread_cond_wait(&world->changed, &world->lock);
    struct Heard heard = world->heard[at];
    pthread_mutex_unlock(&world->lock);
    return heard;
}

Ctx *ctx_of(World *world, const Person *person)
{
    Ctx *ctx = ctx_new("test", world->now_ms);
    ctx->peer = str_of(world->peer);
    ctx->user_agent = STR("cmocka");
    if (person) ctx->actor = (Actor){ .kind = ACTOR_USER, .user = person->id, .session = person->session };
    return ctx;
}

/* Keeps what a sign-in gave; the session is in the token. */
static void keep(World *world, Person *out, const User *user, const char *access, const char *refresh,
                 const char *device)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Actor actor;
    int64_t expires_ms;
    if (!out) return;
    assert_int_equal(identity_verify(world->identity, ctx, str_of(access), &actor, &expires_ms), OK);
    assert_string_equal(user->id, id_text(ctx->arena, actor.user));
    pthread_mutex_lock(&world->lock);
    Arena *arena = world->ctx->arena;
    *out = (Person){ .id = actor.user,
                     .session = actor.session,
                     .name = str_cstr(arena, str_of(user->username)),
                     .access = str_cstr(arena, str_of(access)),
                     .refresh = str_cstr(arena, str_of(refresh)),
                     .device = device ? str_cstr(arena, str_of(device)) : NULL };
    pthread_mutex_unlock(&world->lock);
}

Err try_register(World *world, const char *name, const char *code, Person *out)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    RegisterRequest request = REGISTER_REQUEST__INIT;
    RegisterResponse response = REGISTER_RESPONSE__INIT;
    request.username = (char *)name;
    request.password = PASSWORD;
    if (code) request.invite_code = (char *)code;
    Err err = auth_register(world->auth, ctx, &request, &response);
    if (!err) keep(world, out, response.user, response.access_token, response.refresh_token, response.device_token);
    return err;
}

Err try_login(World *world, const char *name, const char *password, Person *out)
{
    return try_login_on(world, NULL, name, password, out);
}

Err try_login_on(World *world, const char *device_token, const char *name, const char *password, Person *out)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    LoginRequest request = LOGIN_REQUEST__INIT;
    LoginResponse response = LOGIN_RESPONSE__INIT;
    request.username = (char *)name;
    request.password = (char *)password;
    request.device_tokens = (char **)&device_token;
    request.n_device_tokens = device_token ? 1 : 0;
    Err err = auth_login(world->auth, ctx, &request, &response);
    if (!err) keep(world, out, response.user, response.access_token, response.refresh_token, response.device_token);
    return err;
}

Err try_change_password(World *world, const Person *person, const char *before, const char *after)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    ChangePasswordRequest request = CHANGE_PASSWORD_REQUEST__INIT;
    ChangePasswordResponse response = CHANGE_PASSWORD_RESPONSE__INIT;
    request.old_password = (char *)before;
    request.new_password = (char *)after;
    return auth_change_password(world->auth, ctx, &request, &response);
}

Err try_refresh(World *world, const char *refresh_token, Person *out)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    RefreshRequest request = REFRESH_REQUEST__INIT;
    RefreshResponse response = REFRESH_RESPONSE__INIT;
    request.refresh_token = (char *)refresh_token;
    Err err = auth_refresh(world->auth, ctx, &request, &response);
    if (!err) keep(world, out, response.user, response.access_token, response.refresh_token, NULL);
    return err;
}

Person registered(World *world, const char *name)
{
    Person person;
    assert_int_equal(try_register(world, name, NULL, &person), OK);
    return person;
}

Person signed_in(World *world, const char *name)
{
    Person person;
    assert_int_equal(try_login(world, name, PASSWORD, &person), OK);
    return person;
}

Person owner_of(World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Person person;
    Str code;
    assert_int_equal(auth_owner_invite(world->auth, ctx, &code), OK);
    assert_int_equal(try_register(world, "root", code.ptr, &person), OK);
    return person;
}

Err token_check(World *world, const Person *person)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Actor actor;
    int64_t expires_ms;
    return identity_verify(world->identity, ctx, str_of(person->access), &actor, &expires_ms);
}
