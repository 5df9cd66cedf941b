/* A client's outgoing queue. See outgoing.h. */
#include "realtime/session/outgoing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_shared(const Frame *frame)
{
    return frame->kind == FRAME_EVENT || frame->kind == FRAME_LIVE;
}

static uint32_t *bytes_of(Outgoing *out, const Frame *frame)
{
    return is_shared(frame) ? &out->shared_bytes : &out->own_bytes;
}

void outgoing_done(Outgoing *out)
{
    frame_queue_clear(&out->queue);
    free(out->gaps);
    *out = (Outgoing){ 0 };
}

/* --- gaps --- */

/* A linear search suffices: a reader with many gaps is about to be disconnected. */
static OutGap *gap_find(Outgoing *out, Id conversation)
{
    for (uint32_t i = 0; i < out->n_gaps; i++) {
        if (id_eq(out->gaps[i].conversation, conversation)) return &out->gaps[i];
    }
    return NULL;
}

/* Returns whether the gap is new. */
static bool gap_note(Outgoing *out, Id conversation, uint32_t head)
{
    OutGap *gap = gap_find(out, conversation);
    if (gap) {
        if (head > gap->head) gap->head = head;
        return false;
    }
    if (out->n_gaps == out->cap_gaps) {
        out->cap_gaps = out->cap_gaps ? out->cap_gaps * 2 : 4;
        out->gaps = realloc(out->gaps, out->cap_gaps * sizeof *out->gaps);
        if (!out->gaps) abort();
    }
    out->gaps[out->n_gaps++] = (OutGap){ conversation, head };
    return true;
}

void outgoing_note_gap(Outgoing *out, Id conversation, uint32_t head)
{
    gap_note(out, conversation, head);
}

/* --- the queue --- */

static void ring_drop_first(Outgoing *out)
{
    Frame *frame = frame_queue_shift(&out->queue);
    out->n_replay--;
    out->replay_bytes -= frame->len;
    frame_unref(frame);
}

void outgoing_push(Outgoing *out, const OutLimits *limits, Frame *frame)
{
    if (out->n_gaps && is_shared(frame)) {
        if (!frame->number) return;
        /* After a gap nothing of the conversation may follow: the client would wait for the dropped events. */
        if (gap_find(out, frame->conversation)) {
            gap_note(out, frame->conversation, frame->number);
            return;
        }
    }
    /* Once written it would push the oldest out of the replay buffer anyway; doing so now keeps the queue from
     * growing. */
    if (out->n_replay && out->queue.count >= limits->replay_events) ring_drop_first(out);
    frame_queue_push(&out->queue, frame_ref(frame));
    *bytes_of(out, frame) += frame->len;
}

void outgoing_push_front(Outgoing *out, Frame *frame)
{
    assert(!out->n_replay);
    frame_queue_push_front(&out->queue, frame_ref(frame));
    *bytes_of(out, frame) += frame->len;
}

#define KEEP(kind) (1u << (kind))
#define KEEP_OWN   (KEEP(FRAME_OWN) | KEEP(FRAME_PONG))

/* Drops pending frames whose kind is not in the set; returns the number of new gaps. */
static unsigned sift(Outgoing *out, unsigned kinds)
{
    unsigned gaps = 0;
    uint32_t kept = out->n_replay;

    for (uint32_t at = out->n_replay; at < out->queue.count; at++) {
        Frame *frame = *frame_queue_at(&out->queue, at);
        if (kinds & KEEP(frame->kind)) {
            *frame_queue_at(&out->queue, kept++) = frame;
            continue;
        }
        /* A frame with a number carries a head, which must not get lost. */
        if (frame->number && gap_note(out, frame->conversation, frame->number)) gaps++;
        *bytes_of(out, frame) -= frame->len;
        frame_unref(frame);
    }
    frame_queue_cut(&out->queue, kept);
    return gaps;
}

unsigned outgoing_relieve(Outgoing *out, const OutLimits *limits)
{
    unsigned gaps = 0;
    if (out->shared_bytes > limits->soft_bytes) gaps += sift(out, KEEP(FRAME_EVENT) | KEEP_OWN);
    if (out->shared_bytes > limits->soft_bytes) gaps += sift(out, KEEP_OWN);
    return gaps;
}

/* --- writing --- */

/* Writes a pending frame; returns whether it moves to the replay buffer. If not, its reference is released. */
static bool fill_one(Outgoing *out, Frame *frame, StrBuf *buf)
{
    char *at = strbuf_reserve(buf, frame_wire_max(frame));
    bool is_event = frame->kind == FRAME_EVENT;

    *bytes_of(out, frame) -= frame->len;
    if (is_event) out->last_n++;
    buf->len += frame_write(frame, out->last_n, at);
    if (is_event) {
        out->replay_bytes += frame->len;
        return true;
    }
    if (frame->number) out->solid_n = out->last_n + 1;
    frame_unref(frame);
    return false;
}

static void fill_gap(const OutGap *gap, StrBuf *buf)
{
    char id[ID_TEXT_LEN + 1] = "", json[128];
    if (!id_is_none(gap->conversation)) id_format(gap->conversation, id);
    int len =
        snprintf(json, sizeof json, "{\"type\":\"gap\",\"conversation_id\":\"%s\",\"head_rev\":%u}", id, gap->head);
    Frame *frame = frame_new(FRAME_OWN, gap->conversation, 0, (Str){ json, (size_t)len });
    buf->len += frame_write(frame, 0, strbuf_reserve(buf, frame_wire_max(frame)));
    frame_unref(frame);
}

/* After the queue, because the dropped events were newer than what remains in it. A few bytes each, so all at once. */
static void fill_gaps(Outgoing *out, StrBuf *buf)
{
    for (uint32_t i = 0; i < out->n_gaps; i++) fill_gap(&out->gaps[i], buf);
    free(out->gaps);
    out->gaps = NULL;
    out->n_gaps = out->cap_gaps = 0;
    out->solid_n = out->last_n + 1;
}

unsigned outgoing_fill(Outgoing *out, const OutLimits *limits, StrBuf *buf, size_t chunk)
{
    uint32_t at = out->n_replay, end = out->n_replay;
    while (at < out->queue.count && buf->len < chunk) {
        Frame *frame = *frame_queue_at(&out->queue, at++);
        if (fill_one(out, frame, buf)) *frame_queue_at(&out->queue, end++) = frame;
    }
    unsigned events = end - out->n_replay;
    out->n_replay = end;

    /* Close the holes left by frames that are not kept. */
    uint32_t kept = end;
    if (kept != at) {
        while (at < out->queue.count) *frame_queue_at(&out->queue, kept++) = *frame_queue_at(&out->queue, at++);
        frame_queue_cut(&out->queue, kept);
    }
    if (out->n_gaps && !outgoing_pending(out)) fill_gaps(out, buf);
    while (out->n_replay > limits->replay_events || out->replay_bytes > limits->replay_bytes) ring_drop_first(out);
    return events;
}

/* --- resuming --- */

bool outgoing_confirm(Outgoing *out, uint32_t n)
{
    if (n > out->last_n) return false;
    while (out->n_replay > out->last_n - n) ring_drop_first(out);
    return true;
}

void outgoing_detach(Outgoing *out)
{
    sift(out, KEEP(FRAME_EVENT));
}

bool outgoing_overflows(const Outgoing *out, const OutLimits *limits)
{
    return outgoing_pending(out) > limits->replay_events || out->shared_bytes > limits->replay_bytes;
}

bool outgoing_can_resume(const Outgoing *out, uint32_t n)
{
    return n >= out->solid_n && n <= out->last_n && out->last_n - n <= out->n_replay;
}

void outgoing_rewind(Outgoing *out, uint32_t n)
{
    outgoing_confirm(out, n);
    out->shared_bytes += out->replay_bytes;
    out->n_replay = out->replay_bytes = 0;
    out->last_n = n;
}

void outgoing_take_over(Outgoing *out, Outgoing *from)
{
    assert(!out->n_replay && !from->n_replay);
    for (uint32_t at = from->queue.count; at-- > 0;)
        frame_queue_push_front(&out->queue, *frame_queue_at(&from->queue, at));
    frame_queue_cut(&from->queue, 0);
    out->shared_bytes += from->shared_bytes;
    out->own_bytes += from->own_bytes;
    out->last_n = from->last_n;
    out->solid_n = from->solid_n;
    for (uint32_t i = 0; i < from->n_gaps; i++) gap_note(out, from->gaps[i].conversation, from->gaps[i].head);
    outgoing_done(from);
}
