/* Rereads state whose events may have been missed: after subscriptions were lost, every user's memberships and all
 * heads; after a new subscription, the head of that conversation, for the members here by then. Clients receive heads
 * and gaps, and sync. Until a user's memberships have been reread, that user receives no conversation events, because
 * membership is enforced on delivery. A few at a time, so that thousands do not query at once. On the hub's loop. */
#pragma once
#include "realtime/hub/hub.h"

#define RESYNC_AT_ONCE 8 /* users and conversations being reread, per loop */

/* Events may have been missed: rereads everything. */
void resync_all(Hub *hub);
/* Events published just before the subscription took effect may have been missed: rereads one conversation. */
void resync_conversation(Hub *hub, Id conversation);
/* Continues after a failure. */
void resync_tick(Hub *hub);
