/* The rules of the feed: which event concerns whom, and what a client that comes back has missed. Pure. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"

/* What an event means to one user. */
typedef struct FeedEntry {
    Id user;
    const char *name; /* static */
    FeedData *data;   /* shared by all entries of the event */
} FeedEntry;

/* The changes that follow from an event, by user id, each user once; in the arena. None for most kinds of event.
 * False when the event should have named somebody and did not: it can never be handled. */
MUST_CHECK bool feed_entries_of(Arena *arena, const Envelope *event, FeedEntry **out_entries, size_t *out_n);

/* Whether a client that has everything up to `after` must start afresh: what follows is gone, or it is ahead of a feed that
 * was restored. first: the oldest change behind `after` that is still there; 0 when there is none. */
bool feed_needs_reset(uint32_t after, uint32_t head, uint32_t first);
