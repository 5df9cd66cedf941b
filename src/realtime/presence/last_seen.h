/* Keeping when those who are online were last seen, at intervals: after a crash nobody else knows. When somebody leaves in
 * order, online.c keeps the exact time. A round begins every last_seen_every_ms and writes LAST_SEEN_AT_ONCE users a second at most,
 * each portion in one transaction and only after the one before, so the writes are bounded however many are online. */
#pragma once
#include "base/attr.h"
#include "base/id.h"
#include "realtime/upstream/edge.h"

#define LAST_SEEN_AT_ONCE 200

typedef struct LastSeenRound {
    /* of the first hub's loop */
    Id *users; /* who was online when the round began */
    size_t n, at;
    int64_t began_ms; /* since the epoch */
    int64_t next_ms;  /* monotonic: when another may begin */
    /* atomic */
    _Atomic bool is_recording; /* a portion is on its way */
} LastSeenRound;

/* now_ms: monotonic. */
void last_seen_init(LastSeenRound *round, uint32_t every_ms, int64_t now_ms);
void last_seen_done(LastSeenRound *round);
/* Once a second, on the first hub's loop. */
ON_LOOP void last_seen_tick(Realtime *realtime, int64_t now_ms);
