/* Stores at intervals when online users were last seen, because after a crash nothing else has that time. On a regular
 * disconnect online.c stores the exact time. A round starts every last_seen_every_ms and writes at most
 * LAST_SEEN_AT_ONCE users a second, each batch in one transaction and only after the previous one, so the write rate is
 * bounded however many are online. */
#pragma once
#include "base/attr.h"
#include "base/id.h"
#include "realtime/upstream/edge.h"

#define LAST_SEEN_AT_ONCE 200

typedef struct LastSeenRound {
    /* of the first hub's loop */
    Id *users; /* online when the round began */
    size_t n, at;
    int64_t began_ms; /* since the epoch */
    int64_t next_ms;  /* monotonic: earliest start of the next */
    /* atomic */
    _Atomic bool is_recording; /* a batch is in flight */
} LastSeenRound;

/* now_ms: monotonic. */
void last_seen_init(LastSeenRound *round, uint32_t every_ms, int64_t now_ms);
void last_seen_done(LastSeenRound *round);
/* Once a second, on the first hub's loop. */
ON_LOOP void last_seen_tick(Realtime *realtime, int64_t now_ms);
