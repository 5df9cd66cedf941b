/* One client's connection, or what is kept of it for a while after the socket was lost: what protocol and metrics call a
 * session. Small: thousands are idle. On the hub's loop; belongs to the hub.
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
    SESSION_HELLO,     /* connected, nothing said yet */
    SESSION_HANDSHAKE, /* hello is being worked on; events gather */
    SESSION_LIVE,      /* welcomed */
    SESSION_DETACHED,  /* the socket is lost; events gather for its return */
    SESSION_ENDING,    /* bye was said, or a later connection took over; waits for the socket's end */
} SessionState;

typedef struct SessionCalls SessionCalls; /* realtime/commands/calls.h */

#define TYPING_KEPT 4

/* What most do not have most of the time. */
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
    /* First what every delivery touches, so that it stands in few cache lines. */
    ClientSessions *all;
    WsConn *conn; /* NULL when the socket is gone */
    ClientSession *next_of_user;
    uint16_t holds; /* jobs and calls under way that point here */
    uint8_t state;  /* SessionState */
    bool is_admin : 1;
    bool is_dirty : 1;       /* in all->dirty */
    bool is_busy : 1;        /* the socket takes nothing now; on_writable follows */
    bool is_slow : 1;        /* to be closed at the next flush */
    bool is_asked : 1;       /* a ping is not answered yet */
    bool has_answer_out : 1; /* a large answer is part of what the socket has not taken */
    int32_t bucket;          /* inbound tokens as of bucket_at, thousandths of a frame */
    Outgoing out;

    HubUser *user; /* NULL until the token was verified, and in ENDING */
    WheelEntry deadline;
    SessionExtras *extras; /* or NULL */
    SessionCalls *calls;   /* or NULL */
    char *peer;            /* address */
    Id id;                 /* what a resume names */
    Id auth_session;       /* which the token names */
    int64_t expires_ms;    /* the token's end, since the epoch */
    uint32_t heard_at;     /* last frame or pong; in DETACHED: when the socket was lost */
    uint32_t asked_at;     /* when the ping went out that is not answered yet */
    uint32_t progress_at;  /* when the busy socket last took something */
    uint32_t unsent;       /* what it had left to take then */
    uint32_t bucket_at;
    Charge answers; /* for answers that the kernel has not taken */
};

/* What clients report to whoever knows users and what they belong to. On the loop. */
typedef struct SessionHandlers {
    /* A frame came. */
    void (*on_frame)(ClientSession *session, Str text);
    /* So did a ping, or a pong that nobody asked for. False: it does not count, and the socket may have ended. */
    bool (*on_control)(ClientSession *session);
    /* The socket takes bytes again. Only of a live client. */
    void (*on_writable)(ClientSession *session);
    /* It is live, or is live no more: the socket is lost, or ends. */
    void (*on_live)(ClientSession *session);
    void (*on_away)(ClientSession *session);
    /* It ends: but for holds nothing may point to it from now on. */
    void (*on_gone)(ClientSession *session);
    /* A socket is closed, whatever became of its client before. */
    void (*on_closed)(ClientSessions *all);
} SessionHandlers;

/* The clients of one loop: what they have in common. */
struct ClientSessions {
    /* fixed after init */
    const RealtimeConfig *config;
    const SessionHandlers *handlers;
    OutLimits out_limits;

    Wheel wheel;
    ClientSession **dirty; /* with something to do at the next flush */
    uint32_t n_dirty, cap_dirty;
    StrBuf scratch; /* where writes are put together */
    Tally tally;    /* counted since the last flush */
    int64_t now_ms; /* monotonic; set where the loop enters */
    uint32_t n_detached;
    bool is_draining;
};

/* config and handlers are borrowed. now_ms: monotonic. */
void sessions_init(ClientSessions *all, const RealtimeConfig *config, const SessionHandlers *handlers, int64_t now_ms);
/* When all are gone. */
void sessions_done(ClientSessions *all);
/* Sets their clock: at every entry of the loop, which ends with sessions_flush(). */
ON_LOOP static inline void sessions_enter(ClientSessions *all)
{
    all->now_ms = clock_monotonic_ms();
}
/* Writes what is in line: one write for each client. At the end of every entry. */
ON_LOOP void sessions_flush(ClientSessions *all);
/* Once a second: silence, tokens that end, readers that stand still. wall_ms: since the epoch. deadlines.c */
ON_LOOP void sessions_tick(ClientSessions *all, int64_t now_ms, int64_t wall_ms);
/* Any of them that has a deadline, as all that are not ENDING have; NULL when there is none. */
ClientSession *sessions_any(const ClientSessions *all);

static inline void session_prefetch(const ClientSession *session)
{
    __builtin_prefetch(session);
    __builtin_prefetch(&session->out.last_n);
}
/* Once the client itself is in the cache: where in its line a frame comes in, and where one goes. */
static inline void session_prefetch_line(const ClientSession *session)
{
    const Outgoing *out = &session->out;
    if (!out->queue.slots) return;
    __builtin_prefetch(frame_queue_at(&out->queue, 0));
    __builtin_prefetch(frame_queue_at(&out->queue, out->n_replay));
}

/* For a connection that is about to be accepted; the caller sets conn. peer is copied. */
ClientSession *session_new(ClientSessions *all, Str peer);
extern const WsHandlers session_ws_handlers;

/* Keeps the struct while a job points to it. */
ClientSession *session_hold(ClientSession *session);
/* May free it. */
void session_release(ClientSession *session);
SessionExtras *session_extras(ClientSession *session);
static inline uint32_t session_age(const ClientSession *session, uint32_t at)
{
    return (uint32_t)session->all->now_ms - at;
}

/* Puts a shared frame in line, or lets it go when the reader is slow. Borrows the frame. Closes nothing. */
ON_LOOP void session_send(ClientSession *session, Frame *frame);
/* An answer to this client alone: a whole JSON object. Dropped when the socket is gone. */
void session_answer(ClientSession *session, Str json);
/* The same of an answer whose bytes are charged: given back when the kernel has it, or nobody is there to take it. */
void session_answer_charged(ClientSession *session, Str json, Charge *charge);
/* {"type":"pong","n":...} with the number of the last event before it. */
void session_answer_ping(ClientSession *session);
/* Whether the token has ended. Events go on for a while (RealtimeConfig.token_grace_ms), what the user may do does not. */
bool session_token_has_ended(const ClientSession *session);
/* {"type":"error",...} for the frame with this id, 0 for none. */
void session_answer_error(ClientSession *session, uint32_t id, Err err, Str text, uint32_t retry_after_ms);
/* Writes what is in line, in as few calls as the socket takes; ends a slow one. May free the client. */
ON_LOOP void session_flush(ClientSession *session);

/* Says bye and closes; the client leaves the hub at once. after_ms: when to come back; 0: up to the client. */
ON_LOOP void session_bye(ClientSession *session, uint16_t code, uint32_t after_ms);
/* Leaves the hub and ends without a word. May free the client. */
ON_LOOP void session_drop(ClientSession *session);
/* hello is answered: events flow. welcome: the whole frame. */
ON_LOOP void session_go_live(ClientSession *session, Str welcome);
/* Takes over what an earlier connection of the same user has to get, and ends it; frames behind n go out again.
 * Only after outgoing_can_resume(&old->out, n). Both are of one loop. */
ON_LOOP void session_take_over(ClientSession *session, ClientSession *old, uint32_t n);
/* The client has every event up to n. */
void session_confirm(ClientSession *session, uint32_t n);

/* Its deadline has come: looks at all of them and arms the next. May free the client. deadlines.c */
ON_LOOP void session_check_deadlines(ClientSession *session, int64_t wall_ms);
/* Arms the next deadline. */
void session_arm(ClientSession *session, uint32_t in_ms);
