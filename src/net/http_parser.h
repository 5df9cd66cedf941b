/* Bytes -> one HTTP/1.x request (RFC 9110, RFC 9112), by llhttp in strict mode, with the limits of base/limits.h and
 * the rules that llhttp leaves to its user. Pure: no socket, no clock; bytes may arrive in any pieces. Any thread. */
#pragma once
#include <stdbool.h>

#include "net/http_rules.h"

/* One request. It and everything it points to live in the arena it was created in, except the body, which is heap
 * memory. */
typedef struct HttpParser HttpParser;

typedef enum HttpProgress {
    HTTP_PARSE_MORE,    /* all bytes were used, the request is incomplete */
    HTTP_PARSE_HEADERS, /* the headers are complete: allow a body, then continue (even with 0 bytes) */
    HTTP_PARSE_DONE,    /* the request is complete; unused bytes belong to the next one */
    HTTP_PARSE_REFUSED, /* see http_parser_refusal(); the rest of this connection cannot be parsed */
} HttpProgress;

HttpParser *http_parser_new(Arena *arena);
/* Frees everything outside the arena. Accepts NULL. */
void http_parser_done(HttpParser *parser);

/* Parses more bytes. *out_used: how many were consumed. Not to be called again after DONE or REFUSED. */
HttpProgress http_parser_feed(HttpParser *parser, const char *data, size_t len, size_t *out_used);
/* After HEADERS: permits a body of this many bytes. False, and the parser refuses, if more are declared. Without this
 * call no body is accepted. */
MUST_CHECK bool http_parser_allow_body(HttpParser *parser, size_t bytes_max);

/* The request as far as it has been read; complete after DONE. */
const HttpMessage *http_parser_message(const HttpParser *parser);
/* The same, for callers that take ownership of parts of it. */
HttpMessage *http_parser_message_mut(HttpParser *parser);
/* The reason, after REFUSED. */
HttpRefusal http_parser_refusal(const HttpParser *parser);
