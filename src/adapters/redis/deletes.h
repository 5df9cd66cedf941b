/* Deletes that could not be made while Redis was away. At most so many keys are kept; with more of them everything is deleted.
 * The caller locks. */
#pragma once
#include "adapters/redis/conn.h"

typedef struct Deletes {
    uint32_t kept_max;
    Str *keys; /* of our own */
    size_t n_keys;
    bool all;
} Deletes;

/* kept_max: 0 takes the default. */
void deletes_init(Deletes *deletes, uint32_t kept_max);
void deletes_done(Deletes *deletes);

/* One key; all keys there are. */
void deletes_add(Deletes *deletes, Str key);
void deletes_add_all(Deletes *deletes);
bool deletes_is_empty(const Deletes *deletes);
/* Moves what is kept to the caller, who calls deletes_done(). */
Deletes deletes_take(Deletes *deletes);

/* Makes them. On a failure some may have been made. */
MUST_CHECK Err deletes_make(const Deletes *deletes, Ctx *ctx, RedisConn *conn);
