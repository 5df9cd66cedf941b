#include "services/auth/throttle.h"

#include "support/test.h"

static Ctx *caller(const char *peer, int64_t now_ms)
{
    Ctx *ctx = ctx_new("test", now_ms);
    ctx->peer = str_of(peer);
    return ctx;
}

/* One attempt; 0 when it was let through, else how long to wait. */
static uint32_t attempt(Throttle *throttle, const char *account, const char *peer, int64_t now_ms, Attempt outcome)
{
    _cleanup_(ctx_freep) Ctx *ctx = caller(peer, now_ms);
    if (throttle_begin(throttle, ctx, str_of(account)) == ERR_RATE_LIMITED) return ctx->retry_after_ms;
    throttle_end(throttle, ctx, str_of(account), outcome);
    return 0;
}

TEST(from_the_fifth_wrong_password_on_each_one_doubles_the_wait)
{
    static const int64_t waits_s[] = { 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };
    Throttle *throttle = throttle_new(true);
    int64_t now_ms = 1000;
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
    Throttle *throttle = throttle_new(true);
    char text[32];
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "192.0.2.%d", i);
        assert_int_equal(attempt(throttle, "alice", text, 0, ATTEMPT_WRONG), 0);
        snprintf(text, sizeof text, "user%d", i);
        assert_int_equal(attempt(throttle, text, "198.51.100.1", 0, ATTEMPT_WRONG), 0);
    }
    assert_int_equal(attempt(throttle, "alice", "203.0.113.9", 0, ATTEMPT_RIGHT), 1000);
    assert_int_equal(attempt(throttle, "bob", "198.51.100.1", 0, ATTEMPT_RIGHT), 1000);
    assert_int_equal(attempt(throttle, "bob", "203.0.113.9", 0, ATTEMPT_RIGHT), 0);
    throttle_free(throttle);
}

TEST(a_right_password_frees_the_account_but_not_the_address)
{
    Throttle *throttle = throttle_new(true);
    for (int i = 0; i < 4; i++) attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG);
    assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_RIGHT), 0);
    for (int i = 0; i < 4; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.2", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "alice", "192.0.2.2", 0, ATTEMPT_RIGHT), 0);
    /* The fifth from the first address, whoever it is about. */
    assert_int_equal(attempt(throttle, "bob", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    assert_int_equal(attempt(throttle, "carol", "192.0.2.1", 0, ATTEMPT_WRONG), 1000);
    throttle_free(throttle);
}

TEST(an_attempt_that_was_not_looked_at_does_not_count)
{
    Throttle *throttle = throttle_new(true);
    for (int i = 0; i < 20; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_UNSEEN), 0);
    throttle_free(throttle);
}

TEST(all_is_forgotten_an_hour_after_the_last_failure)
{
    Throttle *throttle = throttle_new(true);
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
    Throttle *throttle = throttle_new(true);
    char name[16];
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "user%d", i);
        attempt(throttle, name, c->one, 0, ATTEMPT_WRONG);
    }
    CHECK((attempt(throttle, "bob", c->other, 0, ATTEMPT_RIGHT) > 0) == c->same, c->label);
    throttle_free(throttle);
}

TEST(a_crowd_of_attempts_at_once_is_no_way_around)
{
    Throttle *throttle = throttle_new(true);
    _cleanup_(ctx_freep) Ctx *ctx = caller("192.0.2.1", 0);
    int admitted = 0;
    while (admitted < 1000 && throttle_begin(throttle, ctx, STR("alice")) == OK) admitted++;
    assert_int_equal(admitted, THROTTLE_ACCOUNT_PENDING_MAX);
    for (int i = 0; i < admitted; i++) throttle_end(throttle, ctx, STR("alice"), ATTEMPT_WRONG);
    assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), THROTTLE_WAIT_MAX_MS);

    /* After the wait they come one by one. */
    ctx->now_ms = THROTTLE_WAIT_MAX_MS;
    assert_int_equal(throttle_begin(throttle, ctx, STR("alice")), OK);
    assert_int_equal(throttle_begin(throttle, ctx, STR("alice")), ERR_RATE_LIMITED);
    throttle_end(throttle, ctx, STR("alice"), ATTEMPT_RIGHT);
    throttle_free(throttle);
}

TEST(memory_is_bounded_and_the_oldest_is_forgotten_first)
{
    Throttle *throttle = throttle_new(true);
    char name[32], peer[32];
    for (int i = 0; i < 5; i++) attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG);
    for (int i = 0; i < 5; i++) attempt(throttle, "bob", "192.0.2.2", 0, ATTEMPT_WRONG);
    for (int i = 0; i < THROTTLE_ENTRIES_MAX / 2 - 1; i++) {
        snprintf(name, sizeof name, "user%d", i);
        snprintf(peer, sizeof peer, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        attempt(throttle, name, peer, 0, ATTEMPT_WRONG);
    }
    assert_int_equal(attempt(throttle, "bob", "203.0.113.1", 0, ATTEMPT_RIGHT), 1000);
    assert_int_equal(attempt(throttle, "alice", "203.0.113.1", 0, ATTEMPT_RIGHT), 0);
    throttle_free(throttle);
}

TEST(switched_off_it_lets_everything_through)
{
    Throttle *throttle = throttle_new(false);
    for (int i = 0; i < 100; i++) assert_int_equal(attempt(throttle, "alice", "192.0.2.1", 0, ATTEMPT_WRONG), 0);
    throttle_free(throttle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_fifth_wrong_password_on_each_one_doubles_the_wait),
        cmocka_unit_test(an_account_is_guarded_from_all_addresses_and_an_address_for_all_accounts),
        cmocka_unit_test(a_right_password_frees_the_account_but_not_the_address),
        cmocka_unit_test(an_attempt_that_was_not_looked_at_does_not_count),
        cmocka_unit_test(all_is_forgotten_an_hour_after_the_last_failure),
        cmocka_unit_test(an_ipv6_network_counts_as_one_address),
        cmocka_unit_test(a_crowd_of_attempts_at_once_is_no_way_around),
        cmocka_unit_test(memory_is_bounded_and_the_oldest_is_forgotten_first),
        cmocka_unit_test(switched_off_it_lets_everything_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
