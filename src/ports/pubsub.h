/* Live fan-out between processes: at most once, in the order published by one publisher, may lose. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

typedef struct Pubsub Pubsub;
/* Called on a thread of the driver or of the publisher; must not block. topic and payload are borrowed. */
typedef void (*PubsubFn)(void *arg, Str topic, Str payload);

typedef struct PubsubOps {
    const char *driver;
    Err (*publish)(Pubsub *p, Ctx *ctx, Str topic, Str payload);
    void (*attach)(Pubsub *p, PubsubFn fn, void *arg);
    void (*subscribe)(Pubsub *p, Str topic);
    void (*unsubscribe)(Pubsub *p, Str topic);
    void (*free)(Pubsub *p);
} PubsubOps;
struct Pubsub {
    const PubsubOps *ops;
};

#define PUBSUB_TOPIC_MAX 64

/* OK once handed over; ERR_UNAVAILABLE when it cannot be, the caller keeps it and tries again. */
ON_WORKER MUST_CHECK static inline Err pubsub_publish(Pubsub *p, Ctx *ctx, Str topic, Str payload)
{
    return p->ops->publish(p, ctx, topic, payload);
}
/* fn receives every message of the topics that this process subscribed to, and possibly more. At start only;
 * at most 8. */
static inline void pubsub_attach(Pubsub *p, PubsubFn fn, void *arg)
{
    p->ops->attach(p, fn, arg);
}
/* Counted per topic: each subscribe needs its unsubscribe. Never blocks. */
ANY_THREAD static inline void pubsub_subscribe(Pubsub *p, Str topic)
{
    p->ops->subscribe(p, topic);
}
ANY_THREAD static inline void pubsub_unsubscribe(Pubsub *p, Str topic)
{
    p->ops->unsubscribe(p, topic);
}
static inline void pubsub_free(Pubsub *p)
{
    if (p) p->ops->free(p);
}
