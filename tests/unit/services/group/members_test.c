/* Who comes, who goes, who rises, and how many may be where. */
#include "chat_world.h"

static Err add(ChatWorld *world, Ctx *ctx, Id id, const Id *users, size_t n_users, AddMembersResponse *out)
{
    AddMembersRequest request = ADD_MEMBERS_REQUEST__INIT;
    *out = (AddMembersResponse)ADD_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    request.n_user_ids = n_users;
    request.user_ids = arena_new_array(ctx->arena, char *, n_users + 1);
    for (size_t i = 0; i < n_users; i++) request.user_ids[i] = id_text(ctx->arena, users[i]);
    return group_add_members(world->group, ctx, &request, out);
}

static uint32_t member_count(ChatWorld *world, Id user, Id id)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    GetConversationRequest request = GET_CONVERSATION_REQUEST__INIT;
    GetConversationResponse response = GET_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    CHECK_ERR(group_get_conversation(world->group, ctx, &request, &response), OK, "get");
    return response.conversation->member_count;
}

TEST(those_who_belong_already_are_left_as_they_are)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    AddMembersResponse response;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");

    CHECK_ERR(add(world, ctx, id, (const Id[]){ person(3), person(2), person(1), person(3) }, 4, &response), OK, "add");
    assert_int_equal(response.n_members, 1);
    assert_string_equal(response.members[0]->user_id, id_text(ctx->arena, person(3)));
    assert_int_equal(response.members[0]->role, MEMBER_ROLE__MEMBER);
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__ADMIN_MEMBER);
    assert_int_equal(member_count(world, person(1), id), 3);

    CHECK_ERR(add(world, ctx, id, (const Id[]){ person(3) }, 1, &response), OK, "add again");
    assert_int_equal(response.n_members, 0);
    assert_int_equal(member_count(world, person(1), id), 3);
    CHECK_ERR(add(world, ctx, id, NULL, 0, &response), ERR_INVALID, "add nobody");

    add_member(world, person(1), id, person(4));
    const Envelope *second = wait_event(world, ctx, BUS, "member.added", 2); /* none for those who were there */
    assert_string_equal(second->user_id, id_text(ctx->arena, person(4)));
}

TEST(a_stranger_is_not_added_and_neither_are_the_others_of_the_call)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    AddMembersResponse response;
    Id id = make_group(world, person(1), "T", NULL, 0);
    world->stranger = person(9);
    CHECK_ERR(add(world, ctx, id, (const Id[]){ person(3), person(9) }, 2, &response), ERR_NOT_FOUND, "add");
    assert_int_equal(role_of(world, id, person(3)), 0);
    assert_int_equal(member_count(world, person(1), id), 1);
}

TEST(who_may_not_add_people_does_not_learn_whether_they_exist)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *member = ctx_of(person(2));
    AddMembersResponse response;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    int calls = world->auth_calls;
    world->stranger = person(9);
    CHECK_ERR(add(world, member, id, (const Id[]){ person(9) }, 1, &response), ERR_FORBIDDEN, "stranger");
    assert_int_equal(world->auth_calls, calls);
}

TEST(a_group_takes_no_more_than_its_limit)
{
    const GroupConfig config = { .conversations_per_user_max = 9,
                                 .members_per_group_max = 4,
                                 .members_per_call_max = 9,
                                 .pending_per_user_max = 9,
                                 .pending_of_strangers_max = 9,
                                 .unanswered_adds_max = 9 };
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&config);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    AddMembersResponse response;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    const Id three[] = { person(3), person(4), person(5) };
    CHECK_ERR(add(world, ctx, id, three, 3, &response), ERR_PRECONDITION, "five");
    assert_int_equal(member_count(world, person(1), id), 2);
    assert_int_equal(role_of(world, id, person(3)), 0);
    CHECK_ERR(add(world, ctx, id, three, 2, &response), OK, "four");
    CHECK_ERR(add(world, ctx, id, three, 3, &response), ERR_PRECONDITION, "one over, two there");
    CHECK_ERR(remove_member(world, person(1), id, person(2)), OK, "remove");
    CHECK_ERR(add(world, ctx, id, three, 3, &response), OK, "room again");
}

TEST(one_is_removed_by_those_who_stand_higher)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3), person(4) }, 3);
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    CHECK_ERR(set_role(world, person(1), id, person(3), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");

    CHECK_ERR(remove_member(world, person(2), id, person(1)), ERR_FORBIDDEN, "admin removes owner");
    CHECK_ERR(remove_member(world, person(2), id, person(3)), ERR_FORBIDDEN, "admin removes admin");
    CHECK_ERR(remove_member(world, person(4), id, person(3)), ERR_FORBIDDEN, "member removes admin");
    CHECK_ERR(remove_member(world, person(2), id, person(5)), ERR_NOT_FOUND, "nobody to remove");
    CHECK_ERR(remove_member(world, person(2), id, person(4)), OK, "admin removes member");
    CHECK_ERR(remove_member(world, person(1), id, person(3)), OK, "owner removes admin");
    assert_int_equal(role_of(world, id, person(3)), 0);
    assert_int_equal(role_of(world, id, person(4)), 0);
    assert_int_equal(member_count(world, person(1), id), 2);
}

TEST(an_owner_who_leaves_hands_on_to_the_longest_standing_admin)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id id = make_group(world, person(9), "T", (const Id[]){ person(2) }, 1);
    add_member(world, person(9), id, person(8)); /* ids say nothing about who came first */
    add_member(world, person(9), id, person(7));
    CHECK_ERR(set_role(world, person(9), id, person(7), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    CHECK_ERR(set_role(world, person(9), id, person(8), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");

    CHECK_ERR(remove_member(world, person(9), id, person(9)), OK, "owner leaves");
    assert_int_equal(role_of(world, id, person(9)), 0);
    assert_int_equal(role_of(world, id, person(8)), MEMBER_ROLE__OWNER);
    assert_int_equal(role_of(world, id, person(7)), MEMBER_ROLE__ADMIN_MEMBER);
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__MEMBER);
}

TEST(without_admins_the_longest_standing_member_inherits_and_the_last_one_ends_the_group)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(5) }, 1);
    add_member(world, person(1), id, person(3));

    CHECK_ERR(remove_member(world, person(1), id, person(1)), OK, "owner leaves");
    assert_int_equal(role_of(world, id, person(5)), MEMBER_ROLE__OWNER);
    CHECK_ERR(remove_member(world, person(5), id, person(5)), OK, "second owner leaves");
    assert_int_equal(role_of(world, id, person(3)), MEMBER_ROLE__OWNER);
    CHECK_ERR(remove_member(world, person(3), id, person(3)), OK, "the last one leaves");
    assert_int_equal(role_of(world, id, person(3)), 0);

    const Envelope *gone = wait_event(world, ctx, BUS, "conversation.deleted", 1);
    assert_string_equal(gone->conversation_id, id_text(ctx->arena, id));
    assert_int_equal(gone->conversation_deleted->n_member_ids, 1);
}

TEST(an_owner_gives_roles_and_can_hand_ownership_on)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    CHECK_ERR(set_role(world, person(1), id, person(2), (MemberRole)7), ERR_INVALID, "no role");
    CHECK_ERR(set_role(world, person(1), id, person(9), MEMBER_ROLE__MEMBER), ERR_NOT_FOUND, "no member");
    CHECK_ERR(set_role(world, person(1), id, person(1), MEMBER_ROLE__MEMBER), ERR_PRECONDITION, "no owner left");
    CHECK_ERR(set_role(world, person(1), id, person(1), MEMBER_ROLE__OWNER), OK, "owner stays owner");
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "rise");
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__MEMBER), OK, "fall");

    CHECK_ERR(set_role(world, person(1), id, person(3), MEMBER_ROLE__OWNER), OK, "hand on");
    assert_int_equal(role_of(world, id, person(3)), MEMBER_ROLE__OWNER);
    assert_int_equal(role_of(world, id, person(1)), MEMBER_ROLE__ADMIN_MEMBER);
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), ERR_FORBIDDEN, "not any more");
}

TEST(members_are_listed_by_id_a_page_at_a_time)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3), person(4), person(5) }, 4);
    ListMembersRequest request = LIST_MEMBERS_REQUEST__INIT;
    ListMembersResponse response = LIST_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    request.limit = 3;
    CHECK_ERR(group_list_members(world->group, ctx, &request, &response), OK, "first page");
    assert_int_equal(response.n_members, 3);
    assert_true(response.has_more);
    assert_int_equal(response.members[0]->role, MEMBER_ROLE__OWNER);
    request.after_user_id = response.members[2]->user_id;
    CHECK_ERR(group_list_members(world->group, ctx, &request, &response), OK, "second page");
    assert_int_equal(response.n_members, 2);
    assert_false(response.has_more);
    assert_string_equal(response.members[1]->user_id, id_text(ctx->arena, person(5)));
}

/* As a caller caches a membership: with the lease that the miss handed out. */
static void cache_membership(ChatWorld *world, Ctx *ctx, Id id, Id user)
{
    char conversation[ID_TEXT_LEN + 1], member[ID_TEXT_LEN + 1];
    Str value;
    uint64_t lease;
    id_format(id, conversation);
    id_format(user, member);
    Str key = str_fmt(ctx->arena, "standing:%s:%s", conversation, member);
    CHECK_ERR(cache_get(world->cache, ctx, key, &value, &lease), ERR_NOT_FOUND, "still cached");
    cache_put(world->cache, ctx, key, STR("x"), 60000, lease);
    CHECK_ERR(cache_get(world->cache, ctx, key, &value, &lease), OK, "not cached");
}

TEST(every_change_of_a_membership_is_forgotten_by_the_cache_at_once)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true; /* it would forget them again, later */
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    cache_membership(world, ctx, id, person(1));
    cache_membership(world, ctx, id, person(2));
    cache_membership(world, ctx, id, person(3));
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__OWNER), OK, "hand on");
    cache_membership(world, ctx, id, person(1));
    cache_membership(world, ctx, id, person(2));
    CHECK_ERR(remove_member(world, person(2), id, person(2)), OK, "owner leaves");
    cache_membership(world, ctx, id, person(1)); /* the heir */
    cache_membership(world, ctx, id, person(2));
    make_direct(world, person(2), person(1)); /* who has left is added again by acquaintances only */
    add_member(world, person(1), id, person(2));
    cache_membership(world, ctx, id, person(2));
    CHECK_ERR(remove_member(world, person(1), id, person(3)), OK, "remove");
    cache_membership(world, ctx, id, person(3));

    DeleteConversationRequest request = DELETE_CONVERSATION_REQUEST__INIT;
    DeleteConversationResponse response = DELETE_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    CHECK_ERR(group_delete_conversation(world->group, ctx, &request, &response), OK, "delete");
    cache_membership(world, ctx, id, person(1));
    cache_membership(world, ctx, id, person(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_belong_already_are_left_as_they_are),
        cmocka_unit_test(a_stranger_is_not_added_and_neither_are_the_others_of_the_call),
        cmocka_unit_test(who_may_not_add_people_does_not_learn_whether_they_exist),
        cmocka_unit_test(a_group_takes_no_more_than_its_limit),
        cmocka_unit_test(one_is_removed_by_those_who_stand_higher),
        cmocka_unit_test(an_owner_who_leaves_hands_on_to_the_longest_standing_admin),
        cmocka_unit_test(without_admins_the_longest_standing_member_inherits_and_the_last_one_ends_the_group),
        cmocka_unit_test(an_owner_gives_roles_and_can_hand_ownership_on),
        cmocka_unit_test(members_are_listed_by_id_a_page_at_a_time),
        cmocka_unit_test(every_change_of_a_membership_is_forgotten_by_the_cache_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
