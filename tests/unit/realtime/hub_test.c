/* Who is told what: membership at delivery, large conversations, presence-like fan-out. */
#include "hub_world.h"
#include "realtime/hub/audience.h"

#define ANNA  user_id(1)
#define BORIS user_id(2)
#define CARLA user_id(3)
#define TALK  conversation_id(1)
#define OTHER conversation_id(2)

TEST(every_client_of_every_member_is_told)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *phone = live_session(world, ANNA), *laptop = live_session(world, ANNA),
                  *boris = live_session(world, BORIS);
    ClientSession *carla = live_session(world, CARLA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);
    tell_event(world, TALK, 7);
    assert_true(has(next_frame(world, phone), "\"rev\":7"));
    assert_true(has(next_frame(world, laptop), "\"rev\":7"));
    assert_true(has(next_frame(world, boris), "\"rev\":7"));
    assert_int_equal(count_frames(carla), 0);
}

TEST(who_left_is_told_nothing_more)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, ANNA, OTHER, 1, NEWS_FIRST_HAND);
    hub_leave(&world->hub, ANNA, TALK, 2, NEWS_FIRST_HAND);
    tell_event(world, TALK, 1);
    assert_int_equal(count_frames(anna), 0);
    assert_int_equal(count_frames(boris), 1);
    tell_event(world, OTHER, 1);
    assert_int_equal(count_frames(anna), 1);
}

TEST(a_dissolved_conversation_has_no_members)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);
    hub_dissolve(&world->hub, TALK, 2);
    tell_event(world, TALK, 1);
    assert_int_equal(count_frames(anna) + count_frames(boris), 0);
    assert_null(hub_conversation(&world->hub, TALK));
}

TEST(topics_are_held_as_long_as_somebody_needs_them)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *first = live_session(world, ANNA), *second = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    assert_int_equal(world->subscriptions, 2);
    assert_true(subscription_filter_may_have(&world->hub.filter, TALK));
    session_bye(first, WS_CLOSE_GOING_AWAY, 0);
    assert_int_equal(world->subscriptions, 2);
    session_bye(second, WS_CLOSE_GOING_AWAY, 0);
    assert_int_equal(world->subscriptions, 0);
    assert_false(subscription_filter_may_have(&world->hub.filter, TALK));
    assert_int_equal(world->hub.users.count + world->hub.conversations.count, 0);
}

static const struct {
    const char *label;
    int64_t left_at, joined_at;
    News news;
    bool want; /* a member afterwards */
} late_joins[] = {
    { "the feed tells of the joining before", 20, 10, NEWS_SECOND_HAND, false },
    { "of the same moment", 20, 20, NEWS_SECOND_HAND, false },
    { "of a new joining", 20, 30, NEWS_SECOND_HAND, true },
    { "group itself says so", 20, 10, NEWS_FIRST_HAND, true },
};
TEST_EACH(late_news_of_a_joining_do_not_bring_back_who_left, late_joins, c)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA);
    hub_leave(&world->hub, ANNA, TALK, c->left_at, NEWS_FIRST_HAND);
    hub_join(&world->hub, ANNA, TALK, c->joined_at, c->news);
    CHECK(hub_is_member(&world->hub, anna->user, TALK) == c->want, c->label);
}

static const struct {
    const char *label;
    int64_t joined_at, left_at;
    News news;
    bool want;
} late_leaves[] = {
    { "the feed tells of the leaving before", 20, 10, NEWS_SECOND_HAND, true },
    { "of a later one", 20, 30, NEWS_SECOND_HAND, false },
    { "group itself says so", 20, 10, NEWS_FIRST_HAND, false },
};
TEST_EACH(late_news_of_a_leaving_do_not_remove_who_came_back, late_leaves, c)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, c->joined_at, NEWS_FIRST_HAND);
    hub_leave(&world->hub, ANNA, TALK, c->left_at, c->news);
    CHECK(hub_is_member(&world->hub, anna->user, TALK) == c->want, c->label);
}

TEST(a_list_that_was_read_replaces_what_was_known_before)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, ANNA, conversation_id(3), 1, NEWS_FIRST_HAND);
    Id listed[] = { conversation_id(3), OTHER, OTHER };
    assert_true(hub_set_conversations(&world->hub, anna->user, listed, 3, world->hub.tick, 5));
    assert_false(hub_is_member(&world->hub, anna->user, TALK));
    assert_true(hub_is_member(&world->hub, anna->user, OTHER));
    assert_true(hub_is_member(&world->hub, anna->user, conversation_id(3)));
    assert_int_equal(anna->user->n_conversations, 2);
}

TEST(what_was_heard_while_a_list_was_read_is_newer)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA);
    uint32_t since = world->hub.tick;
    hub_leave(&world->hub, ANNA, TALK, 10, NEWS_FIRST_HAND);
    hub_join(&world->hub, ANNA, OTHER, 10, NEWS_FIRST_HAND);
    Id listed[] = { TALK };
    assert_true(hub_set_conversations(&world->hub, anna->user, listed, 1, since, 5));
    assert_false(hub_is_member(&world->hub, anna->user, TALK));
    assert_true(hub_is_member(&world->hub, anna->user, OTHER));
}

TEST(too_many_leaves_while_a_list_was_read_ask_for_another)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA);
    uint32_t since = world->hub.tick;
    for (int n = 0; n < 100; n++) hub_leave(&world->hub, ANNA, conversation_id(n), 10, NEWS_FIRST_HAND);
    Id listed[] = { conversation_id(1) };
    assert_false(hub_set_conversations(&world->hub, anna->user, listed, 1, since, 5));
    assert_true(hub_set_conversations(&world->hub, anna->user, listed, 1, world->hub.tick, 5));
}

TEST(members_come_and_go_in_any_order)
{
    enum { USERS = 40, TALKS = 30 };
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    bool is_member[USERS][TALKS] = { { false } };
    ClientSession *clients[USERS];
    unsigned seed = 12345;
    for (int u = 0; u < USERS; u++) clients[u] = live_session(world, user_id(u));
    for (int round = 0; round < 5000; round++) {
        seed = seed * 1103515245 + 12345;
        int u = (int)(seed >> 8) % USERS, t = (int)(seed >> 20) % TALKS;
        if (is_member[u][t])
            hub_leave(&world->hub, user_id(u), conversation_id(t), round, NEWS_FIRST_HAND);
        else
            hub_join(&world->hub, user_id(u), conversation_id(t), round, NEWS_FIRST_HAND);
        is_member[u][t] = !is_member[u][t];
    }
    for (int t = 0; t < TALKS; t++) tell_event(world, conversation_id(t), 1);
    for (int u = 0; u < USERS; u++) {
        int want = 0;
        for (int t = 0; t < TALKS; t++) want += is_member[u][t];
        assert_int_equal(count_frames(clients[u]), want);
    }
}

TEST(who_shares_several_conversations_is_told_once)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS),
                  *carla = live_session(world, CARLA);
    Id both[] = { TALK, OTHER, conversation_id(9) };
    for (int i = 0; i < 2; i++) {
        hub_join(&world->hub, ANNA, both[i], 1, NEWS_FIRST_HAND);
        hub_join(&world->hub, BORIS, both[i], 1, NEWS_FIRST_HAND);
    }
    Frame *frame = frame_new(FRAME_LIVE, ID_NONE, 0, STR("{}"));
    hub_send_to_conversations(&world->hub, both, 3, frame, ANNA);
    frame_unref(frame);
    hub_flush(&world->hub);
    assert_int_equal(count_frames(anna), 0); /* it is about her */
    assert_int_equal(count_frames(boris), 1);
    assert_int_equal(count_frames(carla), 0);
}

/* --- large conversations --- */

TEST(in_a_large_conversation_only_those_who_look_get_everything)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(2);
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS),
                  *carla = live_session(world, CARLA);
    Id talk = TALK;
    for (int n = 1; n <= 3; n++) hub_join(&world->hub, user_id(n), TALK, 1, NEWS_FIRST_HAND);
    audience_focus(&world->hub, anna, &talk, 1);
    for (uint32_t rev = 1; rev <= 5; rev++) tell_event(world, TALK, rev);
    tell_ephemeral(world, TALK);
    assert_int_equal(count_frames(anna), 6);
    assert_int_equal(count_frames(boris), 0);

    pass_ms(world, 2000);
    assert_int_equal(count_frames(anna), 0);
    Str heads = next_frame(world, boris);
    assert_true(has(heads, "{\"type\":\"heads\",\"heads\":{\"01020000-"));
    assert_true(has(heads, "{\"rev\":5,\"seq\":5}"));
    assert_int_equal(count_frames(carla), 1);
}

TEST(members_on_all_loops_count_together)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(4);
    ClientSession *anna = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    OnlineCount *elsewhere = online_count_ref(&world->realtime.online_counts, TALK);
    atomic_fetch_add(&elsewhere->online, 3);
    tell_event(world, TALK, 1);
    assert_int_equal(count_frames(anna), 1);
    atomic_fetch_add(&elsewhere->online, 1);
    tell_event(world, TALK, 2);
    assert_int_equal(count_frames(anna), 0);
    atomic_fetch_sub(&elsewhere->online, 4);
    online_count_unref(&world->realtime.online_counts, elsewhere);
    tell_event(world, TALK, 3);
    assert_int_equal(count_frames(anna), 1);
}

static void pong(ClientSession *session)
{
    session->conn->handlers->on_pong(session, STR(""));
}

TEST(heads_of_a_large_conversation_come_at_most_every_two_seconds)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(1);
    ClientSession *anna = live_session(world, ANNA);
    live_session(world, BORIS);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);
    for (uint32_t rev = 1; rev <= 20; rev++) {
        tell_event(world, TALK, rev);
        pass_ms(world, 500);
        pong(anna); /* else it would be closed, at a moment that is drawn by lot */
    }
    assert_in_range(count_frames(anna), 4, 6);
    pass_ms(world, 4000);
    count_frames(anna);
    pong(anna);
    pass_ms(world, 10000);
    assert_int_equal(count_frames(anna), 0); /* nothing happens, nothing is told */
}

TEST(looking_away_and_leaving_end_the_full_events)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(1);
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS);
    Id talk = TALK;
    for (int n = 1; n <= 3; n++) {
        if (n == 3) live_session(world, CARLA);
        hub_join(&world->hub, user_id(n), TALK, 1, NEWS_FIRST_HAND);
    }
    audience_focus(&world->hub, anna, &talk, 1);
    audience_focus(&world->hub, boris, &talk, 1);
    audience_focus(&world->hub, anna, NULL, 0);
    hub_leave(&world->hub, BORIS, TALK, 2, NEWS_FIRST_HAND);
    tell_event(world, TALK, 1);
    assert_int_equal(count_frames(anna) + count_frames(boris), 0);

    hub_join(&world->hub, BORIS, TALK, 3, NEWS_FIRST_HAND); /* it is still on his screen */
    tell_event(world, TALK, 2);
    assert_int_equal(count_frames(boris), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_client_of_every_member_is_told),
        cmocka_unit_test(who_left_is_told_nothing_more),
        cmocka_unit_test(a_dissolved_conversation_has_no_members),
        cmocka_unit_test(topics_are_held_as_long_as_somebody_needs_them),
        cmocka_unit_test(late_news_of_a_joining_do_not_bring_back_who_left),
        cmocka_unit_test(late_news_of_a_leaving_do_not_remove_who_came_back),
        cmocka_unit_test(a_list_that_was_read_replaces_what_was_known_before),
        cmocka_unit_test(what_was_heard_while_a_list_was_read_is_newer),
        cmocka_unit_test(too_many_leaves_while_a_list_was_read_ask_for_another),
        cmocka_unit_test(members_come_and_go_in_any_order),
        cmocka_unit_test(who_shares_several_conversations_is_told_once),
        cmocka_unit_test(in_a_large_conversation_only_those_who_look_get_everything),
        cmocka_unit_test(members_on_all_loops_count_together),
        cmocka_unit_test(heads_of_a_large_conversation_come_at_most_every_two_seconds),
        cmocka_unit_test(looking_away_and_leaving_end_the_full_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
