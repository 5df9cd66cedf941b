/* What a hub makes of published envelopes. */
#include "realtime/hub/fanout.h"

#include "hub_world.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

#define ANNA      user_id(1)
#define BORIS     user_id(2)
#define TALK      conversation_id(1)
#define TALK_TEXT "01020000-0000-0000-0000-000000020001"
#define ANNA_TEXT "01010000-0000-0000-0000-000000010001"

static Envelope *envelope(Ctx *ctx, Envelope__DataCase data_case)
{
    Envelope *event = event_new(ctx, TALK, ID_NONE);
    event->data_case = data_case;
    return event;
}

/* Publishes on the topic, to the hub of the world. False when it concerns nobody. */
static bool publish(HubWorld *world, Ctx *ctx, const char *topic, const Envelope *event)
{
    Fanout fanout = { 0 };
    bool concerns = fanout_read(ctx->arena, str_of(topic), message_pack(ctx->arena, &event->base), &fanout) &&
                    fanout_concerns(&fanout, &world->hub.filter);
    if (concerns) {
        Fanout *copy = fanout_copy(&fanout);
        fanout_deliver(&world->hub, copy, ctx->now_ms);
        fanout_free(copy);
        hub_flush(&world->hub);
    }
    frame_unref(fanout.frame);
    return concerns;
}

static Envelope *membership(Ctx *ctx, Id user, const char *change)
{
    Envelope *event = envelope(ctx, ENVELOPE__DATA_MEMBERSHIP_CHANGED);
    event->membership_changed = arena_new_of(ctx->arena, MembershipChanged);
    membership_changed__init(event->membership_changed);
    event->membership_changed->member = arena_new_of(ctx->arena, Member);
    member__init(event->membership_changed->member);
    event->membership_changed->member->user_id = id_text(ctx->arena, user);
    event->membership_changed->change = str_cstr(ctx->arena, str_of(change));
    return event;
}

static Envelope *message_created(Ctx *ctx, uint32_t rev, uint32_t seq)
{
    Envelope *event = envelope(ctx, ENVELOPE__DATA_CHANGE);
    event->change = arena_new_of(ctx->arena, Change);
    change__init(event->change);
    event->change->rev = rev;
    event->change->seq = seq;
    event->change->name = (char *)"message.created";
    event->change->created_at = timestamp_new(ctx->arena, 1750000000123);
    event->change->data = arena_new_of(ctx->arena, ChangeData);
    change_data__init(event->change->data);
    event->change->data->kind_case = CHANGE_DATA__KIND_MESSAGE;
    event->change->data->message = arena_new_of(ctx->arena, Message);
    message__init(event->change->data->message);
    event->change->data->message->text = (char *)"hi \"there\"";
    return event;
}

TEST(a_change_becomes_an_event)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    assert_true(publish(world, ctx, "conversation." TALK_TEXT, message_created(ctx, 89, 62)));
    Str frame = next_frame(world, anna);
    assert_true(has(frame,
                    "{\"type\":\"event\",\"n\":1,\"name\":\"message.created\",\"conversation_id\":\"" TALK_TEXT
                    "\",\"rev\":89,\"seq\":62,\"created_at\":\"2025-06-15T15:06:40.123Z\",\"data\":{\"message\":{"));
    assert_true(has(frame, "\"text\":\"hi \\\"there\\\"\""));
    json_t *json = json_loadb(frame.ptr, frame.len, 0, NULL);
    assert_non_null(json);
    json_decref(json);
}

TEST(a_change_concerns_only_hubs_with_members)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    live_session(world, ANNA);
    assert_false(publish(world, ctx, "conversation." TALK_TEXT, message_created(ctx, 1, 1)));
}

TEST(membership_takes_effect_at_once)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA);
    assert_true(publish(world, ctx, "user." ANNA_TEXT, membership(ctx, ANNA, "member.added")));
    assert_true(hub_is_member(&world->hub, anna->user, TALK));
    assert_false(publish(world, ctx, "user." ANNA_TEXT, membership(ctx, ANNA, "member.updated")));
    assert_true(publish(world, ctx, "conversation." TALK_TEXT, membership(ctx, ANNA, "member.removed")));
    assert_false(hub_is_member(&world->hub, anna->user, TALK));
    assert_int_equal(count_frames(anna), 0); /* the log tells it to clients */
}

TEST(the_first_members_join_with_the_conversation)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA);
    ConversationCreated created = CONVERSATION_CREATED__INIT;
    Member first = MEMBER__INIT, second = MEMBER__INIT, *members[] = { &first, &second };
    first.user_id = id_text(ctx->arena, BORIS);
    second.user_id = id_text(ctx->arena, ANNA);
    created.members = members;
    created.n_members = 2;
    Envelope *event = envelope(ctx, ENVELOPE__DATA_CONVERSATION_CREATED);
    event->conversation_created = &created;
    assert_true(publish(world, ctx, "user." ANNA_TEXT, event));
    assert_true(hub_is_member(&world->hub, anna->user, TALK));
}

TEST(a_deleted_conversation_is_dissolved)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    ConversationDeleted deleted = CONVERSATION_DELETED__INIT;
    Envelope *event = envelope(ctx, ENVELOPE__DATA_CONVERSATION_DELETED);
    event->conversation_deleted = &deleted;
    assert_true(publish(world, ctx, "user." ANNA_TEXT, event));
    assert_false(hub_is_member(&world->hub, anna->user, TALK));
}

static Envelope *feed_change(Ctx *ctx, const char *name, int64_t at_ms)
{
    Envelope *event = event_new(ctx, ID_NONE, ANNA);
    event->data_case = ENVELOPE__DATA_FEED_CHANGE;
    event->feed_change = arena_new_of(ctx->arena, FeedChange);
    feed_change__init(event->feed_change);
    event->feed_change->urev = 913;
    event->feed_change->name = str_cstr(ctx->arena, str_of(name));
    event->feed_change->created_at = timestamp_new(ctx->arena, at_ms);
    event->feed_change->data = arena_new_of(ctx->arena, FeedData);
    feed_data__init(event->feed_change->data);
    event->feed_change->data->kind_case = FEED_DATA__KIND_MEMBERSHIP;
    event->feed_change->data->membership = arena_new_of(ctx->arena, ConversationMembership);
    conversation_membership__init(event->feed_change->data->membership);
    event->feed_change->data->membership->conversation_id = id_text(ctx->arena, TALK);
    return event;
}

TEST(a_change_of_the_feed_becomes_an_event_of_the_user)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS);
    assert_true(publish(world, ctx, "user." ANNA_TEXT, feed_change(ctx, "conversation.joined", 10)));
    Str frame = next_frame(world, anna);
    assert_true(has(frame, "{\"type\":\"event\",\"n\":1,\"name\":\"conversation.joined\",\"urev\":913,"
                           "\"created_at\":\"1970-01-01T00:00:00.010Z\",\"data\":{\"membership\":{"));
    assert_int_equal(count_frames(boris), 0);
    assert_true(hub_is_member(&world->hub, anna->user, TALK)); /* in case nobody said so before */
}

TEST(a_late_feed_does_not_undo_what_group_said)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA);
    publish(world, ctx, "user." ANNA_TEXT, membership(ctx, ANNA, "member.removed"));
    publish(world, ctx, "user." ANNA_TEXT, feed_change(ctx, "conversation.joined", ctx->now_ms - 5));
    assert_false(hub_is_member(&world->hub, anna->user, TALK));
    publish(world, ctx, "user." ANNA_TEXT, membership(ctx, ANNA, "member.added"));
    publish(world, ctx, "user." ANNA_TEXT, feed_change(ctx, "conversation.left", ctx->now_ms - 5));
    assert_true(hub_is_member(&world->hub, anna->user, TALK));
}

TEST(typing_reading_and_delivery_are_shown_to_the_others)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *anna = live_session(world, ANNA), *boris = live_session(world, BORIS);
    hub_join(&world->hub, ANNA, TALK, 1, NEWS_FIRST_HAND);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);

    TypingStarted typing = TYPING_STARTED__INIT;
    typing.user_id = id_text(ctx->arena, ANNA);
    Envelope *event = envelope(ctx, ENVELOPE__DATA_TYPING_STARTED);
    event->typing_started = &typing;
    assert_true(publish(world, ctx, "conversation." TALK_TEXT, event));
    assert_true(str_eq(next_frame(world, boris),
                       STR("{\"type\":\"ephemeral\",\"name\":\"typing\",\"conversation_id\":\"" TALK_TEXT
                           "\",\"data\":{\"user_id\":\"" ANNA_TEXT "\"}}")));

    ReadMoved moved = READ_MOVED__INIT;
    moved.read_seq = 61;
    event = envelope(ctx, ENVELOPE__DATA_READ_MOVED);
    event->user_id = id_text(ctx->arena, ANNA);
    event->read_moved = &moved;
    assert_true(publish(world, ctx, "conversation." TALK_TEXT, event));
    assert_true(has(next_frame(world, boris), "\"name\":\"read\",\"conversation_id\":\"" TALK_TEXT
                                              "\",\"data\":{\"user_id\":\"" ANNA_TEXT "\",\"seq\":61}}"));

    DeliveredMoved arrived = DELIVERED_MOVED__INIT;
    arrived.user_id = id_text(ctx->arena, ANNA);
    arrived.seq = 62;
    event = envelope(ctx, ENVELOPE__DATA_DELIVERED_MOVED);
    event->delivered_moved = &arrived;
    assert_false(publish(world, ctx, "user." ANNA_TEXT, event));
    assert_true(publish(world, ctx, "conversation." TALK_TEXT, event));
    assert_true(str_eq(next_frame(world, boris),
                       STR("{\"type\":\"ephemeral\",\"name\":\"delivered\",\"conversation_id\":\"" TALK_TEXT
                           "\",\"data\":{\"user_id\":\"" ANNA_TEXT "\",\"seq\":62}}")));
    assert_int_equal(count_frames(anna), 0);
}

TEST(presence_is_shown_to_those_who_share_a_conversation)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *boris = live_session(world, BORIS);
    hub_join(&world->hub, BORIS, TALK, 1, NEWS_FIRST_HAND);
    Presence presence = PRESENCE__INIT;
    presence.user_id = id_text(ctx->arena, ANNA);
    presence.online = true;
    char *shared[] = { id_text(ctx->arena, conversation_id(8)), id_text(ctx->arena, TALK) };
    PresenceChanged changed = PRESENCE_CHANGED__INIT;
    changed.presence = &presence;
    changed.conversation_ids = shared;
    changed.n_conversation_ids = 2;
    Envelope *event = event_new(ctx, ID_NONE, ANNA);
    event->data_case = ENVELOPE__DATA_PRESENCE_CHANGED;
    event->presence_changed = &changed;
    assert_true(publish(world, ctx, TOPIC_PRESENCE, event));
    assert_true(str_eq(next_frame(world, boris),
                       STR("{\"type\":\"ephemeral\",\"name\":\"presence\",\"data\":{\"user_id\":\"" ANNA_TEXT
                           "\",\"online\":true}}")));
}

static const struct {
    const char *label;
    bool names_user;
} revocations[] = { { "its owner is named", true }, { "nobody is named", false } };
TEST_EACH(a_revoked_session_is_closed_and_no_other, revocations, c)
{
    _cleanup_(hub_world_freep) HubWorld *world = hub_world_new(0);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ClientSession *phone = live_session(world, ANNA), *laptop = live_session(world, ANNA),
                  *boris = live_session(world, BORIS);
    phone->auth_session = conversation_id(100);
    SessionRevoked revoked = SESSION_REVOKED__INIT;
    revoked.session_id = id_text(ctx->arena, phone->auth_session);
    if (c->names_user) revoked.user_id = id_text(ctx->arena, ANNA);
    Envelope *event = event_new(ctx, ID_NONE, ID_NONE);
    event->data_case = ENVELOPE__DATA_SESSION_REVOKED;
    event->session_revoked = &revoked;
    CHECK(publish(world, ctx, TOPIC_SESSIONS, event), c->label);
    CHECK(has(next_frame(world, phone), "{\"type\":\"bye\",\"code\":4403,\"resume\":false"), c->label);
    CHECK(phone->conn->close_code == WS_CLOSE_REVOKED, c->label);
    CHECK(laptop->conn->close_code == 0 && boris->conn->close_code == 0, c->label);
}

static const struct {
    const char *label;
    Str bytes;
} garbage[] = {
    { "nothing", STR("") },
    { "noise", STR("\xff\xff\xff\xff") },
    { "an envelope without data", STR("\x0a\x01x") },
    { "an event of a kind to come", STR("\xba\x06\x00") },
};
TEST_EACH(what_cannot_be_read_concerns_nobody, garbage, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Fanout fanout = { 0 };
    CHECK(!fanout_read(ctx->arena, STR("sessions"), c->bytes, &fanout), c->label);
    frame_unref(fanout.frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_becomes_an_event),
        cmocka_unit_test(a_change_concerns_only_hubs_with_members),
        cmocka_unit_test(membership_takes_effect_at_once),
        cmocka_unit_test(the_first_members_join_with_the_conversation),
        cmocka_unit_test(a_deleted_conversation_is_dissolved),
        cmocka_unit_test(a_change_of_the_feed_becomes_an_event_of_the_user),
        cmocka_unit_test(a_late_feed_does_not_undo_what_group_said),
        cmocka_unit_test(typing_reading_and_delivery_are_shown_to_the_others),
        cmocka_unit_test(presence_is_shown_to_those_who_share_a_conversation),
        cmocka_unit_test(a_revoked_session_is_closed_and_no_other),
        cmocka_unit_test(what_cannot_be_read_concerns_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
