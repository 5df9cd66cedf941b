/* From hello to welcome. The order guarantees that nothing is lost: subscribe to the user, read the memberships,
 * subscribe to the conversations, and only then read the heads; events published meanwhile are queued at the client and
 * follow the welcome. A client that resumes a kept session skips all that. */
#pragma once
#include "api_types.h"
#include "realtime/session/session.h"
#include "realtime/upstream/heads.h"

/* The earlier connection named in hello. */
typedef struct ResumeRequest {
    int hub; /* index of its loop; -1: nothing to resume */
    Id session;
    uint32_t n;
} ResumeRequest;

/* A hello in progress. Lives in the arena of its ctx, which moves from thread to thread; the client stays on its
 * loop. */
typedef struct Handshake {
    Realtime *realtime;
    Hub *hub;
    ClientSession *session; /* held; touched on the hub's loop only */
    Ctx *ctx;
    const Hello *hello;
    ResumeRequest resume;
    Err err;

    /* The request for a worker, and its completion on the loop. */
    Err (*question)(struct Handshake *handshake);
    void (*answered)(Loop *loop, void *handshake);
    Lanes *lanes;  /* NULL: the request does not queue */
    bool is_paid;  /* charged to the user of a cached token */
    LaneJob place; /* in the user's lane */

    /* Results of the workers. */
    Actor actor;
    bool is_revoked; /* the token's session; err is set */
    int64_t expires_ms;
    Id *conversations;
    size_t n_conversations;
    uint32_t since_tick; /* of the hub, from before the memberships were read */
    int64_t read_ms;
    UserHeads heads;
    const ListHeadsResponse__HeadsEntry **moved; /* heads.conversations that differ from the client's */
    size_t n_moved;
    char **diverged; /* conversations whose log differs from the client's */
    size_t n_diverged;
} Handshake;

/* Starts the handshake; copies hello. On the hub's loop. */
ON_LOOP void handshake_begin(ClientSession *session, const Hello *hello);

/* --- resume.c --- */

/* The name for resuming this session: the number of its loop and its id. */
Str resume_name(Arena *arena, const ClientSession *session);
/* hub is -1 if there is no resume, or it is malformed. */
ResumeRequest resume_read(const Hello *hello, int n_hubs);
/* The user's session with this name on this hub, if it can continue after event n; else NULL. */
ClientSession *resume_find(const Hub *hub, Id user, const ResumeRequest *request);
/* Takes over the old session's queues and ends it; frames after n are sent again. */
ON_LOOP void resume_take_over(ClientSession *session, ClientSession *old, uint32_t n);
/* Fetches a session kept by another hub, then calls done on this hub's loop. found: it existed, and the client has it
 * now. */
void resume_fetch(Handshake *handshake, void (*done)(Handshake *handshake, bool found));

/* --- welcome.c --- */

/* The complete frame, in the handshake's arena. */
Str welcome_write(const Handshake *handshake, bool is_resumed);
