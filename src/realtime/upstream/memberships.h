/* What a user belongs to, as the group service says. */
#pragma once
#include "realtime/upstream/edge.h"

/* All conversations of the user, in ctx->arena. */
ON_WORKER MUST_CHECK Err memberships_read(Realtime *realtime, Ctx *ctx, Id user, Id **out_conversations, size_t *out_n);
