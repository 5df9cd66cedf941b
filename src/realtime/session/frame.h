/* A frame for sockets: JSON that is encoded once and shared by all receiving clients of a loop. Immutable. The
 * reference count is not atomic: a frame belongs to one loop, and other loops get copies. Copying a few hundred bytes
 * once per loop is cheaper than a counter that all loops write for each of a thousand clients. */
#pragma once
#include "base/id.h"
#include "base/str.h"

typedef enum FrameKind {
    FRAME_EVENT, /* numbered on each connection, kept for a resume */
    FRAME_LIVE,  /* shared, but ephemeral: dropped for a slow reader */
    FRAME_OWN,   /* for one client: responses; never dropped */
    FRAME_PONG,  /* the same, and names the last event before it */
} FrameKind;

typedef struct Frame {
    uint32_t refs;
    uint32_t len;
    uint32_t
        number;   /* rev of the conversation, or urev if it concerns the user's feed; 0: may be dropped without a gap */
    uint32_t seq; /* of a new message, else 0 */
    uint8_t kind; /* FrameKind */
    Id conversation;
    char json[]; /* for an event or a pong, the part after the number: ,"name":...}; otherwise the whole object */
} Frame;

/* Returns one reference; seq is 0. */
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

/* An upper bound for frame_write(). */
size_t frame_wire_max(const Frame *frame);
/* Writes the WebSocket frame, an event or pong with the number n; returns its length. */
size_t frame_write(const Frame *frame, uint32_t n, char *out);
