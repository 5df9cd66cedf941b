/* One client's connection, or what is kept of it for a while after the socket was lost: what protocol and metrics call a
 * session. Small: thousands are idle. On the hub's loop; belongs to the hub.
 *
 *   HELLO -> OPENING -> LIVE -> DETACHED -> gone
 *      |________|________|___-> ENDING -> gone */
#pragma once
#include "base/limits.h"
#include "net/ws.h"
#include "realtime/session/config.h"
#include "realtime/session/metrics.h"
#include "realtime/session/outgoing.h"
#include "realtime/session/wheel.h"
#include "rpc/caller.h"
#include "runtime/clock.h"

typedef struct Client Client;
typedef struct Clients Clients;
typedef struct HubUser HubUser; /* realtime/hub.h */

typedef enum ClientState {
    CLIENT_HELLO,    /* connected, nothing said yet */
    CLIENT_OPENING,  /* hello is being worked on; events gather */
    CLIENT_LIVE,     /* welcomed */
    CLIENT_DETACHED, /* the socket is lost; events gather for its return */
    CLIENT_ENDING,   /* bye was said, or a later connection took over; waits for the socket's end */
} ClientState;

typedef struct ClientCalls ClientCalls; /* realtime/calls.h */

#define TYPING_KEPT 4

/* What most do not have most of the time. */
typedef struct ClientExtras {
    Id focus[WS_FOCUS_MAX];
    uint32_t n_focus;
    struct {
        Id conversation;
        int64_t at_ms; /* monotonic; 0: unused */
    } typing[TYPING_KEPT];
} ClientExtras;

/* Times ending in _at are the low bits of all->now_ms: they are only compared to the present, see client_age(). */
struct Client {
    /* First what every delivery touches, so that it stands in few cache lines. */
    Clients *all;
    WsConn *conn; /* NULL when the socket is gone */
    Client *next_of_user;
    uint16_t holds; /* jobs and calls under way that point here */
    uint8_t state;  /* ClientState */
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
    ClientExtras *extras; /* or NULL */
    ClientCalls *calls;   /* or NULL */
    char *peer;           /* address */
    Id id;                /* what a resume names */
    Id auth_session;      /* which the token names */
    int64_t expires_ms;   /* the token's end, since the epoch */
    uint32_t heard_at;    /* last frame or pong; in DETACHED: when the socket was lost */
    uint32_t asked_at;    /* when the ping went out that is not answered yet */
    uint32_t progress_at; /* when the busy socket last took something */
    uint32_t unsent;      /* what it had left to take then */
    uint32_t bucket_at;
    Charge answers; /* for answers that the kernel has not taken */
};

/* What clients report to whoever knows users and what they belong to. On the loop. */
typedef struct ClientHandlers {
    /* A frame came. */
    void (*on_frame)(Client *client, Str text);
    /* So did a ping, or a pong that nobody asked for. False: it does not count, and the socket may have ended. */
    bool (*on_control)(Client *client);
    /* The socket takes bytes again. Only of a live client. */
    void (*on_writable)(Client *client);
    /* It is live, or is live no more: the socket is lost, or ends. */
    void (*on_live)(Client *client);
    void (*on_away)(Client *client);
    /* It ends: but for holds nothing may point to it from now on. */
    void (*on_gone)(Client *client);
    /* A socket is closed, whatever became of its client before. */
    void (*on_closed)(Clients *all);
} ClientHandlers;

/* The clients of one loop: what they have in common. */
struct Clients {
    /* fixed after init */
    const RealtimeConfig *config;
    const ClientHandlers *handlers;
    OutLimits out_limits;

    Wheel wheel;
    Client **dirty; /* with something to do at the next flush */
    uint32_t n_dirty, cap_dirty;
    StrBuf scratch; /* where writes are put together */
    Tally tally;    /* counted since the last flush */
    int64_t now_ms; /* monotonic; set where the loop enters */
    uint32_t n_detached;
    bool is_draining;
};

/* config and handlers are borrowed. now_ms: monotonic. */
void clients_init(Clients *all, const RealtimeConfig *config, const ClientHandlers *handlers, int64_t now_ms);
/* When all are gone. */
void clients_done(Clients *all);
/* Sets their clock: at every entry of the loop, which ends with clients_flush(). */
ON_LOOP static inline void clients_enter(Clients *all)
{
    all->now_ms = clock_monotonic_ms();
}
/* Writes what is in line: one write for each client. At the end of every entry. */
void clients_flush(Clients *all);
/* Once a second: silence, tokens that end, readers that stand still. wall_ms: since the epoch. deadlines.c */
void clients_tick(Clients *all, int64_t now_ms, int64_t wall_ms);
/* Any of them that has a deadline, as all that are not ENDING have; NULL when there is none. */
Client *clients_any(const Clients *all);

static inline void client_prefetch(const Client *client)
{
    __builtin_prefetch(client);
    __builtin_prefetch(&client->out.last_n);
}
/* Once the client itself is in the cache: where in its line a frame comes in, and where one goes. */
static inline void client_prefetch_line(const Client *client)
{
    const Outgoing *out = &client->out;
    if (!out->lane.slots) return;
    __builtin_prefetch(lane_at(&out->lane, 0));
    __builtin_prefetch(lane_at(&out->lane, out->n_ring));
}

/* For a connection that is about to be accepted; the caller sets conn. peer is copied. */
Client *client_new(Clients *all, Str peer);
extern const WsHandlers client_handlers;

/* Keeps the struct while a job points to it. */
Client *client_hold(Client *client);
/* May free it. */
void client_release(Client *client);
ClientExtras *client_extras(Client *client);
static inline uint32_t client_age(const Client *client, uint32_t at)
{
    return (uint32_t)client->all->now_ms - at;
}

/* Puts a shared frame in line, or lets it go when the reader is slow. Borrows the frame. Closes nothing. */
void client_tell(Client *client, Frame *frame);
/* An answer to this client alone: a whole JSON object. Dropped when the socket is gone. */
void client_answer(Client *client, Str json);
/* The same of an answer whose bytes are charged: given back when the kernel has it, or nobody is there to take it. */
void client_answer_charged(Client *client, Str json, Charge *charge);
/* {"type":"pong","n":...} with the number of the last event before it. */
void client_answer_ping(Client *client);
/* Whether the token has ended. Events go on for a while (RealtimeConfig.token_grace_ms), what the user may do does not. */
bool client_token_has_ended(const Client *client);
/* {"type":"error",...} for the frame with this id, 0 for none. */
void client_answer_error(Client *client, uint32_t id, Err err, Str text, uint32_t retry_after_ms);
/* Writes what is in line, in as few calls as the socket takes; ends a slow one. May free the client. */
void client_flush(Client *client);

/* Says bye and closes; the client leaves the hub at once. after_ms: when to come back; 0: up to the client. */
void client_bye(Client *client, uint16_t code, uint32_t after_ms);
/* Leaves the hub and ends without a word. May free the client. */
void client_drop(Client *client);
/* hello is answered: events flow. welcome: the whole frame. */
void client_go_live(Client *client, Str welcome);
/* Takes over what an earlier connection of the same user has to get, and ends it; frames behind n go out again.
 * Only after outgoing_can_resume(&old->out, n). Both are of one loop. */
void client_take_over(Client *client, Client *old, uint32_t n);
/* The client has every event up to n. */
void client_confirm(Client *client, uint32_t n);

/* Its deadline has come: looks at all of them and arms the next. May free the client. deadlines.c */
void client_check_deadlines(Client *client, int64_t wall_ms);
/* Arms the next deadline. */
void client_arm(Client *client, uint32_t in_ms);
