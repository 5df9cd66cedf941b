/* WebSocket frames (RFC 6455, section 5) of the client's side -> events. Incremental and pure: bytes may come in any pieces.
 * A message that lies whole in the bytes fed is unmasked there and not copied; between messages the parser holds no
 * memory. What it assembles grows with the bytes that arrive, not with the length a header declares. Any thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef enum WsEventKind {
    WS_EVENT_NONE, /* all was used, nothing is complete */
    WS_EVENT_TEXT, /* a whole text message, valid UTF-8, at most WS_FRAME_MAX bytes */
    WS_EVENT_PING,
    WS_EVENT_PONG,
    WS_EVENT_CLOSE,  /* code: the peer's, 1005 when it gave none */
    WS_EVENT_BROKEN, /* a rule was broken; code: what to close with. Nothing more may be fed. */
} WsEventKind;

typedef struct WsEvent {
    WsEventKind kind;
    uint16_t code;
    Str payload; /* valid until the next call; it points into the bytes fed or into the parser */
} WsEvent;

/* Zeroed: ready for the first frame. The owner may change what a message may have between two of them. */
typedef struct WsParser {
    struct WsPartial *partial; /* NULL: between messages */
    uint16_t message_max;      /* bytes; 0: WS_FRAME_MAX */
    uint16_t too_large_code;   /* what to close with beyond it; 0: 4413 */
} WsParser;

/* Takes bytes off the front of *data, which it changes, up to the end of the next event. */
WsEvent ws_parser_next(WsParser *parser, char **data, size_t *len);
/* Frees what was delivered; the event's payload is gone. ws_parser_next() does the same first. */
void ws_parser_trim(WsParser *parser);
void ws_parser_done(WsParser *parser);

/* May stand in a close frame: RFC 6455, section 7.4, and the IANA registry. */
bool ws_close_code_valid(uint16_t code);
