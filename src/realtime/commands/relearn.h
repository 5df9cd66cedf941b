/* Reading again what news may have been missed of: after pubsub was deaf, every user's memberships, and where everything
 * stands; after a new subscription, where that conversation stands, whoever is here of its members by then. Clients are told
 * by heads and gaps, and sync. Until a user's memberships were read, nothing of conversations goes to that user: membership
 * holds at delivery. A few at a time, so that thousands do not ask at once. On the hub's loop. */
#pragma once
#include "realtime/hub/hub.h"

#define RELEARN_AT_ONCE 8 /* users and conversations being read, per loop */

/* News may have been missed: everybody is in doubt. */
void relearn_all(Hub *hub);
/* What was published of the conversation a moment ago may not have been heard. */
void relearn_conversation(Hub *hub, Id conversation);
/* Goes on after a failure. */
void relearn_tick(Hub *hub);
