#include "net/peer.h"

#include "support/test.h"

static const struct {
    const char *label;
    Str text;
    const char *want; /* as it is written again; NULL: no address */
} addresses[] = {
    { "IPv4", STR("192.0.2.1"), "192.0.2.1" },
    { "IPv6", STR("2001:DB8::0:1"), "2001:db8::1" },
    { "IPv4 as IPv6", STR("::ffff:192.0.2.1"), "192.0.2.1" },
    { "the same in hexadecimal", STR("0:0:0:0:0:ffff:c000:201"), "192.0.2.1" },
    { "the longest", STR("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "empty", STR(""), NULL },
    { "a word", STR("unknown"), NULL },
    { "with a port", STR("192.0.2.1:80"), NULL },
    { "in brackets", STR("[2001:db8::1]"), NULL },
    { "with a zone", STR("fe80::1%eth0"), NULL },
    { "octal", STR("192.0.2.010"), NULL },
    { "three numbers", STR("192.0.513"), NULL },
    { "one number", STR("3221225985"), NULL },
    { "a name", STR("localhost"), NULL },
    { "no UTF-8", STR("\xff\xfe"), NULL },
    { "NUL behind", STR("192.0.2.1\0"), NULL },
    { "space before", STR(" 192.0.2.1"), NULL },
    { "45 characters that are none", STR("111111111111111111111111111111111111111111111"), NULL },
    { "over 45", STR("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555"), NULL },
};

TEST_EACH(text_is_an_address_or_none, addresses, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Peer peer;
    CHECK(peer_parse(c->text, &peer) == (c->want != NULL), c->label);
    if (c->want) CHECK_STR(peer_text(&peer, arena), str_of(c->want), c->label);
}

static const struct {
    const char *label;
    Str one, other;
    bool same;
} blocks[] = {
    { "one IPv4 address", STR("192.0.2.1"), STR("::ffff:192.0.2.1"), true },
    { "two of IPv4", STR("192.0.2.1"), STR("192.0.2.2"), false },
    { "one /64", STR("2001:db8:0:7:1:2:3:4"), STR("2001:db8:0:7:ffff::1"), true },
    { "the next /64", STR("2001:db8:0:7:1:2:3:4"), STR("2001:db8:0:8:1:2:3:4"), false },
    { "zeros left out before the /64 ends", STR("2001:db8::1:2:3:4"), STR("2001:db8::1:ffff:3:4"), true },
    { "the same, another end", STR("2001:db8::1:2:3:4"), STR("2001:db8::2:2:3:4"), true },
    { "zeros left out, or not", STR("2001:db8::1"), STR("2001:db8:0:0:9:9:9:9"), true },
    { "the first bits of both alike", STR("32.1.13.184"), STR("2001:db8::"), false },
    { "no addresses", STR("unknown"), STR(""), true },
};

TEST_EACH(an_ipv6_customer_counts_as_one, blocks, c)
{
    uint8_t one[PEER_BLOCK_MAX], other[PEER_BLOCK_MAX];
    bool same = str_eq(peer_block_of_text(c->one, one), peer_block_of_text(c->other, other));
    CHECK(same == c->same, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_an_address_or_none),
        cmocka_unit_test(an_ipv6_customer_counts_as_one),
    };
    return cmocka_run_group_tests_name("net/peer", tests, NULL, NULL);
}
