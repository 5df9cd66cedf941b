/* Wrong passwords cause growing delays: after a few failures the next attempt must wait 1 s, then 2 s, 4 s ... up to 15
 * minutes. A claimant with nothing but a user name waits for the failures of that account and of their address. A
 * device that has signed in to the account before, and a session of it, wait only for their own failures, so strangers
 * cannot lock anybody out. The table in this folder's README shows who waits for what. Unknown names count too, so that
 * a delay does not reveal which names exist. Failures are counted in the database, so all processes of the service
 * delay together, and a restart forgets nothing. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "ports/db.h"

/* The first failure that delays the next attempt. An address has more, since many people may share it. */
#define THROTTLE_FREE         5
#define THROTTLE_ADDRESS_FREE 30
#define THROTTLE_WAIT_MAX_MS  (INT64_C(15) * 60 * 1000)
#define THROTTLE_FORGET_MS    (INT64_C(60) * 60 * 1000) /* without another failure */
/* Recorded accounts, addresses and combinations; those whose last failure is oldest are removed first. Checked once per
 * this many failures of a process, starting with the first. */
#define THROTTLE_ENTRIES_MAX 65536
#define THROTTLE_SWEEP_EVERY 1024
/* Concurrent attempts per process, so that a burst cannot bypass the delay. Beyond the free failures they come one at a
 * time, across processes. */
#define THROTTLE_ACCOUNT_PENDING_MAX 16
#define THROTTLE_ADDRESS_PENDING_MAX 64
#define THROTTLE_OWN_PENDING_MAX     4
#define THROTTLE_KEY_BYTES           16
/* Wrong passwords counted in memory, for THROTTLE_WAIT_MAX_MS, while the disk is full. */
#define THROTTLE_HELD_MAX 256

typedef struct Throttle Throttle;

/* The claimant of an attempt. */
typedef struct Claimant {
    Str account; /* the user name as sign-in looks it up; need not exist */
    Str device;  /* the number of a device that has signed in to this account before; empty if none */
    Id session;  /* a session of this account; ID_NONE if none */
} Claimant;

/* One attempt in flight; owned by the caller, private. */
typedef struct ThrottleTurn {
    struct ThrottleKey {
        uint8_t bytes[THROTTLE_KEY_BYTES];
        uint32_t pending_max;
        int64_t n_free;
        int64_t failures, last_ms; /* before this attempt */
        bool is_claimed;           /* others are delayed as if this attempt had already failed */
    } keys[2];                     /* a stranger's account and address, or the claimant's own credential */
    size_t n_keys;
    struct ThrottleKey both; /* a stranger's failures for this account from this address; they delay nobody */
} ThrottleTurn;

/* enabled false: admits every attempt. db is borrowed. */
Throttle *throttle_new(Db *db, bool enabled);
void throttle_free(Throttle *throttle);

/* Call before checking a password.
 *   OK                throttle_end() must follow
 *   ERR_RATE_LIMITED  retry after ctx->retry_after_ms
 *   else              the database is unavailable */
ON_WORKER MUST_CHECK Err throttle_begin(Throttle *throttle, Ctx *ctx, const Claimant *claimant, ThrottleTurn *out_turn);

typedef enum Attempt {
    /* Clears the failures of the same claimant: of this account from this address, or the claimant's own. Not those of
     * others: an account holder could otherwise guess others' passwords from the same address. */
    ATTEMPT_RIGHT,
    ATTEMPT_WRONG,  /* counts */
    ATTEMPT_UNSEEN, /* the password was not checked: does not count */
} Attempt;

/* On a full disk wrong passwords are counted in memory, up to THROTTLE_HELD_MAX: they delay others of the same account
 * or address as if they were in flight. An error means that the attempt could not be counted: then its result must not
 * be disclosed either. */
ON_WORKER MUST_CHECK Err throttle_end(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt);
/* Whether wrong passwords would still be counted on a full disk. If not, correct ones must not be confirmed: guesses
 * could be tested without limit. Any thread. */
bool throttle_counts_unstored(Throttle *throttle);
