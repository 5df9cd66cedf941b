/* Parses the client's WebSocket frames (RFC 6455, section 5) into events. Incremental and pure: bytes may arrive in
 * any pieces. A message that lies entirely in the bytes fed is unmasked in place and not copied; between messages
 * the parser holds no memory. Its buffer grows with the bytes received, not with the length a header declares. Any
 * thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef enum WsEventKind {
    WS_EVENT_NONE, /* all bytes were used, nothing is complete */
    WS_EVENT_TEXT, /* a complete text message, valid UTF-8, at most WS_FRAME_MAX bytes */
    WS_EVENT_PING,
    WS_EVENT_PONG,
    WS_EVENT_CLOSE,  /* code: the peer's, 1005 when it gave none */
    WS_EVENT_BROKEN, /* protocol violation; code: what to close with. Feed nothing more. */
} WsEventKind;

typedef struct WsEvent {
    WsEventKind kind;
    uint16_t code;
    Str payload; /* valid until the next call; it points into the bytes fed or into the parser */
} WsEvent;

/* Zeroed: ready for the first frame. The owner may change the limits between messages. */
typedef struct WsParser {
    struct WsPartial *partial; /* NULL: between messages */
    uint16_t message_max;      /* bytes; 0: WS_FRAME_MAX */
    uint16_t too_large_code;   /* close code beyond it; 0: 4413 */
} WsParser;

/* Consumes bytes from the front of *data, which it modifies, up to the end of the next event. */
WsEvent ws_parser_next(WsParser *parser, char **data, size_t *len);
/* Frees the last event's payload. ws_parser_next() does the same first. */
void ws_parser_trim(WsParser *parser);
void ws_parser_done(WsParser *parser);

/* Whether a close frame may carry this code: RFC 6455, section 7.4, and the IANA registry. */
bool ws_close_code_valid(uint16_t code);
