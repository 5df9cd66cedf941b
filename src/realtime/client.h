/* One client's connection, or what is kept of it for a while after the socket was lost: what protocol and metrics call a
 * session. Small: thousands are idle. On the hub's loop; belongs to the hub.
 *
 *   HELLO -> OPENING -> LIVE -> DETACHED -> gone
 *      |________|________|___-> ENDING -> gone */
#pragma once
#include "base/limits.h"
#include "net/ws.h"
#include "realtime/hub.h"

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

/* Times ending in _at are the low bits of hub->now_ms: they are only compared to the present, see client_age(). */
struct Client {
    /* First what every delivery touches, so that it stands in few cache lines. */
    Hub *hub;
    WsConn *conn; /* NULL when the socket is gone */
    Client *next_of_user;
    uint16_t holds; /* jobs and calls under way that point here */
    uint8_t state;  /* ClientState */
    bool is_admin : 1;
    bool is_dirty : 1;       /* in hub->dirty */
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
Client *client_new(Hub *hub, Str peer);
extern const WsHandlers client_handlers;

/* Keeps the struct while a job points to it. */
Client *client_hold(Client *client);
/* May free it. */
void client_release(Client *client);
ClientExtras *client_extras(Client *client);
static inline uint32_t client_age(const Client *client, uint32_t at)
{
    return (uint32_t)client->hub->now_ms - at;
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
/* Takes over what an earlier connection of the same user holds, which ends; frames behind n go out again.
 * Only after outgoing_can_resume(&old->out, n). Both are of one hub. */
void client_take_over(Client *client, Client *old, uint32_t n);
/* The client has every event up to n. */
void client_confirm(Client *client, uint32_t n);

/* Its deadline has come: looks at all of them and arms the next. May free the client. deadlines.c */
void client_check_deadlines(Client *client, int64_t wall_ms);
/* Arms the next deadline. */
void client_arm(Client *client, uint32_t in_ms);
