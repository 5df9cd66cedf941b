/* What goes to sockets: JSON that is encoded once and shared by every client of a loop that sends it. Immutable.
 * The reference count is plain: a frame belongs to one loop, another loop gets a copy. Copying a few hundred bytes once
 * per loop costs less than a counter that all loops write for every one of a thousand clients. */
#pragma once
#include "base/id.h"
#include "base/str.h"

typedef enum FrameKind {
    FRAME_EVENT, /* numbered on each connection, kept for a resume */
    FRAME_LIVE,  /* shared too, but shown and forgotten: a slow reader does without */
    FRAME_OWN,   /* one client's: answers; never dropped */
    FRAME_PONG,  /* as that, and names the last event before it */
} FrameKind;

typedef struct Frame {
    uint32_t refs;
    uint32_t len;
    uint32_t
        number;   /* rev of the conversation, urev of the user's feed when there is none; 0: dropped without a trace */
    uint32_t seq; /* of a new message, else 0 */
    uint8_t kind; /* FrameKind */
    Id conversation;
    char json[]; /* of an event and a pong, what stands behind the number: ,"name":...}; else the whole object */
} Frame;

/* One reference, the caller's; seq is 0. */
Frame *frame_new(FrameKind kind, Id conversation, uint32_t number, Str json);
/* For another loop. */
Frame *frame_copy(const Frame *frame);
static inline Frame *frame_ref(Frame *frame)
{
    frame->refs++;
    return frame;
}
/* Accepts NULL. */
void frame_unref(Frame *frame);

/* Room that frame_write() needs at most. */
size_t frame_wire_max(const Frame *frame);
/* Writes the WebSocket frame, an event or pong with the number n; returns its length. */
size_t frame_write(const Frame *frame, uint32_t n, char *out);
