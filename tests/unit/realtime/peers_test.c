/* Who is online at other gateways. */
#include "realtime/presence/peers.h"

#include "support/test.h"

static const Id here = { { 1 } }, there = { { 2 } }, ann = { { 3 } }, bob = { { 4 } };

TEST(a_user_is_online_as_long_as_one_gateway_has_them)
{
    Peers *peers = peers_new();
    peers_present(peers, here, ann, 0);
    peers_present(peers, there, ann, 0);
    peers_gone(peers, here, ann);
    assert_true(peers_have(peers, ann));
    peers_gone(peers, there, ann);
    assert_false(peers_have(peers, ann));
    assert_int_equal(peers_count(peers), 2);
    peers_free(peers);
}

TEST(what_is_not_told_again_ends_and_is_named_once)
{
    Peers *peers = peers_new();
    Id gone[8];
    peers_present(peers, here, ann, 0);
    peers_present(peers, there, ann, 0);
    peers_present(peers, there, bob, 0);
    peers_present(peers, here, ann, 10000);
    assert_int_equal(peers_expire(peers, GATEWAY_LEASE_MS - 1, gone, 8), 0);
    assert_int_equal(peers_expire(peers, GATEWAY_LEASE_MS, gone, 8), 1); /* ann is still here */
    assert_true(id_eq(gone[0], bob));
    assert_true(peers_have(peers, ann));
    assert_int_equal(peers_count(peers), 1);
    assert_int_equal(peers_expire(peers, 10000 + GATEWAY_LEASE_MS, gone, 8), 1);
    assert_int_equal(peers_count(peers), 0);
    peers_free(peers);
}

TEST(many_end_by_turns)
{
    Peers *peers = peers_new();
    Id gone[100];
    size_t total = 0;
    for (uint32_t i = 1; i <= 1000; i++) {
        Id user = { { 9 } };
        memcpy(user.bytes + 8, &i, sizeof i);
        peers_present(peers, there, user, 0);
    }
    for (size_t n; (n = peers_expire(peers, GATEWAY_LEASE_MS, gone, 100)) > 0; total += n) assert_true(n <= 100);
    assert_int_equal(total, 1000);
    peers_free(peers);
}

TEST(a_gateway_that_stops_is_forgotten_and_silence_of_all_ends_nobody)
{
    Peers *peers = peers_new();
    Id gone[8];
    peers_present(peers, here, ann, 0);
    peers_present(peers, there, bob, 0);
    peers_leave(peers, here);
    assert_false(peers_have(peers, ann));
    peers_extend(peers, GATEWAY_LEASE_MS);
    assert_int_equal(peers_expire(peers, GATEWAY_LEASE_MS + 1, gone, 8), 0);
    assert_true(peers_have(peers, bob));
    peers_free(peers);
}

TEST(the_lowest_id_leads)
{
    Peers *peers = peers_new();
    assert_true(peers_lead(peers, there));
    peers_present(peers, here, ID_NONE, 0);
    assert_false(peers_lead(peers, there));
    assert_false(peers_have(peers, ID_NONE));
    peers_free(peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_online_as_long_as_one_gateway_has_them),
        cmocka_unit_test(what_is_not_told_again_ends_and_is_named_once),
        cmocka_unit_test(many_end_by_turns),
        cmocka_unit_test(a_gateway_that_stops_is_forgotten_and_silence_of_all_ends_nobody),
        cmocka_unit_test(the_lowest_id_leads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
