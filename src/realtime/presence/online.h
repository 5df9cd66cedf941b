/* Telling others who comes online and who goes offline. On the hub's loop; the telling itself happens on a worker. */
#pragma once
#include "realtime/hub/hub.h"

/* A client of the user went live. */
void online_enter(Hub *hub, Id user);
/* A live client of the user is gone. When it was the last, others hear of it after a grace. */
void online_leave(Hub *hub, Id user);
/* Settles those whose grace is over. */
void online_tick(Hub *hub);
/* Settles all, at the end: nobody comes back to this process. */
void online_settle_all(Hub *hub);
