/* People hear that somebody came online or went offline. */
#pragma once
#include "realtime/upstream/edge.h"

/* Tells those who may see it, on a worker; of one who went offline at at_ms records that first. */
ANY_THREAD void presence_news_publish(Realtime *realtime, Id user, bool is_online, int64_t at_ms);
