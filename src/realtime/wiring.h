/* Who hears what clients and hubs report, and what happens each second: the one place where those below meet those above. */
#pragma once
#include "realtime/hub/hub.h"

extern const SessionHandlers edge_session_handlers;
extern const HubHandlers edge_hub_handlers;

/* Once a second: deadlines, heads of large conversations, users who left, what is to be read again. wall_ms: since the epoch. */
ON_LOOP void hub_tick(Hub *hub, int64_t now_ms, int64_t wall_ms);
