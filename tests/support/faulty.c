#include "support/faulty.h"

#include <stdlib.h>

bool faults_next(Faults *faults)
{
    if (faults->at > 0 && !atomic_load(&faults->hit)) return false;
    faults->at++;
    atomic_store(&faults->hit, false);
    atomic_store(&faults->calls_left, faults->at);
    return true;
}

bool faults_hit(Faults *faults)
{
    if (atomic_fetch_sub(&faults->calls_left, 1) != 1) return false;
    atomic_store(&faults->hit, true);
    return true;
}

static Err fault(Ctx *ctx, Faults *faults)
{
    return ctx_fail(ctx, faults->err, "a fault of the test");
}

static void *zeroed(size_t size)
{
    void *ptr = calloc(1, size);
    if (!ptr) abort();
    return ptr;
}

typedef struct FaultyCache {
    Cache base;
    Cache *inner;
    Faults *faults;
} FaultyCache;

static Err faulty_get(Cache *cache, Ctx *ctx, Str key, Str *out_value, uint64_t *out_lease)
{
    FaultyCache *self = CONTAINER_OF(cache, FaultyCache, base);
    if (!faults_hit(self->faults)) return cache_get(self->inner, ctx, key, out_value, out_lease);
    *out_lease = 0;
    return ERR_NOT_FOUND;
}

static void faulty_put(Cache *cache, Ctx *ctx, Str key, Str value, uint32_t ttl_ms, uint64_t lease)
{
    FaultyCache *self = CONTAINER_OF(cache, FaultyCache, base);
    if (!faults_hit(self->faults)) cache_put(self->inner, ctx, key, value, ttl_ms, lease);
}

static void faulty_del(Cache *cache, Ctx *ctx, Str key)
{
    cache_delete(CONTAINER_OF(cache, FaultyCache, base)->inner, ctx, key);
}

static Err faulty_cache_check(Cache *cache, Ctx *ctx)
{
    return cache_check(CONTAINER_OF(cache, FaultyCache, base)->inner, ctx);
}

static void faulty_cache_free(Cache *cache)
{
    FaultyCache *self = CONTAINER_OF(cache, FaultyCache, base);
    cache_free(self->inner);
    cache_done(cache);
    free(self);
}

Cache *faulty_cache_new(Cache *inner, Faults *faults)
{
    static const CacheOps ops = { .driver = "faulty",
                                  .get = faulty_get,
                                  .put = faulty_put,
                                  .del = faulty_del,
                                  .check = faulty_cache_check,
                                  .free = faulty_cache_free };
    FaultyCache *self = zeroed(sizeof *self);
    cache_init(&self->base, &ops);
    self->inner = inner;
    self->faults = faults;
    return &self->base;
}

typedef struct FaultyPubsub {
    Pubsub base;
    Pubsub *inner;
    Faults *faults;
} FaultyPubsub;

static Err faulty_pubsub_publish(Pubsub *pubsub, Ctx *ctx, const PubsubMessage *messages, size_t n, size_t *out_done)
{
    FaultyPubsub *self = CONTAINER_OF(pubsub, FaultyPubsub, base);
    Err err = OK;
    for (*out_done = 0; !err && *out_done < n; *out_done += !err) {
        const PubsubMessage *next = &messages[*out_done];
        err = faults_hit(self->faults) ? fault(ctx, self->faults)
                                       : pubsub_publish(self->inner, ctx, next->topic, next->payload);
    }
    return err;
}

static void faulty_attach(Pubsub *pubsub, PubsubFn fn, PubsubLostFn on_lost, void *arg)
{
    pubsub_attach(CONTAINER_OF(pubsub, FaultyPubsub, base)->inner, fn, on_lost, arg);
}

static void faulty_subscribe(Pubsub *pubsub, Str topic)
{
    pubsub_subscribe(CONTAINER_OF(pubsub, FaultyPubsub, base)->inner, topic);
}

static void faulty_unsubscribe(Pubsub *pubsub, Str topic)
{
    pubsub_unsubscribe(CONTAINER_OF(pubsub, FaultyPubsub, base)->inner, topic);
}

static Err faulty_pubsub_check(Pubsub *pubsub, Ctx *ctx)
{
    return pubsub_check(CONTAINER_OF(pubsub, FaultyPubsub, base)->inner, ctx);
}

static Err faulty_pubsub_settle(Pubsub *pubsub, Ctx *ctx)
{
    return pubsub_settle(CONTAINER_OF(pubsub, FaultyPubsub, base)->inner, ctx);
}

static void faulty_pubsub_free(Pubsub *pubsub)
{
    FaultyPubsub *self = CONTAINER_OF(pubsub, FaultyPubsub, base);
    pubsub_free(self->inner);
    free(self);
}

Pubsub *faulty_pubsub_new(Pubsub *inner, Faults *faults)
{
    static const PubsubOps ops = { .driver = "faulty",
                                   .publish = faulty_pubsub_publish,
                                   .attach = faulty_attach,
                                   .subscribe = faulty_subscribe,
                                   .unsubscribe = faulty_unsubscribe,
                                   .settle = faulty_pubsub_settle,
                                   .check = faulty_pubsub_check,
                                   .free = faulty_pubsub_free };
    FaultyPubsub *self = zeroed(sizeof *self);
    *self = (FaultyPubsub){ { &ops }, inner, faults };
    return &self->base;
}

typedef struct FaultyBus {
    Bus base;
    Bus *inner;
    Faults *faults;
} FaultyBus;

static Err faulty_bus_publish_to(Bus *bus, const char *consumer, Ctx *ctx, const BusEvent *events, size_t n,
                                 size_t *out_done)
{
    FaultyBus *self = CONTAINER_OF(bus, FaultyBus, base);
    for (*out_done = 0; *out_done < n; ++*out_done) {
        size_t done;
        if (faults_hit(self->faults)) return fault(ctx, self->faults);
        Err err = consumer ? bus_publish_to(self->inner, consumer, ctx, &events[*out_done], 1, &done)
                           : bus_publish_many(self->inner, ctx, &events[*out_done], 1, &done);
        if (err) return err;
        if (faults_hit(self->faults)) return fault(ctx, self->faults);
    }
    return OK;
}

static Err faulty_bus_publish(Bus *bus, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    return faulty_bus_publish_to(bus, NULL, ctx, events, n, out_done);
}

static const char *faulty_consumer(Bus *bus, size_t i)
{
    return bus_consumer(CONTAINER_OF(bus, FaultyBus, base)->inner, i);
}

static void faulty_consume(Bus *bus, const char *consumer, const char *const *topics, BusFn fn, void *arg)
{
    bus_consume(CONTAINER_OF(bus, FaultyBus, base)->inner, consumer, topics, fn, arg);
}

static void faulty_bus_stop(Bus *bus)
{
    bus_stop(CONTAINER_OF(bus, FaultyBus, base)->inner);
}

static Err faulty_bus_check(Bus *bus, Ctx *ctx)
{
    return bus_check(CONTAINER_OF(bus, FaultyBus, base)->inner, ctx);
}

static void faulty_bus_free(Bus *bus)
{
    FaultyBus *self = CONTAINER_OF(bus, FaultyBus, base);
    bus_free(self->inner);
    free(self);
}

Bus *faulty_bus_new(Bus *inner, Faults *faults)
{
    static const BusOps ops = { .driver = "faulty",
                                .publish = faulty_bus_publish,
                                .consume = faulty_consume,
                                .consumer = faulty_consumer,
                                .publish_to = faulty_bus_publish_to,
                                .stop = faulty_bus_stop,
                                .check = faulty_bus_check,
                                .free = faulty_bus_free };
    FaultyBus *self = zeroed(sizeof *self);
    *self = (FaultyBus){ { &ops }, inner, faults };
    return &self->base;
}
