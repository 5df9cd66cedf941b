/* What a process wants to hear and what Redis was told so far. The caller locks. */
#pragma once
#include <hiredis/hiredis.h>

#include "base/map.h"

typedef struct Topic Topic;

/* A zeroed one is empty. */
typedef struct Topics {
    Map by_name;
    Topic **changed; /* counted to zero or from zero since Redis was told */
    size_t n_changed, cap_changed;
} Topics;

void topics_done(Topics *topics);
/* by: 1 or -1. True when Redis may have to be told. */
bool topics_count(Topics *topics, Str name, int by);
/* A new connection: Redis knows of none. */
void topics_forget_told(Topics *topics);
/* Writes the next (UN)SUBSCRIBE commands, for at most n topics, into the connection's buffer. Channels are named
 * "<prefix><topic>". False when there is nothing left to tell. */
bool topics_tell(Topics *topics, redisContext *hiredis, Str prefix);
