/* Wiring, as app does it, and doubles of group, message and notification. */
#include "edge_world.h"

#include <stdlib.h>

#include "adapters/memory/pubsub.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

static Id numbered(uint8_t kind, int a, int b)
{
    return (Id){ { 1, kind, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, kind, (uint8_t)a, 0, (uint8_t)b } };
}

Id world_user(int n)
{
    return numbered(1, n, 0);
}

Id world_talk(int n)
{
    return numbered(2, n, 0);
}

Id world_session(int user, int session)
{
    return numbered(3, user, session);
}

/* --- doubles --- */

static Err group_call(RpcClient *session, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                      ProtobufCMessage *response)
{
    EdgeWorld *world = CONTAINER_OF(session, EdgeWorld, group);
    ListMembershipsResponse *out = (ListMembershipsResponse *)response;
    Str pending = str_of(id_text(ctx->arena, world_user(world->pending)));
    if (strcmp(method->name, "group.CheckMember") == 0) {
        CheckMemberResponse *standing = (CheckMemberResponse *)response;
        standing->role = MEMBER_ROLE__MEMBER;
        standing->kind = CONVERSATION_KIND__DIRECT;
        standing->accepted = !str_eq(str_of(((const CheckMemberRequest *)request)->user_id), pending);
        return OK;
    }
    assert_string_equal(method->name, "group.ListMemberships");
    bool accepted = !str_eq(str_of(((const ListMembershipsRequest *)request)->user_id), pending);
    out->memberships = arena_new_array(ctx->arena, Membership *, WORLD_TALKS);
    for (int n = 0; n < WORLD_TALKS; n++) {
        Membership *membership = arena_new_of(ctx->arena, Membership);
        membership__init(membership);
        membership->conversation_id = id_text(ctx->arena, world_talk(n));
        membership->member_count = 10;
        membership->accepted = accepted;
        out->memberships[out->n_memberships++] = membership;
    }
    return OK;
}

/* The change with number n has the tag "tag-n". */
static void list_diverged(Ctx *ctx, const ListDivergedRequest *request, ListDivergedResponse *out)
{
    out->conversation_ids = arena_new_array(ctx->arena, char *, request->n_positions + 1);
    for (size_t i = 0; i < request->n_positions; i++) {
        const LogPosition *position = request->positions[i]->position;
        if (strcmp(position->tag, str_fmt(ctx->arena, "tag-%u", position->rev).ptr) == 0) continue;
        out->conversation_ids[out->n_conversation_ids++] = request->positions[i]->conversation_id;
    }
}

static Err message_call(RpcClient *session, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                        ProtobufCMessage *response)
{
    EdgeWorld *world = CONTAINER_OF(session, EdgeWorld, message);
    const ListHeadsRequest *req = (const ListHeadsRequest *)request;
    ListHeadsResponse *out = (ListHeadsResponse *)response;
    bool heads = strcmp(method->name, "message.ListHeads") == 0;
    bool is_last = !heads || *req->after_id;
    void (*during)(EdgeWorld *) = world->during_heads;
    if (during && is_last) during(world);
    if (world->held_user && id_eq(ctx->actor.user, world_user(world->held_user))) {
        sem_post(&world->held);
        sem_wait(&world->let_go);
    }
    if (world->heads_err) return ctx_fail(ctx, world->heads_err, "message is away");
    if (strcmp(method->name, "message.ListDiverged") == 0) {
        list_diverged(ctx, (const ListDivergedRequest *)request, (ListDivergedResponse *)response);
        return OK;
    }
    if (strcmp(method->name, "message.GetConversationHead") == 0) {
        ((GetConversationHeadResponse *)response)->rev = world->head_rev;
        return OK;
    }
    assert_string_equal(method->name, "message.ListHeads");
    out->epoch = (char *)"epoch-1";
    out->heads = arena_new_array(ctx->arena, Molva__Message__V1__ListHeadsResponse__HeadsEntry *, WORLD_TALKS);
    for (int n = *req->after_id ? 1 : 0; n < WORLD_TALKS; n++) { /* the first alone on its page */
        Molva__Message__V1__ListHeadsResponse__HeadsEntry *entry =
            arena_new_of(ctx->arena, Molva__Message__V1__ListHeadsResponse__HeadsEntry);
        molva__message__v1__list_heads_response__heads_entry__init(entry);
        entry->key = id_text(ctx->arena, world_talk(n));
        entry->value = arena_new_of(ctx->arena, Head);
        head__init(entry->value);
        entry->value->rev = world->head_rev;
        entry->value->tag = (char *)str_fmt(ctx->arena, "tag-%u", world->head_rev).ptr;
        out->heads[out->n_heads++] = entry;
        if (*req->after_id) continue;
        out->next_after_id = entry->key;
        break;
    }
    return OK;
}

static void get_feed_head(const GetFeedHeadRequest *request, GetFeedHeadResponse *out)
{
    out->urev = 12;
    out->tag = (char *)"feed-12";
    out->diverged = *request->known_tag && strcmp(request->known_tag, "feed-12") != 0;
}

static Err notification_call(RpcClient *session, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                             ProtobufCMessage *response)
{
    EdgeWorld *world = CONTAINER_OF(session, EdgeWorld, notification);
    if (strcmp(method->name, "notification.RecordLastSeen") != 0) {
        get_feed_head((const GetFeedHeadRequest *)request, (GetFeedHeadResponse *)response);
        return OK;
    }
    size_t n = ((const RecordLastSeenRequest *)request)->n_user_ids;
    atomic_fetch_add(&world->last_seen, (int)n);
    void (*during)(size_t) = world->during_last_seen;
    if (during) during(n);
    return OK;
}

static const RpcClientOps group_ops = { .driver = "double", .call = group_call };
static const RpcClientOps message_ops = { .driver = "double", .call = message_call };
static const RpcClientOps notification_ops = { .driver = "double", .call = notification_call };

/* test.Echo answers with the seq it was asked for; 13 fails. */
static Err echo(void *service, Ctx *ctx, const void *request, void *response)
{
    const MarkReadRequest *req = request;
    if (req->seq == 13) return ctx_fail(ctx, ERR_PRECONDITION, "13 brings bad luck");
    ((MarkReadResponse *)response)->read_seq = req->seq;
    return OK;
}

static const RpcMethod test_methods[] = { {
    .name = "test.Echo",
    .verb = "POST",
    .path = "/v1/test/echo",
    .access = RPC_USER,
    .rate = RPC_RATE_READ,
    .input = &mark_read_request__descriptor,
    .output = &mark_read_response__descriptor,
    .handler = echo,
} };
static const RpcService test_rpc = { .name = "test", .methods = test_methods, .n_methods = 1 };

/* --- wiring --- */

static size_t body_limit(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal)
{
    return 0;
}

static void on_request(void *owner, HttpExchange *exchange)
{
    realtime_accept(((EdgeWorld *)owner)->realtime, exchange);
}

static const HttpHandlers http_handlers = { .body_limit = body_limit, .on_request = on_request };

static void listen_on_loop(Loop *loop, void *arg)
{
    EdgeWorld *world = arg;
    HttpConfig config = { .address = "127.0.0.1", .port = world->port };
    const char *why;
    Err err = http_server_open(loop, &config, &http_handlers, world, &world->servers[loop->index], &why);
    if (err) fail_msg("%s", why);
    world->port = http_server_port(world->servers[loop->index]);
}

static void close_on_loop(Loop *loop, void *arg)
{
    http_server_close(((EdgeWorld *)arg)->servers[loop->index]);
}

static EdgeWorld *open_world(const RealtimeConfig *config, unsigned workers)
{
    EdgeWorld *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->group.ops = &group_ops;
    world->message.ops = &message_ops;
    world->notification.ops = &notification_ops;
    world->head_rev = 5;
    world->key = jwt_key_generate();
    world->identity = identity_new();
    identity_set_keys(world->identity, &world->key, 1);
    world->workers = worker_pool_new("test", workers, 1000);
    world->limits.lanes = lanes_new(world->workers, workers > 1 ? workers - 1 : 1, 64);
    sem_init(&world->held, 0, 0);
    sem_init(&world->let_go, 0, 0);
    world->pubsub = memory_pubsub_new();
    world->rpc = rpc_new(world->workers, world->identity, &world->limits);
    rpc_register(world->rpc, &test_rpc, world);
    for (int i = 0; i < WORLD_LOOPS; i++) world->loops[i] = loop_start(i);
    RealtimeConfig with_limits = config ? *config : (RealtimeConfig){ 0 };
    with_limits.limits = world->limits;
    world->realtime = realtime_open(&with_limits, world->rpc, world->identity, world->pubsub, &world->group,
                                    &world->message, &world->notification, world->workers, world->loops, WORLD_LOOPS);
    for (int i = 0; i < WORLD_LOOPS; i++) loop_run(world->loops[i], listen_on_loop, world);
    return world;
}

EdgeWorld *edge_world_new(const RealtimeConfig *config)
{
    return open_world(config, 4);
}

EdgeWorld *edge_world_new_orderly(void)
{
    return open_world(NULL, 1);
}

void edge_world_stop(EdgeWorld *world)
{
    for (int i = 0; i < WORLD_LOOPS; i++) loop_run(world->loops[i], close_on_loop, world);
    realtime_close(world->realtime);
    world->is_stopped = true;
}

void edge_world_freep(EdgeWorld **at)
{
    EdgeWorld *world = *at;
    if (!world->is_stopped) edge_world_stop(world);
    worker_pool_free(world->workers);
    for (int i = 0; i < WORLD_LOOPS; i++) loop_stop(world->loops[i]);
    realtime_free(world->realtime);
    rpc_free(world->rpc);
    pubsub_free(world->pubsub);
    identity_free(world->identity);
    jwt_key_unref(world->key);
    lanes_free(world->limits.lanes);
    sem_destroy(&world->held);
    sem_destroy(&world->let_go);
    free(world);
}

/* --- use --- */

const char *world_token(EdgeWorld *world, Arena *arena, int user, int session)
{
    int64_t now_s = clock_now_ms() / 1000;
    JwtClaims claims = { .user = world_user(user),
                         .session = world_session(user, session),
                         .issued_at_s = now_s,
                         .expires_at_s = now_s + 3600 };
    return str_cstr(arena, jwt_sign(arena, world->key, &claims));
}

WsPeer *world_join(EdgeWorld *world, int user, const char *resume, json_t **out_welcome)
{
    Arena *arena = arena_new();
    WsPeer *peer = ws_peer_open(world->port, NULL);
    assert_int_equal(peer->http_status, 101);
    ws_peer_say(peer, "{\"type\":\"hello\",\"id\":1,%s\"token\":\"%s\"}", resume, world_token(world, arena, user, 1));
    json_t *welcome = ws_peer_hear_type(peer, "welcome");
    if (out_welcome)
        *out_welcome = welcome;
    else
        json_decref(welcome);
    arena_free(arena);
    return peer;
}

void world_publish_envelope(EdgeWorld *world, Ctx *ctx, const char *topic, const Envelope *event)
{
    CHECK_ERR(pubsub_publish(world->pubsub, ctx, str_of(topic), message_pack(ctx->arena, &event->base)), OK, topic);
}

void world_publish(EdgeWorld *world, int talk, uint32_t rev)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("test", clock_now_ms());
    Change change = CHANGE__INIT;
    change.rev = change.seq = rev;
    change.name = (char *)"message.created";
    Envelope *event = event_new(ctx, world_talk(talk), ID_NONE);
    event->data_case = ENVELOPE__DATA_CHANGE;
    event->change = &change;
    world_publish_envelope(world, ctx, topic_conversation(ctx->arena, world_talk(talk)), event);
}
