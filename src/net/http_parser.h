/* Bytes -> one HTTP/1.x request (RFC 9110, RFC 9112), by llhttp in strict mode, with the limits of base/limits.h and the
 * rules that llhttp leaves to its user. Pure: no socket, no clock; bytes may come in any pieces. Any thread. */
#pragma once
#include <stdbool.h>

#include "net/http_rules.h"

/* One request. Lives in the arena it was made in, with all that the request points to; the body is heap memory. */
typedef struct HttpParser HttpParser;

typedef enum HttpProgress {
    HTTP_PARSE_MORE,    /* all was used, the request is not complete */
    HTTP_PARSE_HEADERS, /* the headers are complete: see http_parser_message(), allow a body, feed on (also 0 bytes) */
    HTTP_PARSE_DONE,    /* the request is complete; what was not used belongs to the next one */
    HTTP_PARSE_REFUSED, /* see http_parser_refusal(); what follows on this connection cannot be understood */
} HttpProgress;

HttpParser *http_parser_new(Arena *arena);
/* Releases what is not in the arena. Accepts NULL. */
void http_parser_done(HttpParser *parser);

/* Reads on. *out_used: how many of the bytes were taken. Not to be called again after DONE or REFUSED. */
HttpProgress http_parser_feed(HttpParser *parser, const char *data, size_t len, size_t *out_used);
/* After HEADERS: the body may have this many bytes. False, and the parser refuses, when more are declared. Without this
 * call no body is taken. */
MUST_CHECK bool http_parser_allow_body(HttpParser *parser, size_t bytes_max);

/* The request as far as it was read; whole after DONE. */
const HttpMessage *http_parser_message(const HttpParser *parser);
/* The same, for who takes parts of it over. */
HttpMessage *http_parser_message_mut(HttpParser *parser);
/* Why, after REFUSED. */
HttpRefusal http_parser_refusal(const HttpParser *parser);
