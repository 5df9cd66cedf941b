#include <pthread.h>

#include "base/limits.h"
#include "rpc/event.h"
#include "runtime/clock.h"
#include "services/auth/sessions.h"
#include "services/auth/store.h"
#include "world.h"

static Err try_logout(World *world, const Person *person)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    LogoutRequest request = LOGOUT_REQUEST__INIT;
    LogoutResponse response = LOGOUT_RESPONSE__INIT;
    return auth_logout(world->auth, ctx, &request, &response);
}

static Err try_revoke(World *world, const Person *person, Id session)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    RevokeSessionRequest request = REVOKE_SESSION_REQUEST__INIT;
    RevokeSessionResponse response = REVOKE_SESSION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, session);
    return auth_revoke_session(world->auth, ctx, &request, &response);
}

/* In a context of the caller's, who releases it. */
static ListSessionsResponse sessions_of(World *world, Ctx *ctx)
{
    ListSessionsRequest request = LIST_SESSIONS_REQUEST__INIT;
    ListSessionsResponse response = LIST_SESSIONS_RESPONSE__INIT;
    assert_int_equal(auth_list_sessions(world->auth, ctx, &request, &response), OK);
    return response;
}

TEST(a_wrong_password_and_an_unknown_name_get_the_same_answer)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    const char *texts[3];
    static const char *const names[] = { "alice", "nobody", "not a name \xd0\xb9" };
    for (int i = 0; i < 3; i++) {
        Ctx *ctx = ctx_of(world, NULL);
        LoginRequest request = LOGIN_REQUEST__INIT;
        LoginResponse response = LOGIN_RESPONSE__INIT;
        request.username = (char *)names[i];
        request.password = "wrong horse";
        assert_int_equal(auth_login(world->auth, ctx, &request, &response), ERR_UNAUTHENTICATED);
        texts[i] = str_cstr(world->ctx->arena, str_of(ctx->err_text));
        ctx_free(ctx);
    }
    assert_string_equal(texts[0], texts[1]);
    assert_string_equal(texts[0], texts[2]);
}

TEST(wrong_passwords_make_the_next_attempt_wait_also_with_the_right_one)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    for (int i = 0; i < 5; i++) assert_int_equal(try_login(world, "ALICE", "wrong horse", NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), ERR_RATE_LIMITED);
    world->now_ms += 999;
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), ERR_RATE_LIMITED);
    world->now_ms += 1;
    assert_int_equal(try_login(world, "alice", "wrong horse", NULL), ERR_UNAUTHENTICATED);
    world->now_ms += 1000;
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), ERR_RATE_LIMITED);
    world->now_ms += 1000;
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), OK);
}

static void without_throttle(AuthConfig *config)
{
    config->throttle = false;
}

TEST(with_rate_limits_off_wrong_passwords_do_not_wait)
{
    _cleanup_(world_freep) World *world = world_new(without_throttle);
    registered(world, "alice");
    for (int i = 0; i < 12; i++) assert_int_equal(try_login(world, "alice", "wrong horse", NULL), ERR_UNAUTHENTICATED);
    signed_in(world, "alice");
}

TEST(a_session_tells_device_address_and_times)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    world->now_ms += 1000;
    Person phone = signed_in(world, "alice");
    world->now_ms += 1000;
    assert_int_equal(try_refresh(world, phone.refresh, &phone), OK);

    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &phone);
    ListSessionsResponse list = sessions_of(world, ctx);
    assert_int_equal(list.n_sessions, 2);
    assert_true(list.sessions[0]->current);
    assert_false(list.sessions[1]->current);
    assert_string_equal(list.sessions[0]->device, "cmocka");
    assert_string_equal(list.sessions[0]->address, "192.0.2.7");
    assert_int_equal(list.sessions[0]->last_seen_at->seconds - list.sessions[0]->created_at->seconds, 1);
}

TEST(each_refresh_gives_the_next_pair_of_the_same_session)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    for (int i = 0; i < 3; i++) {
        Person next;
        world->now_ms += INT64_C(480) * 1000;
        assert_int_equal(try_refresh(world, alice.refresh, &next), OK);
        assert_true(id_eq(next.session, alice.session));
        assert_string_not_equal(next.refresh, alice.refresh);
        assert_string_not_equal(next.access, alice.access);
        alice = next;
    }
}

TEST(a_used_refresh_token_ends_the_session_at_once)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), other = signed_in(world, "alice"), second, third;
    assert_int_equal(try_refresh(world, alice.refresh, &second), OK);
    assert_int_equal(try_refresh(world, second.refresh, &third), OK);
    assert_int_equal(token_check(world, &third), OK);

    assert_int_equal(try_refresh(world, alice.refresh, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &third), ERR_UNAUTHENTICATED);
    assert_int_equal(try_refresh(world, third.refresh, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &other), OK);
    assert_int_equal(try_refresh(world, other.refresh, NULL), OK);

    struct Heard heard = world_hear(world, 0);
    CHECK_STR(heard.topic, STR(TOPIC_SESSIONS), "topic");
    assert_int_equal(heard.event->data_case, ENVELOPE__DATA_SESSION_REVOKED);
    assert_string_equal(heard.event->session_revoked->session_id, id_text(world->ctx->arena, alice.session));
    assert_int_equal(heard.event->session_revoked->until_ms, world->now_ms / 1000 * 1000 + INT64_C(600) * 1000);
}

/* How the refresh token of one session is used: '.' the newest, 'p' the one before it, 'o' the one before that; with the time
 * that went by before. */
typedef struct Use {
    char token;
    int64_t after_ms;
} Use;

static const struct {
    const char *label;
    Use uses[8];
    Err want; /* of the last use; the ones before are good */
} repeats[] = {
    { "the answer was lost, and the client asks again", { { '.', 0 }, { 'p', 1000 } }, OK },
    { "lost again and again", { { '.', 0 }, { 'p', 20000 }, { 'p', 20000 }, { 'p', 19999 } }, OK },
    { "until the last moment", { { '.', 0 }, { 'p', REFRESH_REPEAT_MS - 1 } }, OK },
    { "a moment later it is theft", { { '.', 0 }, { 'p', REFRESH_REPEAT_MS } }, ERR_UNAUTHENTICATED },
    { "asking again gives no more time", { { '.', 0 }, { 'p', 59000 }, { 'p', 1000 } }, ERR_UNAUTHENTICATED },
    { "what came again goes on", { { '.', 0 }, { 'p', 1000 }, { '.', 1000 }, { '.', 1000 } }, OK },
    { "the next one may come again too", { { '.', 0 }, { 'p', 1000 }, { '.', 50000 }, { 'p', 59000 } }, OK },
    { "the one before the one before", { { '.', 0 }, { '.', 1000 }, { 'o', 1000 } }, ERR_UNAUTHENTICATED },
    { "older, though it came again", { { '.', 0 }, { 'p', 1000 }, { '.', 0 }, { 'o', 0 } }, ERR_UNAUTHENTICATED },
};

TEST_EACH(a_used_refresh_token_gets_the_same_answer_while_it_may_have_been_lost, repeats, c)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), other = signed_in(world, "alice"), next;
    const char *tokens[3] = { alice.refresh }; /* the newest first */
    Err err = OK;
    for (const Use *use = c->uses; use->token; use++) {
        CHECK_ERR(err, OK, c->label);
        world->now_ms += use->after_ms;
        err = try_refresh(world, tokens[use->token == 'p' ? 1 : use->token == 'o' ? 2 : 0], &next);
        if (err) break;
        CHECK(id_eq(next.session, alice.session), c->label);
        CHECK_ERR(token_check(world, &next), OK, c->label);
        if (use->token == 'p') {
            CHECK_STR(str_of(next.refresh), str_of(tokens[0]), c->label);
            continue;
        }
        tokens[2] = tokens[1];
        tokens[1] = tokens[0];
        tokens[0] = next.refresh;
    }
    CHECK_ERR(err, c->want, c->label);
    CHECK_ERR(token_check(world, &next), c->want, c->label);
    CHECK_ERR(try_refresh(world, tokens[0], NULL), c->want, c->label);
    CHECK_ERR(try_refresh(world, other.refresh, NULL), OK, c->label);
}

TEST(an_answer_that_is_given_again_outlives_a_restart_and_ends_with_the_session)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), next, again;
    assert_int_equal(try_refresh(world, alice.refresh, &next), OK);
    world_restart(world);
    world->now_ms += 30000;
    assert_int_equal(try_refresh(world, alice.refresh, &again), OK);
    assert_string_equal(again.refresh, next.refresh);
    /* A whole life of its own, and it ends with all others. */
    world->now_ms += INT64_C(599) * 1000;
    assert_int_equal(token_check(world, &again), OK);
    assert_int_equal(try_logout(world, &again), OK);
    assert_int_equal(token_check(world, &again), ERR_UNAUTHENTICATED);
    assert_int_equal(try_refresh(world, alice.refresh, NULL), ERR_UNAUTHENTICATED);
    struct Heard heard = world_hear(world, 0);
    /* The longest that any token of it may live: one may have been lent on a full disk. */
    assert_int_equal(heard.event->session_revoked->until_ms, world->now_ms / 1000 * 1000 + INT64_C(600) * 1000);
}

static Err forget_what_went_before(Tx *tx, Ctx *ctx, void *arg)
{
    SessionRow session;
    Err err = session_by_id(tx, ctx, *(const Id *)arg, &session);
    if (err) return err;
    SecretHash before = session.refresh_hash;
    session.successor = (SuccessorKey){ { 0 } };
    return session_rotate(tx, ctx, &before, &session);
}

TEST(a_used_token_whose_successor_is_not_the_newest_is_theft)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), next;
    assert_int_equal(try_refresh(world, alice.refresh, &next), OK);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    assert_int_equal(db_write(world->db, ctx, forget_what_went_before, &alice.session), OK);
    assert_int_equal(try_refresh(world, alice.refresh, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &next), ERR_UNAUTHENTICATED);
}

TEST(an_invented_refresh_token_ends_nobodys_session)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), bob = registered(world, "bob");
    /* Alice's session with the rest of bob's token, and any text. The session is the first 16 bytes: 21 whole characters. */
    char *mixed = str_cstr(world->ctx->arena, str_of(bob.refresh));
    memcpy(mixed, alice.refresh, 21);
    assert_int_equal(try_refresh(world, mixed, NULL), ERR_UNAUTHENTICATED);
    static const char *const texts[] = {
        "", "x", "....", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_int_equal(try_refresh(world, texts[i], NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_refresh(world, alice.refresh, NULL), OK);
    assert_int_equal(try_refresh(world, bob.refresh, NULL), OK);
}

TEST(a_session_lives_as_long_as_it_is_used_and_sixty_days_more)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    int64_t life_ms = world->config.refresh_ttl_ms;
    for (int i = 0; i < 3; i++) {
        world->now_ms += life_ms - 1;
        assert_int_equal(try_refresh(world, alice.refresh, &alice), OK);
    }
    world->now_ms += life_ms;
    assert_int_equal(try_refresh(world, alice.refresh, NULL), ERR_UNAUTHENTICATED);
    Person again = signed_in(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &again);
    assert_int_equal(sessions_of(world, ctx).n_sessions, 1);
}

TEST(signing_out_ends_this_session_and_no_other)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person desk = registered(world, "alice"), phone = signed_in(world, "alice");
    assert_int_equal(try_logout(world, &phone), OK);
    assert_int_equal(token_check(world, &phone), ERR_UNAUTHENTICATED);
    assert_int_equal(try_refresh(world, phone.refresh, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &desk), OK);
    assert_int_equal(try_logout(world, &phone), OK); /* twice is as good as once */
}

TEST(one_may_end_ones_own_sessions_only)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person desk = registered(world, "alice"), phone = signed_in(world, "alice"), bob = registered(world, "bob");
    assert_int_equal(try_revoke(world, &bob, phone.session), ERR_NOT_FOUND);
    assert_int_equal(token_check(world, &phone), OK);
    assert_int_equal(try_revoke(world, &desk, phone.session), OK);
    assert_int_equal(token_check(world, &phone), ERR_UNAUTHENTICATED);
    assert_int_equal(try_revoke(world, &desk, phone.session), ERR_NOT_FOUND);
}

TEST(ending_the_others_keeps_the_one_that_asks)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person desk = registered(world, "alice"), phone = signed_in(world, "alice"), tablet = signed_in(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &desk);
    RevokeOtherSessionsRequest request = REVOKE_OTHER_SESSIONS_REQUEST__INIT;
    RevokeOtherSessionsResponse response = REVOKE_OTHER_SESSIONS_RESPONSE__INIT;
    assert_int_equal(auth_revoke_other_sessions(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.revoked, 2);
    assert_int_equal(token_check(world, &desk), OK);
    assert_int_equal(token_check(world, &phone), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &tablet), ERR_UNAUTHENTICATED);
}

TEST(a_new_password_ends_all_other_sessions)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person desk = registered(world, "alice"), phone = signed_in(world, "alice");
    assert_int_equal(try_change_password(world, &desk, "wrong horse", "battery staple"), ERR_FORBIDDEN);
    assert_int_equal(try_change_password(world, &desk, PASSWORD, "short"), ERR_INVALID);
    assert_int_equal(token_check(world, &phone), OK);

    assert_int_equal(try_change_password(world, &desk, PASSWORD, "battery staple"), OK);
    assert_int_equal(token_check(world, &desk), OK);
    assert_int_equal(try_refresh(world, desk.refresh, NULL), OK);
    assert_int_equal(token_check(world, &phone), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "alice", "battery staple", NULL), OK);
}

TEST(an_old_password_is_guessed_as_slowly_as_at_sign_in)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    for (int i = 0; i < 5; i++)
        assert_int_equal(try_change_password(world, &alice, "wrong horse", "battery staple"), ERR_FORBIDDEN);
    assert_int_equal(try_change_password(world, &alice, PASSWORD, "battery staple"), ERR_RATE_LIMITED);
}

TEST(a_password_set_from_the_command_line_ends_all_sessions)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    assert_int_equal(auth_account_set_password(world->auth, ctx, STR("nobody"), STR("battery staple")), ERR_NOT_FOUND);
    assert_int_equal(auth_account_set_password(world->auth, ctx, STR("ALICE"), STR("battery staple")), OK);
    assert_int_equal(token_check(world, &alice), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "alice", "battery staple", NULL), OK);
}

TEST(with_too_many_sessions_the_longest_unused_one_ends)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person first = registered(world, "alice"), second;
    world->now_ms++;
    second = signed_in(world, "alice");
    for (int i = 2; i < SESSIONS_PER_USER_MAX; i++) {
        world->now_ms++;
        signed_in(world, "alice");
    }
    world->now_ms++;
    assert_int_equal(try_refresh(world, first.refresh, &first), OK); /* now the second is unused for longest */
    Person last = signed_in(world, "alice");
    assert_int_equal(token_check(world, &first), OK);
    assert_int_equal(token_check(world, &second), ERR_UNAUTHENTICATED);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &last);
    assert_int_equal(sessions_of(world, ctx).n_sessions, SESSIONS_PER_USER_MAX);
}

TEST(revocations_outlive_a_restart_until_the_last_token_ends)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    world->now_ms = clock_now_ms();
    Person alice = registered(world, "alice"), gone = signed_in(world, "alice");
    assert_int_equal(try_logout(world, &gone), OK);
    world_restart(world);
    assert_int_equal(token_check(world, &gone), ERR_UNAUTHENTICATED);
    assert_int_equal(token_check(world, &alice), OK);

    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    ListRevokedSessionsRequest request = LIST_REVOKED_SESSIONS_REQUEST__INIT;
    ListRevokedSessionsResponse response = LIST_REVOKED_SESSIONS_RESPONSE__INIT;
    assert_int_equal(auth_list_revoked_sessions(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.n_sessions, 1);
    assert_string_equal(response.sessions[0]->session_id, id_text(ctx->arena, gone.session));

    ctx->now_ms += INT64_C(600) * 1000;
    response.n_sessions = 0;
    assert_int_equal(auth_list_revoked_sessions(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.n_sessions, 0);
}

static Err read_account(Tx *tx, Ctx *ctx, void *arg)
{
    return account_by_name(tx, ctx, STR("alice"), arg);
}

/* The parameters in the stored hash of alice. */
static Str hash_parameters(World *world, Ctx *ctx)
{
    AccountRow alice;
    assert_int_equal(db_read(world->db, ctx, read_account, &alice), OK);
    Str rest = alice.password_hash;
    for (int i = 0; i < 3; i++) str_cut(&rest, '$'); /* $argon2id$v=19$m=8,t=1,p=1$... */
    return str_cut(&rest, '$');
}

TEST(a_hash_made_with_other_parameters_is_renewed_at_sign_in)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    registered(world, "alice");
    CHECK_STR(hash_parameters(world, ctx), STR("m=8,t=1,p=1"), "registered");
    world->config.password_passes = 2;
    world_restart(world);
    assert_int_equal(try_login(world, "alice", "wrong horse", NULL), ERR_UNAUTHENTICATED);
    CHECK_STR(hash_parameters(world, ctx), STR("m=8,t=1,p=1"), "after a wrong password");
    signed_in(world, "alice");
    CHECK_STR(hash_parameters(world, ctx), STR("m=8,t=2,p=1"), "after a sign-in");
    signed_in(world, "alice");
}

#define COMPOSED   "caf\u00e9 cr\u00e8me"
#define DECOMPOSED "cafe\u0301 cre\u0300me"

TEST(a_password_is_the_same_however_the_keyboard_makes_its_letters)
{
    static const char *const typed[] = { COMPOSED, DECOMPOSED, "caf\u00e9\u00a0cr\u00e8me" };
    static const char *const others[] = { "CAF\u00c9 CR\u00c8ME", "cafe creme", "caf\u00e9cr\u00e8me" };
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        _cleanup_(world_freep) World *world = world_new(NULL);
        Person alice = registered(world, "alice");
        assert_int_equal(try_change_password(world, &alice, PASSWORD, typed[i]), OK);
        for (size_t k = 0; k < ARRAY_LEN(typed); k++) assert_int_equal(try_login(world, "alice", typed[k], &alice), OK);
        for (size_t k = 0; k < ARRAY_LEN(others); k++)
            assert_int_equal(try_login(world, "alice", others[k], NULL), ERR_UNAUTHENTICATED);
        assert_int_equal(try_change_password(world, &alice, typed[(i + 1) % ARRAY_LEN(typed)], "battery staple"), OK);
    }
}

typedef struct OldHash {
    Id user;
    Str hash;
} OldHash;

static Err set_old_hash(Tx *tx, Ctx *ctx, void *arg)
{
    const OldHash *old = arg;
    AccountRow account;
    Err err = account_by_id(tx, ctx, old->user, &account);
    return err ? err : account_set_password(tx, ctx, old->user, account.password_hash, old->hash);
}

/* As it was before passwords were prepared. */
static void keep_as_typed(World *world, const Person *person, const char *typed)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    OldHash old = { .user = person->id };
    assert_int_equal(password_hash(world->auth->passwords, ctx, str_of(typed), &old.hash), OK);
    assert_int_equal(db_write(world->db, ctx, set_old_hash, &old), OK);
}

TEST(a_hash_of_what_was_typed_is_good_once_more_and_then_is_as_all)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    keep_as_typed(world, &alice, DECOMPOSED);
    assert_int_equal(try_login(world, "alice", COMPOSED, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "alice", DECOMPOSED, NULL), OK);
    assert_int_equal(try_login(world, "alice", COMPOSED, NULL), OK);
    assert_int_equal(try_login(world, "alice", DECOMPOSED, &alice), OK);

    keep_as_typed(world, &alice, "correct\thorse"); /* what nobody may choose any more */
    assert_int_equal(try_login(world, "alice", "correct\thorse", NULL), OK);
    keep_as_typed(world, &alice, DECOMPOSED);
    assert_int_equal(try_change_password(world, &alice, DECOMPOSED, "battery staple"), OK);
}

TEST(a_password_too_long_to_be_one_is_just_wrong)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    char typed[PASSWORD_TYPED_MAX + 2] = { 0 };
    memset(typed, 'x', sizeof typed - 1);
    assert_int_equal(try_login(world, "alice", typed, NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_change_password(world, &alice, typed, "battery staple"), ERR_FORBIDDEN);
}

static void no_room_to_hash(AuthConfig *config)
{
    config->password_queue_max = 0;
}

TEST(when_too_many_hashes_wait_the_caller_is_told_when_to_come_back)
{
    _cleanup_(world_freep) World *world = world_new(no_room_to_hash);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    LoginRequest request = LOGIN_REQUEST__INIT;
    LoginResponse response = LOGIN_RESPONSE__INIT;
    request.username = "alice";
    request.password = PASSWORD;
    for (int i = 0; i < 20; i++) assert_int_equal(auth_login(world->auth, ctx, &request, &response), ERR_UNAVAILABLE);
    assert_int_equal(ctx->retry_after_ms, 1000);
}

typedef struct Rotation {
    Id session;
    SecretHash before;
} Rotation;

static Err rotate(Tx *tx, Ctx *ctx, void *arg)
{
    const Rotation *rotation = arg;
    SessionRow session;
    Err err = session_by_id(tx, ctx, rotation->session, &session);
    return err ? err : session_rotate(tx, ctx, &rotation->before, &session);
}

/* On engines whose transactions overlap, the row itself decides who was first. */
TEST(a_rotation_from_a_token_that_is_not_the_newest_changes_nothing)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Rotation rotation = { alice.session, { { 1 } } };
    assert_int_equal(db_write(world->db, ctx, rotate, &rotation), ERR_CONFLICT);
    assert_int_equal(try_refresh(world, alice.refresh, NULL), OK);
}

typedef struct Racer {
    World *world;
    const char *refresh;
    Err err;
    Person person;
} Racer;

static void *race(void *arg)
{
    Racer *racer = arg;
    racer->err = try_refresh(racer->world, racer->refresh, &racer->person);
    return NULL;
}

#define RACERS 4

/* Tabs of one browser. On engines whose transactions overlap, as of several processes. */
TEST(all_who_refresh_with_one_token_at_once_get_the_same_next_one)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person person = registered(world, "alice");
    for (int round = 0; round < 10; round++) {
        pthread_t threads[RACERS];
        Racer racers[RACERS];
        for (int i = 0; i < RACERS; i++) racers[i] = (Racer){ .world = world, .refresh = person.refresh };
        for (int i = 0; i < RACERS; i++) pthread_create(&threads[i], NULL, race, &racers[i]);
        for (int i = 0; i < RACERS; i++) pthread_join(threads[i], NULL);
        for (int i = 0; i < RACERS; i++) {
            assert_int_equal(racers[i].err, OK);
            assert_string_equal(racers[i].person.refresh, racers[0].person.refresh);
            assert_int_equal(token_check(world, &racers[i].person), OK);
        }
        person = racers[0].person;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_password_and_an_unknown_name_get_the_same_answer),
        cmocka_unit_test(wrong_passwords_make_the_next_attempt_wait_also_with_the_right_one),
        cmocka_unit_test(with_rate_limits_off_wrong_passwords_do_not_wait),
        cmocka_unit_test(a_session_tells_device_address_and_times),
        cmocka_unit_test(each_refresh_gives_the_next_pair_of_the_same_session),
        cmocka_unit_test(a_used_refresh_token_ends_the_session_at_once),
        cmocka_unit_test(a_used_refresh_token_gets_the_same_answer_while_it_may_have_been_lost),
        cmocka_unit_test(an_answer_that_is_given_again_outlives_a_restart_and_ends_with_the_session),
        cmocka_unit_test(a_used_token_whose_successor_is_not_the_newest_is_theft),
        cmocka_unit_test(an_invented_refresh_token_ends_nobodys_session),
        cmocka_unit_test(a_session_lives_as_long_as_it_is_used_and_sixty_days_more),
        cmocka_unit_test(signing_out_ends_this_session_and_no_other),
        cmocka_unit_test(one_may_end_ones_own_sessions_only),
        cmocka_unit_test(ending_the_others_keeps_the_one_that_asks),
        cmocka_unit_test(a_new_password_ends_all_other_sessions),
        cmocka_unit_test(an_old_password_is_guessed_as_slowly_as_at_sign_in),
        cmocka_unit_test(a_password_set_from_the_command_line_ends_all_sessions),
        cmocka_unit_test(with_too_many_sessions_the_longest_unused_one_ends),
        cmocka_unit_test(revocations_outlive_a_restart_until_the_last_token_ends),
        cmocka_unit_test(a_hash_made_with_other_parameters_is_renewed_at_sign_in),
        cmocka_unit_test(a_password_is_the_same_however_the_keyboard_makes_its_letters),
        cmocka_unit_test(a_hash_of_what_was_typed_is_good_once_more_and_then_is_as_all),
        cmocka_unit_test(a_password_too_long_to_be_one_is_just_wrong),
        cmocka_unit_test(when_too_many_hashes_wait_the_caller_is_told_when_to_come_back),
        cmocka_unit_test(a_rotation_from_a_token_that_is_not_the_newest_changes_nothing),
        cmocka_unit_test(all_who_refresh_with_one_token_at_once_get_the_same_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
