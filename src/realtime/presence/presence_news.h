/* Publishes that somebody came online or went offline. */
#pragma once
#include "realtime/upstream/edge.h"

/* Notifies those who may see it, on a worker; for a user who went offline at at_ms, stores that time first. */
ANY_THREAD void presence_news_publish(Realtime *realtime, Id user, bool is_online, int64_t at_ms);
