/* The first byte of a key separates users from addresses, so the two never collide. */
#include "rpc/caller.h"

#include "net/peer.h"

_Static_assert(CALLER_KEY_MAX <= LANE_KEY_MAX, "a caller has a lane");

Err caller_budget_check(Ctx *ctx, BudgetAnswer answer)
{
    if (answer == BUDGET_OK) return OK;
    Err err = answer == BUDGET_SHARE_FULL ? ERR_RATE_LIMITED : ERR_UNAVAILABLE;
    ctx_fail(ctx, err,
             answer == BUDGET_SHARE_FULL ? "read what you were answered first: too many bytes of yours are under way"
                                         : "too many bytes are under way");
    ctx->retry_after_ms = 1000;
    return err;
}

Str caller_key_of_user(Id user, char out_key[CALLER_KEY_MAX])
{
    return caller_key(&(Ctx){ .actor = { .kind = ACTOR_USER, .user = user } }, out_key);
}

Str caller_key(const Ctx *ctx, char out_key[CALLER_KEY_MAX])
{
    uint8_t block[PEER_BLOCK_MAX];
    bool user = ctx->actor.kind == ACTOR_USER;
    Str who = user ? id_key(&ctx->actor.user) : peer_block_of_text(ctx->peer, block);
    out_key[0] = user ? 'u' : 'a';
    if (who.len) memcpy(out_key + 1, who.ptr, who.len);
    return (Str){ out_key, who.len + 1 };
}
