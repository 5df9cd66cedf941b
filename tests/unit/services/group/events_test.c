/* What group tells the others, and that a failing database leaves nothing half done. */
#include "base/limits.h"
#include "chat_world.h"
#include "faulty_db.h"
#include "rpc/event.h"

static void check_membership(const Envelope *event, Ctx *ctx, Id conversation, Id user, const char *change,
                             MemberRole role)
{
    CHECK(event->data_case == ENVELOPE__DATA_MEMBERSHIP_CHANGED, change);
    assert_string_equal(event->conversation_id, id_text(ctx->arena, conversation));
    assert_string_equal(event->user_id, id_text(ctx->arena, user));
    assert_string_equal(event->membership_changed->member->user_id, id_text(ctx->arena, user));
    assert_string_equal(event->membership_changed->change, change);
    assert_int_equal(event->membership_changed->member->role, role);
}

TEST(a_new_conversation_is_told_once_on_the_bus_and_live_to_each_member)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);

    const Envelope *event = wait_event(world, ctx, BUS, "conversation.created", 1);
    assert_string_equal(event->actor_id, id_text(ctx->arena, person(1)));
    assert_string_equal(event->conversation_created->conversation->title, "T");
    assert_int_equal(event->conversation_created->conversation->role, MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED);
    assert_int_equal(event->conversation_created->n_members, 3);
    for (int n = 1; n <= 3; n++) {
        event = wait_event(world, ctx, LIVE, topic_user(ctx->arena, person(n)), 1);
        check_membership(event, ctx, id, person(n), "member.added", n == 1 ? MEMBER_ROLE__OWNER : MEMBER_ROLE__MEMBER);
    }
    assert_int_equal(count_events(world, BUS, "member.added"), 0);

    Id direct = make_direct(world, person(4), person(5));
    event = wait_event(world, ctx, BUS, "conversation.created", 2);
    assert_int_equal(event->conversation_created->conversation->n_member_ids, 2);
    event = wait_event(world, ctx, LIVE, topic_user(ctx->arena, person(5)), 1);
    check_membership(event, ctx, direct, person(5), "member.added", MEMBER_ROLE__MEMBER);
    assert_int_equal(event->membership_changed->kind, CONVERSATION_KIND__DIRECT);
}

TEST(changes_of_members_go_to_the_bus_to_the_member_and_to_the_conversation)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true; /* only group speaks */
    Id id = make_group(world, person(1), "T", NULL, 0);
    add_member(world, person(1), id, person(2));
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    CHECK_ERR(remove_member(world, person(1), id, person(2)), OK, "remove");

    static const struct {
        const char *change;
        MemberRole role;
    } changes[] = {
        { "member.added", MEMBER_ROLE__MEMBER },
        { "member.updated", MEMBER_ROLE__ADMIN_MEMBER },
        { "member.removed", MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED },
    };
    for (int i = 0; i < 3; i++) {
        const Envelope *events[] = {
            wait_event(world, ctx, BUS, changes[i].change, 1),
            wait_event(world, ctx, LIVE, topic_user(ctx->arena, person(2)), i + 1),
            wait_event(world, ctx, LIVE, topic_conversation(ctx->arena, id), i + 1),
        };
        for (size_t k = 0; k < ARRAY_LEN(events); k++) {
            check_membership(events[k], ctx, id, person(2), changes[i].change, changes[i].role);
            assert_string_equal(events[k]->actor_id, id_text(ctx->arena, person(1)));
            assert_string_equal(events[k]->id, events[0]->id);
        }
    }
}

static void add_crowd(ChatWorld *world, Id actor, Id id, int first, int n)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(actor);
    AddMembersRequest request = ADD_MEMBERS_REQUEST__INIT;
    AddMembersResponse response = ADD_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    request.user_ids = arena_new_array(ctx->arena, char *, (size_t)n);
    for (int i = 0; i < n; i++) request.user_ids[request.n_user_ids++] = id_text(ctx->arena, person(first + i));
    CHECK_ERR(group_add_members(world->group, ctx, &request, &response), OK, "add");
    assert_int_equal(response.n_members, n);
}

TEST(a_crowd_comes_by_few_events_and_live_each_for_themselves)
{
    enum { CROWD = MEMBERS_PER_EVENT + 40 };
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", NULL, 0);
    add_crowd(world, person(1), id, 2, CROWD);
    add_crowd(world, person(1), id, 254, 1);
    const size_t want[] = { MEMBERS_PER_EVENT, 40, 0 };
    for (int n = 1; n <= 3; n++) {
        const MembershipChanged *changed = wait_event(world, ctx, BUS, "member.added", n)->membership_changed;
        assert_int_equal(changed->n_members, want[n - 1]);
        assert_int_equal(changed->kind, CONVERSATION_KIND__GROUP);
        if (n == 3) assert_string_equal(changed->member->user_id, id_text(ctx->arena, person(254)));
    }
    for (int n = 2; n < 2 + CROWD; n++)
        check_membership(wait_event(world, ctx, LIVE, topic_user(ctx->arena, person(n)), 1), ctx, id, person(n),
                         "member.added", MEMBER_ROLE__MEMBER);
}

TEST(a_crowd_is_written_by_few_commits_and_holds_up_nobody)
{
    enum { CROWD = MEMBERS_PER_EVENT + 40 };
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id crowded = make_group(world, person(1), "T", NULL, 0), other = make_group(world, person(250), "T", NULL, 0);
    wait_rev(world, other, person(250), 1);
    int before = faulty_db_writes(world->message_db);
    add_crowd(world, person(1), crowded, 2, CROWD);
    add_crowd(world, person(250), other, 251, 1);
    wait_rev(world, other, person(250), 2);
    wait_rev(world, crowded, person(1), 1 + CROWD);
    /* One per event, and one for each batch that left the outbox: few, however they fell. One per person would be CROWD. */
    assert_in_range(faulty_db_writes(world->message_db) - before, 1, CROWD / 10);
}

TEST(ownership_is_handed_on_before_the_owner_goes)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    CHECK_ERR(remove_member(world, person(1), id, person(1)), OK, "leave");
    const char *topic = topic_conversation(ctx->arena, id);
    check_membership(wait_event(world, ctx, LIVE, topic, 1), ctx, id, person(2), "member.updated", MEMBER_ROLE__OWNER);
    check_membership(wait_event(world, ctx, LIVE, topic, 2), ctx, id, person(1), "member.removed", 0);
}

TEST(a_deleted_conversation_is_told_to_the_bus_and_to_every_member_live)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    const Id others[] = { person(2), person(3), person(4), person(5), person(6) };
    Id id = make_group(world, person(1), "T", others, ARRAY_LEN(others));
    DeleteConversationRequest request = DELETE_CONVERSATION_REQUEST__INIT;
    DeleteConversationResponse response = DELETE_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    CHECK_ERR(group_delete_conversation(world->group, ctx, &request, &response), OK, "delete");

    const Envelope *event = wait_event(world, ctx, BUS, "conversation.deleted", 1);
    assert_string_equal(event->conversation_id, id_text(ctx->arena, id));
    assert_int_equal(event->conversation_deleted->n_member_ids, 6);
    for (int n = 1; n <= 6; n++) { /* the first event of each was their coming */
        event = wait_event(world, ctx, LIVE, topic_user(ctx->arena, person(n)), 2);
        assert_int_equal(event->data_case, ENVELOPE__DATA_CONVERSATION_DELETED);
        assert_int_equal(event->conversation_deleted->n_member_ids, n <= 4 ? 4 : 2);
    }
}

/* All that can be seen of a group from outside, as one text. */
static const char *snapshot(ChatWorld *world, Ctx *ctx, int n_people)
{
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    for (int n = 1; n <= n_people; n++) {
        ListConversationsRequest request = LIST_CONVERSATIONS_REQUEST__INIT;
        ListConversationsResponse response = LIST_CONVERSATIONS_RESPONSE__INIT;
        _cleanup_(ctx_freep) Ctx *own = ctx_of(person(n));
        CHECK_ERR(group_list_conversations(world->group, own, &request, &response), OK, "list");
        for (size_t i = 0; i < response.n_conversations; i++) {
            const Conversation *c = response.conversations[i];
            strbuf_fmt(&text, "%d: %s \"%s\" %u members, role %d\n", n, c->id, c->title, c->member_count, c->role);
        }
    }
    return str_cstr(ctx->arena, strbuf_str(&text));
}

static Id standing_group; /* of the changes below */

static Err do_create(ChatWorld *world, Ctx *ctx)
{
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
    request.kind = CONVERSATION_KIND__GROUP;
    request.title = "New";
    request.client_id = client_id(ctx);
    request.n_member_ids = 2;
    request.member_ids = (char *[]){ id_text(ctx->arena, person(2)), id_text(ctx->arena, person(3)) };
    return group_create_conversation(world->group, ctx, &request, &response);
}

static Err do_update(ChatWorld *world, Ctx *ctx)
{
    UpdateConversationRequest request = UPDATE_CONVERSATION_REQUEST__INIT;
    UpdateConversationResponse response = UPDATE_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, standing_group);
    request._title_case = UPDATE_CONVERSATION_REQUEST___TITLE_TITLE;
    request.title = "Renamed";
    return group_update_conversation(world->group, ctx, &request, &response);
}

static Err do_add(ChatWorld *world, Ctx *ctx)
{
    AddMembersRequest request = ADD_MEMBERS_REQUEST__INIT;
    AddMembersResponse response = ADD_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, standing_group);
    request.n_user_ids = 2;
    request.user_ids = (char *[]){ id_text(ctx->arena, person(4)), id_text(ctx->arena, person(5)) };
    return group_add_members(world->group, ctx, &request, &response);
}

static Err do_hand_on(ChatWorld *world, Ctx *ctx)
{
    return set_role(world, person(1), standing_group, person(2), MEMBER_ROLE__OWNER);
}

static Err do_leave(ChatWorld *world, Ctx *ctx)
{
    return remove_member(world, person(2), standing_group, person(2));
}

static Err do_delete(ChatWorld *world, Ctx *ctx)
{
    DeleteConversationRequest request = DELETE_CONVERSATION_REQUEST__INIT;
    DeleteConversationResponse response = DELETE_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, standing_group);
    return group_delete_conversation(world->group, ctx, &request, &response);
}

/* In this order; each succeeds once no call fails, and leads to the next. */
static const struct {
    const char *label;
    Err (*change)(ChatWorld *world, Ctx *ctx);
    const char *bus_topic;
    int actor;
    int events; /* on that topic, in the end */
} changes[] = {
    { "create", do_create, "conversation.created", 1, 3 }, /* the standing group, this one and the last one */
    { "update", do_update, "conversation.updated", 1, 1 }, { "add", do_add, "member.added", 1, 1 },
    { "hand on", do_hand_on, "member.updated", 1, 3 }, /* heir and owner, and the heir when the owner leaves */
    { "leave", do_leave, "member.removed", 2, 1 },         { "delete", do_delete, "conversation.deleted", 1, 1 },
};

TEST(a_failing_database_leaves_nothing_half_done)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    standing_group = make_group(world, person(1), "Standing", (const Id[]){ person(2), person(3) }, 2);

    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *before = snapshot(world, ctx, 5);
        int faults = 0;
        for (int nth = 0; faulty_db_next(world->group_db, &nth);) {
            _cleanup_(ctx_freep) Ctx *own = ctx_of(person(changes[i].actor));
            Err err = changes[i].change(world, own);
            if (!err) break;
            faults++;
            CHECK_ERR(err, ERR_UNAVAILABLE, changes[i].label);
            CHECK_STR(str_of(snapshot(world, ctx, 5)), str_of(before), changes[i].label);
        }
        faulty_db_arm(world->group_db, 0);
        CHECK(faults > 2, changes[i].label);
        CHECK(!str_eq(str_of(snapshot(world, ctx, 5)), str_of(before)), changes[i].label);
    }
    /* Once a last event has gone out, all before it have; none may be there too often. */
    make_group(world, person(7), "Last", NULL, 0);
    wait_event(world, ctx, BUS, "conversation.created", 3);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++)
        CHECK(count_events(world, BUS, changes[i].bus_topic) == changes[i].events, changes[i].label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_conversation_is_told_once_on_the_bus_and_live_to_each_member),
        cmocka_unit_test(changes_of_members_go_to_the_bus_to_the_member_and_to_the_conversation),
        cmocka_unit_test(a_crowd_comes_by_few_events_and_live_each_for_themselves),
        cmocka_unit_test(a_crowd_is_written_by_few_commits_and_holds_up_nobody),
        cmocka_unit_test(ownership_is_handed_on_before_the_owner_goes),
        cmocka_unit_test(a_deleted_conversation_is_told_to_the_bus_and_to_every_member_live),
        cmocka_unit_test(a_failing_database_leaves_nothing_half_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
