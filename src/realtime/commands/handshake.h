/* From hello to welcome. The order is what makes nothing get lost: subscribe to the user, read the memberships, subscribe to
 * the conversations, and only then read where they stand; what is published meanwhile gathers at the client and follows the
 * welcome. A client that comes back to what is still kept of it skips all that. */
#pragma once
#include "api_types.h"
#include "realtime/session/session.h"
#include "realtime/upstream/edge.h"

/* What hello says about an earlier connection. */
typedef struct ResumeRequest {
    int hub; /* whose loop it was on; -1: nothing to resume */
    Id session;
    uint32_t n;
} ResumeRequest;

/* A hello being worked on. Lives in the arena of its ctx; handed from thread to thread, the client stays on its loop. */
typedef struct Handshake {
    Realtime *realtime;
    Hub *hub;
    ClientSession *session; /* held; touched on the hub's loop only */
    Ctx *ctx;
    const Hello *hello;
    ResumeRequest resume;
    Err err;

    /* What a worker is asked, and who takes it from there on the loop. */
    Err (*question)(struct Handshake *handshake);
    void (*answered)(Loop *loop, void *handshake);
    Lanes *lanes;  /* NULL: the question waits for nobody */
    bool is_paid;  /* by the user, whom a token that was seen before names */
    LaneJob place; /* in the lane of the user */

    /* What the workers found. */
    Actor actor;
    bool is_revoked; /* the token's session; err is set */
    int64_t expires_ms;
    Id *conversations;
    size_t n_conversations;
    uint32_t since_tick; /* of the hub, before the memberships were read */
    int64_t read_ms;
    GetFeedHeadResponse feed;
    const ListHeadsResponse *heads;
    const ListHeadsResponse__HeadsEntry **moved; /* of heads: those that the client does not have */
    size_t n_moved;
    char **diverged; /* conversations whose log is not the one that the client has */
    size_t n_diverged;
} Handshake;

/* hello came; it is copied. On the hub's loop. */
ON_LOOP void handshake_begin(ClientSession *session, const Hello *hello);

/* --- resume.c --- */

/* The name by which a client may come back: the number of its loop and its id. */
Str resume_name(Arena *arena, const ClientSession *session);
/* hub is -1 when there is nothing, or nothing understood. */
ResumeRequest resume_read(const Hello *hello, int n_hubs);
/* The user's client of this name on this hub, when it can go on behind n; else NULL. */
ClientSession *resume_find(const Hub *hub, Id user, const ResumeRequest *request);
/* Takes over what it holds, and ends it; frames behind n go out again. */
ON_LOOP void resume_take_over(ClientSession *session, ClientSession *old, uint32_t n);
/* Fetches what another hub keeps; then calls done on this hub's loop. found: it was there, and the client has it now. */
void resume_fetch(Handshake *handshake, void (*done)(Handshake *handshake, bool found));

/* --- welcome.c --- */

/* The whole frame, in the handshake's arena. */
Str welcome_write(const Handshake *handshake, bool is_resumed);
