/* What happens in group comes into the log: once, whole, and for good. */
#include "chat_world.h"
#include "faulty_db.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

static SyncResponse sync_all(ChatWorld *world, Ctx *ctx, Id id)
{
    SyncRequest request = SYNC_REQUEST__INIT;
    SyncResponse response = SYNC_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    CHECK_ERR(message_sync(world->message, ctx, &request, &response), OK, "sync");
    return response;
}

static Head head_of(ChatWorld *world, Id user, Id id)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    CHECK_ERR(message_list_heads(world->message, ctx, &request, &response), OK, "heads");
    for (size_t i = 0; i < response.n_heads; i++)
        if (str_eq(str_of(response.heads[i]->key), str_of(id_text(ctx->arena, id)))) return *response.heads[i]->value;
    fail_msg("does not belong there");
    return (Head)HEAD__INIT;
}

static ListReadsResponse reads_of(ChatWorld *world, Ctx *ctx, Id id)
{
    ListReadsRequest request = LIST_READS_REQUEST__INIT;
    ListReadsResponse response = LIST_READS_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    CHECK_ERR(message_list_reads(world->message, ctx, &request, &response), OK, "reads");
    return response;
}

/* Delivers an event as the bus does. */
static Err deliver(ChatWorld *world, const Envelope *event)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ctx->actor.kind = ACTOR_SERVICE;
    return message_on_event(world->message, ctx, message_pack(ctx->arena, &event->base));
}

TEST(a_group_begins_with_its_creation_and_its_first_members)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    wait_rev(world, id, person(1), 3);
    SyncResponse log = sync_all(world, ctx, id);
    assert_int_equal(log.n_changes, 3);
    assert_string_equal(log.changes[0]->name, "conversation.created");
    assert_string_equal(log.changes[0]->data->conversation->title, "T");
    assert_string_equal(log.changes[0]->data->conversation->actor_id, id_text(ctx->arena, person(1)));
    for (int i = 1; i <= 2; i++) {
        const MemberChange *member = log.changes[i]->data->member;
        assert_string_equal(log.changes[i]->name, "member.added");
        assert_string_equal(member->user_id, id_text(ctx->arena, person(i + 1)));
        assert_string_equal(member->actor_id, id_text(ctx->arena, person(1)));
        assert_int_equal(member->role, MEMBER_ROLE__MEMBER);
    }
    const Envelope *live = wait_event(world, ctx, LIVE, topic_conversation(ctx->arena, id), 3);
    assert_string_equal(live->actor_id, id_text(ctx->arena, person(1)));
    assert_int_equal(live->change->rev, 3);
}

TEST(a_direct_conversation_begins_with_its_creation_alone)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_direct(world, person(1), person(2));
    wait_rev(world, id, person(1), 1);
    SyncResponse log = sync_all(world, ctx, id);
    assert_int_equal(log.n_changes, 1);
    assert_string_equal(log.changes[0]->name, "conversation.created");
}

/* Events as group makes them, for conversation `id`. */
static Envelope *event_created(Ctx *ctx, Id id, size_t n_members)
{
    Envelope *event = event_new(ctx, id, ID_NONE);
    ConversationCreated *data = arena_new_of(ctx->arena, ConversationCreated);
    conversation_created__init(data);
    data->conversation = arena_new_of(ctx->arena, Conversation);
    conversation__init(data->conversation);
    data->conversation->kind = CONVERSATION_KIND__GROUP;
    data->conversation->created_by = id_text(ctx->arena, person(1));
    data->n_members = n_members;
    data->members = arena_new_array(ctx->arena, Member *, n_members);
    for (size_t i = 0; i < n_members; i++) {
        data->members[i] = arena_new_of(ctx->arena, Member);
        member__init(data->members[i]);
        data->members[i]->user_id = id_text(ctx->arena, i == 0 ? person(1) : id_new(ctx->now_ms));
    }
    event->data_case = ENVELOPE__DATA_CONVERSATION_CREATED;
    event->conversation_created = data;
    return event;
}

static Envelope *event_updated(Ctx *ctx, Id id)
{
    Envelope *event = event_new(ctx, id, ID_NONE);
    ConversationUpdated *data = arena_new_of(ctx->arena, ConversationUpdated);
    conversation_updated__init(data);
    data->conversation = arena_new_of(ctx->arena, Conversation);
    conversation__init(data->conversation);
    event->data_case = ENVELOPE__DATA_CONVERSATION_UPDATED;
    event->conversation_updated = data;
    return event;
}

static Envelope *event_member(Ctx *ctx, Id id, Id user, char *change)
{
    Envelope *event = event_new(ctx, id, user);
    MembershipChanged *data = arena_new_of(ctx->arena, MembershipChanged);
    membership_changed__init(data);
    data->member = arena_new_of(ctx->arena, Member);
    member__init(data->member);
    data->member->user_id = id_text(ctx->arena, user);
    data->change = change;
    event->data_case = ENVELOPE__DATA_MEMBERSHIP_CHANGED;
    event->membership_changed = data;
    return event;
}

/* Persons `first` and on, who came together. */
static Envelope *event_crowd(Ctx *ctx, Id id, int first, size_t n)
{
    Envelope *event = event_member(ctx, id, ID_NONE, "member.added");
    MembershipChanged *data = event->membership_changed;
    data->member = NULL;
    data->n_members = n;
    data->members = arena_new_array(ctx->arena, Member *, n);
    for (size_t i = 0; i < n; i++)
        data->members[i] = event_member(ctx, id, person(first + (int)i), "member.added")->membership_changed->member;
    return event;
}

static Envelope *event_deleted(Ctx *ctx, Id id, Id user)
{
    Envelope *event = event_new(ctx, id, ID_NONE);
    ConversationDeleted *data = arena_new_of(ctx->arena, ConversationDeleted);
    conversation_deleted__init(data);
    data->n_member_ids = 1;
    data->member_ids = arena_new_array(ctx->arena, char *, 1);
    data->member_ids[0] = id_text(ctx->arena, user);
    event->data_case = ENVELOPE__DATA_CONVERSATION_DELETED;
    event->conversation_deleted = data;
    return event;
}

TEST(an_event_that_comes_again_changes_nothing)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true;
    Id id = make_group(world, person(1), "T", NULL, 0);
    Envelope *events[] = {
        event_created(ctx, id, 3), /* three entries: created, and two who were added */
        event_updated(ctx, id),
        event_member(ctx, id, person(4), "member.added"),
        event_member(ctx, id, person(4), "member.updated"),
        event_crowd(ctx, id, 5, 3),
        event_member(ctx, id, person(4), "member.removed"),
    };
    static const uint32_t rev_after[] = { 3, 4, 5, 6, 9, 10 };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        for (int again = 0; again < 2; again++) {
            CHECK_ERR(deliver(world, events[i]), OK, "deliver");
            assert_int_equal(sync_all(world, ctx, id).to_rev, rev_after[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(events); i++) CHECK_ERR(deliver(world, events[i]), OK, "all over again");
    SyncResponse log = sync_all(world, ctx, id);
    assert_int_equal(log.to_rev, 10);
    assert_string_equal(log.changes[3]->name, "conversation.updated");
    assert_string_equal(log.changes[9]->name, "member.removed");

    /* Once each live, and not on the bus, where they stand already. */
    say(world, person(1), id, "last");
    wait_rev(world, id, person(1), 11);
    assert_int_equal(count_events(world, LIVE, topic_conversation(ctx->arena, id)), 11);
    assert_int_equal(count_events(world, BUS, "member.added"), 0);
}

TEST(who_came_together_stands_in_the_log_by_one_write_and_begins_to_read_at_the_same_place)
{
    enum { CROWD = 150 };
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true;
    Id id = make_group(world, person(1), "T", NULL, 0);
    say(world, person(1), id, "before");
    _cleanup_(ctx_freep) Ctx *later = ctx_of(person(1));
    int before = faulty_db_writes(world->message_db);
    CHECK_ERR(deliver(world, event_crowd(later, id, 2, CROWD)), OK, "deliver");
    assert_int_equal(faulty_db_writes(world->message_db) - before, 1);
    SyncResponse log = sync_all(world, ctx, id);
    assert_int_equal(log.to_rev, 1 + CROWD);
    for (int n = 0; n < 2; n++) {
        const MemberChange *change = log.changes[n == 0 ? 1 : CROWD]->data->member;
        assert_string_equal(change->user_id, id_text(ctx->arena, person(n == 0 ? 2 : 1 + CROWD)));
        assert_int_equal(change->since_seq, 1);
    }
}

TEST(who_is_removed_loses_the_read_position_and_gets_a_new_one_on_return)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    wait_rev(world, id, person(1), 2);
    say(world, person(2), id, "x");
    CHECK_ERR(remove_member(world, person(1), id, person(2)), OK, "remove");
    wait_rev(world, id, person(1), 4);

    assert_int_equal(reads_of(world, ctx, id).n_reads, 0);

    /* The event of the removal once more, after the return: it must not take the new position. */
    const Envelope *removal = wait_event(world, ctx, BUS, "member.removed", 1);
    add_member(world, person(1), id, person(2));
    wait_rev(world, id, person(1), 5);
    say(world, person(2), id, "back");
    CHECK_ERR(deliver(world, removal), OK, "again");
    ListReadsResponse response = reads_of(world, ctx, id);
    assert_int_equal(response.n_reads, 1);
    assert_int_equal(response.reads[0]->seq, 2);
}

TEST(a_new_member_begins_to_read_behind_what_is_there)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    wait_rev(world, id, person(1), 2);
    for (int i = 0; i < 3; i++) say(world, person(2), id, "x");
    add_member(world, person(1), id, person(3));
    wait_rev(world, id, person(1), 6);

    Head head = head_of(world, person(3), id);
    assert_int_equal(head.seq, 3);
    assert_int_equal(head.read_seq, 3);
    assert_int_equal(head.unread, 0);
    assert_int_equal(head_of(world, person(1), id).unread, 3); /* who came with the group has it all before them */
    SyncResponse log = sync_all(world, ctx, id);
    assert_int_equal(log.changes[5]->data->member->since_seq, 3);
    assert_int_equal(log.changes[1]->data->member->since_seq, 0);

    /* To others it does not look like reading. */
    ListReadsResponse reads = reads_of(world, ctx, id);
    assert_int_equal(reads.n_reads, 2);
    assert_int_equal(reads.reads[0]->since_seq, 0);
    assert_int_equal(reads.reads[1]->seq, 3);
    assert_int_equal(reads.reads[1]->since_seq, 3);
    say(world, person(3), id, "hello");
    reads = reads_of(world, ctx, id);
    assert_int_equal(reads.reads[1]->seq, 4);
    assert_int_equal(reads.reads[1]->since_seq, 3);

    /* Gone and back again: not everything again. */
    CHECK_ERR(remove_member(world, person(1), id, person(3)), OK, "remove");
    say(world, person(2), id, "meanwhile");
    add_member(world, person(1), id, person(3));
    wait_rev(world, id, person(1), 10);
    assert_int_equal(head_of(world, person(3), id).unread, 0);
    say(world, person(2), id, "now");
    assert_int_equal(head_of(world, person(3), id).unread, 1);
}

TEST(what_was_written_since_a_member_came_is_unread_however_late_the_log_hears_of_them)
{
    static const struct {
        const char *label;
        uint32_t reads; /* up to here, before the event comes; 0: nothing */
        uint32_t read_seq;
    } cases[] = { { "nothing was read meanwhile", 0, 2 }, { "one of the new ones was", 3, 3 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
        world->deaf = true;
        Id id = make_group(world, person(1), "T", NULL, 0);
        for (int n = 0; n < 2; n++) say(world, person(1), id, "before");
        add_member(world, person(1), id, person(2));
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2)); /* the time at which they came */
        const Envelope *event = event_member(ctx, id, person(2), "member.added");
        for (int n = 0; n < 2; n++) say(world, person(1), id, "since");

        MarkReadRequest request = MARK_READ_REQUEST__INIT;
        MarkReadResponse response = MARK_READ_RESPONSE__INIT;
        request.conversation_id = id_text(ctx->arena, id);
        request.seq = cases[i].reads;
        CHECK_ERR(message_mark_read(world->message, ctx, &request, &response), OK, cases[i].label);
        CHECK_ERR(deliver(world, event), OK, cases[i].label);
        CHECK(head_of(world, person(2), id).read_seq == cases[i].read_seq, cases[i].label);
        CHECK(head_of(world, person(2), id).seq == 4, cases[i].label);
    }
}

TEST(whose_standing_changes_keeps_the_read_position)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    wait_rev(world, id, person(1), 2);
    say(world, person(2), id, "x");
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    wait_rev(world, id, person(1), 4);
    assert_int_equal(reads_of(world, ctx, id).n_reads, 1);
}

TEST(a_new_member_sees_the_whole_history)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *later = ctx_of(person(3));
    Id id = make_group(world, person(1), "T", NULL, 0);
    wait_rev(world, id, person(1), 1);
    say(world, person(1), id, "before");
    add_member(world, person(1), id, person(3));
    wait_rev(world, id, person(1), 3);
    SyncResponse log = sync_all(world, later, id);
    assert_int_equal(log.n_changes, 3);
    assert_string_equal(log.changes[1]->data->message->text, "before");
}

TEST(a_deleted_conversation_takes_its_log_along_and_stays_deleted)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true; /* events are delivered by hand; group goes on believing in the conversation */
    Id id = make_group(world, person(1), "T", NULL, 0);
    Id kept = make_group(world, person(1), "Kept", NULL, 0);
    SendRequest request = SEND_REQUEST__INIT;
    SendResponse response = SEND_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.client_id = client_id(ctx);
    request.text = "x";
    CHECK_ERR(deliver(world, event_created(ctx, id, 2500)), OK, "more than is removed at once");
    CHECK_ERR(message_send(world->message, ctx, &request, &response), OK, "send");
    assert_int_equal(response.message->rev, 2501);
    say(world, person(1), kept, "kept");

    Envelope *deleted = event_deleted(ctx, id, person(1));
    for (int again = 0; again < 2; again++) {
        CHECK_ERR(deliver(world, deleted), OK, "deleted");
        assert_int_equal(sync_all(world, ctx, id).to_rev, 0);
        assert_int_equal(sync_all(world, ctx, kept).to_rev, 1);
    }
    CHECK_ERR(deliver(world, event_member(ctx, id, person(2), "member.added")), OK, "an event that comes late");
    CHECK_ERR(message_send(world->message, ctx, &request, &response), ERR_NOT_FOUND, "a send that comes late");
    assert_int_equal(sync_all(world, ctx, id).to_rev, 0);
    request.conversation_id = id_text(ctx->arena, kept);
    CHECK_ERR(message_send(world->message, ctx, &request, &response), OK, "no entry is left, so the client_id is free");
}

TEST(what_is_no_event_of_a_conversation_is_refused_for_good)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", NULL, 0);
    CHECK_ERR(message_on_event(world->message, ctx, STR("\xff\xff")), ERR_INVALID, "no protobuf");
    CHECK_ERR(message_on_event(world->message, ctx, STR("")), ERR_INVALID, "nothing");

    Envelope *event = event_member(ctx, id, person(2), "member.vanished");
    CHECK_ERR(deliver(world, event), ERR_INVALID, "unknown change");
    event = event_member(ctx, id, person(2), "member.added");
    event->membership_changed->member = NULL;
    CHECK_ERR(deliver(world, event), ERR_INVALID, "no member");
    event = event_crowd(ctx, id, 2, 3);
    event->membership_changed->members[2]->user_id = "x";
    CHECK_ERR(deliver(world, event), ERR_INVALID, "a crowd with somebody who is nobody");
    event = event_updated(ctx, id);
    event->conversation_updated->conversation = NULL;
    CHECK_ERR(deliver(world, event), ERR_INVALID, "no conversation");
    event = event_created(ctx, id, 1);
    event->conversation_created->conversation = NULL;
    CHECK_ERR(deliver(world, event), ERR_INVALID, "no new conversation");
    event = event_new(ctx, id, ID_NONE);
    CHECK_ERR(deliver(world, event), OK, "an event of a kind from the future");
}

TEST(a_failing_database_applies_an_event_whole_or_not_at_all)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    say(world, person(2), id, "x"); /* a read position, to be removed */
    Envelope *events[] = { event_created(ctx, id, 3), event_member(ctx, id, person(2), "member.removed"),
                           event_member(ctx, id, person(2), "member.added"), event_crowd(ctx, id, 5, 3),
                           event_deleted(ctx, id, person(1)) };
    static const uint32_t rev_after[] = { 4, 5, 6, 9, 0 };
    uint32_t rev = 1;
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        int faults = 0;
        for (int nth = 0; faulty_db_next(world->message_db, &nth);) {
            Err err = deliver(world, events[i]);
            if (!err) break;
            faults++;
            CHECK_ERR(err, ERR_UNAVAILABLE, "worth another try");
            uint32_t seen = sync_all(world, ctx, id).to_rev;
            assert_true(seen == rev ||
                        (i == 4 && seen == 0)); /* a deletion goes in steps, the first hides everything */
        }
        faulty_db_arm(world->message_db, 0);
        assert_true(faults > 3);
        rev = rev_after[i];
        assert_int_equal(sync_all(world, ctx, id).to_rev, rev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_begins_with_its_creation_and_its_first_members),
        cmocka_unit_test(a_direct_conversation_begins_with_its_creation_alone),
        cmocka_unit_test(an_event_that_comes_again_changes_nothing),
        cmocka_unit_test(who_came_together_stands_in_the_log_by_one_write_and_begins_to_read_at_the_same_place),
        cmocka_unit_test(who_is_removed_loses_the_read_position_and_gets_a_new_one_on_return),
        cmocka_unit_test(a_new_member_begins_to_read_behind_what_is_there),
        cmocka_unit_test(what_was_written_since_a_member_came_is_unread_however_late_the_log_hears_of_them),
        cmocka_unit_test(whose_standing_changes_keeps_the_read_position),
        cmocka_unit_test(a_new_member_sees_the_whole_history),
        cmocka_unit_test(a_deleted_conversation_takes_its_log_along_and_stays_deleted),
        cmocka_unit_test(what_is_no_event_of_a_conversation_is_refused_for_good),
        cmocka_unit_test(a_failing_database_applies_an_event_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
