/* Whether a user is online, here or at another gateway, and when they were last seen. Shared by the files of
 * presence. */
#pragma once
#include "realtime/presence/last_seen.h"
#include "realtime/presence/presence_sync.h"
#include "realtime/presence/presence_table.h"
#include "realtime/upstream/edge.h"

struct PresenceState {
    /* locked inside */
    PresenceTable table;
    PresenceSync sync;
    LastSeenRound seen;
};

/* now_ms: monotonic. */
PresenceState *presence_new(const RealtimeConfig *config, int64_t now_ms);
/* Accepts NULL. */
void presence_free(PresenceState *presence);
/* Whether the user is online here, or was a few seconds ago, or is announced by another gateway. */
ANY_THREAD bool presence_has(PresenceState *presence, Id user);
