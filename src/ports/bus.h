/* Durable domain events: at least once, per publisher in order unless repeated. Consumers are idempotent by event id. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

typedef struct Bus Bus;
/* ctx carries the event's trace id and ACTOR_SERVICE. OK: done. ERR_UNAVAILABLE, ERR_STORAGE_FULL, ERR_TIMEOUT,
 * ERR_INTERNAL: deliver again later. Anything else: this event can never be handled; it is logged and set aside. */
typedef Err (*BusFn)(void *arg, Ctx *ctx, Str payload);

typedef struct BusOps {
    const char *driver;
    Err (*publish)(Bus *b, Ctx *ctx, Str topic, Str payload);
    void (*consume)(Bus *b, const char *consumer, const char *const *topics, BusFn fn, void *arg);
    void (*free)(Bus *b);
} BusOps;
struct Bus {
    const BusOps *ops;
};

/* OK once it cannot be lost any more: a broker confirmed it, or every consumer in this process has handled it.
 * Otherwise the caller keeps the event and publishes it again. topic: "member.added"; at most 64 bytes. */
ON_WORKER MUST_CHECK static inline Err bus_publish(Bus *b, Ctx *ctx, Str topic, Str payload)
{
    return b->ops->publish(b, ctx, topic, payload);
}
/* Registers a consumer, at start. topics: NULL-terminated list, "member.*" takes all of a prefix; static storage.
 * fn runs on a worker thread, one event at a time per consumer and publisher. */
static inline void bus_consume(Bus *b, const char *consumer, const char *const *topics, BusFn fn, void *arg)
{
    b->ops->consume(b, consumer, topics, fn, arg);
}
static inline void bus_free(Bus *b)
{
    if (b) b->ops->free(b);
}
