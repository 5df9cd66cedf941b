#include <pthread.h>

#include "world.h"

static void invite_mode(AuthConfig *config)
{
    config->registration = AUTH_REGISTRATION_INVITE;
}

static void closed_mode(AuthConfig *config)
{
    config->registration = AUTH_REGISTRATION_CLOSED;
}

static const char *invite_by(World *world, const Person *admin, uint32_t uses, uint32_t ttl_s, Str *out_id)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, admin);
    CreateInviteRequest request = CREATE_INVITE_REQUEST__INIT;
    CreateInviteResponse response = CREATE_INVITE_RESPONSE__INIT;
    request.max_uses = uses;
    request.ttl_s = ttl_s;
    assert_int_equal(auth_create_invite(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.invite->uses_left, uses);
    if (out_id) *out_id = str_dup(world->ctx->arena, str_of(response.invite->id));
    return str_cstr(world->ctx->arena, str_of(response.code));
}

TEST(whoever_registers_is_signed_in_with_the_name_as_typed)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    RegisterRequest request = REGISTER_REQUEST__INIT;
    RegisterResponse response = REGISTER_RESPONSE__INIT;
    request.username = "Alice";
    request.password = PASSWORD;
    request.display_name = "  Alice Liddell ";
    assert_int_equal(auth_register(world->auth, ctx, &request, &response), OK);
    assert_string_equal(response.user->username, "Alice");
    assert_string_equal(response.user->display_name, "Alice Liddell");
    assert_int_equal(response.expires_in, 600);
    Person alice = signed_in(world, "aLICE");
    assert_int_equal(token_check(world, &alice), OK);
}

TEST(without_a_display_name_the_user_name_is_shown)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "Alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    GetMeRequest request = GET_ME_REQUEST__INIT;
    GetMeResponse response = GET_ME_RESPONSE__INIT;
    assert_int_equal(auth_get_me(world->auth, ctx, &request, &response), OK);
    assert_string_equal(response.user->display_name, "Alice");
}

static const struct {
    const char *label, *username, *password, *display_name;
    Err want;
} requests[] = {
    { "fine", "carol", PASSWORD, "", OK },
    { "bad name", "ca rol", PASSWORD, "", ERR_INVALID },
    { "short password", "carol2", "seven77", "", ERR_INVALID },
    { "bad display name", "carol3", PASSWORD, "a\tb", ERR_INVALID },
    { "same name", "alice", PASSWORD, "", ERR_CONFLICT },
    { "same name in capitals", "ALICE", PASSWORD, "", ERR_CONFLICT },
    { "name that looks alike", "a1ice", PASSWORD, "", ERR_CONFLICT },
    { "name of other letters that looks alike", "Рома", PASSWORD, "", ERR_CONFLICT },
    { "reserved name", "admin", PASSWORD, "", ERR_CONFLICT },
    { "reserved name in disguise", "Adm1n", PASSWORD, "", ERR_CONFLICT },
};

TEST(registration_refuses_what_breaks_a_rule_or_is_taken)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    registered(world, "poma");
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
        RegisterRequest request = REGISTER_REQUEST__INIT;
        RegisterResponse response = REGISTER_RESPONSE__INIT;
        request.username = (char *)requests[i].username;
        request.password = (char *)requests[i].password;
        request.display_name = (char *)requests[i].display_name;
        CHECK_ERR(auth_register(world->auth, ctx, &request, &response), requests[i].want, requests[i].label);
    }
}

TEST(by_invitation_a_code_admits_as_many_as_it_says)
{
    _cleanup_(world_freep) World *world = world_new(invite_mode);
    Person owner = owner_of(world);
    const char *code = invite_by(world, &owner, 2, 0, NULL);
    assert_int_equal(try_register(world, "alice", NULL, NULL), ERR_FORBIDDEN);
    assert_int_equal(try_register(world, "alice", "wrong", NULL), ERR_FORBIDDEN);
    assert_int_equal(try_register(world, "alice", code, NULL), OK);
    assert_int_equal(try_register(world, "alice", code, NULL), ERR_CONFLICT); /* costs no use */
    assert_int_equal(try_register(world, "bob", code, NULL), OK);
    assert_int_equal(try_register(world, "carol", code, NULL), ERR_FORBIDDEN);
}

TEST(a_code_ends_in_time_and_when_it_is_withdrawn)
{
    _cleanup_(world_freep) World *world = world_new(invite_mode);
    Person owner = owner_of(world);
    Str id;
    const char *brief = invite_by(world, &owner, 1, 60, NULL), *withdrawn = invite_by(world, &owner, 1, 0, &id);

    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &owner);
    RevokeInviteRequest request = REVOKE_INVITE_REQUEST__INIT;
    RevokeInviteResponse response = REVOKE_INVITE_RESPONSE__INIT;
    request.id = (char *)id.ptr;
    assert_int_equal(auth_revoke_invite(world->auth, ctx, &request, &response), OK);
    assert_int_equal(auth_revoke_invite(world->auth, ctx, &request, &response), ERR_NOT_FOUND);
    assert_int_equal(try_register(world, "alice", withdrawn, NULL), ERR_FORBIDDEN);

    ListInvitesRequest list = LIST_INVITES_REQUEST__INIT;
    ListInvitesResponse listed = LIST_INVITES_RESPONSE__INIT;
    assert_int_equal(auth_list_invites(world->auth, ctx, &list, &listed), OK);
    assert_int_equal(listed.n_invites, 1);

    world->now_ms += INT64_C(60) * 1000;
    assert_int_equal(try_register(world, "alice", brief, NULL), ERR_FORBIDDEN);
}

static const struct {
    const char *label;
    void (*config)(AuthConfig *config);
    RegistrationMode want;
} modes[] = {
    { "open", NULL, REGISTRATION_MODE__OPEN_REGISTRATION },
    { "by invitation", invite_mode, REGISTRATION_MODE__INVITE_REGISTRATION },
    { "closed", closed_mode, REGISTRATION_MODE__CLOSED_REGISTRATION },
};

TEST(whoever_asks_is_told_who_may_register)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        _cleanup_(world_freep) World *world = world_new(modes[i].config);
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
        GetRegistrationRequest request = GET_REGISTRATION_REQUEST__INIT;
        GetRegistrationResponse response = GET_REGISTRATION_RESPONSE__INIT;
        CHECK_ERR(auth_get_registration(world->auth, ctx, &request, &response), OK, modes[i].label);
        if (response.mode != modes[i].want) fail_msg("%s: mode %d", modes[i].label, (int)response.mode);
    }
}

static LookUpCodeResponse looked_up(World *world, const char *code)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    LookUpCodeRequest request = LOOK_UP_CODE_REQUEST__INIT;
    LookUpCodeResponse response = LOOK_UP_CODE_RESPONSE__INIT;
    request.code = (char *)code;
    assert_int_equal(auth_look_up_code(world->auth, ctx, &request, &response), OK);
    response.inviter = (char *)str_dup(world->ctx->arena, str_of(response.inviter)).ptr;
    return response;
}

#define CHECK_CODE(world, code, want_standing, want_owner, want_inviter) \
    do {                                                                 \
        LookUpCodeResponse found = looked_up(world, code);               \
        assert_int_equal(found.standing, want_standing);                 \
        assert_int_equal(found.has_owner, want_owner);                   \
        assert_string_equal(found.inviter, want_inviter);                \
    } while (0)

TEST(the_holder_of_a_code_is_told_what_it_is_good_for_and_it_stays_so)
{
    _cleanup_(world_freep) World *world = world_new(invite_mode);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Person owner;
    Str first, code;
    assert_int_equal(auth_owner_invite(world->auth, ctx, &first), OK);
    assert_int_equal(auth_owner_invite(world->auth, ctx, &code), OK);
    CHECK_CODE(world, "wrong", CODE_STANDING__NO_CODE, false, "");
    CHECK_CODE(world, first.ptr, CODE_STANDING__NO_CODE, false, "");
    CHECK_CODE(world, code.ptr, CODE_STANDING__OWNER_CODE, false, "");
    CHECK_CODE(world, code.ptr, CODE_STANDING__OWNER_CODE, false, "");
    assert_int_equal(try_register(world, "root", code.ptr, &owner), OK);
    CHECK_CODE(world, code.ptr, CODE_STANDING__NO_CODE, true, "");

    const char *invite = invite_by(world, &owner, 1, 60, NULL), *brief = invite_by(world, &owner, 1, 60, NULL);
    CHECK_CODE(world, invite, CODE_STANDING__INVITE_CODE, true, "root");
    CHECK_CODE(world, invite, CODE_STANDING__INVITE_CODE, true, "root");
    assert_int_equal(try_register(world, "alice", invite, NULL), OK);
    CHECK_CODE(world, invite, CODE_STANDING__NO_CODE, true, "");
    world->now_ms += INT64_C(60) * 1000;
    CHECK_CODE(world, brief, CODE_STANDING__NO_CODE, true, "");
}

TEST(closed_registration_lets_only_the_owner_in)
{
    _cleanup_(world_freep) World *world = world_new(closed_mode);
    assert_int_equal(try_register(world, "alice", NULL, NULL), ERR_FORBIDDEN);
    Person owner = owner_of(world);
    assert_int_equal(try_register(world, "alice", invite_by(world, &owner, 1, 0, NULL), NULL), ERR_FORBIDDEN);
}

TEST(the_owners_code_works_once_and_only_the_newest)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Str older, code;
    assert_int_equal(auth_owner_invite(world->auth, ctx, &older), OK);
    assert_int_equal(auth_owner_invite(world->auth, ctx, &code), OK);
    assert_int_equal(try_register(world, "thief", older.ptr, NULL), ERR_FORBIDDEN);

    Person owner;
    assert_int_equal(try_register(world, "admin", code.ptr, &owner), OK); /* reserved for just this account */
    GetMeRequest request = GET_ME_REQUEST__INIT;
    GetMeResponse response = GET_ME_RESPONSE__INIT;
    _cleanup_(ctx_freep) Ctx *as_owner = ctx_of(world, &owner);
    assert_int_equal(auth_get_me(world->auth, as_owner, &request, &response), OK);
    assert_int_equal(response.account->role, ACCOUNT_ROLE__OWNER_ACCOUNT);

    assert_int_equal(try_register(world, "thief", code.ptr, NULL), ERR_FORBIDDEN);
    assert_int_equal(auth_owner_invite(world->auth, ctx, &code), ERR_NOT_FOUND);
}

TEST(the_command_line_makes_accounts_but_no_second_owner)
{
    _cleanup_(world_freep) World *world = world_new(closed_mode);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Str code;
    Id id;
    assert_int_equal(auth_owner_invite(world->auth, ctx, &code), OK);
    assert_int_equal(
        auth_account_add(world->auth, ctx, STR("support"), STR(PASSWORD), STR(""), ACCOUNT_ROLE__OWNER_ACCOUNT, &id),
        OK);
    assert_int_equal(
        auth_account_add(world->auth, ctx, STR("usurper"), STR(PASSWORD), STR(""), ACCOUNT_ROLE__OWNER_ACCOUNT, &id),
        ERR_CONFLICT);
    assert_string_equal(ctx->err_text, "there is an owner already");
    assert_int_equal(try_register(world, "usurper", code.ptr, NULL), ERR_CONFLICT);
    assert_int_equal(
        auth_account_add(world->auth, ctx, STR("Support"), STR(PASSWORD), STR(""), ACCOUNT_ROLE__MEMBER_ACCOUNT, &id),
        ERR_CONFLICT);
    assert_int_equal(auth_account_find(world->auth, ctx, STR("SUPPORT"), &id), OK);
    assert_int_equal(auth_account_find(world->auth, ctx, STR("nobody"), &id), ERR_NOT_FOUND);
    signed_in(world, "support");
}

typedef struct Racer {
    World *world;
    const char *name, *code;
    Err err;
} Racer;

static void *race(void *arg)
{
    Racer *racer = arg;
    racer->err = try_register(racer->world, racer->name, racer->code, NULL);
    return NULL;
}

static int winners(World *world, Racer *racers, size_t count)
{
    pthread_t threads[8];
    int won = 0;
    for (size_t i = 0; i < count; i++) {
        racers[i].world = world;
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        won += racers[i].err == OK;
    }
    return won;
}

TEST(of_many_who_want_one_name_at_once_one_gets_it)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    static const char *const names[] = { "alice", "ALICE", "a1ice", "al.ice", "Alice", "a_lice", "aIice", "aiice" };
    Racer racers[8];
    for (int i = 0; i < 8; i++) racers[i] = (Racer){ .name = names[i] };
    assert_int_equal(winners(world, racers, 8), 1);
    for (int i = 0; i < 8; i++) assert_true(racers[i].err == OK || racers[i].err == ERR_CONFLICT);
}

TEST(of_many_who_have_one_code_at_once_one_gets_in)
{
    _cleanup_(world_freep) World *world = world_new(invite_mode);
    Person owner = owner_of(world);
    const char *code = invite_by(world, &owner, 1, 0, NULL);
    static const char *const names[] = { "anna", "boris", "clara", "dmitri" };
    Racer racers[4];
    for (int i = 0; i < 4; i++) racers[i] = (Racer){ .name = names[i], .code = code };
    assert_int_equal(winners(world, racers, 4), 1);
    for (int i = 0; i < 4; i++) assert_true(racers[i].err == OK || racers[i].err == ERR_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_registers_is_signed_in_with_the_name_as_typed),
        cmocka_unit_test(without_a_display_name_the_user_name_is_shown),
        cmocka_unit_test(registration_refuses_what_breaks_a_rule_or_is_taken),
        cmocka_unit_test(by_invitation_a_code_admits_as_many_as_it_says),
        cmocka_unit_test(a_code_ends_in_time_and_when_it_is_withdrawn),
        cmocka_unit_test(whoever_asks_is_told_who_may_register),
        cmocka_unit_test(the_holder_of_a_code_is_told_what_it_is_good_for_and_it_stays_so),
        cmocka_unit_test(closed_registration_lets_only_the_owner_in),
        cmocka_unit_test(the_owners_code_works_once_and_only_the_newest),
        cmocka_unit_test(the_command_line_makes_accounts_but_no_second_owner),
        cmocka_unit_test(of_many_who_want_one_name_at_once_one_gets_it),
        cmocka_unit_test(of_many_who_have_one_code_at_once_one_gets_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
