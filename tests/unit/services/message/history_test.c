/* Reading the log: pages of messages in every direction, and changes after a rev. */
#include "base/limits.h"
#include "chat_world.h"

/* A conversation with ten messages; its first entry says that it was made, so rev is seq + 1. */
static Id make_ten(ChatWorld *world)
{
    Id id = make_direct(world, person(1), person(2));
    char text[3];
    wait_rev(world, id, person(1), 1);
    for (int i = 1; i <= 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        say(world, person(1 + i % 2), id, text);
    }
    return id;
}

static const struct {
    const char *label;
    uint32_t before, after, around, limit;
    uint32_t first, last; /* 0: no message */
    bool more;
} pages[] = {
    { "newest", .limit = 3, .first = 8, .last = 10, .more = true },
    { "all by default", .first = 1, .last = 10 },
    { "exactly all", .limit = 10, .first = 1, .last = 10 },
    { "limit over the maximum", .limit = 100000, .first = 1, .last = 10 },
    { "before", .before = 8, .limit = 3, .first = 5, .last = 7, .more = true },
    { "before, the oldest", .before = 4, .limit = 3, .first = 1, .last = 3 },
    { "before the first", .before = 1, .limit = 3 },
    { "before one that will be", .before = 999, .limit = 2, .first = 9, .last = 10, .more = true },
    { "after", .after = 3, .limit = 3, .first = 4, .last = 6, .more = true },
    { "after, the newest", .after = 7, .limit = 3, .first = 8, .last = 10 },
    { "after the last", .after = 10, .limit = 3 },
    { "after one that will be", .after = 999, .limit = 3 },
    { "around", .around = 5, .limit = 4, .first = 3, .last = 6, .more = true },
    { "around, odd", .around = 5, .limit = 5, .first = 3, .last = 7, .more = true },
    { "around one", .around = 5, .limit = 1, .first = 5, .last = 5, .more = true },
    { "around the first", .around = 1, .limit = 4, .first = 1, .last = 2, .more = true },
    { "around the last", .around = 10, .limit = 4, .first = 8, .last = 10, .more = true },
    { "around everything", .around = 5, .limit = 40, .first = 1, .last = 10 },
    { "around nothing", .around = 999, .limit = 4, .first = 9, .last = 10, .more = true },
};

TEST(history_pages_in_every_direction_and_always_ascends)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    Id id = make_ten(world);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        HistoryRequest request = HISTORY_REQUEST__INIT;
        HistoryResponse response = HISTORY_RESPONSE__INIT;
        request.conversation_id = id_text(ctx->arena, id);
        request.before_seq = pages[i].before;
        request.after_seq = pages[i].after;
        request.around_seq = pages[i].around;
        request.limit = pages[i].limit;
        CHECK_ERR(message_history(world->message, ctx, &request, &response), OK, pages[i].label);

        size_t want = pages[i].first ? pages[i].last - pages[i].first + 1 : 0;
        CHECK(response.n_messages == want, pages[i].label);
        CHECK(response.has_more == pages[i].more, pages[i].label);
        for (uint32_t k = 0; k < want; k++) {
            CHECK(response.messages[k]->seq == pages[i].first + k, pages[i].label);
            CHECK(response.messages[k]->rev == pages[i].first + k + 1, pages[i].label);
        }
    }
}

TEST(history_takes_one_direction_at_a_time_and_members_only)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *stranger = ctx_of(person(3));
    HistoryRequest request = HISTORY_REQUEST__INIT;
    HistoryResponse response = HISTORY_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, make_direct(world, person(1), person(2)));
    CHECK_ERR(message_history(world->message, stranger, &request, &response), ERR_NOT_FOUND, "stranger");
    CHECK_ERR(message_history(world->message, ctx, &request, &response), OK, "nothing written yet");
    assert_int_equal(response.n_messages, 0);
    assert_false(response.has_more);
    request.before_seq = request.after_seq = 1;
    CHECK_ERR(message_history(world->message, ctx, &request, &response), ERR_INVALID, "both directions");
}

/* `sync` as a client does it: from `rev` on until nothing more follows. Returns the last rev. */
static uint32_t follow(ChatWorld *world, Ctx *ctx, Id id, uint32_t rev, uint32_t limit, size_t *out_answers)
{
    SyncRequest request = SYNC_REQUEST__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.limit = limit;
    *out_answers = 0;
    for (bool more = true; more; ++*out_answers) {
        SyncResponse response = SYNC_RESPONSE__INIT;
        request.after_rev = rev;
        CHECK_ERR(message_sync(world->message, ctx, &request, &response), OK, "sync");
        assert_false(response.reset);
        for (size_t i = 0; i < response.n_changes; i++) assert_int_equal(response.changes[i]->rev, ++rev);
        assert_int_equal(response.to_rev, rev);
        more = response.has_more;
        assert_true(!more || response.n_changes > 0);
    }
    return rev;
}

TEST(sync_is_complete_with_what_happened_between_the_messages)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    wait_rev(world, id, person(1), 2); /* 1 created, 2 added */
    say(world, person(1), id, "one");  /* 3 */
    add_member(world, person(1), id, person(3));
    wait_rev(world, id, person(1), 4);
    say(world, person(3), id, "two");
    CHECK_ERR(remove_member(world, person(1), id, person(2)), OK, "remove");
    wait_rev(world, id, person(1), 6);

    static const struct {
        const char *name;
        uint32_t seq;
        ChangeData__KindCase data;
    } wanted[] = {
        { "conversation.created", 0, CHANGE_DATA__KIND_CONVERSATION },
        { "member.added", 0, CHANGE_DATA__KIND_MEMBER },
        { "message.created", 1, CHANGE_DATA__KIND_MESSAGE },
        { "member.added", 0, CHANGE_DATA__KIND_MEMBER },
        { "message.created", 2, CHANGE_DATA__KIND_MESSAGE },
        { "member.removed", 0, CHANGE_DATA__KIND_MEMBER },
    };
    SyncRequest request = SYNC_REQUEST__INIT;
    SyncResponse response = SYNC_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    CHECK_ERR(message_sync(world->message, ctx, &request, &response), OK, "sync");
    assert_int_equal(response.n_changes, ARRAY_LEN(wanted));
    assert_int_equal(response.to_rev, ARRAY_LEN(wanted));
    assert_false(response.has_more);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        assert_int_equal(response.changes[i]->rev, i + 1);
        assert_int_equal(response.changes[i]->seq, wanted[i].seq);
        assert_string_equal(response.changes[i]->name, wanted[i].name);
        assert_int_equal(response.changes[i]->data->kind_case, wanted[i].data);
        assert_non_null(response.changes[i]->created_at);
    }
    assert_string_equal(response.changes[0]->data->conversation->title, "T");
    assert_string_equal(response.changes[2]->data->message->text, "one");
    assert_string_equal(response.changes[5]->data->member->user_id, id_text(ctx->arena, person(2)));

    size_t answers;
    assert_int_equal(follow(world, ctx, id, 0, 4, &answers), 6);
    assert_int_equal(answers, 2);
    assert_int_equal(follow(world, ctx, id, 5, 0, &answers), 6);
    assert_int_equal(answers, 1);
    assert_int_equal(follow(world, ctx, id, 6, 0, &answers), 6); /* nothing new */
    assert_int_equal(answers, 1);
}

TEST(sync_beyond_the_head_says_reset)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_ten(world);
    SyncRequest request = SYNC_REQUEST__INIT;
    SyncResponse response = SYNC_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.after_rev = 12;
    CHECK_ERR(message_sync(world->message, ctx, &request, &response), OK, "sync");
    assert_true(response.reset);
    assert_int_equal(response.n_changes, 0);
    assert_int_equal(response.to_rev, 0);
    assert_true(response.has_more);
    request.after_rev = 11;
    response = (SyncResponse)SYNC_RESPONSE__INIT;
    CHECK_ERR(message_sync(world->message, ctx, &request, &response), OK, "sync");
    assert_false(response.reset);
}

/* What a client has at a rev is named by its tag: another one there is another log, though this one has grown past it. */
static const struct {
    const char *label;
    uint32_t after_rev;
    int tag_of_rev; /* of this log; 0: of none */
    const char *tag;
    bool reset;
} positions[] = {
    { "the change that stands there", 5, 5, NULL, false },
    { "the newest", 11, 11, NULL, false },
    { "another change of this log", 5, 6, NULL, true },
    { "a change of another log", 5, 0, "0123456789ab", true },
    { "no tag", 5, 0, "", false },
    { "nothing yet", 0, 0, "0123456789ab", false },
    { "beyond the end", 12, 0, "0123456789ab", true },
};

TEST(a_client_of_another_log_is_told_so_however_far_this_one_has_grown)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_ten(world);
    SyncRequest request = SYNC_REQUEST__INIT;
    SyncResponse all = SYNC_RESPONSE__INIT;
    ListDivergedRequest question = LIST_DIVERGED_REQUEST__INIT;
    ListDivergedResponse diverged = LIST_DIVERGED_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    CHECK_ERR(message_sync(world->message, ctx, &request, &all), OK, "sync");
    question.positions = arena_new_array(ctx->arena, ConversationPosition *, ARRAY_LEN(positions));
    size_t n_reset = 0;
    for (size_t i = 0; i < ARRAY_LEN(positions); i++) {
        SyncResponse response = SYNC_RESPONSE__INIT;
        int rev = positions[i].tag_of_rev;
        request.after_rev = positions[i].after_rev;
        request.after_tag = rev ? all.changes[rev - 1]->tag : (char *)positions[i].tag;
        CHECK_ERR(message_sync(world->message, ctx, &request, &response), OK, positions[i].label);
        CHECK(response.reset == positions[i].reset, positions[i].label);
        CHECK(!response.reset || response.n_changes == 0, positions[i].label);
        if (!*request.after_tag || request.after_rev == 0) continue;
        n_reset += positions[i].reset;
        ConversationPosition *one = arena_new_of(ctx->arena, ConversationPosition);
        conversation_position__init(one);
        one->conversation_id = request.conversation_id;
        one->position = arena_new_of(ctx->arena, LogPosition);
        *one->position = (LogPosition)LOG_POSITION__INIT;
        one->position->rev = request.after_rev;
        one->position->tag = request.after_tag;
        question.positions[question.n_positions++] = one;
    }
    CHECK_ERR(message_list_diverged(world->message, ctx, &question, &diverged), OK, "all at once");
    assert_int_equal(diverged.n_conversation_ids, n_reset);
}

TEST(answers_are_bounded_in_bytes_and_lose_nothing_by_it)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true;
    Id id = make_direct(world, person(1), person(2));
    char *longest = arena_alloc(ctx->arena, MESSAGE_TEXT_MAX + 1);
    memset(longest, 'x', MESSAGE_TEXT_MAX);
    for (int i = 0; i < 70; i++) say(world, person(1), id, longest);

    size_t answers;
    assert_int_equal(follow(world, ctx, id, 0, 500, &answers), 70);
    assert_int_equal(answers, 3); /* 32 of them weigh half a megabyte, less what comes with each */

    HistoryRequest request = HISTORY_REQUEST__INIT;
    HistoryResponse response = HISTORY_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.limit = 200;
    CHECK_ERR(message_history(world->message, ctx, &request, &response), OK, "newest");
    assert_true(response.n_messages > 25 && response.n_messages <= 32);
    assert_true(response.has_more);
    assert_int_equal(response.messages[response.n_messages - 1]->seq, 70);
    request.around_seq = 35;
    CHECK_ERR(message_history(world->message, ctx, &request, &response), OK, "around");
    assert_true(response.has_more);
    for (size_t i = 1; i < response.n_messages; i++)
        assert_int_equal(response.messages[i]->seq, response.messages[i - 1]->seq + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_pages_in_every_direction_and_always_ascends),
        cmocka_unit_test(history_takes_one_direction_at_a_time_and_members_only),
        cmocka_unit_test(sync_is_complete_with_what_happened_between_the_messages),
        cmocka_unit_test(sync_beyond_the_head_says_reset),
        cmocka_unit_test(a_client_of_another_log_is_told_so_however_far_this_one_has_grown),
        cmocka_unit_test(answers_are_bounded_in_bytes_and_lose_nothing_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
