/* Each call of the database fails once, everywhere: what was answered with an error must not have happened. */
#include "services/auth/sessions.h"
#include "world.h"

/* After the call that may fail: no more faults in this round. Whether the call did what was asked. */
static bool succeeded(World *world, Err err)
{
    world_calm(world);
    assert_true(err == OK || err == ERR_UNAVAILABLE);
    return err == OK;
}

TEST(a_registration_that_failed_left_the_name_and_the_code_free)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Str code;
    bool done = false;
    assert_int_equal(auth_owner_invite(world->auth, ctx, &code), OK);
    for_each_fault(&world->faults) done = succeeded(world, try_register(world, "root", code.ptr, NULL));
    assert_true(done);
    signed_in(world, "root");
}

TEST(a_sign_in_that_failed_counts_as_none)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    bool done = false;
    for_each_fault(&world->faults) done = succeeded(world, try_login(world, "alice", PASSWORD, NULL));
    assert_true(done);
    Person alice = signed_in(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    ListSessionsRequest request = LIST_SESSIONS_REQUEST__INIT;
    ListSessionsResponse response = LIST_SESSIONS_RESPONSE__INIT;
    assert_int_equal(auth_list_sessions(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.n_sessions, 3); /* registered, the round without a fault, and this one */
}

TEST(a_refresh_token_is_not_used_up_by_a_refresh_that_failed)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    bool done = false;
    for_each_fault(&world->faults) done = succeeded(world, try_refresh(world, alice.refresh, &alice));
    assert_true(done);
    assert_int_equal(try_refresh(world, alice.refresh, &alice), OK);
    assert_int_equal(token_check(world, &alice), OK);
}

TEST(a_repeated_refresh_that_failed_may_be_repeated)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), next, again = { 0 };
    assert_int_equal(try_refresh(world, alice.refresh, &next), OK);
    bool done = false;
    for_each_fault(&world->faults) done = succeeded(world, try_refresh(world, alice.refresh, &again));
    assert_true(done);
    assert_string_equal(again.refresh, next.refresh);
    assert_int_equal(token_check(world, &again), OK);
}

static Err reuse(World *world, const char *refresh, const Person *thief)
{
    Err err = try_refresh(world, refresh, NULL);
    if (err == ERR_UNAUTHENTICATED) return OK;
    assert_int_equal(token_check(world, thief), OK);
    return err;
}

TEST(a_reuse_ends_the_session_once_the_database_works_again)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), thief;
    assert_int_equal(try_refresh(world, alice.refresh, &thief), OK);
    world->now_ms += REFRESH_REPEAT_MS;
    bool done = false;
    for_each_fault(&world->faults) done = succeeded(world, reuse(world, alice.refresh, &thief));
    assert_true(done);
    assert_int_equal(token_check(world, &thief), ERR_UNAUTHENTICATED);
}

TEST(a_password_that_was_not_changed_ended_no_session)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person desk = registered(world, "alice"), phone = signed_in(world, "alice");
    bool done = false;
    for_each_fault(&world->faults)
    {
        done = succeeded(world, try_change_password(world, &desk, PASSWORD, "battery staple"));
        assert_int_equal(token_check(world, &phone), done ? ERR_UNAUTHENTICATED : OK);
    }
    assert_true(done);
    assert_int_equal(try_login(world, "alice", "battery staple", NULL), OK);
}

static Err rename_me(World *world, const Person *person)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    UpdateMeRequest request = UPDATE_ME_REQUEST__INIT;
    UpdateMeResponse response = UPDATE_ME_RESPONSE__INIT;
    request._display_name_case = UPDATE_ME_REQUEST___DISPLAY_NAME_DISPLAY_NAME;
    request.display_name = "Renamed";
    return auth_update_me(world->auth, ctx, &request, &response);
}

static size_t found(World *world, const char *query)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
    request.query = (char *)query;
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), OK);
    return response.n_users;
}

TEST(names_and_the_words_they_are_found_by_change_together)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    bool done = false;
    for_each_fault(&world->faults)
    {
        done = succeeded(world, rename_me(world, &alice));
        assert_int_equal(found(world, "renamed"), done);
        assert_int_equal(found(world, "alice"), 1);
    }
    assert_true(done);
}

TEST(keys_that_cannot_be_read_do_not_keep_people_out)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    for_each_fault(&world->faults)
    {
        /* A look at the keys is due, and from the 30th day on a new one. */
        world->now_ms += INT64_C(10) * 24 * 3600 * 1000;
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
        GetJwksRequest request = GET_JWKS_REQUEST__INIT;
        GetJwksResponse response = GET_JWKS_RESPONSE__INIT;
        assert_true(succeeded(world, auth_get_jwks(world->auth, ctx, &request, &response)));
        assert_in_range(response.n_keys, 1, 3);
    }
    Person alice = signed_in(world, "alice");
    assert_int_equal(token_check(world, &alice), OK);
}

TEST(a_service_that_cannot_open_says_so_and_leaves_nothing)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    for_each_fault(&world->faults)
    {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
        AuthService *second = NULL;
        Err err = auth_open(ctx, world->db, world->outbox, world->cache, world->identity, &world->config, &second);
        assert_true(succeeded(world, err) == (second != NULL));
        auth_close(second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registration_that_failed_left_the_name_and_the_code_free),
        cmocka_unit_test(a_sign_in_that_failed_counts_as_none),
        cmocka_unit_test(a_refresh_token_is_not_used_up_by_a_refresh_that_failed),
        cmocka_unit_test(a_repeated_refresh_that_failed_may_be_repeated),
        cmocka_unit_test(a_reuse_ends_the_session_once_the_database_works_again),
        cmocka_unit_test(a_password_that_was_not_changed_ended_no_session),
        cmocka_unit_test(names_and_the_words_they_are_found_by_change_together),
        cmocka_unit_test(keys_that_cannot_be_read_do_not_keep_people_out),
        cmocka_unit_test(a_service_that_cannot_open_says_so_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
