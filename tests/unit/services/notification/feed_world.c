/* Setting up the notification service for tests. */
#include "feed_world.h"

#include <time.h>

#include "adapters/memory/bus.h"
#include "adapters/memory/pubsub.h"
#include "support/test_db.h"

#define NOW_MS 1750000000000
#define WAIT_S 20

static Id numbered(uint8_t kind, int n)
{
    return (Id){ { 1, kind, 0, 0, 0, 0, 0x70, 0, 0x80, [12] = (uint8_t)(n >> 8), (uint8_t)n, 0, kind } };
}

Id user_id(int n)
{
    return numbered(1, n);
}

Id conversation_id(int n)
{
    return numbered(2, n);
}

Ctx *ctx_of(Id user)
{
    Ctx *ctx = test_ctx_new();
    ctx->actor = (Actor){ .kind = ACTOR_USER, .user = user };
    return ctx;
}

static int number_of(Id id)
{
    return id.bytes[12] << 8 | id.bytes[13];
}

static Err group_call(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                      ProtobufCMessage *response)
{
    FeedWorld *world = CONTAINER_OF(client, FeedWorld, group);
    const FilterAcquaintedRequest *req = (const FilterAcquaintedRequest *)request;
    FilterAcquaintedResponse *out = (FilterAcquaintedResponse *)response;
    Id user, other;
    assert_string_equal(method->name, "group.FilterAcquainted");
    assert_true(id_parse(str_of(req->user_id), &user));
    world->group_calls++;
    world->group_asked = req->n_other_ids;
    out->user_ids = arena_new_array(ctx->arena, char *, req->n_other_ids + 1);
    for (size_t i = req->n_other_ids; i-- > 0;) { /* in any order */
        assert_true(id_parse(str_of(req->other_ids[i]), &other));
        if (abs(number_of(other) - number_of(user)) == 1) out->user_ids[out->n_user_ids++] = req->other_ids[i];
    }
    return OK;
}

static const RpcClientOps group_ops = { .driver = "double", .call = group_call };

static void on_live(void *arg, Str topic, Str payload)
{
    FeedWorld *world = arg;
    pthread_mutex_lock(&world->lock);
    assert_true(str_starts_with(topic, STR(TOPIC_USER_PREFIX)));
    if (world->n_live == ARRAY_LEN(world->live)) abort(); /* raise it */
    world->live[world->n_live++] = str_dup(world->arena, payload);
    pthread_cond_broadcast(&world->more);
    pthread_mutex_unlock(&world->lock);
}

FeedWorld *feed_world_new(uint32_t kept, Faults *faults)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    FeedWorld *world = calloc(1, sizeof *world);
    assert_non_null(world);
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->more, NULL);
    world->arena = arena_new();
    world->group.ops = &group_ops;
    world->dir = temp_dir_new();
    world->bus = memory_bus_new();
    world->pubsub = memory_pubsub_new();
    pubsub_attach(world->pubsub, on_live, NULL, world);
    CHECK_ERR(test_db_open(ctx, world->dir.path, &notification_schema, &world->db), OK,
              ctx->err_text ? ctx->err_text : "open");
    world->outbox = outbox_open("feed", world->db, &notification_outbox_queries, world->pubsub, world->bus);
    if (faults) world->db = faulty_db_new(world->db, faults);
    NotificationConfig config = notification_config_default;
    if (kept) config.feed_kept = kept;
    world->svc = notification_open(world->db, world->outbox, world->bus, &world->group, &config);
    outbox_start(world->outbox);
    return world;
}

void feed_world_freep(FeedWorld **at)
{
    FeedWorld *world = *at;
    outbox_close(world->outbox);
    notification_close(world->svc);
    db_free(world->db);
    bus_free(world->bus);
    pubsub_free(world->pubsub);
    temp_dir_done(&world->dir);
    arena_free(world->arena);
    pthread_cond_destroy(&world->more);
    pthread_mutex_destroy(&world->lock);
    free(world);
}

static Envelope *event_of(Ctx *ctx, int n, Id conversation, Id user, Envelope__DataCase data_case)
{
    Envelope *event = event_new(ctx, conversation, user);
    event->id = id_text(ctx->arena, numbered(9, n));
    event->at_ms = NOW_MS + n;
    event->data_case = data_case;
    return event;
}

static Member *member_of(Ctx *ctx, int user)
{
    Member *member = arena_new_of(ctx->arena, Member);
    member__init(member);
    member->user_id = id_text(ctx->arena, user_id(user));
    member->role = MEMBER_ROLE__MEMBER;
    return member;
}

Envelope *created_event(Ctx *ctx, int n, int conversation, int first_user, int n_users)
{
    Envelope *event = event_of(ctx, n, conversation_id(conversation), ID_NONE, ENVELOPE__DATA_CONVERSATION_CREATED);
    ConversationCreated *created = event->conversation_created = arena_new_of(ctx->arena, ConversationCreated);
    conversation_created__init(created);
    created->conversation = arena_new_of(ctx->arena, Conversation);
    conversation__init(created->conversation);
    created->conversation->kind = CONVERSATION_KIND__GROUP;
    created->members = arena_new_array(ctx->arena, Member *, (size_t)n_users);
    for (int i = 0; i < n_users; i++) created->members[created->n_members++] = member_of(ctx, first_user + i);
    return event;
}

Envelope *member_event(Ctx *ctx, int n, const char *change, int conversation, int user)
{
    Envelope *event = event_of(ctx, n, conversation_id(conversation), user_id(user), ENVELOPE__DATA_MEMBERSHIP_CHANGED);
    event->membership_changed = arena_new_of(ctx->arena, MembershipChanged);
    membership_changed__init(event->membership_changed);
    event->membership_changed->member = member_of(ctx, user);
    event->membership_changed->kind = CONVERSATION_KIND__GROUP;
    event->membership_changed->change = str_cstr(ctx->arena, str_of(change));
    return event;
}

Envelope *crowd_event(Ctx *ctx, int n, int conversation, int first_user, int n_users)
{
    Envelope *event = member_event(ctx, n, "member.added", conversation, first_user);
    MembershipChanged *changed = event->membership_changed;
    changed->member = NULL;
    changed->members = arena_new_array(ctx->arena, Member *, (size_t)n_users);
    for (int i = 0; i < n_users; i++) changed->members[changed->n_members++] = member_of(ctx, first_user + i);
    return event;
}

Envelope *read_event(Ctx *ctx, int n, int conversation, int user, uint32_t seq)
{
    Envelope *event = event_of(ctx, n, conversation_id(conversation), user_id(user), ENVELOPE__DATA_READ_MOVED);
    event->read_moved = arena_new_of(ctx->arena, ReadMoved);
    read_moved__init(event->read_moved);
    event->read_moved->conversation_id = event->conversation_id;
    event->read_moved->read_seq = seq;
    return event;
}

Envelope *profile_event(Ctx *ctx, int n, int user, const char *about)
{
    Envelope *event = event_of(ctx, n, ID_NONE, user_id(user), ENVELOPE__DATA_PROFILE_UPDATED);
    event->profile_updated = arena_new_of(ctx->arena, ProfileUpdated);
    profile_updated__init(event->profile_updated);
    event->profile_updated->user = arena_new_of(ctx->arena, User);
    user__init(event->profile_updated->user);
    event->profile_updated->user->id = id_text(ctx->arena, user_id(user));
    event->profile_updated->user->about = str_cstr(ctx->arena, str_of(about));
    return event;
}

Err publish(FeedWorld *world, Ctx *ctx, const char *topic, const Envelope *event)
{
    return bus_publish(world->bus, ctx, str_of(topic), message_pack(ctx->arena, &event->base));
}

SyncFeedResponse *sync_feed(FeedWorld *world, Ctx *ctx, uint32_t after, uint32_t limit)
{
    SyncFeedRequest request = SYNC_FEED_REQUEST__INIT;
    SyncFeedResponse *response = arena_new_of(ctx->arena, SyncFeedResponse);
    sync_feed_response__init(response);
    request.after_urev = after;
    request.limit = limit;
    CHECK_ERR(notification_sync_feed(world->svc, ctx, &request, response), OK, "sync");
    return response;
}

bool feed_goes_on(FeedWorld *world, Ctx *ctx, uint32_t urev, const char *tag)
{
    SyncFeedRequest request = SYNC_FEED_REQUEST__INIT;
    SyncFeedResponse response = SYNC_FEED_RESPONSE__INIT;
    GetFeedHeadRequest head_request = GET_FEED_HEAD_REQUEST__INIT;
    GetFeedHeadResponse head = GET_FEED_HEAD_RESPONSE__INIT;
    request.after_urev = head_request.known_urev = urev;
    request.after_tag = head_request.known_tag = (char *)tag;
    head_request.user_id = id_text(ctx->arena, ctx->actor.user);
    CHECK_ERR(notification_sync_feed(world->svc, ctx, &request, &response), OK, "sync");
    CHECK_ERR(notification_get_feed_head(world->svc, ctx, &head_request, &head), OK, "head");
    assert_int_equal(head.diverged, response.reset);
    return !response.reset;
}

uint32_t feed_head(FeedWorld *world, int user)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    GetFeedHeadRequest request = GET_FEED_HEAD_REQUEST__INIT;
    GetFeedHeadResponse response = GET_FEED_HEAD_RESPONSE__INIT;
    request.user_id = id_text(ctx->arena, user_id(user));
    CHECK_ERR(notification_get_feed_head(world->svc, ctx, &request, &response), OK, "head");
    return response.urev;
}

const Envelope *wait_live(FeedWorld *world, Ctx *ctx, int n)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&world->lock);
    int late = 0;
    while (world->n_live < n && !late) late = pthread_cond_timedwait(&world->more, &world->lock, &until);
    Str payload = late ? STR("") : str_dup(ctx->arena, world->live[n - 1]);
    pthread_mutex_unlock(&world->lock);
    if (late) fail_msg("live event %d did not come", n);
    return (const Envelope *)(const void *)message_unpack(ctx->arena, &envelope__descriptor, payload);
}
