/* Where all conversations of a user stand, as the message service tells it page by page. */
#pragma once
#include "api_types.h"
#include "realtime/upstream/edge.h"

/* Of ctx's user. *out_heads is initialised by the caller; what it points to lives in ctx->arena. */
ON_WORKER MUST_CHECK Err heads_read(Realtime *realtime, Ctx *ctx, ListHeadsResponse *out_heads);
