/* What a hub is to do about an event: whom to tell what, and whose membership changes. Made from a published envelope on
 * the publisher's thread, once; then posted to each loop that may have somebody, with a frame of its own. */
#pragma once
#include "realtime/hub/hub.h"

typedef enum LetterAct {
    ACT_NONE,
    ACT_JOIN,     /* users come to the conversation */
    ACT_LEAVE,    /* users are not in the conversation any more */
    ACT_DISSOLVE, /* the conversation is gone */
    ACT_REVOKE,   /* a session is revoked; users has its owner, or nobody when unknown */
} LetterAct;

typedef enum LetterTo {
    TO_NOBODY,
    TO_USERS,         /* users */
    TO_CONVERSATION,  /* its members but `except` */
    TO_CONVERSATIONS, /* each member of any of them once, but `except` */
} LetterTo;

typedef struct Letter {
    Hub *hub; /* where it goes */
    LetterAct act;
    LetterTo to;
    News news;
    Id conversation, except, session;
    int64_t at_ms;        /* of the commit, since the epoch */
    uint32_t members_max; /* TO_CONVERSATION: only when at most this many are here; 0: always */
    Frame *frame;         /* one reference; NULL: nothing to tell */
    const Id *users, *conversations;
    size_t n_users, n_conversations;
} Letter;

/* False for what concerns no client. The letter's lists live in the arena, its frame is the caller's. */
bool letter_read(Arena *arena, Str topic, Str envelope, Letter *out_letter);
/* Whether a loop with this interest may have somebody. Any thread. */
bool letter_concerns(const Letter *letter, const Interest *interest);
/* A copy on the heap, for another thread. */
Letter *letter_copy(const Letter *letter);
void letter_free(Letter *letter);
/* Does what it says, on the hub's loop. hub_flush() is left to the caller. wall_ms: since the epoch. */
void letter_deliver(Hub *hub, const Letter *letter, int64_t wall_ms);
