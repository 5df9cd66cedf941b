/* See credentials.h. */
#include "services/auth/credentials.h"

/* The story of why the password was not looked at stays. */
static Err not_looked_at(const AuthService *svc, Ctx *ctx, const ThrottleTurn *turn, Err err)
{
    const Ctx story = *ctx;
    Err ended = throttle_end(svc->throttle, ctx, turn, ATTEMPT_UNSEEN);
    if (ended) return ended;
    *ctx = story;
    return err;
}

Err credentials_check(const AuthService *svc, Ctx *ctx, const Claimant *claimant, Str hash, Str password,
                      bool *out_match, bool *out_stale)
{
    ThrottleTurn turn;
    Err err = throttle_begin(svc->throttle, ctx, claimant, &turn);
    if (err) return err;
    err = password_verify(svc->passwords, ctx, hash, password, out_match, out_stale);
    if (err) return not_looked_at(svc, ctx, &turn, err);
    return throttle_end(svc->throttle, ctx, &turn, *out_match ? ATTEMPT_RIGHT : ATTEMPT_WRONG);
}
