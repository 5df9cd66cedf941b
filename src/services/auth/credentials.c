/* See credentials.h. */
#include "services/auth/credentials.h"

#include "base/limits.h"
#include "services/auth/rules.h"

/* Ends the attempt without a result; ctx keeps the reason why the password was not checked. */
ON_WORKER static Err not_looked_at(const AuthService *svc, Ctx *ctx, const ThrottleTurn *turn, Err err)
{
    const Ctx story = *ctx;
    Err ended = throttle_end(svc->throttle, ctx, turn, ATTEMPT_UNSEEN);
    if (ended) return ended;
    *ctx = story;
    return err;
}

ON_WORKER static Err verify(const AuthService *svc, Ctx *ctx, Str hash, Str typed, bool *out_match, bool *out_stale)
{
    Str prepared = password_prepared(ctx->arena, typed);
    Err err = password_verify(svc->passwords, ctx, hash, prepared, out_match, out_stale);
    if (err || *out_match || str_eq(prepared, typed)) return err;
    err = password_verify(svc->passwords, ctx, hash, typed, out_match, out_stale);
    *out_stale = *out_match;
    return err;
}

Err credentials_check(const AuthService *svc, Ctx *ctx, const Claimant *claimant, Str hash, Str typed, bool *out_match,
                      bool *out_stale)
{
    ThrottleTurn turn;
    *out_match = *out_stale = false;
    /* No password is that long, so do not spend a hash on it. */
    if (typed.len > PASSWORD_TYPED_MAX) return OK;
    Err err = throttle_begin(svc->throttle, ctx, claimant, &turn);
    if (err) return err;
    err = verify(svc, ctx, hash, typed, out_match, out_stale);
    if (err) return not_looked_at(svc, ctx, &turn, err);
    return throttle_end(svc->throttle, ctx, &turn, *out_match ? ATTEMPT_RIGHT : ATTEMPT_WRONG);
}
