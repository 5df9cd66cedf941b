/* Shared frames. Only the event number differs between clients, so it is written before the shared rest. */
#include "realtime/session/frame.h"

#include <stdlib.h>

#include "net/ws.h"

#define DIGITS_MAX 10 /* of a uint32_t */

Frame *frame_new(FrameKind kind, Id conversation, uint32_t number, Str json)
{
    Frame *frame = malloc(sizeof *frame + json.len);
    if (!frame) abort();
    *frame = (Frame){
        .refs = 1, .len = (uint32_t)json.len, .number = number, .kind = (uint8_t)kind, .conversation = conversation
    };
    if (json.len) memcpy(frame->json, json.ptr, json.len);
    return frame;
}

Frame *frame_copy(const Frame *frame)
{
    Frame *copy =
        frame_new((FrameKind)frame->kind, frame->conversation, frame->number, (Str){ frame->json, frame->len });
    copy->seq = frame->seq;
    return copy;
}

void frame_unref(Frame *frame)
{
    if (frame && --frame->refs == 0) free(frame);
}

/* The text before the number; empty for frames without one. */
static Str head_of(const Frame *frame)
{
    if (frame->kind == FRAME_EVENT) return STR("{\"type\":\"event\",\"n\":");
    if (frame->kind == FRAME_PONG) return STR("{\"type\":\"pong\",\"n\":");
    return STR("");
}

size_t frame_wire_max(const Frame *frame)
{
    return WS_HEADER_MAX + head_of(frame).len + DIGITS_MAX + frame->len;
}

static size_t digits_of(uint32_t n, char out[DIGITS_MAX])
{
    size_t count = 1;
    for (uint32_t rest = n; rest >= 10; rest /= 10) count++;
    for (size_t at = count; at > 0; n /= 10) out[--at] = (char)('0' + n % 10);
    return count;
}

size_t frame_write(const Frame *frame, uint32_t n, char *out)
{
    char digits[DIGITS_MAX];
    Str head = head_of(frame);
    size_t n_digits = head.len ? digits_of(n, digits) : 0;

    char *at = out + ws_frame_header(out, WS_OPCODE_TEXT, head.len + n_digits + frame->len);
    memcpy(at, head.ptr, head.len);
    at += head.len;
    memcpy(at, digits, n_digits);
    at += n_digits;
    memcpy(at, frame->json, frame->len);
    return (size_t)(at - out) + frame->len;
}
