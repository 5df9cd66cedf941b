#include "services/auth/throttle.h"

#include "services/auth/store.h"
#include "world.h"

/* Later than an hour after the beginning of time, in which nothing is forgotten. */
#define BEGIN_MS INT64_C(1750000000000)

static Ctx *caller(const char *peer, int64_t now_ms)
{
    Ctx *ctx = ctx_new("test", now_ms);
    ctx->peer = str_of(peer);
    return ctx;
}

static Claimant stranger(const char *account)
{
    return (Claimant){ .account = str_of(account) };
}

/* One attempt; 0 when it was let through, else how long to wait. */
static uint32_t attempt_of(Throttle *throttle, Claimant claimant, const char *peer, int64_t now_ms, Attempt outcome)
{
    _cleanup_(ctx_freep) Ctx *ctx = caller(peer, BEGIN_MS + now_ms);
    ThrottleTurn turn;
    Err err = throttle_begin(throttle, ctx, &claimant, &turn);
    if (err == ERR_RATE_LIMITED) return ctx->retry_after_ms;
    assert_int_equal(err, OK);
    assert_int_equal(throttle_end(throttle, ctx, &turn, outcome), OK);
    return 0;
}

/* Of somebody who has nothing to show but a name. */
static uint32_t attempt(Throttle *throttle, const char *account, const char *peer, int64_t now_ms, Attempt outcome)
{
    return attempt_of(throttle, stranger(account), peer, now_ms, outcome);
}

/* So many wrong passwords from an address, each for another account. */
static void fail_for_others(Throttle *throttle, const char *peer, int n)
{
    char name[16];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "user%d", i);
        assert_int_equal(attempt(throttle, name, peer, 0, ATTEMPT_WRONG), 0);
    }
}

TEST(from_the_fifth_wrong_password_on_each_one_doubles_the_wait)
{
    static const int64_t waits_s[] = { 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    int64_t now_ms = 0;
    for (size_t i = 0; i < ARRAY_LEN(waits_s); i++) {
        assert_int_equal(attempt(throttle, "alice", "192.0.2.1", now_ms, ATTEMPT_WRONG), 0);
        int64_t wait_ms = waits_s[i] * 1000;
        if (wait_ms) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", now_ms + wait_ms - 1, ATTEMPT_WRONG), 1);
        now_ms += wait_ms;
    }
    throttle_free(throttle);
}

TEST(an_account_is_guarded_from_all_addresses_and_an_address_for_all_accounts)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    char text[32];
    for (int i = 0; i < THROTTLE_FREE; i++) {
        snprintf(text, sizeof text, "192.0.2.%d", i);
        assert_int_equal(attempt(throttle, "alice", text, 0, ATTEMPT_WRONG), 0);
    }
    fail_for_others(throttle, "198.51.100.1", THROTTLE_ADDRESS_FREE);
    assert_int_equal(attempt(throttle, "alice", "203.0.113.9", 0, ATTEMPT_RIGHT), 1000);
    assert_int_equal(attempt(throttle, "bob", "198.51.100.1", 0, ATTEMPT_RIGHT), 1000);
    assert_int_equal(attempt(throttle, "bob", "203.0.113.9", 0, ATTEMPT_RIGHT), 0);
    throttle_free(throttle);
}

TEST(colleagues_behind_one_address_may_each_mistype_once)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    char name[16];
    for (int i = 0; i < 10 * THROTTLE_ADDRESS_FREE; i++) {
        snprintf(name, sizeof name, "user%d", i);
        assert_int_equal(attempt(throttle, name, "192.0.2.1", 0, ATTEMPT_WRONG), 0);
        assert_int_equal(attempt(throttle, name, "192.0.2.1", 0, ATTEMPT_RIGHT), 0);
    }
    throttle_free(throttle);
}

TEST(a_right_password_takes_back_the_failures_of_its_account_from_its_address)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    fail_for_others(throttle, "192.0.2.1", THROTTLE_ADDRESS_FREE - 5);
    for (int i = 0; i < 4; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_RIGHT), 0);
    /* The account has all its own again, the address what others have not used. */
    for (int i = 0; i < 4; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "bob", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "carol", "192.0.2.1", 0, ATTEMPT_WRONG), 1000);
    throttle_free(throttle);
}

TEST(a_right_password_takes_back_no_failures_of_others)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    /* Somebody with an account signs in again and again to guess at others from the same address. */
    for (int i = 0; i < THROTTLE_ADDRESS_FREE; i++) {
        char name[16];
        snprintf(name, sizeof name, "user%d", i);
        assert_int_equal(attempt(throttle, name, "192.0.2.1", 0, ATTEMPT_WRONG), 0);
        uint32_t wait_ms = attempt(throttle, "mallory", "192.0.2.1", 0, ATTEMPT_RIGHT);
        assert_int_equal(wait_ms, i < THROTTLE_ADDRESS_FREE - 1 ? 0 : 1000);
    }
    /* Nor does the owner who signs in give those who guess from elsewhere a new start. */
    for (int i = 0; i < 3; i++) attempt(throttle, "alice", "198.51.100.1", 0, ATTEMPT_WRONG);
    assert_int_equal(attempt(throttle, "alice", "203.0.113.9", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "alice", "203.0.113.9", 0, ATTEMPT_RIGHT), 0);
    for (int i = 0; i < 2; i++) assert_int_equal(attempt(throttle, "alice", "198.51.100.1", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "alice", "198.51.100.1", 0, ATTEMPT_WRONG), 1000);
    throttle_free(throttle);
}

TEST(whoever_can_show_a_device_or_a_session_waits_for_their_own_failures_only)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    Claimant claimants[] = { { .account = STR("alice"), .device = STR("0123456789abcdef") },
                             { .account = STR("alice"), .device = STR("fedcba9876543210") },
                             { .session = { { 1 } } },
                             { .session = { { 2 } } } };
    for (int i = 0; i < 20; i++) attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG);
    fail_for_others(throttle, "198.51.100.1", THROTTLE_ADDRESS_FREE);
    for (size_t i = 0; i < ARRAY_LEN(claimants); i++) {
        for (int k = 0; k < 4; k++)
            assert_int_equal(attempt_of(throttle, claimants[i], "198.51.100.1", 0, ATTEMPT_WRONG), 0);
        assert_int_equal(attempt_of(throttle, claimants[i], "198.51.100.1", 0, ATTEMPT_RIGHT), 0);
        for (int k = 0; k < 5; k++)
            assert_int_equal(attempt_of(throttle, claimants[i], "198.51.100.1", 0, ATTEMPT_WRONG), 0);
        assert_int_equal(attempt_of(throttle, claimants[i], "198.51.100.1", 0, ATTEMPT_RIGHT), 1000);
        assert_int_equal(attempt_of(throttle, claimants[i], "198.51.100.1", 1000, ATTEMPT_RIGHT), 0);
    }
    /* And nothing of it counts for strangers, nor is anything of theirs taken back. */
    assert_true(attempt(throttle, "alice", "203.0.113.9", 0, ATTEMPT_RIGHT) > 0);
    assert_int_equal(attempt(throttle, "bob", "198.51.100.1", 0, ATTEMPT_RIGHT), 1000);
    throttle_free(throttle);
}

TEST(an_attempt_that_was_not_looked_at_does_not_count)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    for (int i = 0; i < 20; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_UNSEEN), 0);
    throttle_free(throttle);
}

TEST(all_is_forgotten_an_hour_after_the_last_failure)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    for (int i = 0; i < 5; i++) attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG);
    for (int i = 0; i < 4; i++)
        assert_int_equal(attempt(throttle, "alice", "192.0.2.1", THROTTLE_FORGET_MS, ATTEMPT_WRONG), 0);
    throttle_free(throttle);
}

static const struct {
    const char *label, *one, *other;
    bool same;
} addresses[] = {
    { "two of one IPv6 network", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
    { "two IPv6 networks", "2001:db8:1:2::1", "2001:db8:1:3::1", false },
    { "two IPv4 addresses", "192.0.2.1", "192.0.2.2", false },
    { "two IPv4 addresses in IPv6 form", "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
};

TEST_EACH(an_ipv6_network_counts_as_one_address, addresses, c)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    fail_for_others(throttle, c->one, THROTTLE_ADDRESS_FREE);
    CHECK((attempt(throttle, "bob", c->other, 0, ATTEMPT_RIGHT) > 0) == c->same, c->label);
    throttle_free(throttle);
}

TEST(a_crowd_of_attempts_at_once_is_no_way_around)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, true);
    _cleanup_(ctx_freep) Ctx *ctx = caller("192.0.2.1", BEGIN_MS);
    ThrottleTurn turns[THROTTLE_ACCOUNT_PENDING_MAX + 1];
    Claimant alice = stranger("alice");
    size_t admitted = 0;
    while (admitted < ARRAY_LEN(turns) && throttle_begin(throttle, ctx, &alice, &turns[admitted]) == OK) admitted++;
    assert_int_equal(admitted, THROTTLE_ACCOUNT_PENDING_MAX);
    for (size_t i = 0; i < admitted; i++) assert_int_equal(throttle_end(throttle, ctx, &turns[i], ATTEMPT_WRONG), OK);
    assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), THROTTLE_WAIT_MAX_MS);
    throttle_free(throttle);
}

TEST(processes_over_one_database_slow_down_together)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *one = throttle_new(world->db, true), *other = throttle_new(world->db, true);
    for (int i = 0; i < 5; i++)
        assert_int_equal(attempt(i % 2 ? one : other, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(one, "alice", "203.0.113.9", 0, ATTEMPT_WRONG), 1000);
    assert_int_equal(attempt(other, "alice", "203.0.113.9", 0, ATTEMPT_WRONG), 1000);
    assert_int_equal(attempt(other, "alice", "203.0.113.9", 999, ATTEMPT_WRONG), 1);
    assert_int_equal(attempt(other, "alice", "192.0.2.1", 1000, ATTEMPT_RIGHT), 0);
    assert_int_equal(attempt(one, "alice", "203.0.113.9", 1000, ATTEMPT_WRONG), 0);
    throttle_free(one);
    throttle_free(other);
}

TEST(after_the_wait_one_attempt_is_let_in_whatever_the_process)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *one = throttle_new(world->db, true), *other = throttle_new(world->db, true);
    _cleanup_(ctx_freep) Ctx *ctx = caller("192.0.2.1", BEGIN_MS + 1000);
    Claimant alice = stranger("alice");
    ThrottleTurn turn, none;
    for (int i = 0; i < 5; i++) attempt(one, "alice", "192.0.2.1", 0, ATTEMPT_WRONG);
    assert_int_equal(throttle_begin(one, ctx, &alice, &turn), OK);
    assert_int_equal(throttle_begin(other, ctx, &alice, &none), ERR_RATE_LIMITED);
    assert_int_equal(throttle_begin(one, ctx, &alice, &none), ERR_RATE_LIMITED);
    /* It was not looked at after all: then the next need not wait for it. */
    assert_int_equal(throttle_end(one, ctx, &turn, ATTEMPT_UNSEEN), OK);
    assert_int_equal(throttle_begin(other, ctx, &alice, &turn), OK);
    /* One that ends right frees its account. */
    assert_int_equal(throttle_end(other, ctx, &turn, ATTEMPT_RIGHT), OK);
    assert_int_equal(attempt(one, "alice", "192.0.2.1", 1000, ATTEMPT_WRONG), 0);
    throttle_free(one);
    throttle_free(other);
}

static Err add_many(Tx *tx, Ctx *ctx, void *arg)
{
    for (int i = 0; i < 10; i++) {
        Str key = str_fmt(ctx->arena, "key%d", i);
        ctx->now_ms++;
        Err err = failure_add(tx, ctx, key, 0);
        if (err) return err;
    }
    return failure_sweep(tx, ctx, *(const int64_t *)arg, 4);
}

typedef struct Found {
    Str key;
    FailureRow row;
} Found;

static Err find(Tx *tx, Ctx *ctx, void *arg)
{
    Found *found = arg;
    return failure_get(tx, ctx, found->key, 0, &found->row);
}

static bool is_known(World *world, Ctx *ctx, const char *key)
{
    Found found = { .key = str_of(key) };
    assert_int_equal(db_read(world->db, ctx, find, &found), OK);
    return found.row.count > 0;
}

TEST(only_the_newest_failures_are_kept)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = caller("192.0.2.1", BEGIN_MS);
    int64_t since_ms = BEGIN_MS;
    assert_int_equal(db_write(world->db, ctx, add_many, &since_ms), OK);
    assert_false(is_known(world, ctx, "key5"));
    for (int i = 6; i < 10; i++) assert_true(is_known(world, ctx, str_fmt(ctx->arena, "key%d", i).ptr));
}

TEST(a_failure_sweeps_away_what_is_older_than_an_hour)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = caller("192.0.2.1", BEGIN_MS);
    int64_t since_ms = 0;
    assert_int_equal(db_write(world->db, ctx, add_many, &since_ms), OK);
    Throttle *throttle = throttle_new(world->db, true);
    attempt(throttle, "alice", "192.0.2.1", THROTTLE_FORGET_MS + 9, ATTEMPT_WRONG);
    assert_false(is_known(world, ctx, "key8"));
    assert_true(is_known(world, ctx, "key9"));
    throttle_free(throttle);
}

TEST(switched_off_it_lets_everything_through)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Throttle *throttle = throttle_new(world->db, false);
    for (int i = 0; i < 100; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    throttle_free(throttle);
}

/* --- a full disk --- */

static Err refuse_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    return ctx_fail(ctx, ERR_STORAGE_FULL, "the disk is full");
}

/* From here on nothing can be written; returns what was there before. */
static const DbOps *fill_disk(World *world, DbOps *full)
{
    const DbOps *before = world->db->ops;
    *full = *before;
    full->write = refuse_write;
    world->db->ops = full;
    return before;
}

TEST(on_a_full_disk_people_sign_in_for_as_long_as_an_access_token_lives)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), lent, again;
    DbOps full;
    const DbOps *before = fill_disk(world, &full);
    assert_int_equal(try_login(world, "alice", PASSWORD, &lent), OK);
    assert_int_equal(token_check(world, &lent), OK);
    assert_int_equal(try_refresh(world, lent.refresh, NULL), ERR_UNAUTHENTICATED);

    assert_int_equal(try_refresh(world, alice.refresh, &again), OK);
    assert_string_equal(again.refresh, alice.refresh);
    assert_int_equal(token_check(world, &again), OK);

    world->db->ops = before;
    assert_int_equal(try_refresh(world, alice.refresh, &alice), OK);
    assert_string_not_equal(again.refresh, alice.refresh);
    world->db->ops = &full;
    assert_int_equal(try_refresh(world, again.refresh, NULL), ERR_STORAGE_FULL);
    world->db->ops = before;
}

TEST(a_token_that_was_lent_ends_with_its_session)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), lent;
    DbOps full;
    const DbOps *before = fill_disk(world, &full);
    world->now_ms += 9 * 60 * 1000;
    assert_int_equal(try_refresh(world, alice.refresh, &lent), OK);
    world->db->ops = before;
    world->now_ms += 2 * 60 * 1000; /* what the row knows of has ended */
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &lent);
    LogoutRequest request = LOGOUT_REQUEST__INIT;
    LogoutResponse response = LOGOUT_RESPONSE__INIT;
    assert_int_equal(token_check(world, &lent), OK);
    assert_int_equal(auth_logout(world->auth, ctx, &request, &response), OK);
    assert_int_equal(token_check(world, &lent), ERR_UNAUTHENTICATED);
}

TEST(on_a_full_disk_wrong_passwords_count_all_the_same)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    registered(world, "bob");
    DbOps full;
    const DbOps *before = fill_disk(world, &full);
    for (int i = 0; i < THROTTLE_ACCOUNT_PENDING_MAX; i++)
        assert_int_equal(try_login(world, "alice", "a wrong one", NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), ERR_RATE_LIMITED);
    assert_int_equal(try_login(world, "bob", PASSWORD, NULL), OK);
    world->now_ms += THROTTLE_WAIT_MAX_MS;
    assert_int_equal(try_login(world, "alice", PASSWORD, NULL), OK);

    /* No more than can be counted: then nobody learns anything. */
    for (int i = 0; i < THROTTLE_HELD_MAX; i++) {
        char peer[] = "192.0.2.000", name[] = "nobody000";
        snprintf(peer, sizeof peer, "192.0.2.%d", i % 250);
        snprintf(name, sizeof name, "nobody%d", i);
        world->peer = peer;
        assert_int_equal(try_login(world, name, "a wrong one", NULL), ERR_UNAUTHENTICATED);
    }
    world->peer = "198.51.100.1";
    assert_int_equal(try_login(world, "bob", "a wrong one", NULL), ERR_STORAGE_FULL);
    assert_int_equal(try_login(world, "bob", PASSWORD, NULL), ERR_STORAGE_FULL);
    world->db->ops = before;
    assert_int_equal(try_login(world, "bob", PASSWORD, NULL), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_fifth_wrong_password_on_each_one_doubles_the_wait),
        cmocka_unit_test(an_account_is_guarded_from_all_addresses_and_an_address_for_all_accounts),
        cmocka_unit_test(colleagues_behind_one_address_may_each_mistype_once),
        cmocka_unit_test(a_right_password_takes_back_the_failures_of_its_account_from_its_address),
        cmocka_unit_test(a_right_password_takes_back_no_failures_of_others),
        cmocka_unit_test(whoever_can_show_a_device_or_a_session_waits_for_their_own_failures_only),
        cmocka_unit_test(an_attempt_that_was_not_looked_at_does_not_count),
        cmocka_unit_test(all_is_forgotten_an_hour_after_the_last_failure),
        cmocka_unit_test(an_ipv6_network_counts_as_one_address),
        cmocka_unit_test(a_crowd_of_attempts_at_once_is_no_way_around),
        cmocka_unit_test(processes_over_one_database_slow_down_together),
        cmocka_unit_test(after_the_wait_one_attempt_is_let_in_whatever_the_process),
        cmocka_unit_test(only_the_newest_failures_are_kept),
        cmocka_unit_test(a_failure_sweeps_away_what_is_older_than_an_hour),
        cmocka_unit_test(switched_off_it_lets_everything_through),
        cmocka_unit_test(on_a_full_disk_people_sign_in_for_as_long_as_an_access_token_lives),
        cmocka_unit_test(a_token_that_was_lent_ends_with_its_session),
        cmocka_unit_test(on_a_full_disk_wrong_passwords_count_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
