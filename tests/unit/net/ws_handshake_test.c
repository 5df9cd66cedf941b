#include "net/ws_handshake.h"

#include "support/test.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455, section 1.3 */

/* Header lines, parted by line feeds. */
static HttpRequest request_of(Arena *arena, const char *method, const char *lines)
{
    HttpHeader *headers = arena_new_array(arena, HttpHeader, 16);
    HttpRequest request = { .method = str_of(method), .path = STR("/"), .headers = headers };
    Str rest = str_of(lines);
    while (rest.len) {
        Str value = str_cut(&rest, '\n'), name = str_cut(&value, ':');
        headers[request.n_headers++] = (HttpHeader){ name, str_trim(value) };
    }
    return request;
}

#define UPGRADE "Upgrade: websocket\nConnection: Upgrade\n"
#define VERSION "Sec-WebSocket-Version: 13\n"

static const struct {
    const char *label, *method, *lines;
    bool http_1_0;
    int want;
} cases[] = {
    { "a handshake", "GET", UPGRADE VERSION "Sec-WebSocket-Key: " KEY, false, 101 },
    { "any case", "GET", "UPGRADE: WebSocket\nconnection: upgrade\n" VERSION "sec-websocket-key: " KEY, false, 101 },
    { "upgrade in a list", "GET",
      "Upgrade: websocket\nConnection: keep-alive, Upgrade\n" VERSION "Sec-WebSocket-Key: " KEY, false, 101 },
    { "upgrade in a second line", "GET",
      "Upgrade: websocket\nConnection: keep-alive\nConnection: Upgrade\n" VERSION "Sec-WebSocket-Key: " KEY, false,
      101 },
    { "POST", "POST", UPGRADE VERSION "Sec-WebSocket-Key: " KEY, false, 400 },
    { "HTTP/1.0", "GET", UPGRADE VERSION "Sec-WebSocket-Key: " KEY, true, 400 },
    { "no Upgrade", "GET", "Connection: Upgrade\n" VERSION "Sec-WebSocket-Key: " KEY, false, 400 },
    { "another upgrade", "GET", "Upgrade: h2c\nConnection: Upgrade\n" VERSION "Sec-WebSocket-Key: " KEY, false, 400 },
    { "no Connection", "GET", "Upgrade: websocket\n" VERSION "Sec-WebSocket-Key: " KEY, false, 400 },
    { "upgrade is part of a word", "GET",
      "Upgrade: websocket\nConnection: upgrades\n" VERSION "Sec-WebSocket-Key: " KEY, false, 400 },
    { "no key", "GET", UPGRADE VERSION, false, 400 },
    { "a short key", "GET", UPGRADE VERSION "Sec-WebSocket-Key: c2hvcnQ=", false, 400 },
    { "a long key", "GET", UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=", false, 400 },
    { "a key that is no base64", "GET", UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==", false, 400 },
    { "two keys", "GET", UPGRADE VERSION "Sec-WebSocket-Key: " KEY "\nSec-WebSocket-Key: " KEY, false, 400 },
    { "no version", "GET", UPGRADE "Sec-WebSocket-Key: " KEY, false, 426 },
    { "version 8", "GET", UPGRADE "Sec-WebSocket-Version: 8\nSec-WebSocket-Key: " KEY, false, 426 },
    { "two versions", "GET", UPGRADE VERSION VERSION "Sec-WebSocket-Key: " KEY, false, 426 },
};
TEST_EACH(only_a_handshake_of_version_13_is_taken, cases, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpRequest request = request_of(arena, c->method, c->lines);
    const char *why;
    Str key;
    CHECK(ws_handshake_check(&request, !c->http_1_0, &key, &why) == c->want, c->label);
    CHECK((*why == '\0') == (c->want == 101), c->label);
    if (c->want == 101) CHECK_STR(key, STR(KEY), c->label);
}

TEST(the_answer_is_that_of_the_rfc)
{
    char accept[WS_ACCEPT_LEN + 1];
    (void)state;
    ws_handshake_accept(STR(KEY), accept);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static const struct {
    const char *label, *lines;
    bool want;
} offers[] = {
    { "alone", "Sec-WebSocket-Protocol: molva.v1+json", true },
    { "in a list", "Sec-WebSocket-Protocol: a, molva.v1+json", true },
    { "in a second line", "Sec-WebSocket-Protocol: a\nSec-WebSocket-Protocol: molva.v1+json", true },
    { "another", "Sec-WebSocket-Protocol: a", false },
    { "in another case", "Sec-WebSocket-Protocol: Molva.v1+json", false },
    { "none", "", false },
};
TEST_EACH(a_subprotocol_counts_when_it_was_offered, offers, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpRequest request = request_of(arena, "GET", c->lines);
    CHECK(ws_handshake_offers(&request, STR("molva.v1+json")) == c->want, c->label);
    CHECK(!ws_handshake_offers(&request, STR("")), c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_handshake_of_version_13_is_taken),
        cmocka_unit_test(the_answer_is_that_of_the_rfc),
        cmocka_unit_test(a_subprotocol_counts_when_it_was_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
