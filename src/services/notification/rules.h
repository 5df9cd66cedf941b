/* Rules of the feed: which users an event concerns, and what a returning client has missed. Pure. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"

/* The effect of an event on one user. */
typedef struct FeedEntry {
    Id user;
    const char *name; /* static */
    FeedData *data;   /* shared by all entries of the event */
} FeedEntry;

/* The changes caused by an event, by user id, one per user; in the arena. None for most kinds of event. False if the
 * event lacks a user it should name: it can never be handled. */
MUST_CHECK bool feed_entries_of(Arena *arena, const Envelope *event, FeedEntry **out_entries, size_t *out_n);

/* Whether a client that has everything up to `after` must start over: the next change is gone, or the client is ahead
 * of a restored feed. first: the oldest stored change after `after`; 0 if there is none. */
bool feed_needs_reset(uint32_t after, uint32_t head, uint32_t first);
