/* Where the log of each conversation of a user, and the user's feed, stand. */
#pragma once
#include "api_types.h"
#include "realtime/upstream/edge.h"

/* What a client has of its feed; urev 0: nothing. */
typedef struct KnownFeed {
    uint32_t urev;
    const char *tag;
} KnownFeed;

typedef struct UserHeads {
    ListHeadsResponse conversations; /* all pages as one */
    GetFeedHeadResponse feed;        /* with whether it is another one than the client has */
} UserHeads;

/* Of ctx's user. What *out_heads points to lives in ctx->arena. */
ON_WORKER MUST_CHECK Err heads_read(Realtime *realtime, Ctx *ctx, const KnownFeed *known, UserHeads *out_heads);
