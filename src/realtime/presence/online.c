/* Coming and going on one loop; leaving waits for a grace. See online.h. */
#include "realtime/presence/online.h"

#include <stdlib.h>

#include "realtime/presence/announce.h"
#include "realtime/presence/presence.h"
#include "realtime/presence/presence_news.h"

/* A user who left, in the order of leaving. */
struct Farewell {
    Farewell *next;
    Id user;
    uint32_t visit;
    int64_t due_ms; /* monotonic */
    int64_t at_ms;  /* since the epoch */
};

/* The user may be online elsewhere. */
static void submit(Hub *hub, Id user, bool is_online, int64_t at_ms)
{
    if (hub->config->has_peers)
        announce_change(hub->realtime, user, is_online, at_ms);
    else
        presence_news_tell(hub->realtime, user, is_online, at_ms);
}

void online_enter(Hub *hub, Id user)
{
    if (presence_table_enter(&hub->realtime->presence->table, user)) submit(hub, user, true, 0);
}

void online_leave(Hub *hub, Id user)
{
    uint32_t visit;
    if (!presence_table_leave(&hub->realtime->presence->table, user, &visit)) return;
    Farewell *farewell = malloc(sizeof *farewell);
    if (!farewell) abort();
    *farewell = (Farewell){ .user = user,
                            .visit = visit,
                            .due_ms = hub->clients.now_ms + hub->config->presence_grace_ms,
                            .at_ms = clock_now_ms() };
    if (hub->last_farewell)
        hub->last_farewell->next = farewell;
    else
        hub->first_farewell = farewell;
    hub->last_farewell = farewell;
}

static Farewell *take_first(Hub *hub)
{
    Farewell *farewell = hub->first_farewell;
    hub->first_farewell = farewell->next;
    if (!hub->first_farewell) hub->last_farewell = NULL;
    return farewell;
}

static void settle_first(Hub *hub)
{
    Farewell *farewell = take_first(hub);
    if (presence_table_settle(&hub->realtime->presence->table, farewell->user, farewell->visit))
        submit(hub, farewell->user, false, farewell->at_ms);
    free(farewell);
}

void online_tick(Hub *hub)
{
    while (hub->first_farewell && hub->first_farewell->due_ms <= hub->clients.now_ms) settle_first(hub);
}

void online_settle_all(Hub *hub)
{
    while (hub->first_farewell) settle_first(hub);
}
