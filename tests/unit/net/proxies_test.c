#include "net/proxies.h"

#include "support/test.h"

static const struct {
    const char *label;
    Str text;
    bool good;
} settings[] = {
    { "nobody", STR(""), true },
    { "one hop", STR("1"), true },
    { "the most hops", STR("16"), true },
    { "too many hops", STR("17"), false },
    { "no hops", STR("0"), false },
    { "an address", STR("192.0.2.7"), true },
    { "addresses and networks", STR(" 192.0.2.7, 10.0.0.0/8 ,fd00::/8,::1"), true },
    { "everybody", STR("0.0.0.0/0, ::/0"), true },
    { "a prefix too long", STR("10.0.0.0/33"), false },
    { "a prefix too long for IPv6", STR("fd00::/129"), false },
    { "a prefix that is none", STR("10.0.0.0/x"), false },
    { "an empty prefix", STR("10.0.0.0/"), false },
    { "an empty item", STR("192.0.2.7,,192.0.2.8"), false },
    { "a name", STR("proxy.example.org"), false },
    { "on", STR("on"), false },
    { "a network that is IPv4 as IPv6", STR("::ffff:10.0.0.0/104"), false },
};

TEST_EACH(proxies_are_a_number_or_a_list, settings, c)
{
    Proxies proxies;
    CHECK(proxies_parse(c->text, &proxies) == c->good, c->label);
}

#define LINES_MAX 4

static const struct {
    const char *label;
    const char *trusted, *from;
    const char *lines[LINES_MAX]; /* of X-Forwarded-For */
    const char *want;
} requests[] = {
    { "nobody is trusted", "", "127.0.0.1", { "192.0.2.1" }, "127.0.0.1" },
    { "no header", "1", "127.0.0.1", { NULL }, "127.0.0.1" },
    { "one hop", "1", "127.0.0.1", { "192.0.2.1" }, "192.0.2.1" },
    { "the last item, not the forged first", "1", "127.0.0.1", { "203.0.113.9, 192.0.2.1" }, "192.0.2.1" },
    { "the last line, not the forged first", "1", "127.0.0.1", { "203.0.113.9", "192.0.2.1" }, "192.0.2.1" },
    { "the last item of the last line", "1", "127.0.0.1", { "203.0.113.9", "203.0.113.8,192.0.2.1" }, "192.0.2.1" },
    { "two hops in one line", "2", "127.0.0.1", { "203.0.113.9, 192.0.2.1, 10.0.0.5" }, "192.0.2.1" },
    { "two hops in two lines", "2", "127.0.0.1", { "203.0.113.9", "192.0.2.1", "10.0.0.5" }, "192.0.2.1" },
    { "two hops of which one was left out", "2", "127.0.0.1", { "10.0.0.5" }, "10.0.0.5" },
    { "one hop of two", "1", "127.0.0.1", { "192.0.2.1, 10.0.0.5" }, "10.0.0.5" },
    { "IPv6", "1", "::1", { "2001:db8::1" }, "2001:db8::1" },
    { "no address", "1", "127.0.0.1", { "unknown" }, "127.0.0.1" },
    { "no UTF-8", "1", "127.0.0.1", { "\xff\xfe" }, "127.0.0.1" },
    { "no address before the last", "2", "127.0.0.1", { "unknown, 10.0.0.5" }, "10.0.0.5" },
    { "an address before one that is none", "1", "127.0.0.1", { "192.0.2.1, unknown" }, "127.0.0.1" },
    { "an empty last item", "1", "127.0.0.1", { "192.0.2.1," }, "127.0.0.1" },
    { "an empty last line", "1", "127.0.0.1", { "192.0.2.1", "" }, "127.0.0.1" },
    { "a proxy of the list", "10.0.0.0/8", "10.1.2.3", { "192.0.2.1" }, "192.0.2.1" },
    { "the end of its network", "10.0.0.0/9", "10.127.255.255", { "192.0.2.1" }, "192.0.2.1" },
    { "behind the end of its network", "10.0.0.0/9", "10.128.0.0", { "192.0.2.1" }, "10.128.0.0" },
    { "a stranger", "10.0.0.0/8", "192.0.2.9", { "192.0.2.1" }, "192.0.2.9" },
    { "through two of the list", "10.0.0.0/8, ::1", "::1", { "203.0.113.9, 192.0.2.1, 10.0.0.5" }, "192.0.2.1" },
    { "all are of the list", "10.0.0.0/8", "10.0.0.1", { "10.0.0.3, 10.0.0.2" }, "10.0.0.3" },
    { "IPv4 over an IPv6 socket", "10.0.0.0/8", "::ffff:10.0.0.1", { "192.0.2.1" }, "192.0.2.1" },
};

TEST_EACH(a_request_is_from_whom_the_last_trusted_proxy_names, requests, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpHeader headers[1 + LINES_MAX] = { { STR("Via"), STR("1.1 proxy") } };
    HttpRequest request = { .headers = headers, .n_headers = 1 };
    Proxies proxies;
    Peer from;
    assert_true(proxies_parse(str_of(c->trusted), &proxies));
    assert_true(peer_parse(str_of(c->from), &from));
    for (int i = 0; i < LINES_MAX && c->lines[i]; i++)
        headers[request.n_headers++] = (HttpHeader){ STR("X-Forwarded-FOR"), str_of(c->lines[i]) };
    Peer client = proxies_client(&proxies, from, &request);
    CHECK_STR(peer_text(&client, arena), str_of(c->want), c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxies_are_a_number_or_a_list),
        cmocka_unit_test(a_request_is_from_whom_the_last_trusted_proxy_names),
    };
    return cmocka_run_group_tests_name("net/proxies", tests, NULL, NULL);
}
