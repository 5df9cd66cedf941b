/* The opening handshake of RFC 6455, section 4.2, server side. Pure, any thread. */
#pragma once
#include "net/http.h"

#define WS_ACCEPT_LEN 28 /* base64 of a SHA-1 */

/* 101: valid, *out_key is Sec-WebSocket-Key. 400 or 426: the status to refuse with, *out_why the reason (static). */
int ws_handshake_check(const HttpRequest *request, bool http_1_1, Str *out_key, const char **out_why);
/* Sec-WebSocket-Accept for the key, NUL-terminated. */
void ws_handshake_accept(Str key, char out_accept[WS_ACCEPT_LEN + 1]);
/* Whether the client has offered this subprotocol. */
bool ws_handshake_offers(const HttpRequest *request, Str subprotocol);
