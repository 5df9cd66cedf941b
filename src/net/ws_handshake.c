/* Handshake rules; the digest comes from OpenSSL. */
#include "net/ws_handshake.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* Whether a comma-separated list, possibly over several header lines, contains this token. */
static bool has_token(const HttpRequest *request, Str name, Str token, bool any_case)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        if (!str_eq_nocase(request->headers[i].name, name)) continue;
        Str rest = request->headers[i].value;
        while (rest.len) {
            Str item = str_trim(str_cut(&rest, ','));
            if (any_case ? str_eq_nocase(item, token) : str_eq(item, token)) return true;
        }
    }
    return false;
}

static size_t count_headers(const HttpRequest *request, Str name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->n_headers; i++) count += str_eq_nocase(request->headers[i].name, name);
    return count;
}

/* Base64 of exactly 16 bytes: 22 characters and two of padding. */
static bool key_valid(Str key)
{
    if (key.len != 24 || key.ptr[22] != '=' || key.ptr[23] != '=') return false;
    for (size_t i = 0; i < 22; i++) {
        char c = key.ptr[i];
        bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (!ok) return false;
    }
    return true;
}

int ws_handshake_check(const HttpRequest *request, bool http_1_1, Str *out_key, const char **out_why)
{
    Str version = http_header(request, STR("sec-websocket-version"));
    *out_key = http_header(request, STR("sec-websocket-key"));
    *out_why = "";

    if (!str_eq(request->method, STR("GET")))
        *out_why = "a WebSocket handshake is a GET";
    else if (!http_1_1)
        *out_why = "a WebSocket handshake needs HTTP/1.1";
    else if (!has_token(request, STR("upgrade"), STR("websocket"), true))
        *out_why = "the Upgrade header must be websocket";
    else if (!has_token(request, STR("connection"), STR("upgrade"), true))
        *out_why = "the Connection header must have upgrade";
    else if (request->body.len)
        *out_why = "a WebSocket handshake has no body";
    else if (!key_valid(*out_key) || count_headers(request, STR("sec-websocket-key")) != 1)
        *out_why = "the Sec-WebSocket-Key header must be 16 bytes in base64";
    if (**out_why) return 400;

    if (!str_eq(version, STR("13")) || count_headers(request, STR("sec-websocket-version")) != 1) {
        *out_why = "only WebSocket version 13 is spoken here";
        return 426;
    }
    return 101;
}

void ws_handshake_accept(Str key, char out_accept[WS_ACCEPT_LEN + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, section 1.3 */
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[24 + sizeof guid];
    memcpy(text, key.ptr, 24);
    memcpy(text + 24, guid, sizeof guid - 1);
    if (!EVP_Digest(text, 24 + sizeof guid - 1, digest, NULL, EVP_sha1(), NULL)) abort();
    EVP_EncodeBlock((unsigned char *)out_accept, digest, 20);
}

bool ws_handshake_offers(const HttpRequest *request, Str subprotocol)
{
    return has_token(request, STR("sec-websocket-protocol"), subprotocol, false);
}
