/* Connects the handlers of clients and hubs, and runs the work of each second: the only place where lower rooms meet
 * upper ones. */
#pragma once
#include "realtime/hub/hub.h"

extern const SessionHandlers edge_session_handlers;
extern const HubHandlers edge_hub_handlers;

/* Once a second: deadlines, heads of large conversations, users past their grace period, retried resyncs. wall_ms:
 * since the epoch. */
ON_LOOP void hub_tick(Hub *hub, int64_t now_ms, int64_t wall_ms);
