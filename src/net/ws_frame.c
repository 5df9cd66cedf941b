/* One frame at a time. The fast path needs no state: header and payload are in the bytes fed, the frame is final and no
 * message has begun. Everything else goes through a WsPartial, which exists only while something is incomplete. */
#include "net/ws_frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "net/ws.h"

enum { OP_CONTINUATION = 0x0, OP_TEXT = 0x1, OP_BINARY = 0x2, OP_CLOSE = 0x8, OP_PING = 0x9, OP_PONG = 0xa };

#define CONTROL_MAX   125 /* bytes of payload of a control frame */
#define IN_HEADER_MAX 14  /* of a masked frame */
#define CLOSE_NO_CODE 1005

typedef struct Frame {
    bool fin;
    uint8_t opcode;
    uint8_t mask[4];
    size_t header_len;
    uint64_t payload_len; /* check_frame() bounds it */
} Frame;

typedef struct WsPartial {
    StrBuf message; /* from the frames so far */
    Frame frame;    /* the one whose payload is being received */
    size_t payload_at;
    bool in_frame;
    bool in_message; /* continuation frames must follow */
    uint8_t n_empty; /* empty frames of the message so far */
    uint8_t header_len;
    uint8_t header[IN_HEADER_MAX]; /* the beginning of the next frame */
    char control[CONTROL_MAX];
} WsPartial;

static WsEvent broken(uint16_t code)
{
    return (WsEvent){ .kind = WS_EVENT_BROKEN, .code = code };
}

static bool is_control(const Frame *frame)
{
    return (frame->opcode & 0x8) != 0;
}

static WsPartial *partial_of(WsParser *parser)
{
    if (!parser->partial) {
        parser->partial = calloc(1, sizeof *parser->partial);
        if (!parser->partial) abort();
    }
    return parser->partial;
}

/* --- headers --- */

/* RFC 6455, section 5.2. 0: valid so far; else the close code. Sets header_len only once the header is complete. */
static uint16_t read_header(const uint8_t *p, size_t len, Frame *out)
{
    *out = (Frame){ 0 };
    if (len < 1) return 0;
    out->fin = (p[0] & 0x80) != 0;
    out->opcode = p[0] & 0x0f;
    if (p[0] & 0x70) return WS_CLOSE_PROTOCOL;               /* no extension has given these bits a meaning */
    if ((out->opcode & 0x7) > 0x2) return WS_CLOSE_PROTOCOL; /* reserved */
    if (is_control(out) && !out->fin) return WS_CLOSE_PROTOCOL;
    if (len < 2) return 0;

    if (!(p[1] & 0x80)) return WS_CLOSE_PROTOCOL; /* clients must mask */
    unsigned short_len = p[1] & 0x7f;
    if (is_control(out) && short_len > CONTROL_MAX) return WS_CLOSE_PROTOCOL;
    size_t extra = short_len == 127 ? 8 : short_len == 126 ? 2 : 0;
    if (len < 2 + extra) return 0;

    uint64_t payload_len = extra ? 0 : short_len;
    for (size_t i = 0; i < extra; i++) payload_len = payload_len << 8 | p[2 + i];
    if (extra == 8 && payload_len >> 63) return WS_CLOSE_PROTOCOL;
    if (extra == 2 && payload_len < 126) return WS_CLOSE_PROTOCOL; /* the shortest form only */
    if (extra == 8 && payload_len <= 0xffff) return WS_CLOSE_PROTOCOL;
    if (len < 2 + extra + 4) return 0;
    memcpy(out->mask, p + 2 + extra, 4);
    out->payload_len = payload_len;
    out->header_len = 2 + extra + 4;
    return 0;
}

/* Checks the header against the frames before it. */
static uint16_t check_frame(const WsParser *parser, const Frame *frame)
{
    const WsPartial *partial = parser->partial;
    if (is_control(frame)) return 0;
    bool in_message = partial && partial->in_message;
    if ((frame->opcode == OP_CONTINUATION) != in_message) return WS_CLOSE_PROTOCOL;
    if (frame->opcode == OP_BINARY) return WS_CLOSE_NOT_TEXT;
    size_t before = in_message ? partial->message.len : 0;
    size_t max = parser->message_max ? parser->message_max : WS_FRAME_MAX;
    if (frame->payload_len <= max - before) return 0;
    return parser->too_large_code ? parser->too_large_code : WS_CLOSE_TOO_LARGE;
}

/* Takes a header off the data, or as much as there is. out->header_len stays 0 while it is incomplete. */
static uint16_t take_header(WsParser *parser, char **data, size_t *len, Frame *out)
{
    WsPartial *partial = parser->partial;
    size_t kept = partial ? partial->header_len : 0;
    uint16_t code;
    if (kept == 0) {
        code = read_header((const uint8_t *)*data, *len, out);
    } else {
        size_t more = *len < IN_HEADER_MAX - kept ? *len : IN_HEADER_MAX - kept;
        memcpy(partial->header + kept, *data, more);
        code = read_header(partial->header, kept + more, out);
    }
    if (code) return code;

    size_t taken = out->header_len ? out->header_len - kept : *len;
    if (!out->header_len && *len) {
        partial = partial_of(parser);
        memcpy(partial->header + kept, *data, taken);
    }
    if (partial) partial->header_len = (uint8_t)(out->header_len ? 0 : kept + taken);
    *data += taken;
    *len -= taken;
    return out->header_len ? check_frame(parser, out) : 0;
}

/* --- payloads --- */

/* XORs with the mask, `phase` bytes into it; eight bytes at a time. */
static void unmask(char *data, size_t len, const uint8_t mask[4], size_t phase)
{
    uint8_t turned[8];
    uint64_t key, word;
    size_t i = 0;
    for (size_t k = 0; k < 8; k++) turned[k] = mask[(phase + k) & 3];
    memcpy(&key, turned, 8);
    for (; i + 8 <= len; i += 8) {
        memcpy(&word, data + i, 8);
        word ^= key;
        memcpy(data + i, &word, 8);
    }
    for (; i < len; i++) data[i] = (char)((uint8_t)data[i] ^ turned[i & 7]);
}

bool ws_close_code_valid(uint16_t code)
{
    if (code >= 3000 && code <= 4999) return true;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

static WsEvent close_event(Str payload)
{
    if (payload.len == 0) return (WsEvent){ .kind = WS_EVENT_CLOSE, .code = CLOSE_NO_CODE };
    if (payload.len == 1) return broken(WS_CLOSE_PROTOCOL);
    uint16_t code = (uint16_t)((uint8_t)payload.ptr[0] << 8 | (uint8_t)payload.ptr[1]);
    Str reason = { payload.ptr + 2, payload.len - 2 };
    if (!ws_close_code_valid(code)) return broken(WS_CLOSE_PROTOCOL);
    if (!utf8_valid(reason)) return broken(WS_CLOSE_BAD_UTF8);
    return (WsEvent){ .kind = WS_EVENT_CLOSE, .code = code, .payload = reason };
}

static WsEvent control_event(const Frame *frame, Str payload)
{
    if (frame->opcode == OP_CLOSE) return close_event(payload);
    return (WsEvent){ .kind = frame->opcode == OP_PING ? WS_EVENT_PING : WS_EVENT_PONG, .payload = payload };
}

static WsEvent text_event(Str text)
{
    if (text.len && !utf8_valid(text)) return broken(WS_CLOSE_BAD_UTF8);
    return (WsEvent){ .kind = WS_EVENT_TEXT, .payload = text };
}

/* Called when a data frame is complete and its payload is in `message`. NONE: the message continues. */
static WsEvent message_event(WsPartial *partial, const Frame *frame)
{
    partial->in_message = !frame->fin;
    partial->n_empty = frame->fin ? 0 : (uint8_t)(partial->n_empty + (frame->payload_len == 0));
    if (partial->n_empty > WS_EMPTY_FRAMES_MAX) return broken(WS_CLOSE_TOO_LARGE);
    if (!frame->fin) return (WsEvent){ .kind = WS_EVENT_NONE };
    return text_event(strbuf_str(&partial->message));
}

/* Handles a frame whose whole payload is at `payload`, masked. */
static WsEvent whole_frame(WsParser *parser, const Frame *frame, char *payload)
{
    WsPartial *partial = parser->partial;
    Str bytes = { payload, frame->payload_len };
    unmask(payload, frame->payload_len, frame->mask, 0);
    if (is_control(frame)) return control_event(frame, bytes);
    if (frame->fin && !(partial && partial->in_message)) return text_event(bytes);
    partial = partial_of(parser);
    strbuf_add(&partial->message, bytes);
    return message_event(partial, frame);
}

/* Takes the available payload of the current frame. */
static WsEvent continue_frame(WsPartial *partial, char **data, size_t *len)
{
    Frame *frame = &partial->frame;
    size_t left = frame->payload_len - partial->payload_at;
    size_t take = *len < left ? *len : left;
    unmask(*data, take, frame->mask, partial->payload_at);
    if (is_control(frame))
        memcpy(partial->control + partial->payload_at, *data, take);
    else
        strbuf_add(&partial->message, (Str){ *data, take });
    partial->payload_at += take;
    *data += take;
    *len -= take;
    if (take < left) return (WsEvent){ .kind = WS_EVENT_NONE };

    partial->in_frame = false;
    if (is_control(frame)) return control_event(frame, (Str){ partial->control, frame->payload_len });
    return message_event(partial, frame);
}

static WsEvent next_frame(WsParser *parser, char **data, size_t *len)
{
    Frame frame;
    uint16_t code = take_header(parser, data, len, &frame);
    if (code) return broken(code);
    if (!frame.header_len) return (WsEvent){ .kind = WS_EVENT_NONE };
    if (frame.payload_len <= *len) {
        char *payload = *data;
        *data += frame.payload_len;
        *len -= frame.payload_len;
        return whole_frame(parser, &frame, payload);
    }
    WsPartial *partial = partial_of(parser);
    partial->frame = frame;
    partial->payload_at = 0;
    partial->in_frame = true;
    return continue_frame(partial, data, len);
}

void ws_parser_trim(WsParser *parser)
{
    WsPartial *partial = parser->partial;
    bool waiting = partial && (partial->in_frame || partial->in_message || partial->header_len);
    if (!waiting) ws_parser_done(parser);
}

WsEvent ws_parser_next(WsParser *parser, char **data, size_t *len)
{
    ws_parser_trim(parser);
    while (*len > 0) {
        bool in_frame = parser->partial && parser->partial->in_frame;
        WsEvent event = in_frame ? continue_frame(parser->partial, data, len) : next_frame(parser, data, len);
        if (event.kind != WS_EVENT_NONE) return event;
    }
    return (WsEvent){ .kind = WS_EVENT_NONE };
}

void ws_parser_done(WsParser *parser)
{
    if (!parser->partial) return;
    strbuf_done(&parser->partial->message);
    free(TAKE_PTR(parser->partial));
}

size_t ws_frame_header(char out_header[WS_HEADER_MAX], unsigned opcode, size_t payload_len)
{
    size_t extra = payload_len < 126 ? 0 : payload_len <= 0xffff ? 2 : 8;
    out_header[0] = (char)(0x80 | opcode);
    out_header[1] = (char)(extra == 0 ? payload_len : extra == 2 ? 126 : 127);
    for (size_t i = 0; i < extra; i++)
        out_header[2 + i] = (char)(uint8_t)((uint64_t)payload_len >> (8 * (extra - 1 - i)));
    return 2 + extra;
}
