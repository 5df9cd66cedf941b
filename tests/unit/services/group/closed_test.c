/* Accounts that are closed: what they own is handed on, and whoever writes to one is told. */
#include "chat_world.h"
#include "faulty_db.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

static Err write_to(ChatWorld *world, Id user, Id id)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    SendRequest request = SEND_REQUEST__INIT;
    SendResponse response = SEND_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.client_id = client_id(ctx);
    request.text = "x";
    return message_send(world->message, ctx, &request, &response);
}

TEST(what_a_closed_account_owns_goes_to_the_longest_standing_admin_whose_account_is_open)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_group(world, person(9), "T", (const Id[]){ person(2), person(8), person(7) }, 3);
    Id other = make_group(world, person(2), "of another", (const Id[]){ person(9) }, 1);
    CHECK_ERR(set_role(world, person(9), id, person(8), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    CHECK_ERR(set_role(world, person(9), id, person(7), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    set_closed(world, person(7), true);
    assert_int_equal(role_of(world, id, person(9)), MEMBER_ROLE__OWNER); /* an admin was closed, no owner */

    set_closed(world, person(9), true);
    assert_int_equal(role_of(world, id, person(8)), MEMBER_ROLE__OWNER);
    assert_int_equal(role_of(world, id, person(9)), MEMBER_ROLE__ADMIN_MEMBER);
    assert_int_equal(role_of(world, id, person(7)), MEMBER_ROLE__ADMIN_MEMBER);
    assert_int_equal(role_of(world, other, person(2)), MEMBER_ROLE__OWNER);
    const Envelope *heir = wait_event(world, ctx, BUS, "member.updated", 3); /* after the two admins */
    assert_string_equal(heir->user_id, id_text(ctx->arena, person(8)));
    assert_string_equal(heir->actor_id, id_text(ctx->arena, person(9)));
    assert_int_equal(heir->membership_changed->member->role, MEMBER_ROLE__OWNER);
    assert_int_equal(wait_event(world, ctx, BUS, "member.updated", 4)->membership_changed->member->role,
                     MEMBER_ROLE__ADMIN_MEMBER);

    /* Told again, nothing changes; opened again, nothing comes back. */
    int told = count_events(world, BUS, "member.updated");
    set_closed(world, person(9), false);
    set_closed(world, person(9), true);
    assert_int_equal(role_of(world, id, person(8)), MEMBER_ROLE__OWNER);
    assert_int_equal(count_events(world, BUS, "member.updated"), told);
}

TEST(without_open_admins_the_longest_standing_open_member_inherits)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id id = make_group(world, person(1), "T", NULL, 0);
    add_member(world, person(1), id, person(5));
    add_member(world, person(1), id, person(4));
    add_member(world, person(1), id, person(3));
    CHECK_ERR(set_role(world, person(1), id, person(5), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");
    set_closed(world, person(5), true);
    set_closed(world, person(1), true);
    assert_int_equal(role_of(world, id, person(4)), MEMBER_ROLE__OWNER);

    /* The same when an owner leaves. */
    CHECK_ERR(remove_member(world, person(4), id, person(4)), OK, "leave");
    assert_int_equal(role_of(world, id, person(3)), MEMBER_ROLE__OWNER);
}

TEST(where_nobody_is_left_the_closed_account_stays_and_whoever_is_opened_again_inherits)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id alone = make_group(world, person(1), "alone", NULL, 0);
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    set_closed(world, person(2), true);
    set_closed(world, person(1), true);
    assert_int_equal(role_of(world, id, person(1)), MEMBER_ROLE__OWNER);
    assert_int_equal(role_of(world, alone, person(1)), MEMBER_ROLE__OWNER);

    set_closed(world, person(2), false);
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__OWNER);
    assert_int_equal(role_of(world, id, person(1)), MEMBER_ROLE__ADMIN_MEMBER);
    assert_int_equal(role_of(world, alone, person(1)), MEMBER_ROLE__OWNER);
}

TEST(nobody_makes_a_closed_account_the_owner_but_an_owner_may_leave_it_behind)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    set_closed(world, person(2), true);
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__OWNER), ERR_PRECONDITION, "hand on");
    assert_int_equal(role_of(world, id, person(1)), MEMBER_ROLE__OWNER);
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "any other role");
    CHECK_ERR(remove_member(world, person(1), id, person(1)), OK, "the owner leaves");
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__OWNER);
}

TEST(all_groups_of_a_closed_account_are_handed_on_however_many)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id ids[205];
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        ids[i] = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
        say(world, person(2), ids[i], "I am here"); /* or there would be few: see admission_test.c */
    }
    set_closed(world, person(1), true);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        assert_int_equal(role_of(world, ids[i], person(2)), MEMBER_ROLE__OWNER);
        assert_int_equal(role_of(world, ids[i], person(1)), MEMBER_ROLE__ADMIN_MEMBER);
    }
}

TEST(who_writes_to_a_closed_account_is_told_until_it_is_open_again)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    Id direct = make_direct(world, person(1), person(2));
    Id group = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    CHECK_ERR(write_to(world, person(1), direct), OK, "open"); /* and cached */
    set_closed(world, person(2), true);
    CHECK_ERR(write_to(world, person(1), direct), ERR_PRECONDITION, "closed");
    CHECK_ERR(write_to(world, person(1), direct), ERR_PRECONDITION, "closed, and cached");
    CHECK_ERR(write_to(world, person(1), group), OK, "a group has other readers");

    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    HistoryRequest request = HISTORY_REQUEST__INIT;
    HistoryResponse response = HISTORY_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, direct);
    CHECK_ERR(message_history(world->message, ctx, &request, &response), OK, "what was said can be read");
    assert_int_equal(response.n_messages, 1);

    set_closed(world, person(2), false);
    CHECK_ERR(write_to(world, person(1), direct), OK, "open again");
}

TEST(a_failing_database_hands_on_whole_or_not_at_all)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(255));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    Id direct = make_direct(world, person(1), person(3));
    const Envelope *event = event_new(ctx, ID_NONE, person(1));
    Str payload = message_pack(ctx->arena, &event->base);
    int faults = 0;
    world->closed[0] = person(1);
    for (int nth = 0; faulty_db_next(world->group_db, &nth);) {
        Err err = group_on_event(world->group, ctx, payload);
        if (!err) break;
        faults++;
        CHECK_ERR(err, ERR_UNAVAILABLE, "worth another try");
        bool handed_on = role_of(world, id, person(2)) == MEMBER_ROLE__OWNER;
        assert_int_equal(role_of(world, id, person(1)), handed_on ? MEMBER_ROLE__ADMIN_MEMBER : MEMBER_ROLE__OWNER);
    }
    faulty_db_arm(world->group_db, 0);
    assert_true(faults > 3);
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__OWNER);
    CHECK_ERR(write_to(world, person(3), direct), ERR_PRECONDITION, "told");

    world->auth_err = ERR_UNAVAILABLE;
    CHECK_ERR(group_on_event(world->group, ctx, payload), ERR_UNAVAILABLE, "auth is away");
    CHECK_ERR(group_on_event(world->group, ctx, STR("\xff")), ERR_INVALID, "no event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_closed_account_owns_goes_to_the_longest_standing_admin_whose_account_is_open),
        cmocka_unit_test(without_open_admins_the_longest_standing_open_member_inherits),
        cmocka_unit_test(where_nobody_is_left_the_closed_account_stays_and_whoever_is_opened_again_inherits),
        cmocka_unit_test(nobody_makes_a_closed_account_the_owner_but_an_owner_may_leave_it_behind),
        cmocka_unit_test(all_groups_of_a_closed_account_are_handed_on_however_many),
        cmocka_unit_test(who_writes_to_a_closed_account_is_told_until_it_is_open_again),
        cmocka_unit_test(a_failing_database_hands_on_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
