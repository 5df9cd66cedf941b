/* The topics a process wants, and those already sent to Redis. The caller locks. */
#pragma once
#include <hiredis/hiredis.h>

#include "base/map.h"

typedef struct Topic Topic;

/* A zeroed one is empty. */
typedef struct Topics {
    Map by_name;
    Topic **changed; /* whose count went to or from zero since the last command */
    size_t n_changed, cap_changed;
} Topics;

void topics_done(Topics *topics);
/* by: 1 or -1. True if Redis may have to be updated. */
bool topics_count(Topics *topics, Str name, int by);
/* For a new connection, where Redis has no subscriptions. */
void topics_forget_told(Topics *topics);
/* Appends the next (UN)SUBSCRIBE commands, for at most n topics, to the connection's buffer. Channels are named
 * "<prefix><topic>". False if nothing is left. */
bool topics_tell(Topics *topics, redisContext *hiredis, Str prefix);
