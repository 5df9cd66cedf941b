/* The lifecycle of a client session, and its delivery. See session.h. */
#include "realtime/session/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES  65536 /* per write */
#define ANSWER_BYTES 16384 /* a response from this size on is large: the client asked for it, and may take its time */

void sessions_init(ClientSessions *all, const RealtimeConfig *config, const SessionHandlers *handlers, int64_t now_ms)
{
    *all = (ClientSessions){ .config = config, .handlers = handlers, .now_ms = now_ms };
    all->wheel.now_s = (uint32_t)(now_ms / 1000);
    all->out_limits = (OutLimits){ .soft_bytes = config->soft_bytes,
                                   .replay_events = config->replay_events,
                                   .replay_bytes = config->soft_bytes };
}

void sessions_done(ClientSessions *all)
{
    free(all->dirty);
    strbuf_done(&all->scratch);
}

ClientSession *sessions_any(const ClientSessions *all)
{
    WheelEntry *entry = wheel_first(&all->wheel);
    return entry ? CONTAINER_OF(entry, ClientSession, deadline) : NULL;
}

void session_arm(ClientSession *session, uint32_t in_ms)
{
    ClientSessions *all = session->all;
    wheel_arm(&all->wheel, &session->deadline, (uint32_t)((all->now_ms + in_ms + 999) / 1000));
}

ClientSession *session_new(ClientSessions *all, Str peer)
{
    ClientSession *session = calloc(1, sizeof *session);
    if (!session) abort();
    session->all = all;
    session->peer = strndup(peer.len ? peer.ptr : "", peer.len);
    if (!session->peer) abort();
    session->heard_at = session->bucket_at = (uint32_t)all->now_ms;
    session->bucket = (int32_t)all->config->frames_burst * 1000;
    session_arm(session, all->config->hello_timeout_ms);
    return session;
}

static void free_if_unused(ClientSession *session)
{
    if (session->state != SESSION_ENDING || session->conn || session->holds || session->is_dirty) return;
    free(session->peer);
    free(session);
}

ClientSession *session_hold(ClientSession *session)
{
    session->holds++;
    return session;
}

void session_release(ClientSession *session)
{
    session->holds--;
    free_if_unused(session);
}

SessionExtras *session_extras(ClientSession *session)
{
    if (!session->extras) session->extras = calloc(1, sizeof *session->extras);
    if (!session->extras) abort();
    return session->extras;
}

/* --- queueing --- */

static void mark_dirty(ClientSession *session)
{
    ClientSessions *all = session->all;
    if (session->is_dirty) return;
    session->is_dirty = true;
    if (all->n_dirty == all->cap_dirty) {
        all->cap_dirty = all->cap_dirty ? all->cap_dirty * 2 : 64;
        all->dirty = realloc(all->dirty, all->cap_dirty * sizeof(ClientSession *));
        if (!all->dirty) abort();
    }
    all->dirty[all->n_dirty++] = session;
}

/* Drops frames or marks the session slow when more waits than its socket takes. */
ON_LOOP static void relieve(ClientSession *session)
{
    ClientSessions *all = session->all;
    all->tally.gaps += outgoing_relieve(&session->out, &all->out_limits);
    /* A response is exempt: the client asked for it, whatever its size. */
    if (session->has_answer_out || session->out.shared_bytes + ws_unsent(session->conn) <= all->config->hard_bytes)
        return;
    session->is_slow = true;
    mark_dirty(session);
}

static void tell_detached(ClientSession *session, Frame *frame)
{
    ClientSessions *all = session->all;
    if (frame->kind == FRAME_EVENT)
        outgoing_push(&session->out, &all->out_limits, frame);
    else if (frame->number)
        outgoing_note_gap(&session->out, frame->conversation, frame->number);
    if (!outgoing_overflows(&session->out, &all->out_limits)) return;
    session->is_slow = true; /* too far behind to continue: it has to restart from heads */
    mark_dirty(session);
}

void session_send(ClientSession *session, Frame *frame)
{
    if (session->state == SESSION_DETACHED) {
        tell_detached(session, frame);
        return;
    }
    outgoing_push(&session->out, &session->all->out_limits, frame);
    if (session->state == SESSION_LIVE && !session->is_busy)
        mark_dirty(session);
    else if (session->out.shared_bytes > session->all->config->soft_bytes)
        relieve(session);
}

static void put_own(ClientSession *session, FrameKind kind, Str json)
{
    if (session->state == SESSION_ENDING || !session->conn) return;
    Frame *frame = frame_new(kind, ID_NONE, 0, json);
    outgoing_push(&session->out, &session->all->out_limits, frame);
    frame_unref(frame);
    if (!session->is_busy) mark_dirty(session);
}

void session_answer(ClientSession *session, Str json)
{
    put_own(session, FRAME_OWN, json);
}

void session_answer_charged(ClientSession *session, Str json, Charge *charge)
{
    if (session->state == SESSION_ENDING || !session->conn) return;
    charge_move(&session->answers, charge);
    session_answer(session, json);
}

void session_answer_ping(ClientSession *session)
{
    put_own(session, FRAME_PONG, STR("}"));
}

bool session_token_has_ended(const ClientSession *session)
{
    return clock_now_ms() >= session->expires_ms;
}

void session_answer_error(ClientSession *session, uint32_t id, Err err, Str text, uint32_t retry_after_ms)
{
    Arena *arena = arena_new();
    StrBuf json, error;
    strbuf_init(&json, arena);
    strbuf_init(&error, arena);
    http_error_json(&error, err, text, retry_after_ms);
    strbuf_fmt(&json, "{\"type\":\"error\",\"id\":%u,", id);
    strbuf_add(&json, (Str){ error.ptr + 1, error.len - 1 }); /* {"error":{...}} without its first brace */
    session_answer(session, strbuf_str(&json));
    arena_free(arena);
}

void session_confirm(ClientSession *session, uint32_t n)
{
    outgoing_confirm(&session->out, n);
}

/* --- writing --- */

/* The kernel has everything written: keep the charge only for what is still queued. */
static void settle_answers(ClientSession *session)
{
    if (session->answers.units > session->out.own_bytes) charge_shrink(&session->answers, session->out.own_bytes);
}

/* The socket accepts nothing more; on_writable follows. */
ON_LOOP static void became_busy(ClientSession *session)
{
    session->is_busy = true;
    session->progress_at = (uint32_t)session->all->now_ms;
    session->unsent = (uint32_t)ws_unsent(session->conn);
    session_arm(session, 1000);
    if (session->out.shared_bytes > session->all->config->soft_bytes) relieve(session);
}

ON_LOOP static void write_pending(ClientSession *session)
{
    ClientSessions *all = session->all;
    Outgoing *out = &session->out;
    while (!outgoing_is_empty(out)) {
        uint32_t own_bytes = out->own_bytes;
        all->scratch.len = 0;
        all->tally.deliveries += outgoing_fill(out, &all->out_limits, &all->scratch, CHUNK_BYTES);
        all->tally.writes++;
        own_bytes -= out->own_bytes;
        if (!ws_write(session->conn, all->scratch.ptr, all->scratch.len)) {
            session->has_answer_out = own_bytes > ANSWER_BYTES;
            became_busy(session);
            return;
        }
    }
    settle_answers(session);
}

ON_LOOP static void end_slow(ClientSession *session)
{
    if (session->state == SESSION_DETACHED) {
        session_drop(session);
        return;
    }
    session->all->tally.slow_closed++;
    session_bye(session, WS_CLOSE_SLOW, 0);
}

void session_flush(ClientSession *session)
{
    if (session->state == SESSION_ENDING) {
        free_if_unused(session);
        return;
    }
    if (session->state == SESSION_LIVE && !session->is_busy && !session->is_slow) {
        if (ws_busy(session->conn))
            became_busy(session); /* because of our own ping or pong */
        else
            write_pending(session);
    }
    if (session->is_slow) end_slow(session);
}

#define SCRATCH_KEPT 262144 /* a larger buffer was for a rare response and is freed */

/* Prefetches upcoming clients: thousands do not fit into the cache, but their data can be on the way. */
ON_LOOP static void prefetch(const ClientSessions *all, uint32_t at)
{
    if (at + 4 < all->n_dirty) session_prefetch(all->dirty[at + 4]);
    if (at + 2 < all->n_dirty) __builtin_prefetch(all->dirty[at + 2]->conn);
    if (at + 2 < all->n_dirty) session_prefetch_line(all->dirty[at + 2]);
    if (at + 1 < all->n_dirty && all->dirty[at + 1]->conn) ws_prefetch(all->dirty[at + 1]->conn);
}

void sessions_flush(ClientSessions *all)
{
    for (uint32_t at = 0; at < all->n_dirty; at++) { /* grows while it is walked */
        ClientSession *session = all->dirty[at];
        prefetch(all, at);
        session->is_dirty = false;
        session_flush(session);
    }
    all->n_dirty = 0;
    if (all->scratch.cap > SCRATCH_KEPT) strbuf_done(&all->scratch);
    tally_flush(&all->tally);
}

/* --- its end --- */

/* Leaves the hub, so that nothing reaches the session from now on. */
static void leave(ClientSession *session)
{
    ClientSessions *all = session->all;
    if (session->state == SESSION_LIVE) all->handlers->on_away(session);
    if (session->state == SESSION_DETACHED) {
        all->n_detached--;
        metric_add(&realtime_detached, -1);
    }
    session->state = SESSION_ENDING;
    all->handlers->on_gone(session);
    wheel_disarm(&session->deadline);
    outgoing_done(&session->out);
    charge_release(&session->answers);
    free(session->extras);
    session->extras = NULL;
}

static bool may_resume(uint16_t code)
{
    return code == WS_CLOSE_TOKEN_EXPIRED || code == WS_CLOSE_SLOW || code == WS_CLOSE_GOING_AWAY ||
           code == WS_CLOSE_RATE;
}

void session_bye(ClientSession *session, uint16_t code, uint32_t after_ms)
{
    char json[96];
    if (session->state == SESSION_ENDING) return;
    if (session->state == SESSION_DETACHED) {
        session_drop(session);
        return;
    }
    if (!session->is_slow && session->state == SESSION_LIVE && !ws_busy(session->conn)) write_pending(session);
    int len = snprintf(json, sizeof json, "{\"type\":\"bye\",\"code\":%u,\"resume\":%s,\"after_ms\":%u}", code,
                       may_resume(code) ? "true" : "false", after_ms);
    if (!ws_busy(session->conn)) ws_send_text(session->conn, (Str){ json, (size_t)len });
    leave(session);
    ws_close(session->conn, code);
}

void session_drop(ClientSession *session)
{
    if (session->state == SESSION_ENDING) return;
    leave(session);
    if (session->conn) ws_abort(session->conn, WS_CLOSE_ABNORMAL);
    free_if_unused(session);
}

/* Keeps the session for its client's return. */
ON_LOOP static void detach(ClientSession *session)
{
    ClientSessions *all = session->all;
    all->handlers->on_away(session);
    session->state = SESSION_DETACHED;
    session->is_busy = session->has_answer_out = session->is_asked = session->is_slow = false;
    session->heard_at = (uint32_t)all->now_ms;
    all->n_detached++;
    metric_add(&realtime_detached, 1);
    charge_release(&session->answers);
    outgoing_detach(&session->out);
    session_arm(session, all->config->replay_kept_ms);
    if (outgoing_overflows(&session->out, &all->out_limits)) session_drop(session);
}

static void on_closed(void *owner, uint16_t code)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = owner;
    ClientSessions *all = session->all;
    sessions_enter(all);
    session->conn = NULL;
    all->handlers->on_closed(all);
    if (session->state == SESSION_LIVE && all->n_detached < all->config->detached_max && !all->is_draining) {
        detach(session);
    } else {
        if (session->state != SESSION_ENDING) leave(session);
        free_if_unused(session);
    }
    sessions_flush(all);
}

/* --- its beginning --- */

void session_go_live(ClientSession *session, Str welcome)
{
    ClientSessions *all = session->all;
    Frame *frame = frame_new(FRAME_OWN, ID_NONE, 0, welcome);
    outgoing_push_front(&session->out, frame);
    frame_unref(frame);
    session->state = SESSION_LIVE;
    /* Pretend an earlier last frame, to spread the first pings of clients that connected together. */
    session->heard_at = (uint32_t)all->now_ms - randombytes_uniform(all->config->heartbeat_ms);
    session_arm(session, 1000);
    all->handlers->on_live(session);
    mark_dirty(session);
    ws_limit(session->conn, 0, 0);
    ws_read_pause(session->conn, false);
}

void session_take_over(ClientSession *session, ClientSession *old, uint32_t n)
{
    outgoing_detach(&old->out); /* responses belong to the old connection */
    charge_release(&old->answers);
    outgoing_rewind(&old->out, n);
    outgoing_take_over(&session->out, &old->out);
    session_drop(old);
}

/* --- from the socket --- */

static void on_writable(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = owner;
    ClientSessions *all = session->all;
    sessions_enter(all);
    session->is_busy = session->has_answer_out = false;
    settle_answers(session);
    mark_dirty(session);
    sessions_flush(all);
    if (session->state != SESSION_LIVE) return;
    all->handlers->on_writable(session);
    sessions_flush(all);
}

static void on_text(void *owner, Str text)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = owner;
    ClientSessions *all = session->all;
    sessions_enter(all);
    session->heard_at = (uint32_t)all->now_ms;
    if (session->state != SESSION_ENDING) all->handlers->on_frame(session, text);
    sessions_flush(all);
}

static void on_pong(void *owner, Str payload)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = owner;
    uint64_t n;
    sessions_enter(session->all);
    if (!session->is_asked && !session->all->handlers->on_control(session)) return; /* a pong that nobody asked for */
    if (session->state != SESSION_LIVE) return;
    session->heard_at = (uint32_t)session->all->now_ms;
    session->is_asked = false;
    if (str_to_u64(payload, UINT32_MAX, &n)) session_confirm(session, (uint32_t)n);
}

static bool on_ping(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = owner;
    sessions_enter(session->all);
    return session->all->handlers->on_control(session);
}

/* Also sends an application-level error for an oversized frame, because an old client may not know the limit. */
static void on_broken(void *owner, uint16_t code)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = owner;
    sessions_enter(session->all);
    if (code == WS_CLOSE_TOO_LARGE || code == WS_CLOSE_VERSION) session_bye(session, code, 0);
}

const WsHandlers session_ws_handlers = {
    .on_text = on_text,
    .on_pong = on_pong,
    .on_ping = on_ping,
    .on_broken = on_broken,
    .on_writable = on_writable,
    .on_closed = on_closed,
};
