/* Live fan-out between processes: delivered at most once, in order per publisher; messages may be lost. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

typedef struct Pubsub Pubsub;
/* Called on a driver thread or the publisher's; must not block. topic and payload are borrowed. */
typedef void (*PubsubFn)(void *arg, Str topic, Str payload);
/* Messages may have been missed: the connection was lost and has been restored, with all subscriptions. Same thread
 * rules; called before any later message. */
typedef void (*PubsubLostFn)(void *arg);

typedef struct PubsubMessage {
    Str topic, payload;
} PubsubMessage;

typedef struct PubsubOps {
    const char *driver;
    Err (*publish)(Pubsub *p, Ctx *ctx, const PubsubMessage *messages, size_t n, size_t *out_done);
    void (*attach)(Pubsub *p, PubsubFn fn, PubsubLostFn on_lost, void *arg);
    void (*subscribe)(Pubsub *p, Str topic);
    void (*unsubscribe)(Pubsub *p, Str topic);
    Err (*settle)(Pubsub *p, Ctx *ctx);
    Err (*check)(Pubsub *p, Ctx *ctx);
    void (*free)(Pubsub *p);
} PubsubOps;
struct Pubsub {
    const PubsubOps *ops;
};

#define PUBSUB_TOPIC_MAX 64

/* OK once all are handed over, in this order; otherwise ERR_UNAVAILABLE. The first *out_done certainly were; others may
 * have been, and the caller keeps them and retries. */
ON_WORKER MUST_CHECK static inline Err pubsub_publish_many(Pubsub *p, Ctx *ctx, const PubsubMessage *messages, size_t n,
                                                           size_t *out_done)
{
    return p->ops->publish(p, ctx, messages, n, out_done);
}
/* The same for one message. */
ON_WORKER MUST_CHECK static inline Err pubsub_publish(Pubsub *p, Ctx *ctx, Str topic, Str payload)
{
    const PubsubMessage message = { topic, payload };
    size_t n_done;
    return pubsub_publish_many(p, ctx, &message, 1, &n_done);
}
/* fn receives every message on the topics this process subscribes to, including its own, and possibly more. on_lost may
 * be NULL. At startup only; at most 8. */
static inline void pubsub_attach(Pubsub *p, PubsubFn fn, PubsubLostFn on_lost, void *arg)
{
    p->ops->attach(p, fn, on_lost, arg);
}
/* Counted per topic: each subscribe needs its unsubscribe. Never blocks: messages published right after it may still be
 * missed. */
ANY_THREAD static inline void pubsub_subscribe(Pubsub *p, Str topic)
{
    p->ops->subscribe(p, topic);
}
ANY_THREAD static inline void pubsub_unsubscribe(Pubsub *p, Str topic)
{
    p->ops->unsubscribe(p, topic);
}
/* OK once all earlier subscriptions of this process are in effect: anything published from now on is received.
 * ERR_UNAVAILABLE while the connection is lost; on_lost follows once it is back. */
ON_WORKER MUST_CHECK static inline Err pubsub_settle(Pubsub *p, Ctx *ctx)
{
    return p->ops->settle(p, ctx);
}
/* ERR_UNAVAILABLE with the reason while nothing can be published or received. For readiness. */
ON_WORKER MUST_CHECK static inline Err pubsub_check(Pubsub *p, Ctx *ctx)
{
    return p->ops->check(p, ctx);
}
static inline void pubsub_free(Pubsub *p)
{
    if (p) p->ops->free(p);
}
