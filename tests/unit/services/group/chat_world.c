/* Setting up, recording, and shorthands. */
#include "chat_world.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "adapters/memory/bus.h"
#include "adapters/memory/cache.h"
#include "adapters/memory/pubsub.h"
#include "auth_client.h"
#include "faulty_db.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "support/test_db.h"

#define WAIT_S     20
#define EVENTS_MAX 20000

typedef struct Recorded {
    Channel channel;
    Str topic;
    Str payload;
} Recorded;

typedef struct World {
    ChatWorld base;
    char *dir;
    Pubsub *pubsub;
    Outbox *group_outbox;
    RpcClient auth, *group_client;
    pthread_mutex_t lock;
    pthread_cond_t more;
    /* lock */
    Arena *arena;
    Recorded events[EVENTS_MAX];
    int n_events;
} World;

static World *world_of(ChatWorld *world)
{
    return CONTAINER_OF(world, World, base);
}

char *test_dir_new(void)
{
    const char *base = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/molva-chat-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
    return strdup(path);
}

void test_dir_free(char *dir)
{
    DIR *entries = opendir(dir);
    struct dirent *entry;
    char path[1024];
    while (entries && (entry = readdir(entries))) {
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        unlink(path); /* refuses "." and ".." */
    }
    if (entries) closedir(entries);
    rmdir(dir);
    free(dir);
}

static bool is_closed(const ChatWorld *world, Id user)
{
    for (size_t i = 0; i < ARRAY_LEN(world->closed); i++)
        if (id_eq(world->closed[i], user)) return true;
    return false;
}

/* The double of auth. */
static Err auth_call(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                     ProtobufCMessage *response)
{
    World *self = CONTAINER_OF(client, World, auth);
    const ResolveUsersRequest *req = (const ResolveUsersRequest *)request;
    ResolveUsersResponse *out = (ResolveUsersResponse *)response;
    assert_string_equal(method->name, "auth.ResolveUsers");
    __atomic_add_fetch(&self->base.auth_calls, 1, __ATOMIC_RELAXED);
    if (self->base.auth_err) return ctx_fail(ctx, self->base.auth_err, "auth is away");

    out->users = arena_new_array(ctx->arena, User *, req->n_ids + 1);
    for (size_t i = req->n_ids; i-- > 0;) { /* in another order than asked */
        Id id;
        assert_true(id_parse(str_of(req->ids[i]), &id));
        if (id_eq(id, self->base.stranger) || is_closed(&self->base, id)) continue;
        User *user = arena_new_of(ctx->arena, User);
        user__init(user);
        user->id = req->ids[i];
        out->users[out->n_users++] = user;
    }
    return OK;
}

static const RpcClientOps auth_ops = { .driver = "double", .call = auth_call };

static void record(World *self, Channel channel, Str topic, Str payload)
{
    pthread_mutex_lock(&self->lock);
    if (self->n_events == EVENTS_MAX) abort(); /* raise it */
    self->events[self->n_events++] = (Recorded){
        .channel = channel,
        .topic = str_dup(self->arena, topic),
        .payload = str_dup(self->arena, payload),
    };
    pthread_cond_broadcast(&self->more);
    pthread_mutex_unlock(&self->lock);
}

static void on_live(void *arg, Str topic, Str payload)
{
    record(arg, LIVE, topic, payload);
}

/* A bus consumer is not told the topic, so one registers for each. */
typedef struct BusTopic {
    const char *pattern[2];
    World *world;
} BusTopic;
static BusTopic bus_topics[] = {
    { { "conversation.created", NULL }, NULL }, { { "conversation.updated", NULL }, NULL },
    { { "conversation.deleted", NULL }, NULL }, { { "member.added", NULL }, NULL },
    { { "member.removed", NULL }, NULL },       { { "member.updated", NULL }, NULL },
    { { "read.moved", NULL }, NULL },
};

static Err on_bus(void *arg, Ctx *ctx, Str payload)
{
    BusTopic *topic = arg;
    record(topic->world, BUS, str_of(topic->pattern[0]), payload);
    return OK;
}

static Err consume(void *arg, Ctx *ctx, Str payload)
{
    World *self = arg;
    return self->base.deaf ? OK : message_on_event(self->base.message, ctx, payload);
}

Db *test_dir_db(Ctx *ctx, const char *dir, const DbSchema *schema)
{
    Db *db;
    CHECK_ERR(test_db_open(ctx, dir, schema, &db), OK, ctx->err_text ? ctx->err_text : schema->service);
    return db;
}

static Db *open_db(Ctx *ctx, const char *dir, const DbSchema *schema)
{
    return faulty_db_new(test_dir_db(ctx, dir, schema));
}

ChatWorld *chat_world_new(const GroupConfig *config)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    World *self = calloc(1, sizeof *self);
    assert_non_null(self);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->more, NULL);
    self->arena = arena_new();
    self->dir = test_dir_new();
    self->auth.ops = &auth_ops;
    self->pubsub = memory_pubsub_new();
    self->base.bus = memory_bus_new();
    self->base.cache = memory_cache_new(1 << 20);
    self->base.group_db = open_db(ctx, self->dir, &group_schema);
    self->base.message_db = open_db(ctx, self->dir, &message_schema);
    self->group_outbox =
        outbox_open("group", faulty_db_inner(self->base.group_db), &group_outbox_queries, self->pubsub, self->base.bus);
    self->base.message_outbox = outbox_open("message", faulty_db_inner(self->base.message_db), &message_outbox_queries,
                                            self->pubsub, self->base.bus);

    self->base.group = group_open(ctx, self->base.group_db, self->group_outbox, self->base.cache, &self->auth,
                                  config ? config : &group_config_default);
    assert_non_null(self->base.group);
    self->group_client = rpc_client_local(&group_rpc, self->base.group);
    self->base.message =
        message_open(ctx, self->base.message_db, self->base.message_outbox, self->base.cache, self->group_client);
    assert_non_null(self->base.message);

    pubsub_attach(self->pubsub, on_live, NULL, self);
    bus_consume(self->base.bus, "group", group_topics, group_on_event, self->base.group);
    bus_consume(self->base.bus, "message", message_topics, consume, self);
    for (size_t i = 0; i < ARRAY_LEN(bus_topics); i++) {
        bus_topics[i].world = self;
        bus_consume(self->base.bus, "message", bus_topics[i].pattern, on_bus, &bus_topics[i]); /* behind message */
    }
    outbox_start(self->group_outbox);
    outbox_start(self->base.message_outbox);
    return &self->base;
}

void chat_world_freep(ChatWorld **world)
{
    World *self = world_of(*world);
    outbox_close(self->group_outbox);
    outbox_close(self->base.message_outbox);
    message_close(self->base.message);
    group_close(self->base.group);
    rpc_client_free(self->group_client);
    db_free(self->base.group_db);
    db_free(self->base.message_db);
    bus_free(self->base.bus);
    pubsub_free(self->pubsub);
    cache_free(self->base.cache);
    arena_free(self->arena);
    pthread_cond_destroy(&self->more);
    pthread_mutex_destroy(&self->lock);
    test_dir_free(self->dir);
    free(self);
    *world = NULL;
}

Id person(int n)
{
    return (Id){ { 0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, [15] = (uint8_t)n } };
}

Ctx *ctx_of(Id user)
{
    static atomic_int seconds;
    Ctx *ctx = ctx_new("test", 1750000000000 + 1000 * (int64_t)atomic_fetch_add(&seconds, 1));
    ctx->actor = (Actor){ .kind = ACTOR_USER, .user = user };
    return ctx;
}

char *client_id(Ctx *ctx)
{
    return id_text(ctx->arena, id_new(ctx->now_ms));
}

/* With the lock held. */
static const Recorded *find(World *self, Channel channel, const char *topic, int n)
{
    for (int i = 0; i < self->n_events; i++) {
        const Recorded *event = &self->events[i];
        if (event->channel == channel && str_eq(event->topic, str_of(topic)) && --n == 0) return event;
    }
    return NULL;
}

const Envelope *wait_event(ChatWorld *world, Ctx *ctx, Channel channel, const char *topic, int n)
{
    World *self = world_of(world);
    struct timespec until;
    const Recorded *event;
    int waited = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;

    pthread_mutex_lock(&self->lock);
    while (!(event = find(self, channel, topic, n)) && !waited)
        waited = pthread_cond_timedwait(&self->more, &self->lock, &until);
    Str payload = event ? str_dup(ctx->arena, event->payload) : STR("");
    pthread_mutex_unlock(&self->lock);

    CHECK(payload.len > 0, topic);
    const Envelope *envelope = event_unpack(ctx->arena, payload);
    CHECK(envelope, topic);
    return envelope;
}

int count_events(ChatWorld *world, Channel channel, const char *topic)
{
    World *self = world_of(world);
    int count = 0;
    pthread_mutex_lock(&self->lock);
    while (find(self, channel, topic, count + 1)) count++;
    pthread_mutex_unlock(&self->lock);
    return count;
}

static Id created(ChatWorld *world, Ctx *ctx, const CreateConversationRequest *request)
{
    CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
    Id id = ID_NONE;
    CHECK_ERR(group_create_conversation(world->group, ctx, request, &response), OK, "create");
    assert_true(id_parse(str_of(response.conversation->id), &id));
    return id;
}

Id make_group(ChatWorld *world, Id owner, const char *title, const Id *others, size_t n_others)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(owner);
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    request.kind = CONVERSATION_KIND__GROUP;
    request.title = str_cstr(ctx->arena, str_of(title));
    request.n_member_ids = n_others;
    request.member_ids = arena_new_array(ctx->arena, char *, n_others + 1);
    for (size_t i = 0; i < n_others; i++) request.member_ids[i] = id_text(ctx->arena, others[i]);
    return created(world, ctx, &request);
}

Id make_direct(ChatWorld *world, Id user, Id other)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    request.kind = CONVERSATION_KIND__DIRECT;
    request.n_member_ids = 1;
    request.member_ids = (char *[]){ id_text(ctx->arena, other) };
    return created(world, ctx, &request);
}

void add_member(ChatWorld *world, Id actor, Id conversation, Id user)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(actor);
    AddMembersRequest request = ADD_MEMBERS_REQUEST__INIT;
    AddMembersResponse response = ADD_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, conversation);
    request.n_user_ids = 1;
    request.user_ids = (char *[]){ id_text(ctx->arena, user) };
    CHECK_ERR(group_add_members(world->group, ctx, &request, &response), OK, "add member");
    assert_int_equal(response.n_refused_user_ids, 0);
}

Err remove_member(ChatWorld *world, Id actor, Id conversation, Id user)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(actor);
    RemoveMemberRequest request = REMOVE_MEMBER_REQUEST__INIT;
    RemoveMemberResponse response = REMOVE_MEMBER_RESPONSE__INIT;
    request.id = id_text(ctx->arena, conversation);
    request.user_id = id_text(ctx->arena, user);
    return group_remove_member(world->group, ctx, &request, &response);
}

Err set_role(ChatWorld *world, Id actor, Id conversation, Id user, MemberRole role)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(actor);
    UpdateMemberRequest request = UPDATE_MEMBER_REQUEST__INIT;
    UpdateMemberResponse response = UPDATE_MEMBER_RESPONSE__INIT;
    request.id = id_text(ctx->arena, conversation);
    request.user_id = id_text(ctx->arena, user);
    request.role = role;
    return group_update_member(world->group, ctx, &request, &response);
}

void set_closed(ChatWorld *world, Id user, bool closed)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(255));
    size_t at = 0;
    Id from = closed ? ID_NONE : user;
    while (at < ARRAY_LEN(world->closed) && !id_eq(world->closed[at], from)) at++;
    assert_true(at < ARRAY_LEN(world->closed));
    world->closed[at] = closed ? user : ID_NONE;
    const Envelope *event = event_new(ctx, ID_NONE, user);
    /* The memory bus has handled it when this returns. */
    CHECK_ERR(bus_publish(world->bus, ctx, STR("account.standing"), message_pack(ctx->arena, &event->base)), OK,
              "tell");
}

MemberRole role_of(ChatWorld *world, Id conversation, Id user)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    CheckMemberRequest request = CHECK_MEMBER_REQUEST__INIT;
    CheckMemberResponse response = CHECK_MEMBER_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, conversation);
    request.user_id = id_text(ctx->arena, user);
    CHECK_ERR(group_check_member(world->group, ctx, &request, &response), OK, "check member");
    return response.role;
}

uint32_t say(ChatWorld *world, Id user, Id conversation, const char *text)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    SendRequest request = SEND_REQUEST__INIT;
    SendResponse response = SEND_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, conversation);
    request.client_id = client_id(ctx);
    request.text = str_cstr(ctx->arena, str_of(text));
    CHECK_ERR(message_send(world->message, ctx, &request, &response), OK, "send");
    return response.message->seq;
}

void wait_rev(ChatWorld *world, Id conversation, Id user, uint32_t rev)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    const char *topic = topic_conversation(ctx->arena, conversation);
    for (int n = 1;; n++) {
        const Envelope *event = wait_event(world, ctx, LIVE, topic, n);
        if (event->data_case == ENVELOPE__DATA_CHANGE && event->change->rev >= rev) return;
    }
}
