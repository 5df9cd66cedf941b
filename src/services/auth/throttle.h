/* Wrong passwords are answered ever more slowly, per account and per address: after the fifth the next attempt waits 1 s,
 * then 2 s, 4 s ... up to 15 minutes. Names without an account count too, so that a delay says nothing about who exists.
 * Failures are counted in the database, so all processes of the service slow down together, and a restart forgets nothing. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "ports/db.h"

#define THROTTLE_FREE        5 /* the failure that first makes the next attempt wait */
#define THROTTLE_WAIT_MAX_MS (INT64_C(15) * 60 * 1000)
#define THROTTLE_FORGET_MS   (INT64_C(60) * 60 * 1000) /* without a further failure */
/* Accounts and addresses that are remembered; those that failed longest ago go first. Looked at every so many failures of a
 * process, the first one included. */
#define THROTTLE_ENTRIES_MAX 65536
#define THROTTLE_SWEEP_EVERY 1024
/* Attempts that may be under way at once in a process, so that a crowd of them is no way around. After the fifth failure they
 * come one by one, whatever the process. */
#define THROTTLE_ACCOUNT_PENDING_MAX 16
#define THROTTLE_ADDRESS_PENDING_MAX 64
#define THROTTLE_KEY_BYTES           16

typedef struct Throttle Throttle;

/* One attempt under way; the caller's, private. */
typedef struct ThrottleTurn {
    struct ThrottleKey {
        uint8_t bytes[THROTTLE_KEY_BYTES];
        uint32_t pending_max;
        int64_t failures, last_ms; /* before this attempt */
        bool is_claimed;           /* others wait as if this attempt had failed already */
    } account, address;
} ThrottleTurn;

/* enabled false: everything is let through. db is borrowed. */
Throttle *throttle_new(Db *db, bool enabled);
void throttle_free(Throttle *throttle);

/* Before a password is looked at.
 *   OK                throttle_end() must follow
 *   ERR_RATE_LIMITED  come back after ctx->retry_after_ms
 *   else              the database could not be asked */
ON_WORKER MUST_CHECK Err throttle_begin(Throttle *throttle, Ctx *ctx, Str account_key, ThrottleTurn *out_turn);

typedef enum Attempt {
    ATTEMPT_RIGHT,  /* the account starts anew; not the address: whoever has an account could else guess at others' */
    ATTEMPT_WRONG,  /* counts */
    ATTEMPT_UNSEEN, /* the password was not looked at: does not count */
} Attempt;

/* A failure means that the attempt could not be counted: then it must not be answered either. */
ON_WORKER MUST_CHECK Err throttle_end(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt);
