/* Deletes postponed while Redis was down. A bounded number of keys is kept; beyond it everything is deleted. The caller
 * locks. */
#pragma once
#include "adapters/redis/conn.h"

typedef struct Deletes {
    uint32_t kept_max;
    Str *keys; /* of our own */
    size_t n_keys;
    bool all;
} Deletes;

/* kept_max: 0 selects the default. */
void deletes_init(Deletes *deletes, uint32_t kept_max);
void deletes_done(Deletes *deletes);

/* Adds one key; adds all keys. */
void deletes_add(Deletes *deletes, Str key);
void deletes_add_all(Deletes *deletes);
bool deletes_is_empty(const Deletes *deletes);
/* Moves the kept keys to the caller, who calls deletes_done(). */
Deletes deletes_take(Deletes *deletes);

/* Executes them. On a failure some may have been executed. */
MUST_CHECK Err deletes_make(const Deletes *deletes, Ctx *ctx, RedisConn *conn);
