/* Adding events, and the common part of an outbox's two relays. */
#include "ports/outbox.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "ports/outbox_relay.h"
#include "runtime/clock.h"
#include "runtime/thread.h"

#define LIVE_TOPICS_MAX 4

/* tx_mark(): the relays that a commit concerns. */
#define MARK_LIVE 1u
#define MARK_BUS  2u

/* Publishes to one consumer of the bus, or to the bus as a whole. */
typedef struct BusTarget {
    Bus *bus;
    const char *consumer; /* NULL: all */
} BusTarget;

struct Outbox {
    /* fixed after open */
    const char *name;
    Db *db;
    OutboxQueries queries;
    Relay *live;
    /* fixed after start */
    BusTarget targets[BUS_CONSUMERS_MAX];
    Relay *bus[BUS_CONSUMERS_MAX];
    int n_bus;
    bool started;
};

OutboxRow outbox_live_row(Ctx *ctx, const char *const *topics, Str payload)
{
    StrBuf lines;
    strbuf_init(&lines, ctx->arena);
    for (int i = 0; topics[i]; i++) {
        assert(i < LIVE_TOPICS_MAX);
        if (i > 0) strbuf_add_char(&lines, '\n');
        strbuf_add(&lines, str_of(topics[i]));
    }
    return (OutboxRow){ .topics = db_text(strbuf_str(&lines)),
                        .trace_id = db_text(str_of(ctx->trace_id)),
                        .payload = db_blob(payload),
                        .marks = MARK_LIVE };
}

static Err add_live(Outbox *outbox, Tx *tx, Ctx *ctx, const char *const *topics, Str payload)
{
    OutboxRow row = outbox_live_row(ctx, topics, payload);
    tx_mark(tx, row.marks);
    return tx_exec(tx, ctx, outbox->queries.live.add, DB_ARGS(row.topics, row.trace_id, row.payload), NULL);
}

static Err add_to_bus(Outbox *outbox, Tx *tx, Ctx *ctx, const char *topic, Str payload)
{
    tx_mark(tx, MARK_BUS);
    return tx_exec(tx, ctx, outbox->queries.bus.add,
                   DB_ARGS(db_text(str_of(topic)), db_text(str_of(ctx->trace_id)), db_blob(payload)), NULL);
}

Err outbox_add(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, const char *const *live_topics, Str payload)
{
    Err err = OK;
    if (live_topics && live_topics[0]) err = add_live(outbox, tx, ctx, live_topics, payload);
    if (!err && bus_topic[0]) err = add_to_bus(outbox, tx, ctx, bus_topic, payload);
    return err;
}

/* One message per topic of an event. */
static size_t messages_of(const BusEvent *event, PubsubMessage messages[LIVE_TOPICS_MAX])
{
    Str topics = event->topic;
    size_t n = 0;
    while (topics.len > 0 && n < LIVE_TOPICS_MAX)
        messages[n++] = (PubsubMessage){ str_cut(&topics, '\n'), event->payload };
    return n;
}

static Err publish_live(void *pubsub, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    thread_role_assert(THREAD_WORKER);
    PubsubMessage *messages = arena_new_array(ctx->arena, PubsubMessage, n * LIVE_TOPICS_MAX);
    size_t *ends = arena_new_array(ctx->arena, size_t, n), n_messages = 0, n_published;
    for (size_t i = 0; i < n; i++) ends[i] = n_messages += messages_of(&events[i], &messages[n_messages]);
    Err err = pubsub_publish_many(pubsub, ctx, messages, n_messages, &n_published);
    for (*out_done = 0; *out_done < n && ends[*out_done] <= n_published;) (*out_done)++;
    if (err) snprintf(ctx->trace_id, sizeof ctx->trace_id, "%.*s", STR_ARG(events[*out_done].trace_id));
    return err;
}

static Err publish_to_bus(void *arg, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    thread_role_assert(THREAD_WORKER);
    const BusTarget *target = arg;
    if (target->consumer) return bus_publish_to(target->bus, target->consumer, ctx, events, n, out_done);
    return bus_publish_many(target->bus, ctx, events, n, out_done);
}

Outbox *outbox_open(const char *name, Db *db, const OutboxQueries *queries, Pubsub *pubsub, Bus *bus)
{
    Outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox) abort();
    outbox->name = name;
    outbox->db = db;
    outbox->queries = *queries;
    outbox->targets[0].bus = bus;
    outbox->live = relay_new(&(RelayConfig){ .outbox = name,
                                             .kind = "live",
                                             .db = db,
                                             .queries = &outbox->queries.live,
                                             .publish = publish_live,
                                             .target = pubsub,
                                             .now_ms = clock_monotonic_ms });
    return outbox;
}

/* One relay if the bus has queues, else one per consumer. Not on a database that other processes write to: there a
 * relay has no cursor, and rows are removed as they are published. */
static void open_bus_relays(Outbox *outbox)
{
    Bus *bus = outbox->targets[0].bus;
    const char *consumer = db_is_shared(outbox->db) ? NULL : bus_consumer(bus, 0);
    do {
        assert(outbox->n_bus < BUS_CONSUMERS_MAX);
        outbox->targets[outbox->n_bus++] = (BusTarget){ bus, consumer };
    } while (consumer && (consumer = bus_consumer(bus, (size_t)outbox->n_bus)));

    for (int i = 0; i < outbox->n_bus; i++)
        outbox->bus[i] = relay_new(&(RelayConfig){ .outbox = outbox->name,
                                                   .kind = "bus",
                                                   .consumer = outbox->targets[i].consumer,
                                                   .db = outbox->db,
                                                   .queries = &outbox->queries.bus,
                                                   .publish = publish_to_bus,
                                                   .target = &outbox->targets[i],
                                                   .now_ms = clock_monotonic_ms,
                                                   .readers = outbox->bus,
                                                   .n_readers = outbox->n_bus });
}

static void wake_bus(Outbox *outbox)
{
    for (int i = 0; i < outbox->n_bus; i++) relay_wake(outbox->bus[i]);
}

void outbox_wake(Outbox *outbox)
{
    relay_wake(outbox->live);
    wake_bus(outbox);
}

static void on_commit(void *arg, unsigned marks)
{
    Outbox *outbox = arg;
    if (marks & MARK_LIVE) relay_wake(outbox->live);
    if (marks & MARK_BUS) wake_bus(outbox);
}

void outbox_start(Outbox *outbox)
{
    assert(!outbox->started);
    outbox->started = true;
    if (outbox->n_bus == 0) open_bus_relays(outbox);
    db_on_commit(outbox->db, on_commit, outbox);
    relay_start(outbox->live);
    for (int i = 0; i < outbox->n_bus; i++) relay_start(outbox->bus[i]);
}

Err outbox_measure_lag(Outbox *outbox, Ctx *ctx)
{
    Err err = relay_measure_lag(outbox->live, ctx);
    for (int i = 0; !err && i < outbox->n_bus; i++) err = relay_measure_lag(outbox->bus[i], ctx);
    return err;
}

void outbox_stop(Outbox *outbox)
{
    if (!outbox->started) return;
    outbox->started = false;
    db_on_commit(outbox->db, NULL, NULL);
    /* Stop all before joining any, so that they finish in parallel. */
    relay_stop(outbox->live);
    for (int i = 0; i < outbox->n_bus; i++) relay_stop(outbox->bus[i]);
    relay_join(outbox->live);
    for (int i = 0; i < outbox->n_bus; i++) relay_join(outbox->bus[i]);
}

void outbox_close(Outbox *outbox)
{
    if (!outbox) return;
    outbox_stop(outbox);
    relay_free(outbox->live);
    for (int i = 0; i < outbox->n_bus; i++) relay_free(outbox->bus[i]);
    free(outbox);
}
