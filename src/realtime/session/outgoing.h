/* Everything one client still has to receive, and what it has received but not confirmed. Knows no socket and no clock.
 *
 *   replay    buffer of events written but not yet confirmed, for a hot resume; number last_n is the newest.
 *   pending   waiting for the socket, or for the client's return. Events have no number yet: numbers are assigned when
 *             bytes are written, so they stay dense on the connection whatever was dropped before.
 *   gaps      conversations whose pending events were dropped because the reader is slow.
 *
 * The replay buffer and the pending frames share one queue, the buffer first: writing an event only moves the border
 * between them. */
#pragma once
#include "realtime/session/frame_queue.h"

typedef struct OutLimits {
    uint32_t soft_bytes;    /* shared frames pending at a busy socket; beyond, they collapse to gaps */
    uint32_t replay_events; /* kept for a resume */
    uint32_t replay_bytes;
} OutLimits;

typedef struct OutGap {
    Id conversation; /* ID_NONE: the user's feed */
    uint32_t head;   /* newest dropped rev or urev */
} OutGap;

/* A zeroed one is empty. */
typedef struct Outgoing {
    FrameQueue queue;
    uint32_t n_replay;     /* length of the replay buffer in the queue */
    uint32_t replay_bytes; /* JSON in the replay buffer */
    uint32_t shared_bytes; /* JSON of events and live frames in pending */
    uint32_t own_bytes;    /* JSON of answers in pending */
    uint32_t last_n;       /* number of the newest event written */
    uint32_t solid_n;      /* a gap was written before this event: a client without the event may have missed the gap */
    OutGap *gaps;
    uint32_t n_gaps, cap_gaps;
} Outgoing;

/* Releases everything; zeroed afterwards. */
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
/* Queues a frame, adding a reference; or, while its conversation's gap waits for the socket, widens the gap, or drops
 * the frame. */
void outgoing_push(Outgoing *out, const OutLimits *limits, Frame *frame);
/* Queues a frame before all others, as long as nothing was written. Adds a reference. */
void outgoing_push_front(Outgoing *out, Frame *frame);

/* For a busy socket. If more than soft_bytes of shared frames wait: drops ephemeral frames; if that is not enough,
 * drops the events too and notes a gap for each conversation. Returns the number of new gaps. */
unsigned outgoing_relieve(Outgoing *out, const OutLimits *limits);
/* Notes a gap in a conversation for an event that was never queued. */
void outgoing_note_gap(Outgoing *out, Id conversation, uint32_t head);

/* Appends encoded frames to buf until it holds at least `chunk` bytes or nothing is left; events move to the replay
 * buffer. Returns the number of events written. */
unsigned outgoing_fill(Outgoing *out, const OutLimits *limits, StrBuf *buf, size_t chunk);

/* The client has confirmed every event up to n; false if n was never sent. */
bool outgoing_confirm(Outgoing *out, uint32_t n);

/* The socket is lost: keeps only events and gaps for the client's return. */
void outgoing_detach(Outgoing *out);
/* Whether so much is waiting that a returning client should start from heads. */
bool outgoing_overflows(const Outgoing *out, const OutLimits *limits);
/* Whether the replay buffer covers everything after event n. */
bool outgoing_can_resume(const Outgoing *out, uint32_t n);
/* Requeues the events after n; they will get the same numbers. Only if outgoing_can_resume(). */
void outgoing_rewind(Outgoing *out, uint32_t n);
/* Moves everything pending in `from`, which is older, before the contents of `out`; `from` was rewound and is empty
 * afterwards, `out` has written nothing yet. */
void outgoing_take_over(Outgoing *out, Outgoing *from);
