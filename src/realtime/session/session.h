/* One client's connection, or the state kept for a while after its socket was lost: a session in the protocol and the
 * metrics. Small, because thousands are idle. On the hub's loop, and owned by the hub.
 *
 *   HELLO -> HANDSHAKE -> LIVE -> DETACHED -> gone
 *      |__________|__________|___-> ENDING -> gone */
#pragma once
#include "base/limits.h"
#include "net/ws.h"
#include "realtime/session/config.h"
#include "realtime/session/metrics.h"
#include "realtime/session/outgoing.h"
#include "realtime/session/wheel.h"
#include "rpc/caller.h"
#include "runtime/clock.h"

typedef struct ClientSession ClientSession;
typedef struct ClientSessions ClientSessions;
typedef struct HubUser HubUser; /* realtime/hub/hub.h */

typedef enum SessionState {
    SESSION_HELLO,     /* connected, waiting for hello */
    SESSION_HANDSHAKE, /* processing hello; events are queued */
    SESSION_LIVE,      /* welcomed */
    SESSION_DETACHED,  /* the socket is lost; events are queued for its return */
    SESSION_ENDING,    /* bye was sent, or a later connection took over; waits for the socket to close */
} SessionState;

typedef struct SessionCalls SessionCalls; /* realtime/commands/calls.h */

#define TYPING_KEPT 4

/* Rarely needed state. */
typedef struct SessionExtras {
    Id focus[WS_FOCUS_MAX];
    uint32_t n_focus;
    struct {
        Id conversation;
        int64_t at_ms; /* monotonic; 0: unused */
    } typing[TYPING_KEPT];
} SessionExtras;

/* Times ending in _at are the low bits of all->now_ms: they are only compared to the present, see session_age(). */
struct ClientSession {
    /* The fields used by every delivery come first, so that they share few cache lines. */
    ClientSessions *all;
    WsConn *conn; /* NULL once the socket is gone */
    ClientSession *next_of_user;
    uint16_t holds; /* jobs and calls in flight that point here */
    uint8_t state;  /* SessionState */
    bool is_admin : 1;
    bool is_dirty : 1;       /* in all->dirty */
    bool is_busy : 1;        /* the socket accepts nothing now; on_writable follows */
    bool is_slow : 1;        /* to be closed at the next flush */
    bool is_asked : 1;       /* waiting for a pong */
    bool has_answer_out : 1; /* a large response is among the unsent bytes */
    int32_t bucket;          /* inbound tokens as of bucket_at, thousandths of a frame */
    Outgoing out;

    HubUser *user; /* NULL until the token was verified, and in ENDING */
    WheelEntry deadline;
    SessionExtras *extras; /* or NULL */
    SessionCalls *calls;   /* or NULL */
    char *peer;            /* address */
    Id id;                 /* named by a resume */
    Id auth_session;       /* named by the token */
    int64_t expires_ms;    /* token expiry, since the epoch */
    uint32_t heard_at;     /* last frame or pong; in DETACHED: when the socket was lost */
    uint32_t asked_at;     /* when the unanswered ping was sent */
    uint32_t progress_at;  /* when the busy socket last accepted bytes */
    uint32_t unsent;       /* unsent bytes at that time */
    uint32_t bucket_at;
    Charge answers; /* for responses that the kernel has not taken */
};

/* Reports to the layers that know users and memberships. On the loop. */
typedef struct SessionHandlers {
    /* A frame was received. */
    void (*on_frame)(ClientSession *session, Str text);
    /* A ping or an unsolicited pong was received. False: ignore it; the socket may have been closed. */
    bool (*on_control)(ClientSession *session);
    /* The socket accepts bytes again. Only for a live client. */
    void (*on_writable)(ClientSession *session);
    /* The session became live, or is no longer: its socket was lost, or it ends. */
    void (*on_live)(ClientSession *session);
    void (*on_away)(ClientSession *session);
    /* The session ends: except for holds, nothing may point to it from now on. */
    void (*on_gone)(ClientSession *session);
    /* A socket is closed, whatever happened to its session before. */
    void (*on_closed)(ClientSessions *all);
} SessionHandlers;

/* The sessions of one loop and their shared state. */
struct ClientSessions {
    /* fixed after init */
    const RealtimeConfig *config;
    const SessionHandlers *handlers;
    OutLimits out_limits;

    Wheel wheel;
    ClientSession **dirty; /* to be processed at the next flush */
    uint32_t n_dirty, cap_dirty;
    StrBuf scratch; /* for assembling writes */
    Tally tally;    /* counted since the last flush */
    int64_t now_ms; /* monotonic; set where the loop enters */
    uint32_t n_detached;
    bool is_draining;
};

/* config and handlers are borrowed. now_ms: monotonic. */
void sessions_init(ClientSessions *all, const RealtimeConfig *config, const SessionHandlers *handlers, int64_t now_ms);
/* Once all are gone. */
void sessions_done(ClientSessions *all);
/* Updates their clock: at every entry of the loop, which ends with sessions_flush(). */
ON_LOOP static inline void sessions_enter(ClientSessions *all)
{
    all->now_ms = clock_monotonic_ms();
}
/* Writes everything queued, one write per client. At the end of every entry. */
ON_LOOP void sessions_flush(ClientSessions *all);
/* Once a second: silence, token expiry, stalled readers. wall_ms: since the epoch. deadlines.c */
ON_LOOP void sessions_tick(ClientSessions *all, int64_t now_ms, int64_t wall_ms);
/* Any session with a deadline, as all except ENDING ones have; NULL if there is none. */
ClientSession *sessions_any(const ClientSessions *all);

static inline void session_prefetch(const ClientSession *session)
{
    __builtin_prefetch(session);
    __builtin_prefetch(&session->out.last_n);
}
/* Prefetches both ends of the queue, once the client itself is in the cache. */
static inline void session_prefetch_line(const ClientSession *session)
{
    const Outgoing *out = &session->out;
    if (!out->queue.slots) return;
    __builtin_prefetch(frame_queue_at(&out->queue, 0));
    __builtin_prefetch(frame_queue_at(&out->queue, out->n_replay));
}

/* For a connection about to be accepted; the caller sets conn. peer is copied. */
ClientSession *session_new(ClientSessions *all, Str peer);
extern const WsHandlers session_ws_handlers;

/* Keeps the struct alive while a job points to it. */
ClientSession *session_hold(ClientSession *session);
/* May free it. */
void session_release(ClientSession *session);
SessionExtras *session_extras(ClientSession *session);
static inline uint32_t session_age(const ClientSession *session, uint32_t at)
{
    return (uint32_t)session->all->now_ms - at;
}

/* Queues a shared frame, or drops it if the reader is slow. Borrows the frame. Closes nothing. */
ON_LOOP void session_send(ClientSession *session, Frame *frame);
/* Queues a response for this client only: a whole JSON object. Dropped if the socket is gone. */
void session_answer(ClientSession *session, Str json);
/* The same for a charged response: released once the kernel has it, or the client is gone. */
void session_answer_charged(ClientSession *session, Str json, Charge *charge);
/* {"type":"pong","n":...} with the number of the last event before it. */
void session_answer_ping(ClientSession *session);
/* Whether the token has expired. Events continue for a while (RealtimeConfig.token_grace_ms), calls do not. */
bool session_token_has_ended(const ClientSession *session);
/* Sends {"type":"error",...} for the frame with this id, 0 for none. */
void session_answer_error(ClientSession *session, uint32_t id, Err err, Str text, uint32_t retry_after_ms);
/* Writes everything queued, in as few calls as the socket allows; ends a slow session. May free the client. */
ON_LOOP void session_flush(ClientSession *session);

/* Sends bye and closes; the client leaves the hub at once. after_ms: when to reconnect; 0: up to the client. */
ON_LOOP void session_bye(ClientSession *session, uint16_t code, uint32_t after_ms);
/* Leaves the hub and ends without a bye. May free the client. */
ON_LOOP void session_drop(ClientSession *session);
/* Completes the handshake: events flow. welcome: the whole frame. */
ON_LOOP void session_go_live(ClientSession *session, Str welcome);
/* Takes over the queue of an earlier session of the same user, and ends it; frames after n are sent again. Only if
 * outgoing_can_resume(&old->out, n). Both must be on one loop. */
ON_LOOP void session_take_over(ClientSession *session, ClientSession *old, uint32_t n);
/* The client has confirmed every event up to n. */
void session_confirm(ClientSession *session, uint32_t n);

/* Called at its deadline: checks all of them and arms the next. May free the client. deadlines.c */
ON_LOOP void session_check_deadlines(ClientSession *session, int64_t wall_ms);
/* Arms the next deadline. */
void session_arm(ClientSession *session, uint32_t in_ms);
