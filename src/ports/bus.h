/* Durable domain events: delivered at least once, in order per publisher except for redeliveries. Consumers deduplicate
 * by event id. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

#define BUS_CONSUMERS_MAX 32 /* of one process */

typedef struct Bus Bus;
/* ctx carries the event's trace id and ACTOR_SERVICE. OK: done. ERR_UNAVAILABLE, ERR_STORAGE_FULL, ERR_TIMEOUT,
 * ERR_INTERNAL: redeliver later. Anything else: this event can never be handled; it is logged and dead-lettered. */
typedef Err (*BusFn)(void *arg, Ctx *ctx, Str payload);

typedef struct BusEvent {
    Str topic;    /* "member.added"; at most 64 bytes */
    Str trace_id; /* 32 hex digits or empty */
    Str payload;
} BusEvent;

typedef struct BusOps {
    const char *driver;
    Err (*publish)(Bus *b, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done);
    void (*consume)(Bus *b, const char *consumer, const char *const *topics, BusFn fn, void *arg);
    /* NULL, both: the driver keeps a queue per consumer. */
    const char *(*consumer)(Bus *b, size_t i);
    Err (*publish_to)(Bus *b, const char *consumer, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done);
    void (*stop)(Bus *b);
    Err (*check)(Bus *b, Ctx *ctx);
    void (*free)(Bus *b);
} BusOps;
struct Bus {
    const BusOps *ops;
};

/* Publishes in this order. OK once the events are durable: a broker confirmed them, or every consumer in this process
 * has handled them. Otherwise the first *out_done are safe, and the caller publishes the rest again. A batch costs one
 * round trip to the broker, so pass many events together. */
ON_WORKER MUST_CHECK static inline Err bus_publish_many(Bus *b, Ctx *ctx, const BusEvent *events, size_t n,
                                                        size_t *out_done)
{
    return b->ops->publish(b, ctx, events, n, out_done);
}
/* One event, with ctx's trace id. */
ON_WORKER MUST_CHECK static inline Err bus_publish(Bus *b, Ctx *ctx, Str topic, Str payload)
{
    BusEvent event = { .topic = topic, .trace_id = str_of(ctx->trace_id), .payload = payload };
    size_t done;
    return b->ops->publish(b, ctx, &event, 1, &done);
}
/* Of a driver without queues, whose consumers run on their publishers' threads: the name of the i-th consumer, or NULL
 * beyond the last. A publisher that keeps its events until they are handled publishes to each on its own, so that a
 * slow one delays no other. Always NULL if the driver has queues. */
static inline const char *bus_consumer(Bus *b, size_t i)
{
    return b->ops->consumer ? b->ops->consumer(b, i) : NULL;
}
/* As bus_publish_many(), to the consumer of this name alone. OK: it has handled them. */
ON_WORKER MUST_CHECK static inline Err bus_publish_to(Bus *b, const char *consumer, Ctx *ctx, const BusEvent *events,
                                                      size_t n, size_t *out_done)
{
    return b->ops->publish_to(b, consumer, ctx, events, n, out_done);
}
/* Registers a consumer, at startup; consumers of one name share a queue. topics: NULL-terminated list in static
 * storage; "member.*" matches a prefix. fn runs on a worker thread, one event at a time per consumer and publisher. */
static inline void bus_consume(Bus *b, const char *consumer, const char *const *topics, BusFn fn, void *arg)
{
    b->ops->consume(b, consumer, topics, fn, arg);
}
/* When it returns, no consumer runs on a driver thread, and none will: what they use may be freed. Publishing still
 * works, so that outboxes can be emptied. Then call bus_free(). */
static inline void bus_stop(Bus *b)
{
    b->ops->stop(b);
}
/* ERR_UNAVAILABLE with the reason while nothing can be published. For readiness. */
ON_WORKER MUST_CHECK static inline Err bus_check(Bus *b, Ctx *ctx)
{
    return b->ops->check(b, ctx);
}
static inline void bus_free(Bus *b)
{
    if (b) b->ops->free(b);
}

/* For drivers. "member.*" matches every topic that starts with "member.". topics: as of bus_consume(). */
static inline bool bus_topics_match(const char *const *topics, Str topic)
{
    for (; *topics; topics++) {
        Str pattern = str_of(*topics);
        bool is_prefix = pattern.len && pattern.ptr[pattern.len - 1] == '*';
        if (is_prefix ? str_starts_with(topic, (Str){ pattern.ptr, pattern.len - 1 }) : str_eq(pattern, topic))
            return true;
    }
    return false;
}
/* For drivers. Whether an event should be redelivered to a consumer that returned `err`. */
static inline bool bus_is_worth_another_try(Err err)
{
    return err == ERR_UNAVAILABLE || err == ERR_STORAGE_FULL || err == ERR_TIMEOUT || err == ERR_INTERNAL;
}
