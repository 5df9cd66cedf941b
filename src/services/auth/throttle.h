/* Wrong passwords are answered ever more slowly, per account and per address: after the fifth the next attempt waits 1 s,
 * then 2 s, 4 s ... up to 15 minutes. Names without an account count too, so that a delay says nothing about who exists.
 * In memory, bounded, forgotten at a restart. Any thread. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

#define THROTTLE_FREE        5 /* the failure that first makes the next attempt wait */
#define THROTTLE_WAIT_MAX_MS (INT64_C(15) * 60 * 1000)
#define THROTTLE_FORGET_MS   (INT64_C(60) * 60 * 1000) /* without a further failure */
#define THROTTLE_ENTRIES_MAX 65536 /* accounts and addresses; the one that failed longest ago goes first */
/* Attempts that may be under way at once, so that a crowd of them is no way around; one only after the fifth failure. */
#define THROTTLE_ACCOUNT_PENDING_MAX 16
#define THROTTLE_ADDRESS_PENDING_MAX 64

typedef struct Throttle Throttle;

/* enabled false: everything is let through. */
Throttle *throttle_new(bool enabled);
void throttle_free(Throttle *throttle);

/* Before a password is looked at.
 *   OK                throttle_end() must follow
 *   ERR_RATE_LIMITED  come back after ctx->retry_after_ms */
MUST_CHECK Err throttle_begin(Throttle *throttle, Ctx *ctx, Str account_key);

typedef enum Attempt {
    ATTEMPT_RIGHT,  /* the account starts anew; not the address: whoever has an account could else guess at others' */
    ATTEMPT_WRONG,  /* counts */
    ATTEMPT_UNSEEN, /* the password was not looked at: does not count */
} Attempt;

/* With the account_key of throttle_begin(). */
void throttle_end(Throttle *throttle, Ctx *ctx, Str account_key, Attempt attempt);
