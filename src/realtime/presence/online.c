/* Connects and disconnects on one loop; going offline waits for a grace period. See online.h. */
#include "realtime/presence/online.h"

#include <stdlib.h>

#include "realtime/presence/presence.h"
#include "realtime/presence/presence_news.h"
#include "realtime/presence/presence_sync.h"

/* A user who disconnected, in order of time. */
struct PendingOffline {
    PendingOffline *next;
    Id user;
    uint32_t visit;
    int64_t due_ms; /* monotonic */
    int64_t at_ms;  /* since the epoch */
};

/* Publishes the change, unless the user is online elsewhere. */
static void submit(Hub *hub, Id user, bool is_online, int64_t at_ms)
{
    if (hub->config->has_peers)
        presence_sync_change(hub->realtime, user, is_online, at_ms);
    else
        presence_news_publish(hub->realtime, user, is_online, at_ms);
}

void online_enter(Hub *hub, Id user)
{
    if (presence_table_enter(&hub->realtime->presence->table, user)) submit(hub, user, true, 0);
}

void online_leave(Hub *hub, Id user)
{
    uint32_t visit;
    if (!presence_table_leave(&hub->realtime->presence->table, user, &visit)) return;
    PendingOffline *pending = malloc(sizeof *pending);
    if (!pending) abort();
    *pending = (PendingOffline){ .user = user,
                                 .visit = visit,
                                 .due_ms = hub->sessions.now_ms + hub->config->presence_grace_ms,
                                 .at_ms = clock_now_ms() };
    if (hub->last_pending_offline)
        hub->last_pending_offline->next = pending;
    else
        hub->first_pending_offline = pending;
    hub->last_pending_offline = pending;
}

static PendingOffline *take_first(Hub *hub)
{
    PendingOffline *pending = hub->first_pending_offline;
    hub->first_pending_offline = pending->next;
    if (!hub->first_pending_offline) hub->last_pending_offline = NULL;
    return pending;
}

static void settle_first(Hub *hub)
{
    PendingOffline *pending = take_first(hub);
    if (presence_table_settle(&hub->realtime->presence->table, pending->user, pending->visit))
        submit(hub, pending->user, false, pending->at_ms);
    free(pending);
}

void online_tick(Hub *hub)
{
    while (hub->first_pending_offline && hub->first_pending_offline->due_ms <= hub->sessions.now_ms) settle_first(hub);
}

void online_settle_all(Hub *hub)
{
    while (hub->first_pending_offline) settle_first(hub);
}
