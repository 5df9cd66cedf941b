/* A client's life and what it gets to read. See client.h. */
#include "realtime/session/client.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES  65536 /* put together for one write */
#define ANSWER_BYTES 16384 /* from here on an answer is large: the client asked for it, and may take its time */

void clients_init(Clients *all, const RealtimeConfig *config, const ClientHandlers *handlers, int64_t now_ms)
{
    *all = (Clients){ .config = config, .handlers = handlers, .now_ms = now_ms };
    all->wheel.now_s = (uint32_t)(now_ms / 1000);
    all->out_limits = (OutLimits){ .soft_bytes = config->soft_bytes,
                                   .ring_events = config->ring_events,
                                   .ring_bytes = config->soft_bytes };
}

void clients_done(Clients *all)
{
    free(all->dirty);
    strbuf_done(&all->scratch);
}

Client *clients_any(const Clients *all)
{
    WheelEntry *entry = wheel_first(&all->wheel);
    return entry ? CONTAINER_OF(entry, Client, deadline) : NULL;
}

void client_arm(Client *client, uint32_t in_ms)
{
    Clients *all = client->all;
    wheel_arm(&all->wheel, &client->deadline, (uint32_t)((all->now_ms + in_ms + 999) / 1000));
}

Client *client_new(Clients *all, Str peer)
{
    Client *client = calloc(1, sizeof *client);
    if (!client) abort();
    client->all = all;
    client->peer = strndup(peer.len ? peer.ptr : "", peer.len);
    if (!client->peer) abort();
    client->heard_at = client->bucket_at = (uint32_t)all->now_ms;
    client->bucket = (int32_t)all->config->frames_burst * 1000;
    client_arm(client, all->config->hello_timeout_ms);
    return client;
}

static void free_if_unused(Client *client)
{
    if (client->state != CLIENT_ENDING || client->conn || client->holds || client->is_dirty) return;
    free(client->peer);
    free(client);
}

Client *client_hold(Client *client)
{
    client->holds++;
    return client;
}

void client_release(Client *client)
{
    client->holds--;
    free_if_unused(client);
}

ClientExtras *client_extras(Client *client)
{
    if (!client->extras) client->extras = calloc(1, sizeof *client->extras);
    if (!client->extras) abort();
    return client->extras;
}

/* --- what it gets --- */

static void mark_dirty(Client *client)
{
    Clients *all = client->all;
    if (client->is_dirty) return;
    client->is_dirty = true;
    if (all->n_dirty == all->cap_dirty) {
        all->cap_dirty = all->cap_dirty ? all->cap_dirty * 2 : 64;
        all->dirty = realloc(all->dirty, all->cap_dirty * sizeof(Client *));
        if (!all->dirty) abort();
    }
    all->dirty[all->n_dirty++] = client;
}

/* More waits than its socket takes. */
static void relieve(Client *client)
{
    Clients *all = client->all;
    all->tally.gaps += outgoing_relieve(&client->out, &all->out_limits);
    /* An answer that the client asked for may be as large as it is. */
    if (client->has_answer_out || client->out.shared_bytes + ws_unsent(client->conn) <= all->config->hard_bytes) return;
    client->is_slow = true;
    mark_dirty(client);
}

static void tell_detached(Client *client, Frame *frame)
{
    Clients *all = client->all;
    if (frame->kind == FRAME_EVENT)
        outgoing_push(&client->out, &all->out_limits, frame);
    else if (frame->number)
        outgoing_note_gap(&client->out, frame->conversation, frame->number);
    if (!outgoing_overflows(&client->out, &all->out_limits)) return;
    client->is_slow = true; /* too much to go on where it was: let it start from heads */
    mark_dirty(client);
}

void client_tell(Client *client, Frame *frame)
{
    if (client->state == CLIENT_DETACHED) {
        tell_detached(client, frame);
        return;
    }
    outgoing_push(&client->out, &client->all->out_limits, frame);
    if (client->state == CLIENT_LIVE && !client->is_busy)
        mark_dirty(client);
    else if (client->out.shared_bytes > client->all->config->soft_bytes)
        relieve(client);
}

static void put_own(Client *client, FrameKind kind, Str json)
{
    if (client->state == CLIENT_ENDING || !client->conn) return;
    Frame *frame = frame_new(kind, ID_NONE, 0, json);
    outgoing_push(&client->out, &client->all->out_limits, frame);
    frame_unref(frame);
    if (!client->is_busy) mark_dirty(client);
}

void client_answer(Client *client, Str json)
{
    put_own(client, FRAME_OWN, json);
}

void client_answer_charged(Client *client, Str json, Charge *charge)
{
    if (client->state == CLIENT_ENDING || !client->conn) return;
    charge_move(&client->answers, charge);
    client_answer(client, json);
}

void client_answer_ping(Client *client)
{
    put_own(client, FRAME_PONG, STR("}"));
}

bool client_token_has_ended(const Client *client)
{
    return clock_now_ms() >= client->expires_ms;
}

void client_answer_error(Client *client, uint32_t id, Err err, Str text, uint32_t retry_after_ms)
{
    Arena *arena = arena_new();
    StrBuf json, error;
    strbuf_init(&json, arena);
    strbuf_init(&error, arena);
    http_error_json(&error, err, text, retry_after_ms);
    strbuf_fmt(&json, "{\"type\":\"error\",\"id\":%u,", id);
    strbuf_add(&json, (Str){ error.ptr + 1, error.len - 1 }); /* {"error":{...}} without its first brace */
    client_answer(client, strbuf_str(&json));
    arena_free(arena);
}

void client_confirm(Client *client, uint32_t n)
{
    outgoing_confirm(&client->out, n);
}

/* --- writing --- */

/* What was written is with the kernel: only what is in line is still held. */
static void settle_answers(Client *client)
{
    if (client->answers.units > client->out.own_bytes) charge_shrink(&client->answers, client->out.own_bytes);
}

/* The socket has taken what it could; on_writable follows. */
static void became_busy(Client *client)
{
    client->is_busy = true;
    client->progress_at = (uint32_t)client->all->now_ms;
    client->unsent = (uint32_t)ws_unsent(client->conn);
    client_arm(client, 1000);
    if (client->out.shared_bytes > client->all->config->soft_bytes) relieve(client);
}

static void write_pending(Client *client)
{
    Clients *all = client->all;
    Outgoing *out = &client->out;
    while (!outgoing_is_empty(out)) {
        uint32_t own_bytes = out->own_bytes;
        all->scratch.len = 0;
        all->tally.deliveries += outgoing_fill(out, &all->out_limits, &all->scratch, CHUNK_BYTES);
        all->tally.writes++;
        own_bytes -= out->own_bytes;
        if (!ws_write(client->conn, all->scratch.ptr, all->scratch.len)) {
            client->has_answer_out = own_bytes > ANSWER_BYTES;
            became_busy(client);
            return;
        }
    }
    settle_answers(client);
}

static void end_slow(Client *client)
{
    if (client->state == CLIENT_DETACHED) {
        client_drop(client);
        return;
    }
    client->all->tally.slow_closed++;
    client_bye(client, WS_CLOSE_SLOW, 0);
}

void client_flush(Client *client)
{
    if (client->state == CLIENT_ENDING) {
        free_if_unused(client);
        return;
    }
    if (client->state == CLIENT_LIVE && !client->is_busy && !client->is_slow) {
        if (ws_busy(client->conn))
            became_busy(client); /* with a ping or a pong of ours */
        else
            write_pending(client);
    }
    if (client->is_slow) end_slow(client);
}

#define SCRATCH_KEPT 262144 /* a larger one was for a rare answer */

/* Whom the turn comes to soon: thousands of clients do not fit the cache, but their lines can be on the way. */
static void prefetch(const Clients *all, uint32_t at)
{
    if (at + 4 < all->n_dirty) client_prefetch(all->dirty[at + 4]);
    if (at + 2 < all->n_dirty) __builtin_prefetch(all->dirty[at + 2]->conn);
    if (at + 2 < all->n_dirty) client_prefetch_line(all->dirty[at + 2]);
    if (at + 1 < all->n_dirty && all->dirty[at + 1]->conn) ws_prefetch(all->dirty[at + 1]->conn);
}

void clients_flush(Clients *all)
{
    for (uint32_t at = 0; at < all->n_dirty; at++) { /* grows while it is walked */
        Client *client = all->dirty[at];
        prefetch(all, at);
        client->is_dirty = false;
        client_flush(client);
    }
    all->n_dirty = 0;
    if (all->scratch.cap > SCRATCH_KEPT) strbuf_done(&all->scratch);
    tally_flush(&all->tally);
}

/* --- its end --- */

/* Out of the hub: from now on nothing reaches it. */
static void leave(Client *client)
{
    Clients *all = client->all;
    if (client->state == CLIENT_LIVE) all->handlers->on_away(client);
    if (client->state == CLIENT_DETACHED) {
        all->n_detached--;
        metric_add(&realtime_detached, -1);
    }
    client->state = CLIENT_ENDING;
    all->handlers->on_gone(client);
    wheel_disarm(&client->deadline);
    outgoing_done(&client->out);
    charge_release(&client->answers);
    free(client->extras);
    client->extras = NULL;
}

static bool may_resume(uint16_t code)
{
    return code == WS_CLOSE_TOKEN_EXPIRED || code == WS_CLOSE_SLOW || code == WS_CLOSE_GOING_AWAY ||
           code == WS_CLOSE_RATE;
}

void client_bye(Client *client, uint16_t code, uint32_t after_ms)
{
    char json[96];
    if (client->state == CLIENT_ENDING) return;
    if (client->state == CLIENT_DETACHED) {
        client_drop(client);
        return;
    }
    if (!client->is_slow && client->state == CLIENT_LIVE && !ws_busy(client->conn)) write_pending(client);
    int len = snprintf(json, sizeof json, "{\"type\":\"bye\",\"code\":%u,\"resume\":%s,\"after_ms\":%u}", code,
                       may_resume(code) ? "true" : "false", after_ms);
    if (!ws_busy(client->conn)) ws_send_text(client->conn, (Str){ json, (size_t)len });
    leave(client);
    ws_close(client->conn, code);
}

void client_drop(Client *client)
{
    if (client->state == CLIENT_ENDING) return;
    leave(client);
    if (client->conn) ws_abort(client->conn, WS_CLOSE_ABNORMAL);
    free_if_unused(client);
}

/* Keeps it for its client's return. */
static void detach(Client *client)
{
    Clients *all = client->all;
    all->handlers->on_away(client);
    client->state = CLIENT_DETACHED;
    client->is_busy = client->has_answer_out = client->is_asked = client->is_slow = false;
    client->heard_at = (uint32_t)all->now_ms;
    all->n_detached++;
    metric_add(&realtime_detached, 1);
    charge_release(&client->answers);
    outgoing_detach(&client->out);
    client_arm(client, all->config->ring_kept_ms);
    if (outgoing_overflows(&client->out, &all->out_limits)) client_drop(client);
}

static void on_closed(void *owner, uint16_t code)
{
    Client *client = owner;
    Clients *all = client->all;
    clients_enter(all);
    client->conn = NULL;
    all->handlers->on_closed(all);
    if (client->state == CLIENT_LIVE && all->n_detached < all->config->rings_detached && !all->is_draining) {
        detach(client);
    } else {
        if (client->state != CLIENT_ENDING) leave(client);
        free_if_unused(client);
    }
    clients_flush(all);
}

/* --- its beginning --- */

void client_go_live(Client *client, Str welcome)
{
    Clients *all = client->all;
    Frame *frame = frame_new(FRAME_OWN, ID_NONE, 0, welcome);
    outgoing_push_front(&client->out, frame);
    frame_unref(frame);
    client->state = CLIENT_LIVE;
    /* As if last heard at some time before: spreads the first pings of those who came together. */
    client->heard_at = (uint32_t)all->now_ms - randombytes_uniform(all->config->heartbeat_ms);
    client_arm(client, 1000);
    all->handlers->on_live(client);
    mark_dirty(client);
    ws_limit(client->conn, 0, 0);
    ws_read_pause(client->conn, false);
}

void client_take_over(Client *client, Client *old, uint32_t n)
{
    outgoing_detach(&old->out); /* answers were for the old connection */
    charge_release(&old->answers);
    outgoing_rewind(&old->out, n);
    outgoing_take_over(&client->out, &old->out);
    client_drop(old);
}

/* --- from the socket --- */

static void on_writable(void *owner)
{
    Client *client = owner;
    Clients *all = client->all;
    clients_enter(all);
    client->is_busy = client->has_answer_out = false;
    settle_answers(client);
    mark_dirty(client);
    clients_flush(all);
    if (client->state != CLIENT_LIVE) return;
    all->handlers->on_writable(client);
    clients_flush(all);
}

static void on_text(void *owner, Str text)
{
    Client *client = owner;
    Clients *all = client->all;
    clients_enter(all);
    client->heard_at = (uint32_t)all->now_ms;
    if (client->state != CLIENT_ENDING) all->handlers->on_frame(client, text);
    clients_flush(all);
}

static void on_pong(void *owner, Str payload)
{
    Client *client = owner;
    uint64_t n;
    clients_enter(client->all);
    if (!client->is_asked && !client->all->handlers->on_control(client)) return; /* a pong that nobody asked for */
    if (client->state != CLIENT_LIVE) return;
    client->heard_at = (uint32_t)client->all->now_ms;
    client->is_asked = false;
    if (str_to_u64(payload, UINT32_MAX, &n)) client_confirm(client, (uint32_t)n);
}

static bool on_ping(void *owner)
{
    Client *client = owner;
    clients_enter(client->all);
    return client->all->handlers->on_control(client);
}

/* What is too large is told in the application's own words, too: who does not know of the limit may be old. */
static void on_broken(void *owner, uint16_t code)
{
    Client *client = owner;
    clients_enter(client->all);
    if (code == WS_CLOSE_TOO_LARGE || code == WS_CLOSE_VERSION) client_bye(client, code, 0);
}

const WsHandlers client_handlers = {
    .on_text = on_text,
    .on_pong = on_pong,
    .on_ping = on_ping,
    .on_broken = on_broken,
    .on_writable = on_writable,
    .on_closed = on_closed,
};
