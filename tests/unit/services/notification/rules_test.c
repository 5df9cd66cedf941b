/* Which event concerns whom. */
#include "services/notification/rules.h"

#include "feed_world.h"

static const struct {
    const char *label;
    uint32_t after, head, first;
    bool want;
} resets[] = {
    { "in step", 5, 5, 0, false },           { "new to an empty feed", 0, 0, 0, false },
    { "one behind", 4, 5, 5, false },        { "all is still there", 0, 5, 1, false },
    { "the next is gone", 2, 50, 10, true }, { "all is gone", 2, 50, 0, true },
    { "ahead of the feed", 9, 5, 0, true },
};
TEST_EACH(sync_never_leaves_a_hole_unsaid, resets, c)
{
    CHECK(feed_needs_reset(c->after, c->head, c->first) == c->want, c->label);
}

TEST(members_are_named_once_and_in_order)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Envelope *event = created_event(ctx, 1, 7, 1, 4);
    Member **members = event->conversation_created->members;
    members[0]->user_id = members[3]->user_id; /* out of order, and twice */
    FeedEntry *entries;
    size_t n;
    assert_true(feed_entries_of(ctx->arena, event, &entries, &n));
    assert_int_equal(n, 3);
    for (int i = 0; i < 3; i++) assert_true(id_eq(entries[i].user, user_id(i + 2)));
}

TEST(a_profile_concerns_its_owner)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    User user = USER__INIT;
    ProfileUpdated updated = PROFILE_UPDATED__INIT;
    user.id = id_text(ctx->arena, user_id(3));
    updated.user = &user;
    Envelope *event = event_new(ctx, ID_NONE, user_id(3));
    event->data_case = ENVELOPE__DATA_PROFILE_UPDATED;
    event->profile_updated = &updated;
    FeedEntry *entries;
    size_t n;
    assert_true(feed_entries_of(ctx->arena, event, &entries, &n));
    assert_int_equal(n, 1);
    assert_string_equal(entries[0].name, "profile.updated");
    assert_ptr_equal(entries[0].data->user, &user);
}

static const struct {
    const char *label, *change, *user;
} nobodies[] = {
    { "no user", "member.added", "" },
    { "no UUID", "member.added", "anna" },
    { "an unknown change", "member.danced", "01010000-0000-7000-8000-000000010000" },
};
TEST_EACH(an_event_that_names_nobody_is_refused, nobodies, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Envelope *event = member_event(ctx, 1, c->change, 7, 1);
    event->membership_changed->member->user_id = (char *)c->user;
    FeedEntry *entries;
    size_t n;
    CHECK(!feed_entries_of(ctx->arena, event, &entries, &n), c->label);
}

TEST(other_events_concern_no_feed)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Change change = CHANGE__INIT;
    Envelope *event = event_new(ctx, conversation_id(1), ID_NONE);
    event->data_case = ENVELOPE__DATA_CHANGE;
    event->change = &change;
    FeedEntry *entries;
    size_t n;
    assert_true(feed_entries_of(ctx->arena, event, &entries, &n));
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_never_leaves_a_hole_unsaid), cmocka_unit_test(members_are_named_once_and_in_order),
        cmocka_unit_test(a_profile_concerns_its_owner),    cmocka_unit_test(an_event_that_names_nobody_is_refused),
        cmocka_unit_test(other_events_concern_no_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
