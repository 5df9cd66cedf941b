/* See presence.h. */
#include "realtime/presence/presence.h"

#include <stdlib.h>

PresenceState *presence_new(const RealtimeConfig *config, int64_t now_ms)
{
    PresenceState *presence = calloc(1, sizeof *presence);
    if (!presence) abort();
    presence_table_init(&presence->table);
    presence_sync_init(&presence->sync, config->has_peers);
    last_seen_init(&presence->seen, config->last_seen_every_ms, now_ms);
    return presence;
}

void presence_free(PresenceState *presence)
{
    if (!presence) return;
    presence_table_done(&presence->table);
    presence_sync_done(&presence->sync);
    last_seen_done(&presence->seen);
    free(presence);
}

bool presence_has(PresenceState *presence, Id user)
{
    if (presence_table_is_online(&presence->table, user)) return true;
    return presence->sync.peers && peers_have(presence->sync.peers, user);
}
