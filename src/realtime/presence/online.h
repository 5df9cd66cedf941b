/* Publishes who comes online and who goes offline. On the hub's loop; a worker publishes. */
#pragma once
#include "realtime/hub/hub.h"

/* A client of the user has become live. */
void online_enter(Hub *hub, Id user);
/* A live client of the user is gone. If it was the last, the user goes offline after a grace period. */
void online_leave(Hub *hub, Id user);
/* Takes users offline whose grace period has ended. */
void online_tick(Hub *hub);
/* Takes all of them offline at shutdown: nobody returns to this process. */
void online_settle_all(Hub *hub);
