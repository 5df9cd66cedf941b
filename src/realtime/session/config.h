/* Parameters of the client edge; those that operators may change come from the settings. */
#pragma once
#include "rpc/caller.h"

/* Zero fields take the defaults of base/limits.h and realtime.c. Fixed after open. */
typedef struct RealtimeConfig {
    const char *const
        *origins;        /* allowed besides the host of the request: "https://chat.example.org"; NULL-terminated */
    bool rate_limits;    /* on inbound frames */
    CallerLimits limits; /* for hello; the same as for calls */
    bool has_peers;      /* other processes hold sockets too */
    uint32_t hello_timeout_ms, heartbeat_ms, pong_timeout_ms;
    uint32_t token_grace_ms; /* from token expiry to bye 4401 */
    uint32_t replay_events, replay_kept_ms, detached_max;
    uint32_t soft_bytes, hard_bytes, stall_ms;
    uint32_t frames_per_s, frames_burst; /* inbound, per socket */
    uint32_t large_conversation;         /* online members */
    uint32_t presence_grace_ms;          /* before a disconnected user counts as offline */
    uint32_t last_seen_every_ms;         /* interval for storing when online users were last seen */
} RealtimeConfig;
