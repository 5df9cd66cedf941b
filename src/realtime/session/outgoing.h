/* What one client still has to get, and what it got but has not confirmed. Knows no socket and no clock.
 *
 *   replay    buffer of events that were written and not yet confirmed, for a hot resume; number last_n is the newest.
 *   pending   in line for the socket, or for the client's return. Events have no number yet: numbers are given when
 *             bytes are written, so they stay dense on the connection whatever was dropped before.
 *   gaps      conversations whose pending events were dropped because the reader is slow.
 *
 * The replay buffer and what is pending stand in one queue, the buffer in front: writing an event moves only the border between them. */
#pragma once
#include "realtime/session/frame_queue.h"

typedef struct OutLimits {
    uint32_t soft_bytes;    /* shared frames pending at a busy socket: beyond, they collapse to gaps */
    uint32_t replay_events; /* kept for a resume */
    uint32_t replay_bytes;
} OutLimits;

typedef struct OutGap {
    Id conversation; /* ID_NONE: the user's feed */
    uint32_t head;   /* newest rev or urev that was dropped */
} OutGap;

/* A zeroed one is empty. */
typedef struct Outgoing {
    FrameQueue queue;
    uint32_t n_replay;     /* how many of the queue are the replay buffer */
    uint32_t replay_bytes; /* JSON in the replay buffer */
    uint32_t shared_bytes; /* JSON of events and live frames in pending */
    uint32_t own_bytes;    /* JSON of answers in pending */
    uint32_t last_n;       /* number of the newest event written */
    uint32_t solid_n;      /* a gap was written before this event: who has not seen the event may have missed the gap */
    OutGap *gaps;
    uint32_t n_gaps, cap_gaps;
} Outgoing;

/* Lets go of everything; zeroed afterwards. */
void outgoing_done(Outgoing *out);

static inline uint32_t outgoing_pending(const Outgoing *out)
{
    return out->queue.count - out->n_replay;
}
/* Nothing to write. */
static inline bool outgoing_is_empty(const Outgoing *out)
{
    return !outgoing_pending(out) && !out->n_gaps;
}
/* Puts a frame in line, adding a reference; or, while gaps wait for the socket, lets it widen one or drops it. */
void outgoing_push(Outgoing *out, const OutLimits *limits, Frame *frame);
/* Puts a frame before all others; nothing was written yet. Adds a reference. */
void outgoing_push_front(Outgoing *out, Frame *frame);

/* The socket is busy. When more than soft_bytes of shared frames wait: drops what is shown and forgotten; if that does not
 * suffice, drops the events too and notes a gap for each conversation. Returns how many gaps came up. */
unsigned outgoing_relieve(Outgoing *out, const OutLimits *limits);
/* What the client misses of a conversation without having been in line for it. */
void outgoing_note_gap(Outgoing *out, Id conversation, uint32_t head);

/* Appends encoded frames to buf until it holds at least `chunk` bytes or nothing is left; events move to the replay buffer.
 * Returns how many events were written. */
unsigned outgoing_fill(Outgoing *out, const OutLimits *limits, StrBuf *buf, size_t chunk);

/* The client has every event up to n; false when n was never sent. */
bool outgoing_confirm(Outgoing *out, uint32_t n);

/* The socket is gone: only events and gaps may wait for the client's return. */
void outgoing_detach(Outgoing *out);
/* Whether so much waits for the client's return that it had better start from heads. */
bool outgoing_overflows(const Outgoing *out, const OutLimits *limits);
/* Whether the replay buffer reaches back to a client that has every event up to n. */
bool outgoing_can_resume(const Outgoing *out, uint32_t n);
/* Puts what came behind n in line again; it will get the same numbers. Only after outgoing_can_resume(). */
void outgoing_rewind(Outgoing *out, uint32_t n);
/* Puts all that `from` has pending, which is older, in front of what `out` has gathered; `from` was rewound and is empty
 * afterwards, `out` has written nothing yet. */
void outgoing_take_over(Outgoing *out, Outgoing *from);
