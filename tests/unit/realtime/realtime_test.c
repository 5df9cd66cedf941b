/* The client edge as a client sees it: real sockets, two loops, real threads. */
#include "realtime/realtime.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "edge_world.h"
#include "net/ws.h"
#include "realtime/presence/presence.h"
#include "rpc/event.h"
#include "rpc/rate_limit.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value ? value : "";
}

static json_int_t number(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static void json_freep(json_t **json)
{
    json_decref(*json);
}
#define _json_                   \
    UNUSED _cleanup_(json_freep) \
    json_t *
#define _peer_                      \
    UNUSED _cleanup_(ws_peer_freep) \
    WsPeer *

/* The next event; fails the test on anything else. */
static void hear_event(WsPeer *peer, json_int_t n, json_int_t rev)
{
    _json_ event = ws_peer_hear_type(peer, "event");
    assert_int_equal(number(event, "n"), n);
    assert_int_equal(number(event, "rev"), rev);
}

TEST(hello_is_answered_with_what_moved)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    char in_step[ID_TEXT_LEN + 1], behind[ID_TEXT_LEN + 1], revs[256];
    id_format(world_talk(0), in_step);
    id_format(world_talk(1), behind);
    snprintf(revs, sizeof revs, "\"revs\":{\"%s\":5,\"%s\":4},", in_step, behind);
    _json_ welcome = NULL;
    _peer_ peer = world_join(world, 1, revs, &welcome);
    char user[ID_TEXT_LEN + 1];
    id_format(world_user(1), user);
    assert_string_equal(text(welcome, "user_id"), user);
    assert_string_equal(text(welcome, "epoch"), "epoch-1");
    assert_int_equal(number(welcome, "id"), 1);
    assert_int_equal(number(welcome, "urev"), 12);
    assert_int_equal(number(welcome, "heartbeat_ms"), 25000);
    assert_true(json_is_false(json_object_get(welcome, "resumed")));
    const json_t *heads = json_object_get(welcome, "heads");
    assert_int_equal(json_object_size(heads), WORLD_TALKS - 1);
    assert_null(json_object_get(heads, in_step));
    assert_int_equal(number(json_object_get(heads, behind), "rev"), 5);
}

static const struct {
    const char *label;
    int talk; /* whose log stands at rev 5, where change n has the tag "tag-n" */
    uint32_t rev;
    const char *tag;
    bool moved, diverged;
} known[] = {
    { "in step", 0, 5, "tag-5", false, false },
    { "as far, in another log", 1, 5, "other", true, true },
    { "behind", 2, 4, "tag-4", true, false },
    { "behind, in another log", 3, 4, "other", true, true },
    { "ahead", 0, 6, "other", true, true },
    { "no tag", 1, 5, "", false, false },
    { "nothing yet", 2, 0, "", true, false },
    { "of which there is nothing any more", WORLD_TALKS, 7, "tag-7", false, true },
};

TEST_EACH(hello_is_told_of_logs_that_are_not_those_it_knows, known, c)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    char talk[ID_TEXT_LEN + 1], have[256];
    id_format(world_talk(c->talk), talk);
    snprintf(have, sizeof have, "\"have\":{\"%s\":{\"rev\":%u,\"tag\":\"%s\"}},\"urev\":12,\"feed_tag\":\"%s\",", talk,
             c->rev, c->tag, c->diverged ? "other" : "feed-12");
    _json_ welcome = NULL;
    _peer_ peer = world_join(world, 1, have, &welcome);
    const json_t *diverged = json_object_get(welcome, "diverged");
    CHECK((json_object_get(json_object_get(welcome, "heads"), talk) != NULL) == c->moved, c->label);
    CHECK(json_array_size(diverged) == (c->diverged ? 1 : 0), c->label);
    if (c->diverged) assert_string_equal(json_string_value(json_array_get(diverged, 0)), talk);
    assert_string_equal(text(welcome, "feed_tag"), "feed-12");
    assert_int_equal(json_is_true(json_object_get(welcome, "feed_diverged")), c->diverged);
}

TEST(events_reach_members_on_every_loop)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    WsPeer *peers[8];
    for (int i = 0; i < 8; i++) peers[i] = world_join(world, i + 1, "", NULL);
    for (uint32_t rev = 1; rev <= 3; rev++) world_publish(world, 0, rev);
    for (int i = 0; i < 8; i++) {
        for (json_int_t n = 1; n <= 3; n++) hear_event(peers[i], n, n);
        ws_peer_cut(peers[i]);
    }
}

static void publish_one(EdgeWorld *world)
{
    world_publish(world, 0, 6);
}

TEST(what_happens_while_heads_are_read_follows_the_welcome)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    world->during_heads = publish_one;
    _peer_ peer = world_join(world, 1, "", NULL);
    hear_event(peer, 1, 6);
}

TEST(calls_run_in_order_and_each_is_answered)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    _peer_ peer = world_join(world, 1, "", NULL);
    for (int i = 1; i <= 100; i++)
        ws_peer_say(peer, "{\"type\":\"call\",\"id\":%d,\"method\":\"test.Echo\",\"params\":{\"seq\":%d}}", i, i);
    for (int i = 1; i <= 100; i++) {
        _json_ answer = ws_peer_hear(peer);
        assert_int_equal(number(answer, "id"), i);
        if (i == 13) {
            assert_string_equal(text(answer, "type"), "error");
            assert_string_equal(text(json_object_get(answer, "error"), "code"), "precondition");
            continue;
        }
        assert_string_equal(text(answer, "type"), "result");
        assert_int_equal(number(json_object_get(answer, "result"), "read_seq"), i);
    }
}

static const struct {
    const char *label, *frame, *want;
} bad_calls[] = {
    { "unknown method", "{\"type\":\"call\",\"id\":7,\"method\":\"test.Nothing\"}", "not_found" },
    { "of services only", "{\"type\":\"call\",\"id\":7,\"method\":\"group.CheckMember\"}", "not_found" },
    { "params that are no object", "{\"type\":\"call\",\"id\":7,\"method\":\"test.Echo\",\"params\":[]}", "invalid" },
    { "wrong params", "{\"type\":\"call\",\"id\":7,\"method\":\"test.Echo\",\"params\":{\"seq\":\"x\"}}", "invalid" },
    { "unknown params", "{\"type\":\"call\",\"id\":7,\"method\":\"test.Echo\",\"params\":{\"x\":1}}", "invalid" },
    { "an unknown field", "{\"type\":\"call\",\"id\":7,\"method\":\"test.Echo\",\"x\":1}", "invalid" },
};
TEST_EACH(a_bad_call_is_answered_with_an_error, bad_calls, c)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    _peer_ peer = world_join(world, 1, "", NULL);
    ws_peer_say(peer, "%s", c->frame);
    _json_ answer = ws_peer_hear(peer);
    CHECK_STR(str_of(text(answer, "type")), STR("error"), c->label);
    CHECK(number(answer, "id") == 7, c->label);
    CHECK_STR(str_of(text(json_object_get(answer, "error"), "code")), str_of(c->want), c->label);
}

static void hear_bye(WsPeer *peer, int code)
{
    _json_ bye = ws_peer_hear_type(peer, "bye");
    assert_int_equal(number(bye, "code"), code);
    assert_null(ws_peer_hear(peer));
    assert_int_equal(peer->close_code, code);
}

TEST(a_bad_token_is_refused)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    _peer_ peer = ws_peer_open(world->port, NULL);
    ws_peer_say(peer, "{\"type\":\"hello\",\"token\":\"nonsense\"}");
    hear_bye(peer, 4401);
}

TEST(while_a_service_is_away_clients_are_sent_back_later)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    world->heads_err = ERR_UNAVAILABLE;
    _peer_ peer = ws_peer_open(world->port, NULL);
    ws_peer_say(peer, "{\"type\":\"hello\",\"token\":\"%s\"}", world_token(world, arena, 1, 1));
    _json_ bye = ws_peer_hear_type(peer, "bye");
    assert_int_equal(number(bye, "code"), 4410);
    assert_true(number(bye, "after_ms") >= 500);
    arena_free(arena);
}

TEST(one_user_who_says_hello_often_holds_nobody_else_up)
{
    enum { SOCKETS = 12 };
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    WsPeer *greedy[SOCKETS];
    world->held_user = 1;
    for (int i = 0; i < SOCKETS; i++) {
        greedy[i] = ws_peer_open(world->port, NULL);
        ws_peer_say(greedy[i], "{\"type\":\"hello\",\"token\":\"%s\"}", world_token(world, arena, 1, 1));
    }
    for (int i = 0; i < 3; i++) sem_wait(&world->held); /* of four workers */
    _peer_ other = world_join(world, 2, "", NULL);
    world->held_user = 0;
    for (int i = 0; i < 3; i++) sem_post(&world->let_go);
    for (int i = 0; i < SOCKETS; i++) {
        json_decref(ws_peer_hear_type(greedy[i], "welcome"));
        ws_peer_cut(greedy[i]);
    }
    arena_free(arena);
}

static void revoke_session(EdgeWorld *world, int user, int session)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("test", clock_now_ms());
    SessionRevoked revoked = SESSION_REVOKED__INIT;
    revoked.session_id = id_text(ctx->arena, world_session(user, session));
    revoked.user_id = id_text(ctx->arena, world_user(user));
    revoked.until_ms = ctx->now_ms + 3600000;
    Envelope *event = event_new(ctx, ID_NONE, world_user(user));
    event->data_case = ENVELOPE__DATA_SESSION_REVOKED;
    event->session_revoked = &revoked;
    world_publish_envelope(world, ctx, TOPIC_SESSIONS, event);
}

TEST(a_revoked_session_is_closed_and_stays_out)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    _peer_ peer = world_join(world, 1, "", NULL);
    _peer_ other = world_join(world, 2, "", NULL);
    revoke_session(world, 1, 1);
    hear_bye(peer, 4403);
    _peer_ again = ws_peer_open(world->port, NULL);
    ws_peer_say(again, "{\"type\":\"hello\",\"token\":\"%s\"}", world_token(world, arena, 1, 1));
    hear_bye(again, 4403);
    world_publish(world, 0, 1);
    hear_event(other, 1, 1);
    arena_free(arena);
}

static void revoke_first(EdgeWorld *world)
{
    revoke_session(world, 1, 1);
}

TEST(a_session_revoked_while_hello_is_worked_on_is_closed)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    world->during_heads = revoke_first;
    _peer_ peer = ws_peer_open(world->port, NULL);
    ws_peer_say(peer, "{\"type\":\"hello\",\"token\":\"%s\"}", world_token(world, arena, 1, 1));
    hear_bye(peer, 4403);
    arena_free(arena);
}

TEST(a_token_is_renewed_on_the_live_socket)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    _peer_ peer = world_join(world, 1, "", NULL);
    ws_peer_say(peer, "{\"type\":\"auth\",\"id\":9,\"token\":\"%s\"}", world_token(world, arena, 1, 1));
    _json_ renewed = ws_peer_hear(peer);
    assert_string_equal(text(renewed, "type"), "result");
    assert_true(strlen(text(json_object_get(renewed, "result"), "token_expires_at")) > 0);
    ws_peer_say(peer, "{\"type\":\"auth\",\"id\":10,\"token\":\"%s\"}", world_token(world, arena, 2, 1));
    _json_ refused = ws_peer_hear(peer);
    assert_string_equal(text(json_object_get(refused, "error"), "code"), "forbidden");
    arena_free(arena);
}

static void expect_unauthenticated(WsPeer *peer, int id)
{
    _json_ refused = ws_peer_hear_type(peer, "error");
    assert_int_equal(number(refused, "id"), id);
    assert_string_equal(text(json_object_get(refused, "error"), "code"), "unauthenticated");
}

TEST(a_token_that_has_ended_hears_on_for_a_while_and_does_nothing)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    char talk[ID_TEXT_LEN + 1];
    id_format(world_talk(0), talk);
    _peer_ peer = world_join(world, 1, "", NULL);
    clock_shift_ms(3600000); /* the token's life */
    ws_peer_say(peer, "{\"type\":\"call\",\"id\":3,\"method\":\"test.Echo\",\"params\":{\"seq\":3}}");
    expect_unauthenticated(peer, 3);
    ws_peer_say(peer, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", talk);
    expect_unauthenticated(peer, 0);
    world_publish(world, 0, 6);
    hear_event(peer, 1, 6);
    ws_peer_say(peer, "{\"type\":\"auth\",\"id\":4,\"token\":\"%s\"}", world_token(world, arena, 1, 1));
    json_decref(ws_peer_hear_type(peer, "result"));
    ws_peer_say(peer, "{\"type\":\"call\",\"id\":5,\"method\":\"test.Echo\",\"params\":{\"seq\":5}}");
    _json_ answer = ws_peer_hear_type(peer, "result");
    assert_int_equal(number(json_object_get(answer, "result"), "read_seq"), 5);
    clock_shift_ms(0);
    arena_free(arena);
}

static void expect_bye(WsPeer *peer, uint16_t code)
{
    _json_ bye = ws_peer_hear_type(peer, "bye");
    assert_int_equal(number(bye, "code"), code);
    assert_null(ws_peer_hear(peer));
    assert_int_equal(peer->close_code, code);
}

TEST(before_welcome_a_frame_has_eight_kibibytes_and_later_more)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    char *long_text = arena_alloc(arena, WS_ENVELOPE_MAX + 1);
    memset(long_text, ' ', WS_ENVELOPE_MAX);
    _peer_ loud = ws_peer_open(world->port, NULL);
    ws_peer_say(loud, "{\"type\":\"hello\",\"token\":\"\"%s}", long_text);
    expect_bye(loud, WS_CLOSE_VERSION);

    _peer_ peer = world_join(world, 1, "", NULL);
    ws_peer_say(peer, "{\"type\":\"call\",\"id\":1,\"method\":\"test.Echo\",\"params\":{\"seq\":5%s}}", long_text);
    json_decref(ws_peer_hear_type(peer, "result"));
    ws_peer_say(peer, "{\"type\":\"call\",\"id\":2,\"method\":\"test.Echo\",\"params\":{}%s}", long_text);
    expect_bye(peer, WS_CLOSE_TOO_LARGE);
    arena_free(arena);
}

static void say_hello(WsPeer *peer, const char *token)
{
    ws_peer_say(peer, "{\"type\":\"hello\",\"token\":\"%s\"}", token);
}

/* Says hello on one socket after the other until one is told that these are too many; returns how many were not. */
static int hellos_of(EdgeWorld *world, const char *token, const char *answer)
{
    for (int n = 0; n < 1000; n++) {
        _peer_ peer = ws_peer_open(world->port, NULL);
        say_hello(peer, token);
        _json_ frame = ws_peer_hear(peer);
        if (number(frame, "code") == WS_CLOSE_RATE) {
            assert_true(number(frame, "after_ms") > 0);
            return n;
        }
        assert_string_equal(text(frame, "type"), answer);
    }
    return 1000;
}

static void expect_welcome(EdgeWorld *world, const char *token)
{
    _peer_ peer = ws_peer_open(world->port, NULL);
    say_hello(peer, token);
    json_decref(ws_peer_hear_type(peer, "welcome"));
}

TEST(hellos_have_a_rate_of_their_user_or_of_their_address)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Arena *arena = arena_new();
    RateLimit *rates = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    world->realtime->config.limits.rates = rates;
    int welcomed = hellos_of(world, world_token(world, arena, 1, 1), "welcome");
    assert_true(welcomed >= 300 / WS_HELLO_TOKENS - 1 && welcomed < 1000);
    const char *token = world_token(world, arena, 2, 1);
    expect_welcome(world, token); /* somebody else */
    int looked_at = hellos_of(world, "no.such.token", "bye");
    assert_true(looked_at > 200 && looked_at < 1000);
    expect_welcome(world, token); /* from that address, but seen before: it pays for itself */
    edge_world_stop(world);
    world->realtime->config.limits.rates = NULL;
    rate_limit_free(rates);
    arena_free(arena);
}

/* Loses the socket after the first of four events and comes back; returns whether that was on another loop. */
static bool resume_once(EdgeWorld *world, int user, uint32_t base)
{
    char resume[256], from;
    json_t *welcome;
    WsPeer *peer = world_join(world, user, "", &welcome);
    from = text(welcome, "session")[0];
    snprintf(resume, sizeof resume, "\"resume\":{\"session\":\"%s\",\"n\":1},", text(welcome, "session"));
    json_decref(welcome);
    world_publish(world, 0, base + 1);
    hear_event(peer, 1, base + 1);
    world_publish(world, 0, base + 2);
    ws_peer_cut(peer);
    world_publish(world, 0, base + 3);

    _peer_ back = world_join(world, user, resume, &welcome);
    bool moved = text(welcome, "session")[0] != from;
    assert_true(json_is_true(json_object_get(welcome, "resumed")));
    assert_string_equal(text(welcome, "epoch"), "epoch-1");
    assert_int_equal(json_object_size(json_object_get(welcome, "heads")), 0);
    json_decref(welcome);
    hear_event(back, 2, base + 2);
    hear_event(back, 3, base + 3);
    world_publish(world, 0, base + 4);
    hear_event(back, 4, base + 4);
    return moved;
}

TEST(a_lost_connection_goes_on_where_it_was_on_any_loop)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    int moved = 0, stayed = 0;
    for (int try = 0; try < 60 && (!moved || !stayed); try++) {
        if (resume_once(world, try + 1, (uint32_t)try * 10))
            moved++;
        else
            stayed++;
    }
    assert_true(moved && stayed); /* the kernel spreads connections over the loops */
}

static const struct {
    const char *label, *resume;
} unknown_resumes[] = {
    { "nonsense", "\"resume\":{\"session\":\"nonsense\",\"n\":1}," },
    { "a session that is not kept", "\"resume\":{\"session\":\"0.01900000-0000-7000-8000-000000000000\",\"n\":1}," },
    { "on the other loop", "\"resume\":{\"session\":\"1.01900000-0000-7000-8000-000000000000\",\"n\":1}," },
    { "a loop there is not", "\"resume\":{\"session\":\"7.01900000-0000-7000-8000-000000000000\",\"n\":1}," },
};
TEST_EACH(what_is_not_kept_starts_from_heads, unknown_resumes, c)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    _json_ welcome = NULL;
    _peer_ peer = world_join(world, 1, c->resume, &welcome);
    CHECK(json_is_false(json_object_get(welcome, "resumed")), c->label);
    CHECK(json_object_size(json_object_get(welcome, "heads")) == WORLD_TALKS, c->label);
}

TEST(another_user_cannot_take_over_a_session)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    char resume[256];
    _json_ welcome = NULL;
    _json_ stolen = NULL;
    _peer_ peer = world_join(world, 1, "", &welcome);
    snprintf(resume, sizeof resume, "\"resume\":{\"session\":\"%s\",\"n\":0},", text(welcome, "session"));
    _peer_ thief = world_join(world, 2, resume, &stolen);
    assert_true(json_is_false(json_object_get(stolen, "resumed")));
    world_publish(world, 0, 1);
    hear_event(peer, 1, 1);
}

TEST(typing_and_presence_are_seen_by_others)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    char talk[ID_TEXT_LEN + 1], user[ID_TEXT_LEN + 1];
    id_format(world_talk(0), talk);
    id_format(world_user(2), user);
    _peer_ anna = world_join(world, 1, "", NULL);
    _peer_ boris = world_join(world, 2, "", NULL);
    _json_ online = ws_peer_hear_type(anna, "ephemeral");
    assert_string_equal(text(online, "name"), "presence");
    assert_string_equal(text(json_object_get(online, "data"), "user_id"), user);
    assert_true(json_is_true(json_object_get(json_object_get(online, "data"), "online")));
    assert_true(realtime_is_online(world->realtime, world_user(2)));
    assert_false(realtime_is_online(world->realtime, world_user(3)));

    ws_peer_say(boris, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", talk);
    _json_ typing = ws_peer_hear_type(anna, "ephemeral");
    assert_string_equal(text(typing, "name"), "typing");
    assert_string_equal(text(typing, "conversation_id"), talk);
    assert_string_equal(text(json_object_get(typing, "data"), "user_id"), user);
}

TEST(who_has_not_accepted_a_conversation_is_not_seen_in_it)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new_orderly();
    char talk[ID_TEXT_LEN + 1], user[ID_TEXT_LEN + 1];
    world->pending = 2;
    id_format(world_talk(0), talk);
    id_format(world_user(3), user);
    _peer_ anna = world_join(world, 1, "", NULL);
    _peer_ boris = world_join(world, 2, "", NULL);
    ws_peer_say(boris, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", talk);
    ws_peer_say(boris, "{\"type\":\"call\",\"id\":5,\"method\":\"test.Echo\",\"params\":{}}");
    json_decref(ws_peer_hear_type(boris, "result")); /* what he said before has been heard */

    /* Whatever would be told of him is told before. */
    _peer_ vera = world_join(world, 3, "", NULL);
    _json_ online = ws_peer_hear_type(anna, "ephemeral");
    assert_string_equal(text(online, "name"), "presence");
    assert_string_equal(text(json_object_get(online, "data"), "user_id"), user);
    ws_peer_say(vera, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", talk);
    _json_ typing = ws_peer_hear_type(anna, "ephemeral");
    assert_string_equal(text(typing, "name"), "typing");
    assert_string_equal(text(json_object_get(typing, "data"), "user_id"), user);
    assert_true(realtime_is_online(world->realtime, world_user(2)));
}

TEST(typing_is_passed_on_once_in_a_while_and_from_members_only)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new_orderly();
    char first[ID_TEXT_LEN + 1], foreign[ID_TEXT_LEN + 1], last[ID_TEXT_LEN + 1];
    id_format(world_talk(0), first);
    id_format(world_talk(WORLD_TALKS), foreign);
    id_format(world_talk(1), last);
    _peer_ anna = world_join(world, 1, "", NULL);
    _peer_ boris = world_join(world, 2, "", NULL);
    json_decref(ws_peer_hear_type(anna, "ephemeral")); /* online */
    for (int i = 0; i < 5; i++) ws_peer_say(boris, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", first);
    ws_peer_say(boris, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", foreign);
    ws_peer_say(boris, "{\"type\":\"typing\",\"conversation_id\":\"%s\"}", last);
    _json_ typing = ws_peer_hear_type(anna, "ephemeral");
    assert_string_equal(text(typing, "conversation_id"), first);
    _json_ next = ws_peer_hear_type(anna, "ephemeral");
    assert_string_equal(text(next, "conversation_id"), last);
}

TEST(who_leaves_goes_offline_after_the_grace)
{
    RealtimeConfig config = { .presence_grace_ms = 1 };
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(&config);
    _peer_ anna = world_join(world, 1, "", NULL);
    WsPeer *boris = world_join(world, 2, "", NULL);
    json_decref(ws_peer_hear_type(anna, "ephemeral")); /* online */
    ws_peer_cut(boris);
    _json_ offline = ws_peer_hear_type(anna, "ephemeral");
    assert_true(json_is_false(json_object_get(json_object_get(offline, "data"), "online")));
    assert_true(strlen(text(json_object_get(offline, "data"), "last_seen_at")) > 0);
    assert_int_equal(atomic_load(&world->last_seen), 1);
    assert_false(realtime_is_online(world->realtime, world_user(2)));
}

/* Another gateway, which hears what is announced. */
static void on_announced(void *arg, Str topic, Str payload)
{
    sem_t *asked = arg;
    if (!str_eq(topic, STR(TOPIC_GATEWAYS))) return;
    Arena *arena = arena_new();
    const Envelope *event = (const Envelope *)(const void *)message_unpack(arena, &envelope__descriptor, payload);
    if (event && event->online_announced->asks) sem_post(asked);
    arena_free(arena);
}

TEST(a_gateway_asks_the_others_whom_they_have_even_when_somebody_came_first)
{
    RealtimeConfig config = { .has_peers = true };
    sem_t asked;
    sem_init(&asked, 0, 0);
    {
        _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(&config);
        pubsub_attach(world->pubsub, on_announced, NULL, &asked);
        _peer_ anna = world_join(world, 1, "", NULL); /* which the gateway announces, and hears itself */
        while (sem_wait(&asked)) continue;
    }
    sem_destroy(&asked);
}

#define PORTIONS_MAX 1000
static size_t portions[PORTIONS_MAX];
static sem_t recorded;

static void note_portion(size_t n)
{
    static _Atomic size_t at;
    portions[atomic_fetch_add(&at, 1) % PORTIONS_MAX] = n;
    sem_post(&recorded);
}

/* A crash leaves no time to say it. However many there are, a second's write is bounded. */
TEST(while_people_are_online_it_is_kept_in_portions_that_they_were_seen)
{
    RealtimeConfig config = { .last_seen_every_ms = 1500 };
    sem_init(&recorded, 0, 0);
    {
        _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(&config);
        _peer_ anna = world_join(world, 1, "", NULL);
        world->during_last_seen = note_portion;
        for (int n = 2; n <= 450; n++)
            presence_table_enter(&world->realtime->presence->table, (Id){ { 9, (uint8_t)(n >> 8), (uint8_t)n } });
        /* A first round may have begun before all had come. */
        static const size_t whole[] = { LAST_SEEN_AT_ONCE, LAST_SEEN_AT_ONCE, 50 };
        for (size_t n = 1;; n++) {
            while (sem_wait(&recorded)) continue;
            assert_in_range(portions[n - 1], 1, LAST_SEEN_AT_ONCE);
            if (n >= 3 && memcmp(&portions[n - 3], whole, sizeof whole) == 0) break;
            assert_true(n < PORTIONS_MAX);
        }
        assert_true(realtime_is_online(world->realtime, world_user(1)));
        world->during_last_seen = NULL;
    }
    sem_destroy(&recorded);
}

TEST(at_the_end_it_is_kept_when_everybody_was_last_seen)
{
    EdgeWorld *world = edge_world_new(NULL);
    WsPeer *anna = world_join(world, 1, "", NULL), *boris = world_join(world, 2, "", NULL);
    edge_world_stop(world);
    assert_int_equal(atomic_load(&world->last_seen), 2);
    edge_world_freep(&world);
    ws_peer_cut(anna);
    ws_peer_cut(boris);
}

TEST(a_page_of_another_site_may_not_connect)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    _peer_ own = ws_peer_open(world->port, "https://chat.example.org");
    _peer_ foreign = ws_peer_open(world->port, "https://evil.example.org");
    assert_int_equal(own->http_status, 101);
    assert_int_equal(foreign->http_status, 403);
}

TEST(a_drain_says_bye_to_everybody)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    _peer_ anna = world_join(world, 1, "", NULL);
    _peer_ silent = ws_peer_open(world->port, NULL);
    realtime_drain(world->realtime, 5000, 1); /* does not wait: the peers answer only below */
    hear_bye(anna, 4410);
    hear_bye(silent, 4410);
    realtime_drain(world->realtime, 5000, 20000);
    assert_int_equal(realtime_sockets(world->realtime), 0);
    _peer_ late = ws_peer_open(world->port, NULL);
    assert_int_equal(late->http_status, 503);
}

/* --- what may have been missed --- */

static sem_t asked;

static void note_question(EdgeWorld *world)
{
    sem_post(&asked);
}

/* A peer of some user from `user` on, whose socket came to this loop; *out_user is who. */
static WsPeer *join_on_loop(EdgeWorld *world, int loop, int user, int *out_user)
{
    for (;; user++) {
        _json_ welcome = NULL;
        WsPeer *peer = world_join(world, user, "", &welcome);
        *out_user = user;
        if (atoi(text(welcome, "session")) == loop) return peer;
        ws_peer_cut(peer);
    }
}

static void join_conversation(EdgeWorld *world, int user, int talk)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("test", clock_now_ms());
    Member member = MEMBER__INIT;
    member.user_id = id_text(ctx->arena, world_user(user));
    MembershipChanged change = MEMBERSHIP_CHANGED__INIT;
    change.change = (char *)"member.added";
    change.member = &member;
    Envelope *event = event_new(ctx, world_talk(talk), ID_NONE);
    event->data_case = ENVELOPE__DATA_MEMBERSHIP_CHANGED;
    event->membership_changed = &change;
    world_publish_envelope(world, ctx, topic_user(ctx->arena, world_user(user)), event);
}

static void wait_until_offline(WsPeer *watcher, int user)
{
    char id[ID_TEXT_LEN + 1];
    id_format(world_user(user), id);
    for (bool is_gone = false; !is_gone;) {
        _json_ told = ws_peer_hear_type(watcher, "ephemeral");
        const json_t *data = json_object_get(told, "data");
        is_gone = strcmp(text(data, "user_id"), id) == 0 && json_is_false(json_object_get(data, "online"));
    }
}

/* Where a new subscription leaves off is asked for those who are there when the answer comes, not for the one who brought it
 * about. */
TEST(a_conversation_is_read_again_although_the_one_who_caused_it_left)
{
    RealtimeConfig config = { .has_peers = true, .replay_kept_ms = 1, .presence_grace_ms = 1 };
    char talk[ID_TEXT_LEN + 1];
    id_format(world_talk(WORLD_TALKS), talk);
    sem_init(&asked, 0, 0);
    {
        _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(&config);
        int anna, boris;
        WsPeer *who_leaves = join_on_loop(world, 0, 1, &anna);
        _peer_ who_stays = join_on_loop(world, 0, anna + 1, &boris);
        world->heads_err = ERR_UNAVAILABLE;
        world->during_heads = note_question;
        join_conversation(world, anna, WORLD_TALKS);
        join_conversation(world, boris, WORLD_TALKS);
        while (sem_wait(&asked)) continue;
        ws_peer_cut(who_leaves);
        wait_until_offline(who_stays, anna);

        world->heads_err = OK;
        _json_ told = ws_peer_hear_type(who_stays, "heads");
        assert_int_equal(number(json_object_get(json_object_get(told, "heads"), talk), "rev"), 5);
    }
    sem_destroy(&asked);
}

/* --- time --- */

static atomic_llong wall_shift_s;

/* For the whole program instead of libc's: tests step the wall clock, as an operator or NTP may. */
int clock_gettime(clockid_t id, struct timespec *out)
{
    long failed = syscall(SYS_clock_gettime, id, out);
    if (!failed && id == CLOCK_REALTIME) out->tv_sec += atomic_load(&wall_shift_s);
    return (int)failed;
}

typedef struct Drain {
    EdgeWorld *world;
    size_t left; /* sockets, when it returned */
} Drain;

static void *drain_for_long(void *arg)
{
    Drain *drain = arg;
    realtime_drain(drain->world->realtime, 5000, 20000);
    drain->left = realtime_sockets(drain->world->realtime);
    return NULL;
}

TEST(a_step_of_the_wall_clock_does_not_shorten_a_drain)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    Drain drain = { .world = world };
    pthread_t thread;
    _peer_ anna = world_join(world, 1, "", NULL);
    atomic_store(&wall_shift_s, -3600);
    assert_int_equal(pthread_create(&thread, NULL, drain_for_long, &drain), 0);
    hear_bye(anna, 4410);
    pthread_join(thread, NULL);
    atomic_store(&wall_shift_s, 0);
    assert_int_equal(drain.left, 0);
}

/* --- many at once --- */

enum { PUBLISHERS = 3, EVENTS = 300, LISTENERS = 6 };

typedef struct Publisher {
    EdgeWorld *world;
    int talk;
} Publisher;

static void *publish_many(void *arg)
{
    const Publisher *publisher = arg;
    for (uint32_t rev = 1; rev <= EVENTS; rev++) world_publish(publisher->world, publisher->talk, rev);
    return NULL;
}

TEST(every_conversation_keeps_its_order_and_no_number_is_missing)
{
    _cleanup_(edge_world_freep) EdgeWorld *world = edge_world_new(NULL);
    WsPeer *peers[LISTENERS];
    pthread_t threads[PUBLISHERS];
    Publisher publishers[PUBLISHERS];
    for (int i = 0; i < LISTENERS; i++) peers[i] = world_join(world, i + 1, "", NULL);
    for (int i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (Publisher){ world, i };
        assert_int_equal(pthread_create(&threads[i], NULL, publish_many, &publishers[i]), 0);
    }
    for (int i = 0; i < LISTENERS; i++) {
        json_int_t revs[WORLD_TALKS] = { 0 };
        for (int n = 1; n <= PUBLISHERS * EVENTS; n++) {
            _json_ event = ws_peer_hear_type(peers[i], "event");
            Id talk;
            int t = 0;
            assert_int_equal(number(event, "n"), n);
            assert_true(id_parse(str_of(text(event, "conversation_id")), &talk));
            while (!id_eq(world_talk(t), talk)) t++;
            assert_int_equal(number(event, "rev"), ++revs[t]);
        }
    }
    for (int i = 0; i < PUBLISHERS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < LISTENERS; i++) ws_peer_cut(peers[i]);
}

int main(void)
{
    log_setup(LOG_OFF, false);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_is_answered_with_what_moved),
        cmocka_unit_test(hello_is_told_of_logs_that_are_not_those_it_knows),
        cmocka_unit_test(events_reach_members_on_every_loop),
        cmocka_unit_test(what_happens_while_heads_are_read_follows_the_welcome),
        cmocka_unit_test(calls_run_in_order_and_each_is_answered),
        cmocka_unit_test(a_bad_call_is_answered_with_an_error),
        cmocka_unit_test(a_bad_token_is_refused),
        cmocka_unit_test(one_user_who_says_hello_often_holds_nobody_else_up),
        cmocka_unit_test(while_a_service_is_away_clients_are_sent_back_later),
        cmocka_unit_test(a_revoked_session_is_closed_and_stays_out),
        cmocka_unit_test(a_session_revoked_while_hello_is_worked_on_is_closed),
        cmocka_unit_test(a_token_is_renewed_on_the_live_socket),
        cmocka_unit_test(a_token_that_has_ended_hears_on_for_a_while_and_does_nothing),
        cmocka_unit_test(before_welcome_a_frame_has_eight_kibibytes_and_later_more),
        cmocka_unit_test(hellos_have_a_rate_of_their_user_or_of_their_address),
        cmocka_unit_test(a_lost_connection_goes_on_where_it_was_on_any_loop),
        cmocka_unit_test(what_is_not_kept_starts_from_heads),
        cmocka_unit_test(another_user_cannot_take_over_a_session),
        cmocka_unit_test(typing_and_presence_are_seen_by_others),
        cmocka_unit_test(who_has_not_accepted_a_conversation_is_not_seen_in_it),
        cmocka_unit_test(typing_is_passed_on_once_in_a_while_and_from_members_only),
        cmocka_unit_test(who_leaves_goes_offline_after_the_grace),
        cmocka_unit_test(a_gateway_asks_the_others_whom_they_have_even_when_somebody_came_first),
        cmocka_unit_test(while_people_are_online_it_is_kept_in_portions_that_they_were_seen),
        cmocka_unit_test(at_the_end_it_is_kept_when_everybody_was_last_seen),
        cmocka_unit_test(a_page_of_another_site_may_not_connect),
        cmocka_unit_test(a_drain_says_bye_to_everybody),
        cmocka_unit_test(a_conversation_is_read_again_although_the_one_who_caused_it_left),
        cmocka_unit_test(a_step_of_the_wall_clock_does_not_shorten_a_drain),
        cmocka_unit_test(every_conversation_keeps_its_order_and_no_number_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
