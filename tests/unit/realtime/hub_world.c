/* Setting up a hub for tests. */
#include "hub_world.h"

#include <stdlib.h>

#include "realtime/presence/online.h"
#include "realtime/presence/presence.h"
#include "realtime/wiring.h"

#define EPOCH_MS 1750000000000
#define START_MS 5000000

/* The clock stands still unless pass_ms() moves it. In place of runtime/clock.c. */
static int64_t now_ms = START_MS;

int64_t clock_now_ms(void)
{
    return EPOCH_MS;
}

int64_t clock_monotonic_ms(void)
{
    return now_ms;
}

int64_t clock_monotonic_ns(void)
{
    return now_ms * 1000000;
}

void clock_shift_ms(int64_t shift_ms)
{
    now_ms += shift_ms;
}

static HubWorld *world_of(Pubsub *pubsub)
{
    return CONTAINER_OF(pubsub, HubWorld, pubsub);
}

static void count_subscribe(Pubsub *pubsub, Str topic)
{
    world_of(pubsub)->subscriptions++;
}

static void count_unsubscribe(Pubsub *pubsub, Str topic)
{
    world_of(pubsub)->subscriptions--;
}

static const PubsubOps pubsub_ops = { .driver = "counting",
                                      .subscribe = count_subscribe,
                                      .unsubscribe = count_unsubscribe };

HubWorld *hub_world_new(uint32_t large)
{
    HubWorld *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->pubsub.ops = &pubsub_ops;
    world->arena = arena_new();
    Realtime *realtime = &world->realtime;
    realtime->config = (RealtimeConfig){
        .hello_timeout_ms = WS_HELLO_TIMEOUT_MS,
        .heartbeat_ms = WS_HEARTBEAT_MS,
        .pong_timeout_ms = WS_PONG_TIMEOUT_MS,
        .token_grace_ms = 25000,
        .replay_events = 8,
        .replay_kept_ms = WS_REPLAY_KEPT_MS,
        .detached_max = 4,
        .soft_bytes = 4096,
        .hard_bytes = 32768,
        .stall_ms = WS_STALL_MS,
        .frames_per_s = 10,
        .frames_burst = 20,
        .rate_limits = true,
        .large_conversation = large ? large : LARGE_CONVERSATION,
        .presence_grace_ms = 5000,
    };
    realtime->pubsub = &world->pubsub;
    realtime->workers = worker_pool_new("none", 1, 0); /* takes no job */
    realtime->n_hubs = 1;
    pthread_mutex_init(&realtime->lock, NULL);
    pthread_cond_init(&realtime->quiet, NULL);
    realtime->presence = presence_new(&realtime->config, now_ms);
    online_count_table_init(&realtime->online_counts);
    hub_init(&world->hub, &(HubSetup){ .realtime = realtime,
                                       .config = &realtime->config,
                                       .session_handlers = &edge_session_handlers,
                                       .handlers = &edge_hub_handlers,
                                       .loop = &world->loop,
                                       .pubsub = &world->pubsub,
                                       .online_counts = &realtime->online_counts,
                                       .n_hubs = 1,
                                       .now_ms = now_ms });
    return world;
}

void hub_world_freep(HubWorld **at)
{
    HubWorld *world = *at;
    world->hub.sessions.is_draining = true;
    for (ClientSession *session; (session = sessions_any(&world->hub.sessions));) session_drop(session);
    hub_flush(&world->hub);
    for (int i = 0; i < world->n_conns; i++) {
        if (world->conns[i]) fake_ws_end(world->conns[i], 1006);
    }
    online_settle_all(&world->hub);
    assert_int_equal(world->subscriptions, 0);
    hub_done(&world->hub);
    worker_pool_free(world->realtime.workers);
    presence_free(world->realtime.presence);
    assert_int_equal(world->realtime.online_counts.by_conversation.count, 0);
    online_count_table_done(&world->realtime.online_counts);
    arena_free(world->arena);
    free(world);
}

static Id numbered(uint8_t kind, int n)
{
    Id id = { { 1, kind } };
    id.bytes[13] = kind; /* filters look at the end, where real ids are random */
    id.bytes[14] = (uint8_t)(n >> 8);
    id.bytes[15] = (uint8_t)n;
    return id;
}

Id user_id(int n)
{
    return numbered(1, n);
}

Id conversation_id(int n)
{
    return numbered(2, n);
}

ClientSession *greeting_session(HubWorld *world, Id user)
{
    ClientSession *session = session_new(&world->hub.sessions, STR("192.0.2.1"));
    session->conn = fake_ws_new();
    session->conn->handlers = &session_ws_handlers;
    session->conn->owner = session;
    world->conns[world->n_conns++] = session->conn;
    atomic_fetch_add(&world->realtime.sockets, 1);
    session->id = id_new(EPOCH_MS);
    session->expires_ms = EPOCH_MS + 600000;
    session->auth_session = user;
    hub_add_session(&world->hub, user, session);
    session->state = SESSION_HANDSHAKE;
    return session;
}

ClientSession *live_session(HubWorld *world, Id user)
{
    ClientSession *session = greeting_session(world, user);
    session_go_live(session, STR("{\"type\":\"welcome\"}"));
    hub_flush(&world->hub);
    assert_true(has(next_frame(world, session), "welcome"));
    session->conn->writes = 0;
    return session;
}

void put_event(HubWorld *world, Id conversation, uint32_t rev, size_t bytes)
{
    char *data = malloc(bytes + 1);
    assert_non_null(data);
    memset(data, 'x', bytes);
    Str json =
        str_fmt(world->arena, ",\"name\":\"message.created\",\"rev\":%u,\"data\":\"%.*s\"}", rev, (int)bytes, data);
    free(data);
    Frame *frame = frame_new(FRAME_EVENT, conversation, rev, json);
    frame->seq = rev;
    hub_send_to_conversation(&world->hub, conversation, frame, ID_NONE);
    frame_unref(frame);
}

void tell_event(HubWorld *world, Id conversation, uint32_t rev)
{
    put_event(world, conversation, rev, 8);
    hub_flush(&world->hub);
}

void tell_ephemeral(HubWorld *world, Id conversation)
{
    Frame *frame = frame_new(FRAME_LIVE, conversation, 0, STR("{\"type\":\"ephemeral\",\"name\":\"typing\"}"));
    hub_send_to_conversation(&world->hub, conversation, frame, ID_NONE);
    frame_unref(frame);
    hub_flush(&world->hub);
}

void pass_ms(HubWorld *world, uint32_t ms)
{
    int64_t until = now_ms + ms;
    while (now_ms < until) {
        int64_t step = until - now_ms < 1000 ? until - now_ms : 1000;
        now_ms += step;
        hub_tick(&world->hub, now_ms, EPOCH_MS);
    }
}

Str next_frame(HubWorld *world, ClientSession *session)
{
    return fake_ws_next(session->conn, world->arena);
}

int count_frames(ClientSession *session)
{
    return fake_ws_count(session->conn);
}

bool has(Str frame, const char *part)
{
    return memmem(frame.ptr, frame.len, part, strlen(part)) != NULL;
}
