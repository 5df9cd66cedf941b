/* Wrong passwords are answered ever more slowly: after some the next attempt waits 1 s, then 2 s, 4 s ... up to 15 minutes.
 * Whoever cannot show more than a user name waits for the failures of that account and of their address. A device that has
 * signed in to the account before, and a session of it in hand, wait for their own failures only: so strangers lock nobody out.
 * What waits for what is a table in this folder's README. Names without an account count too, so that a delay says nothing about
 * who exists. Failures are counted in the database, so all processes of the service slow down together, and a restart
 * forgets nothing. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "ports/db.h"

/* The failure that first makes the next attempt wait. An address has more, since many people may be behind one. */
#define THROTTLE_FREE         5
#define THROTTLE_ADDRESS_FREE 30
#define THROTTLE_WAIT_MAX_MS  (INT64_C(15) * 60 * 1000)
#define THROTTLE_FORGET_MS    (INT64_C(60) * 60 * 1000) /* without a further failure */
/* Accounts, addresses and both together that are remembered; those that failed longest ago go first. Looked at every so many
 * failures of a process, the first one included. */
#define THROTTLE_ENTRIES_MAX 65536
#define THROTTLE_SWEEP_EVERY 1024
/* Attempts that may be under way at once in a process, so that a crowd of them is no way around. After the failures that are free
 * they come one by one, whatever the process. */
#define THROTTLE_ACCOUNT_PENDING_MAX 16
#define THROTTLE_ADDRESS_PENDING_MAX 64
#define THROTTLE_OWN_PENDING_MAX     4
#define THROTTLE_KEY_BYTES           16
/* Wrong passwords that a process counts in memory for THROTTLE_WAIT_MAX_MS while the disk is full. */
#define THROTTLE_HELD_MAX 256

typedef struct Throttle Throttle;

/* Who attempts. */
typedef struct Claimant {
    Str account; /* the user name as sign-in looks it up; nobody need have it */
    Str device;  /* the number of a device that has signed in to this account before; empty when none was shown */
    Id session;  /* a session of this account; ID_NONE when none is in hand */
} Claimant;

/* One attempt under way; the caller's, private. */
typedef struct ThrottleTurn {
    struct ThrottleKey {
        uint8_t bytes[THROTTLE_KEY_BYTES];
        uint32_t pending_max;
        int64_t n_free;
        int64_t failures, last_ms; /* before this attempt */
        bool is_claimed;           /* others wait as if this attempt had failed already */
    } keys[2];                     /* a stranger's account and address, or what the claimant has shown */
    size_t n_keys;
    struct ThrottleKey both; /* a stranger's failures for this account from this address: nobody waits for them */
} ThrottleTurn;

/* enabled false: everything is let through. db is borrowed. */
Throttle *throttle_new(Db *db, bool enabled);
void throttle_free(Throttle *throttle);

/* Before a password is looked at.
 *   OK                throttle_end() must follow
 *   ERR_RATE_LIMITED  come back after ctx->retry_after_ms
 *   else              the database could not be asked */
ON_WORKER MUST_CHECK Err throttle_begin(Throttle *throttle, Ctx *ctx, const Claimant *claimant, ThrottleTurn *out_turn);

typedef enum Attempt {
    /* Takes back the failures of whoever attempted: of this account from this address, or the claimant's own. Not those of others:
     * whoever has an account could else guess at others' from the same address. */
    ATTEMPT_RIGHT,
    ATTEMPT_WRONG,  /* counts */
    ATTEMPT_UNSEEN, /* the password was not looked at: does not count */
} Attempt;

/* On a full disk wrong ones are counted in memory, up to THROTTLE_HELD_MAX: then they make others of the same account or address wait
 * as if they were under way. A failure means that the attempt could not be counted: then it must not be answered either. */
ON_WORKER MUST_CHECK Err throttle_end(Throttle *throttle, Ctx *ctx, const ThrottleTurn *turn, Attempt attempt);
/* Whether wrong passwords would still be counted on a full disk. If not, right ones must not be answered there: they would be told
 * apart, as often as somebody likes. Any thread. */
bool throttle_counts_unstored(Throttle *throttle);
