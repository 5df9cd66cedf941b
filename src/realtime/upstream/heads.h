/* The heads of all conversations of a user, read page by page from the message service. */
#pragma once
#include "api_types.h"
#include "realtime/upstream/edge.h"

/* For ctx's user. The caller initialises *out_heads; its contents live in ctx->arena. */
ON_WORKER MUST_CHECK Err heads_read(Realtime *realtime, Ctx *ctx, ListHeadsResponse *out_heads);
