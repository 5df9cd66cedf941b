/* Reading again what news may have been missed of: after subscriptions were lost, every user's memberships, and where everything
 * stands; after a new subscription, where that conversation stands, whoever is here of its members by then. ClientSessions are told
 * by heads and gaps, and sync. Until a user's memberships were read, nothing of conversations goes to that user: membership
 * holds at delivery. A few at a time, so that thousands do not ask at once. On the hub's loop. */
#pragma once
#include "realtime/hub/hub.h"

#define RESYNC_AT_ONCE 8 /* users and conversations being read, per loop */

/* News may have been missed: everybody is in doubt. */
void resync_all(Hub *hub);
/* What was published of the conversation a moment ago may not have been heard. */
void resync_conversation(Hub *hub, Id conversation);
/* Goes on after a failure. */
void resync_tick(Hub *hub);
