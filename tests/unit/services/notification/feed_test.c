/* The feed: dense, once per event, complete or reset. */
#include "base/limits.h"
#include "base/log.h"
#include "feed_world.h"

static ConversationMembership *membership(const FeedChange *change)
{
    assert_int_equal(change->data->kind_case, FEED_DATA__KIND_MEMBERSHIP);
    return change->data->membership;
}

TEST(what_others_do_becomes_changes_in_order)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    CHECK_ERR(publish(world, ctx, "conversation.created", created_event(ctx, 1, 7, 1, 3)), OK, "created");
    CHECK_ERR(publish(world, ctx, "member.updated", member_event(ctx, 2, "member.updated", 7, 1)), OK, "updated");
    CHECK_ERR(publish(world, ctx, "read.moved", read_event(ctx, 3, 7, 1, 55)), OK, "read");
    Envelope *removed = member_event(ctx, 4, "member.removed", 7, 1);
    removed->actor_id = id_text(ctx->arena, user_id(3));
    CHECK_ERR(publish(world, ctx, "member.removed", removed), OK, "removed");

    SyncFeedResponse *feed = sync_feed(world, ctx, 0, 0);
    static const char *const names[] = { "conversation.joined", "conversation.role_changed", "read.moved",
                                         "conversation.left" };
    assert_int_equal(feed->n_changes, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(feed->changes[i]->urev, i + 1);
        assert_string_equal(feed->changes[i]->name, names[i]);
        assert_int_equal(timestamp_ms(feed->changes[i]->created_at), 1750000000001 + i);
    }
    assert_string_equal(membership(feed->changes[0])->conversation_id, id_text(ctx->arena, conversation_id(7)));
    assert_int_equal(membership(feed->changes[0])->kind, CONVERSATION_KIND__GROUP);
    assert_int_equal(membership(feed->changes[0])->role, MEMBER_ROLE__MEMBER);
    assert_int_equal(membership(feed->changes[3])->kind, CONVERSATION_KIND__CONVERSATION_KIND_UNSPECIFIED);
    assert_int_equal(membership(feed->changes[3])->role, MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED);
    assert_string_equal(membership(feed->changes[3])->actor_id, id_text(ctx->arena, user_id(3)));
    assert_int_equal(feed->changes[2]->data->read->read_seq, 55);
    assert_int_equal(feed->to_urev, 4);
    assert_false(feed->has_more || feed->reset);
    assert_int_equal(feed_head(world, 2), 1);
    assert_int_equal(feed_head(world, 9), 0);
}

TEST(an_event_told_again_changes_nothing)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    for (int i = 0; i < 3; i++)
        CHECK_ERR(publish(world, ctx, "conversation.created", created_event(ctx, 1, 7, 1, 3)), OK, "created");
    for (int user = 1; user <= 3; user++) assert_int_equal(feed_head(world, user), 1);
    CHECK_ERR(publish(world, ctx, "member.added", member_event(ctx, 2, "member.added", 8, 1)), OK, "added");
    assert_int_equal(feed_head(world, 1), 2);
}

TEST(what_was_half_done_is_completed)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    CHECK_ERR(publish(world, ctx, "conversation.created", created_event(ctx, 1, 7, 2, 1)), OK, "a part of it");
    CHECK_ERR(publish(world, ctx, "conversation.created", created_event(ctx, 1, 7, 1, 3)), OK, "all of it");
    for (int user = 1; user <= 3; user++) assert_int_equal(feed_head(world, user), 1);
}

TEST(each_change_is_told_live_with_its_number)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    CHECK_ERR(publish(world, ctx, "member.added", member_event(ctx, 1, "member.added", 7, 1)), OK, "added");
    CHECK_ERR(publish(world, ctx, "read.moved", read_event(ctx, 2, 7, 1, 5)), OK, "read");
    for (int n = 1; n <= 2; n++) {
        const Envelope *event = wait_live(world, ctx, n);
        assert_int_equal(event->data_case, ENVELOPE__DATA_FEED_CHANGE);
        assert_string_equal(event->user_id, id_text(ctx->arena, user_id(1)));
        assert_int_equal(event->feed_change->urev, n);
        assert_string_equal(event->feed_change->name, n == 1 ? "conversation.joined" : "read.moved");
    }
}

TEST(a_page_says_how_far_it_is_complete)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    for (int n = 1; n <= 7; n++) CHECK_ERR(publish(world, ctx, "read.moved", read_event(ctx, n, 7, 1, 5)), OK, "read");
    SyncFeedResponse *page = sync_feed(world, ctx, 2, 3);
    assert_int_equal(page->n_changes, 3);
    assert_int_equal(page->changes[0]->urev, 3);
    assert_int_equal(page->to_urev, 5);
    assert_true(page->has_more);
    page = sync_feed(world, ctx, page->to_urev, 3);
    assert_int_equal(page->to_urev, 7);
    assert_false(page->has_more);
    page = sync_feed(world, ctx, 7, 3);
    assert_int_equal(page->to_urev, 7);
    assert_int_equal(page->n_changes, 0);
    assert_false(page->reset);
}

/* Profiles of 280 letters of four bytes. */
TEST(a_page_ends_where_it_would_grow_too_large)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    enum { N = 250 };
    StrBuf about, json;
    strbuf_init(&about, ctx->arena);
    strbuf_init(&json, ctx->arena);
    for (int i = 0; i < 280; i++) strbuf_add(&about, STR("\U0001f600"));
    const char *text = str_cstr(ctx->arena, strbuf_str(&about));
    for (int n = 1; n <= N; n++)
        CHECK_ERR(publish(world, ctx, "profile.updated", profile_event(ctx, n, 1, text)), OK, "profile");

    SyncFeedResponse *page = sync_feed(world, ctx, 0, 500);
    transcode_to_json(&json, &page->base);
    assert_true(json.len < ANSWER_BYTES_MAX);
    assert_true(page->has_more);
    assert_int_equal(page->to_urev, page->n_changes);
    page = sync_feed(world, ctx, page->to_urev, 500);
    assert_int_equal(page->to_urev, N);
    assert_false(page->has_more);
}

TEST(what_is_too_old_is_gone_and_sync_says_so)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(10, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    for (int n = 1; n <= 128; n++)
        CHECK_ERR(publish(world, ctx, "read.moved", read_event(ctx, n, 7, 1, 5)), OK, "read");
    SyncFeedResponse *feed = sync_feed(world, ctx, 0, 0);
    assert_true(feed->reset);
    assert_int_equal(feed->to_urev, 128);
    assert_int_equal(feed->n_changes, 0);
    assert_true(sync_feed(world, ctx, 117, 0)->reset);
    assert_int_equal(sync_feed(world, ctx, 118, 0)->n_changes, 10);
    assert_true(sync_feed(world, ctx, 129, 0)->reset); /* of another past */
}

TEST(a_client_of_another_feed_is_told_so_however_far_this_one_has_grown)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    for (int n = 1; n <= 8; n++) CHECK_ERR(publish(world, ctx, "read.moved", read_event(ctx, n, 1, 1, 1)), OK, "event");
    const SyncFeedResponse *feed = sync_feed(world, ctx, 0, 0);
    assert_string_equal(feed->to_tag, feed->changes[7]->tag);
    assert_string_equal(wait_live(world, ctx, 5)->feed_change->tag, feed->changes[4]->tag);
    assert_true(feed_goes_on(world, ctx, 5, feed->changes[4]->tag));
    assert_true(feed_goes_on(world, ctx, 8, feed->changes[7]->tag));
    assert_false(feed_goes_on(world, ctx, 5, feed->changes[5]->tag));
    assert_false(feed_goes_on(world, ctx, 9, feed->changes[7]->tag));
    assert_true(feed_goes_on(world, ctx, 0, "0123456789ab"));
    assert_true(feed_goes_on(world, ctx, 5, ""));
}

TEST(who_came_together_has_each_a_change_however_often_it_is_told)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    for (int again = 0; again < 2; again++) {
        CHECK_ERR(publish(world, ctx, "member.added", crowd_event(ctx, 1, 7, 1, MEMBERS_PER_EVENT)), OK, "added");
        for (int user = 1; user <= MEMBERS_PER_EVENT; user++) assert_int_equal(feed_head(world, user), 1);
    }
    const FeedChange *change = sync_feed(world, ctx, 0, 0)->changes[0];
    assert_string_equal(change->name, "conversation.joined");
    assert_int_equal(change->data->membership->role, MEMBER_ROLE__MEMBER);
    assert_int_equal(change->data->membership->kind, CONVERSATION_KIND__GROUP);
    wait_live(world, ctx, MEMBERS_PER_EVENT);
}

TEST(a_conversation_of_thousands_is_deleted_for_each_of_them)
{
    enum { MEMBERS = 1000 };
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    Envelope *event = created_event(ctx, 1, 7, 1, MEMBERS);
    ConversationDeleted deleted = CONVERSATION_DELETED__INIT;
    deleted.n_member_ids = MEMBERS;
    deleted.member_ids = arena_new_array(ctx->arena, char *, MEMBERS);
    for (int i = 0; i < MEMBERS; i++) deleted.member_ids[i] = event->conversation_created->members[i]->user_id;
    event->data_case = ENVELOPE__DATA_CONVERSATION_DELETED;
    event->conversation_deleted = &deleted;
    CHECK_ERR(publish(world, ctx, "conversation.deleted", event), OK, "deleted");
    for (int user = 1; user <= MEMBERS; user += 37) assert_int_equal(feed_head(world, user), 1);
    assert_string_equal(sync_feed(world, ctx, 0, 0)->changes[0]->name, "conversation.deleted");
    wait_live(world, ctx, MEMBERS);
}

/* However often it fails on the way: in the end each has the change, once. */
TEST(a_failing_database_loses_no_change_and_doubles_none)
{
    Faults faults = { .err = ERR_UNAVAILABLE };
    for_each_fault(&faults)
    {
        _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, &faults);
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
        Envelope *event = created_event(ctx, 1, 7, 1, 2);
        Err err = publish(world, ctx, "conversation.created", event);
        atomic_store(&faults.calls_left, 0); /* no more of them in this round */
        CHECK(err == OK || err == ERR_UNAVAILABLE, "the first try");
        if (err) CHECK_ERR(publish(world, ctx, "conversation.created", event), OK, "the second try");
        assert_int_equal(feed_head(world, 1), 1);
        assert_int_equal(feed_head(world, 2), 1);
        assert_int_equal(sync_feed(world, ctx, 0, 0)->n_changes, 1);
    }
}

int main(void)
{
    log_setup(LOG_OFF, false); /* the bus tells of every fault */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_do_becomes_changes_in_order),
        cmocka_unit_test(an_event_told_again_changes_nothing),
        cmocka_unit_test(what_was_half_done_is_completed),
        cmocka_unit_test(each_change_is_told_live_with_its_number),
        cmocka_unit_test(a_page_says_how_far_it_is_complete),
        cmocka_unit_test(a_page_ends_where_it_would_grow_too_large),
        cmocka_unit_test(what_is_too_old_is_gone_and_sync_says_so),
        cmocka_unit_test(a_client_of_another_feed_is_told_so_however_far_this_one_has_grown),
        cmocka_unit_test(who_came_together_has_each_a_change_however_often_it_is_told),
        cmocka_unit_test(a_conversation_of_thousands_is_deleted_for_each_of_them),
        cmocka_unit_test(a_failing_database_loses_no_change_and_doubles_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
