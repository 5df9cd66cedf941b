/* One client: writing together, slow readers, deadlines, coming back. */
#include <stdlib.h>

#include "hub_world.h"
#include "realtime/commands/calls.h"
#include "realtime/commands/handshake.h"
#include "realtime/hub/audience.h"

#define ANNA  user_id(1)
#define BORIS user_id(2)
#define TALK  conversation_id(1)

/* A live client of Anna's, who belongs to TALK. */
static ClientSession *member(HubWorld *world)
{
    ClientSession *session = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    return session;
}

static void frame_from(ClientSession *session, const char *json)
{
    session_ws_handlers.on_text(session, str_of(json));
}

TEST(frames_of_one_turn_leave_in_one_write)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (uint32_t rev = 1; rev <= 32; rev++) put_event(world, TALK, rev, 100);
    hub_flush(&world->hub);
    assert_int_equal(anna->conn->writes, 1);
    assert_int_equal(count_frames(anna), 32);
}

TEST(what_gathers_while_the_socket_is_busy_leaves_together)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    anna->conn->room = 10;
    for (uint32_t rev = 1; rev <= 10; rev++) tell_event(world, TALK, rev);
    assert_int_equal(anna->conn->writes, 1);
    fake_ws_drain(anna->conn);
    assert_int_equal(anna->conn->writes, 2);
    assert_int_equal(count_frames(anna), 10);
}

TEST(a_large_backlog_is_written_in_chunks)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (uint32_t rev = 1; rev <= 10; rev++) put_event(world, TALK, rev, 8000);
    hub_flush(&world->hub);
    assert_int_equal(anna->conn->writes, 2);
    assert_int_equal(count_frames(anna), 10);
}

TEST(an_idle_client_holds_nothing)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    tell_event(world, TALK, 1);
    session_ws_handlers.on_pong(anna, STR("1"));
    assert_null(anna->out.queue.slots);
    assert_null(anna->calls);
    assert_null(anna->extras);
    assert_true(sizeof *anna <= 240);
}

/* --- slow readers --- */

TEST(a_busy_reader_over_the_soft_limit_gets_a_gap)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    anna->conn->room = 10;
    for (uint32_t rev = 1; rev <= 100; rev++) tell_event(world, TALK, rev); /* about 60 bytes each, soft limit 4096 */
    fake_ws_drain(anna->conn);
    assert_true(has(next_frame(world, anna), "\"rev\":1,"));
    assert_true(has(next_frame(world, anna), "\"type\":\"gap\""));
    assert_int_equal(count_frames(anna), 0);
    tell_event(world, TALK, 101);
    assert_true(has(next_frame(world, anna), "\"n\":2,"));
}

TEST(an_idle_reader_gets_a_burst_whole)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (uint32_t rev = 1; rev <= 200; rev++) put_event(world, TALK, rev, 100);
    hub_flush(&world->hub);
    assert_int_equal(count_frames(anna), 200);
}

TEST(who_takes_nothing_is_closed)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    anna->conn->room = 10;
    tell_event(world, TALK, 1);
    pass_ms(world, WS_STALL_MS - 2000);
    assert_int_equal(anna->conn->close_code, 0);
    anna->conn->unsent--; /* a byte went out: it lives */
    pass_ms(world, WS_STALL_MS - 2000);
    assert_int_equal(anna->conn->close_code, 0);
    pass_ms(world, 4000);
    assert_int_equal(anna->conn->close_code, WS_CLOSE_SLOW);
    assert_null(hub_user(&world->hub, ANNA));
}

TEST(who_has_too_much_unsent_is_closed)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    anna->conn->room = 0;
    put_event(world, TALK, 1, 40000); /* the hard limit is 32768 */
    hub_flush(&world->hub);
    for (uint32_t rev = 2; rev <= 100; rev++) tell_event(world, TALK, rev);
    assert_int_equal(anna->conn->close_code, WS_CLOSE_SLOW);
}

TEST(a_large_answer_does_not_make_a_reader_slow)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    char *json = calloc(1, 100000);
    assert_non_null(json);
    memset(json, 'x', 99999);
    anna->conn->room = 10;
    session_answer(anna, str_of(json));
    hub_flush(&world->hub);
    for (uint32_t rev = 1; rev <= 200; rev++) tell_event(world, TALK, rev);
    assert_int_equal(anna->conn->close_code, 0);
    free(json);
}

/* --- deadlines --- */

TEST(who_does_not_say_hello_is_closed)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *session = greeting_session(world, ANNA);
    hub_remove_session(&world->hub, session);
    session->state = SESSION_HELLO;
    pass_ms(world, WS_HELLO_TIMEOUT_MS - 1000);
    assert_int_equal(session->conn->close_code, 0);
    pass_ms(world, 3000);
    assert_true(has(next_frame(world, session), "{\"type\":\"bye\",\"code\":4400,\"resume\":false,"));
    assert_int_equal(session->conn->close_code, WS_CLOSE_BAD_FRAME);
}

TEST(silence_is_answered_with_a_ping_that_carries_the_last_number)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (uint32_t rev = 1; rev <= 3; rev++) tell_event(world, TALK, rev);
    for (int s = 0; s <= WS_HEARTBEAT_MS / 1000 + 1 && !anna->conn->pings; s++) pass_ms(world, 1000);
    assert_int_equal(anna->conn->pings, 1);
    assert_string_equal(anna->conn->ping, "3");
    assert_int_equal(anna->out.n_replay, 3);
    session_ws_handlers.on_pong(anna, STR("3"));
    assert_int_equal(anna->out.n_replay, 0);
    pass_ms(world, WS_HEARTBEAT_MS - 2000);
    assert_int_equal(anna->conn->pings, 1);
    pass_ms(world, 4000);
    assert_int_equal(anna->conn->pings, 2);
}

TEST(who_speaks_is_not_asked)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (int i = 0; i < 20; i++) {
        anna->heard_at = (uint32_t)world->hub.sessions.now_ms;
        pass_ms(world, 10000);
    }
    assert_int_equal(anna->conn->pings, 0);
}

TEST(who_does_not_answer_loses_the_socket_but_not_the_events)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    pass_ms(world, WS_HEARTBEAT_MS + WS_PONG_TIMEOUT_MS + 3000);
    assert_int_equal(anna->conn->close_code, 1006);
    assert_int_equal(anna->state, SESSION_LIVE); /* until the socket is gone */
}

TEST(a_token_ends_the_socket_after_its_grace)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    int64_t end = anna->expires_ms;
    anna->heard_at = (uint32_t)world->hub.sessions.now_ms;
    session_check_deadlines(anna, end + 24000);
    assert_int_equal(anna->conn->close_code, 0);
    session_check_deadlines(anna, end + 25000);
    assert_true(has(next_frame(world, anna), "{\"type\":\"bye\",\"code\":4401,\"resume\":true,"));
    assert_int_equal(anna->conn->close_code, WS_CLOSE_TOKEN_EXPIRED);
}

/* --- coming back --- */

static void lose_socket(HubWorld *world, ClientSession *session)
{
    for (int i = 0; i < world->n_conns; i++) {
        if (world->conns[i] != session->conn) continue;
        world->conns[i] = NULL;
        break;
    }
    fake_ws_end(session->conn, 1006);
}

TEST(who_comes_back_gets_just_what_was_missed)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *old = member(world);
    for (uint32_t rev = 1; rev <= 3; rev++) tell_event(world, TALK, rev);
    lose_socket(world, old);
    assert_int_equal(old->state, SESSION_DETACHED);
    tell_event(world, TALK, 4);
    tell_ephemeral(world, TALK);

    ClientSession *back = greeting_session(world, ANNA);
    assert_true(outgoing_can_resume(&old->out, 2));
    session_take_over(back, old, 2);
    session_go_live(back, STR("{\"type\":\"welcome\"}"));
    hub_flush(&world->hub);
    assert_int_equal(back->conn->writes, 1);
    assert_true(has(next_frame(world, back), "welcome"));
    assert_true(has(next_frame(world, back), "\"n\":3,"));
    assert_true(has(next_frame(world, back), "\"n\":4,"));
    assert_int_equal(count_frames(back), 0);
    tell_event(world, TALK, 5);
    assert_true(has(next_frame(world, back), "\"n\":5,"));
    assert_int_equal(world->hub.sessions.n_detached, 0);
}

TEST(a_second_connection_may_take_over_from_one_that_still_seems_alive)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *old = member(world);
    WsConn *old_conn = old->conn;
    tell_event(world, TALK, 1);
    session_answer(old, STR("{\"type\":\"result\"}"));
    ClientSession *back = greeting_session(world, ANNA);
    session_take_over(back, old, 0);
    session_go_live(back, STR("{\"type\":\"welcome\"}"));
    hub_flush(&world->hub);
    assert_int_equal(old_conn->close_code, 1006);
    assert_true(has(next_frame(world, back), "welcome"));
    assert_true(has(next_frame(world, back), "\"n\":1,"));
    assert_int_equal(count_frames(back), 0); /* the answer was for the other */
}

TEST(what_is_on_the_screen_is_taken_over)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(1);
    ClientSession *old = member(world);
    live_session(world, BORIS);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);
    Id talk = TALK;
    audience_focus(&world->hub, old, &talk, 1);
    lose_socket(world, old);
    ClientSession *back = greeting_session(world, ANNA);
    resume_take_over(back, old, 0);
    session_go_live(back, STR("{\"type\":\"welcome\"}"));
    tell_event(world, TALK, 1);
    assert_int_equal(count_frames(back), 2);
}

TEST(what_is_kept_goes_after_a_while)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    lose_socket(world, member(world));
    pass_ms(world, WS_REPLAY_KEPT_MS - 2000);
    assert_non_null(hub_user(&world->hub, ANNA));
    pass_ms(world, 4000);
    assert_null(hub_user(&world->hub, ANNA));
    assert_int_equal(world->hub.sessions.n_detached, 0);
}

TEST(what_grows_too_much_to_be_kept_goes_at_once)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    lose_socket(world, member(world));
    for (uint32_t rev = 1; rev <= 9; rev++) tell_event(world, TALK, rev); /* the replay buffer has room for 8 */
    assert_null(hub_user(&world->hub, ANNA));
}

TEST(only_so_many_are_kept)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    for (int n = 0; n < 6; n++) lose_socket(world, live_session(world, user_id(n)));
    assert_int_equal(world->hub.sessions.n_detached, 4);
}

TEST(events_before_welcome_follow_it)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *session = greeting_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    tell_event(world, TALK, 1);
    assert_int_equal(count_frames(session), 0);
    session_go_live(session, STR("{\"type\":\"welcome\"}"));
    hub_flush(&world->hub);
    assert_true(has(next_frame(world, session), "welcome"));
    assert_true(has(next_frame(world, session), "\"n\":1,"));
}

/* --- what it says --- */

static const struct {
    const char *label, *frame;
    uint16_t want;
} bad_frames[] = {
    { "not JSON", "hello", WS_CLOSE_BAD_FRAME },
    { "not an object", "[1]", WS_CLOSE_BAD_FRAME },
    { "no type", "{}", WS_CLOSE_BAD_FRAME },
    { "a type that is no text", "{\"type\":1}", WS_CLOSE_BAD_FRAME },
    { "an unknown type", "{\"type\":\"dance\"}", WS_CLOSE_BAD_FRAME },
    { "params by a name with escapes", "{\"type\":\"call\",\"id\":1,\"method\":\"a.B\",\"par\\u0061ms\":{}}",
      WS_CLOSE_BAD_FRAME },
    { "params twice", "{\"type\":\"call\",\"id\":1,\"method\":\"a.B\",\"params\":{},\"params\":{}}",
      WS_CLOSE_BAD_FRAME },
    { "a second hello", "{\"type\":\"hello\",\"token\":\"x\"}", WS_CLOSE_BAD_FRAME },
};
TEST_EACH(a_bad_frame_ends_the_socket_with_a_bye, bad_frames, c)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    frame_from(anna, c->frame);
    CHECK(anna->conn->close_code == c->want, c->label);
    CHECK(has(next_frame(world, anna), "{\"type\":\"bye\",\"code\":4400,\"resume\":false"), c->label);
}

TEST(anything_before_hello_ends_the_socket)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *session = greeting_session(world, ANNA);
    hub_remove_session(&world->hub, session);
    session->state = SESSION_HELLO;
    frame_from(session, "{\"type\":\"ping\",\"n\":0}");
    assert_int_equal(session->conn->close_code, WS_CLOSE_BAD_FRAME);
}

TEST(a_frame_that_is_wrong_inside_is_answered_with_its_id)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    frame_from(anna, "{\"type\":\"auth\",\"id\":5,\"token\":7}");
    assert_true(has(next_frame(world, anna), "{\"type\":\"error\",\"id\":5,\"error\":{\"code\":\"invalid\""));
    assert_int_equal(anna->conn->close_code, 0);
}

TEST(a_ping_confirms_and_is_answered)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (uint32_t rev = 1; rev <= 3; rev++) tell_event(world, TALK, rev);
    count_frames(anna);
    frame_from(anna, "{\"type\":\"ping\",\"n\":2}");
    assert_true(has(next_frame(world, anna), "{\"type\":\"pong\",\"n\":3}"));
    assert_int_equal(anna->out.n_replay, 1);
}

TEST(too_many_frames_are_first_refused_and_then_end_the_socket)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (int i = 0; i < 20; i++) frame_from(anna, "{\"type\":\"ping\",\"n\":0}");
    assert_int_equal(count_frames(anna), 20);
    frame_from(anna, "{\"type\":\"auth\",\"id\":9,\"token\":\"\"}");
    Str error = next_frame(world, anna);
    assert_true(has(error, "{\"type\":\"error\",\"id\":9,\"error\":{\"code\":\"rate_limited\""));
    assert_false(has(error, "\"retry_after_ms\":0"));
    for (int i = 0; i < 25; i++) frame_from(anna, "{\"type\":\"ping\",\"n\":0}");
    assert_int_equal(anna->conn->close_code, WS_CLOSE_RATE);
}

static void ping(ClientSession *session)
{
    if (!session->conn->is_closing) session_ws_handlers.on_ping(session);
}

static void pong(ClientSession *session)
{
    if (!session->conn->is_closing) session_ws_handlers.on_pong(session, STR(""));
}

static const struct {
    const char *label;
    void (*say)(ClientSession *session);
} controls[] = { { "pings", ping }, { "pongs", pong } };
TEST_EACH(a_flood_of_controls_ends_the_socket_before_and_after_hello, controls, c)
{
    for (int live = 0; live < 2; live++) {
        _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
        ClientSession *anna = live ? member(world) : greeting_session(world, ANNA);
        if (!live) {
            hub_remove_session(&world->hub, anna);
            anna->state = SESSION_HELLO;
        }
        for (int i = 0; i < 20; i++) c->say(anna);
        CHECK(anna->conn->close_code == 0, c->label);
        for (int i = 0; i < 30; i++) c->say(anna);
        CHECK(anna->conn->close_code == WS_CLOSE_RATE, c->label);
    }
}

TEST(a_ping_over_the_rate_is_not_answered)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    for (int i = 0; i < 20; i++) assert_true(session_ws_handlers.on_ping(anna));
    assert_false(session_ws_handlers.on_ping(anna));
    pass_ms(world, 1000);
    assert_true(session_ws_handlers.on_ping(anna));
}

TEST(pongs_do_not_keep_a_silent_socket)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *session = greeting_session(world, ANNA);
    hub_remove_session(&world->hub, session);
    session->state = SESSION_HELLO;
    for (int i = 0; i < 4 && !session->conn->is_closing; i++) {
        pass_ms(world, WS_HELLO_TIMEOUT_MS / 3);
        pong(session);
    }
    assert_int_equal(session->conn->close_code, WS_CLOSE_BAD_FRAME);
}

TEST(a_large_frame_counts_as_many)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    char *json = malloc(60001);
    assert_non_null(json);
    memset(json, ' ', 60000);
    json[60000] = '\0';
    static const char begin[] = "{\"type\":\"ping\",\"n\":0,\"params\":{}";
    memcpy(json, begin, sizeof begin - 1);
    json[59999] = '}';
    frame_from(anna, json); /* the white space is no part of params */
    assert_int_equal(anna->conn->close_code, WS_CLOSE_TOO_LARGE);

    anna = live_session(world, BORIS);
    memcpy(json + sizeof begin - 2, " ", 1);
    json[59998] = '}';
    frame_from(anna, json); /* 15 tokens of 20 */
    assert_true(has(next_frame(world, anna), "{\"type\":\"pong\""));
    frame_from(anna, json);
    assert_true(has(next_frame(world, anna), "\"error\":{\"code\":\"rate_limited\""));
    free(json);
}

/* --- calls that wait --- */

static Err add_call(ClientSession *session, size_t len)
{
    Ctx ctx = { .arena = arena_new() };
    char *params = calloc(1, len + 1);
    assert_non_null(params);
    memset(params, '[', len); /* no JSON, and nobody looks */
    Err err = calls_add(session, &ctx, 1, NULL, (Str){ params, len });
    if (err) assert_true(ctx.retry_after_ms > 0);
    free(params);
    arena_free(ctx.arena);
    return err;
}

TEST(calls_that_wait_are_text_and_count_by_their_bytes)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    Budget *bytes = budget_new(100000, 150000);
    world->realtime.config.limits.bytes = bytes;
    ClientSession *anna = member(world), *other = live_session(world, ANNA), *boris = live_session(world, BORIS);
    ClientSession *const all[] = { anna, other, boris };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) all[i]->is_busy = all[i]->has_answer_out = true; /* so they wait */
    assert_int_equal(add_call(anna, 60000), OK);
    assert_int_equal(add_call(anna, 30000), OK);
    assert_true(budget_held(bytes) >= 90000 && budget_held(bytes) < 91000);
    assert_int_equal(add_call(other, 30000), ERR_RATE_LIMITED);
    assert_int_equal(add_call(boris, 59000), OK);
    assert_int_equal(add_call(boris, 10000), ERR_UNAVAILABLE);
    session_drop(anna);
    assert_int_equal(add_call(other, 30000), OK);
    session_drop(other);
    session_drop(boris);
    assert_int_equal(budget_held(bytes), 0);
    world->realtime.config.limits.bytes = NULL;
    budget_free(bytes);
}

TEST(before_hello_little_may_come)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *session = greeting_session(world, ANNA);
    session->conn->message_max = WS_ENVELOPE_MAX;
    session_go_live(session, STR("{}"));
    assert_int_equal(session->conn->message_max, 0);
}

TEST(what_is_too_large_is_told_with_a_bye)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = member(world);
    session_ws_handlers.on_broken(anna, WS_CLOSE_TOO_LARGE);
    assert_true(has(next_frame(world, anna), "{\"type\":\"bye\",\"code\":4413,\"resume\":false"));
    assert_int_equal(anna->conn->close_code, WS_CLOSE_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_one_turn_leave_in_one_write),
        cmocka_unit_test(what_gathers_while_the_socket_is_busy_leaves_together),
        cmocka_unit_test(a_large_backlog_is_written_in_chunks),
        cmocka_unit_test(an_idle_client_holds_nothing),
        cmocka_unit_test(a_busy_reader_over_the_soft_limit_gets_a_gap),
        cmocka_unit_test(an_idle_reader_gets_a_burst_whole),
        cmocka_unit_test(who_takes_nothing_is_closed),
        cmocka_unit_test(who_has_too_much_unsent_is_closed),
        cmocka_unit_test(a_large_answer_does_not_make_a_reader_slow),
        cmocka_unit_test(who_does_not_say_hello_is_closed),
        cmocka_unit_test(silence_is_answered_with_a_ping_that_carries_the_last_number),
        cmocka_unit_test(who_speaks_is_not_asked),
        cmocka_unit_test(who_does_not_answer_loses_the_socket_but_not_the_events),
        cmocka_unit_test(a_token_ends_the_socket_after_its_grace),
        cmocka_unit_test(who_comes_back_gets_just_what_was_missed),
        cmocka_unit_test(a_second_connection_may_take_over_from_one_that_still_seems_alive),
        cmocka_unit_test(what_is_on_the_screen_is_taken_over),
        cmocka_unit_test(what_is_kept_goes_after_a_while),
        cmocka_unit_test(what_grows_too_much_to_be_kept_goes_at_once),
        cmocka_unit_test(only_so_many_are_kept),
        cmocka_unit_test(events_before_welcome_follow_it),
        cmocka_unit_test(a_bad_frame_ends_the_socket_with_a_bye),
        cmocka_unit_test(anything_before_hello_ends_the_socket),
        cmocka_unit_test(a_frame_that_is_wrong_inside_is_answered_with_its_id),
        cmocka_unit_test(a_ping_confirms_and_is_answered),
        cmocka_unit_test(too_many_frames_are_first_refused_and_then_end_the_socket),
        cmocka_unit_test(a_flood_of_controls_ends_the_socket_before_and_after_hello),
        cmocka_unit_test(a_ping_over_the_rate_is_not_answered),
        cmocka_unit_test(pongs_do_not_keep_a_silent_socket),
        cmocka_unit_test(a_large_frame_counts_as_many),
        cmocka_unit_test(calls_that_wait_are_text_and_count_by_their_bytes),
        cmocka_unit_test(before_hello_little_may_come),
        cmocka_unit_test(what_is_too_large_is_told_with_a_bye),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
