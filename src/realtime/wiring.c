/* See wiring.h. */
#include "realtime/wiring.h"

#include "realtime/commands/calls.h"
#include "realtime/commands/inbound.h"
#include "realtime/commands/relearn.h"
#include "realtime/hub/crowd.h"
#include "realtime/presence/online.h"
#include "realtime/upstream/edge.h"

static void on_live(Client *client)
{
    online_enter(hub_of(client), client->user->id);
}

/* What it asked for would be answered to nobody. */
static void on_away(Client *client)
{
    online_leave(hub_of(client), client->user->id);
    calls_drop(client);
}

static void on_gone(Client *client)
{
    hub_remove_client(hub_of(client), client);
}

static void on_closed(Clients *all)
{
    edge_socket_count(CONTAINER_OF(all, Hub, clients)->realtime, -1);
}

const ClientHandlers edge_client_handlers = {
    .on_frame = inbound_frame,
    .on_control = inbound_control,
    .on_writable = calls_resume,
    .on_live = on_live,
    .on_away = on_away,
    .on_gone = on_gone,
    .on_closed = on_closed,
};

const HubHandlers edge_hub_handlers = { .on_subscribed = relearn_conversation };

void hub_tick(Hub *hub, int64_t now_ms, int64_t wall_ms)
{
    clients_tick(&hub->clients, now_ms, wall_ms);
    crowd_tell_heads(hub);
    online_tick(hub);
    relearn_tick(hub);
    hub_flush(hub);
}
