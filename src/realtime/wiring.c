/* See wiring.h. */
#include "realtime/wiring.h"

#include "realtime/commands/calls.h"
#include "realtime/commands/inbound.h"
#include "realtime/commands/resync.h"
#include "realtime/hub/audience.h"
#include "realtime/presence/online.h"
#include "realtime/upstream/edge.h"

static void on_live(ClientSession *session)
{
    online_enter(hub_of(session), session->user->id);
}

/* Drops the client's pending calls, whose responses nobody would receive. */
static void on_away(ClientSession *session)
{
    online_leave(hub_of(session), session->user->id);
    calls_drop(session);
}

static void on_gone(ClientSession *session)
{
    thread_role_assert(THREAD_LOOP);
    hub_remove_session(hub_of(session), session);
}

static void on_closed(ClientSessions *all)
{
    edge_socket_count(CONTAINER_OF(all, Hub, sessions)->realtime, -1);
}

const SessionHandlers edge_session_handlers = {
    .on_frame = inbound_frame,
    .on_control = inbound_control,
    .on_writable = calls_resume,
    .on_live = on_live,
    .on_away = on_away,
    .on_gone = on_gone,
    .on_closed = on_closed,
};

const HubHandlers edge_hub_handlers = { .on_subscribed = resync_conversation };

void hub_tick(Hub *hub, int64_t now_ms, int64_t wall_ms)
{
    sessions_tick(&hub->sessions, now_ms, wall_ms);
    audience_send_heads(hub);
    online_tick(hub);
    resync_tick(hub);
    hub_flush(hub);
}
