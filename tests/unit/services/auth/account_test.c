#include "world.h"

#define MEMBER ACCOUNT_ROLE__MEMBER_ACCOUNT
#define ADMIN  ACCOUNT_ROLE__ADMIN_ACCOUNT
#define OWNER  ACCOUNT_ROLE__OWNER_ACCOUNT

static Err try_set_role(World *world, const Person *actor, Id user, AccountRole role)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, actor);
    UpdateAccountRequest request = UPDATE_ACCOUNT_REQUEST__INIT;
    UpdateAccountResponse response = UPDATE_ACCOUNT_RESPONSE__INIT;
    request.id = id_text(ctx->arena, user);
    request._role_case = UPDATE_ACCOUNT_REQUEST___ROLE_ROLE;
    request.role = role;
    Err err = auth_update_account(world->auth, ctx, &request, &response);
    if (!err) assert_int_equal(response.account->role, role);
    return err;
}

static Err try_disable(World *world, const Person *actor, Id user, bool disabled)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, actor);
    UpdateAccountRequest request = UPDATE_ACCOUNT_REQUEST__INIT;
    UpdateAccountResponse response = UPDATE_ACCOUNT_RESPONSE__INIT;
    request.id = id_text(ctx->arena, user);
    request._disabled_case = UPDATE_ACCOUNT_REQUEST___DISABLED_DISABLED;
    request.disabled = disabled;
    Err err = auth_update_account(world->auth, ctx, &request, &response);
    if (!err) assert_int_equal(response.account->disabled, disabled);
    return err;
}

static size_t resolved(World *world, Id user)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    ResolveUsersRequest request = RESOLVE_USERS_REQUEST__INIT;
    ResolveUsersResponse response = RESOLVE_USERS_RESPONSE__INIT;
    char *ids[] = { id_text(ctx->arena, user) };
    request.ids = ids;
    request.n_ids = 1;
    assert_int_equal(auth_resolve_users(world->auth, ctx, &request, &response), OK);
    return response.n_users;
}

static size_t searched(World *world, const Person *person, const char *query)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
    request.query = (char *)query;
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), OK);
    return response.n_users;
}

TEST(a_closed_account_is_out_at_once_and_may_come_back)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person owner = owner_of(world), bob = registered(world, "bob"), phone = signed_in(world, "bob");
    assert_int_equal(try_disable(world, &owner, bob.id, true), OK);
    assert_int_equal(token_check(world, &bob), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &phone), ERR_UNAUTHENTICATED);
    assert_int_equal(try_refresh(world, bob.refresh, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "bob", PASSWORD, NULL), ERR_FORBIDDEN);
    assert_int_equal(try_login(world, "bob", "wrong horse", NULL), ERR_UNAUTHENTICATED); /* only the user is told why */
    assert_int_equal(resolved(world, bob.id), 0);
    assert_int_equal(searched(world, &owner, "bob"), 0);
    world_hear(world, 1);

    assert_int_equal(try_disable(world, &owner, bob.id, false), OK);
    signed_in(world, "bob");
    assert_int_equal(token_check(world, &phone), ERR_UNAUTHENTICATED);
    assert_int_equal(resolved(world, bob.id), 1);
    assert_int_equal(searched(world, &owner, "bob"), 1);
}

TEST(roles_are_the_owners_to_give_and_the_database_decides_not_the_token)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person owner = owner_of(world), bob = registered(world, "bob"), carol = registered(world, "carol");
    assert_int_equal(try_disable(world, &bob, carol.id, true), ERR_FORBIDDEN);
    assert_int_equal(try_set_role(world, &bob, bob.id, ADMIN), ERR_FORBIDDEN);

    assert_int_equal(try_set_role(world, &owner, bob.id, ADMIN), OK);
    assert_int_equal(token_check(world, &bob), OK);
    assert_int_equal(try_disable(world, &bob, carol.id, true), OK);
    assert_int_equal(try_disable(world, &bob, owner.id, true), ERR_FORBIDDEN);
    assert_int_equal(try_disable(world, &bob, bob.id, true), ERR_FORBIDDEN);
    assert_int_equal(try_set_role(world, &bob, carol.id, ADMIN), ERR_FORBIDDEN);

    assert_int_equal(try_set_role(world, &owner, bob.id, OWNER), ERR_INVALID);
    assert_int_equal(try_set_role(world, &owner, owner.id, MEMBER), ERR_FORBIDDEN);
    assert_int_equal(try_disable(world, &owner, owner.id, true), ERR_FORBIDDEN);
}

TEST(an_admin_who_is_no_longer_one_has_no_token_that_says_otherwise)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person owner = owner_of(world), bob = registered(world, "bob");
    assert_int_equal(try_set_role(world, &owner, bob.id, ADMIN), OK);
    assert_int_equal(try_refresh(world, bob.refresh, &bob), OK);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Actor actor;
    int64_t expires_ms;
    assert_int_equal(identity_verify(world->identity, ctx, str_of(bob.access), &actor, &expires_ms), OK);
    assert_true(actor.admin);

    assert_int_equal(try_set_role(world, &owner, bob.id, MEMBER), OK);
    assert_int_equal(token_check(world, &bob), ERR_UNAUTHENTICATED);
    assert_int_equal(try_disable(world, &bob, owner.id, true), ERR_FORBIDDEN);
    bob = signed_in(world, "bob");
    assert_int_equal(identity_verify(world->identity, ctx, str_of(bob.access), &actor, &expires_ms), OK);
    assert_false(actor.admin);
}

TEST(accounts_are_listed_in_pages_in_order_of_registration)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person owner = owner_of(world), bob = registered(world, "bob");
    registered(world, "carol");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &owner);
    ListAccountsRequest request = LIST_ACCOUNTS_REQUEST__INIT;
    ListAccountsResponse response = LIST_ACCOUNTS_RESPONSE__INIT;
    request.limit = 2;
    assert_int_equal(auth_list_accounts(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.n_accounts, 2);
    assert_true(response.has_more);
    assert_string_equal(response.accounts[0]->user->username, "root");
    assert_int_equal(response.accounts[0]->role, OWNER);
    request.after_id = response.accounts[1]->user->id;
    ListAccountsResponse rest = LIST_ACCOUNTS_RESPONSE__INIT;
    assert_int_equal(auth_list_accounts(world->auth, ctx, &request, &rest), OK);
    assert_int_equal(rest.n_accounts, 1);
    assert_false(rest.has_more);
    assert_string_equal(rest.accounts[0]->user->username, "carol");

    _cleanup_(ctx_freep) Ctx *as_bob = ctx_of(world, &bob);
    assert_int_equal(auth_list_accounts(world->auth, as_bob, &request, &response), ERR_FORBIDDEN);
    _cleanup_(ctx_freep) Ctx *operator= ctx_of(world, NULL);
    operator->actor.kind = ACTOR_SERVICE;
    request.after_id = "";
    ListAccountsResponse seen = LIST_ACCOUNTS_RESPONSE__INIT;
    assert_int_equal(auth_list_accounts(world->auth, operator, & request, &seen), OK);
    assert_int_equal(seen.n_accounts, 2);
    /* A service that works for a user has that user's standing. */
    operator->actor.user = bob.id;
    assert_int_equal(auth_list_accounts(world->auth, operator, & request, &seen), ERR_FORBIDDEN);
}

TEST(only_administrators_invite_and_so_many_may_be_open)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person owner = owner_of(world), bob = registered(world, "bob");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &owner);
    _cleanup_(ctx_freep) Ctx *as_bob = ctx_of(world, &bob);
    CreateInviteRequest request = CREATE_INVITE_REQUEST__INIT;
    CreateInviteResponse response = CREATE_INVITE_RESPONSE__INIT;
    assert_int_equal(auth_create_invite(world->auth, as_bob, &request, &response), ERR_FORBIDDEN);
    for (int i = 0; i < 1000; i++) assert_int_equal(auth_create_invite(world->auth, ctx, &request, &response), OK);
    assert_int_equal(auth_create_invite(world->auth, ctx, &request, &response), ERR_PRECONDITION);
    ctx->now_ms += INT64_C(8) * 24 * 3600 * 1000; /* all have ended */
    assert_int_equal(auth_create_invite(world->auth, ctx, &request, &response), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_account_is_out_at_once_and_may_come_back),
        cmocka_unit_test(roles_are_the_owners_to_give_and_the_database_decides_not_the_token),
        cmocka_unit_test(an_admin_who_is_no_longer_one_has_no_token_that_says_otherwise),
        cmocka_unit_test(accounts_are_listed_in_pages_in_order_of_registration),
        cmocka_unit_test(only_administrators_invite_and_so_many_may_be_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
