#include "adapters/kafka/producer.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "runtime/thread.h"

#define POLL_MS  100
#define CHECK_MS 1000

/* One caller's batch, in its arena. Every event is decided within the publish timeout. */
typedef struct Batch {
    KafkaProducer *producer;
    size_t n_undecided;
    pthread_cond_t decided;
} Batch;

typedef struct Slot {
    Batch *batch;
    rd_kafka_resp_err_t err;
} Slot;

struct KafkaProducer {
    /* fixed after open */
    const KafkaAddress *address;
    pthread_t thread;
    atomic_bool is_stopping;
    pthread_mutex_t lock;
    pthread_cond_t unused;
    /* lock */
    rd_kafka_t *client;
    int n_users; /* publishing callers; the client is only replaced while there are none */
    bool is_fatal;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    Slot *slot = message->_private;
    KafkaProducer *self = slot->batch->producer;
    pthread_mutex_lock(&self->lock);
    slot->err = message->err;
    if (--slot->batch->n_undecided == 0) pthread_cond_signal(&slot->batch->decided);
    pthread_mutex_unlock(&self->lock);
}

static rd_kafka_t *new_client(const KafkaAddress *address)
{
    char timeout[16];
    snprintf(timeout, sizeof timeout, "%u", address->publish_timeout_ms);
    const KafkaOption options[] = { { "enable.idempotence", "true" },
                                    { "acks", "all" },
                                    { "linger.ms", "0" },
                                    { "message.timeout.ms", timeout },
                                    { NULL, NULL } };
    return kafka_client_new(address, RD_KAFKA_PRODUCER, options, on_delivery);
}

/* --- callers --- */

static void send_event(rd_kafka_t *client, const char *topic, const BusEvent *event, Slot *slot)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    char id[2 * sizeof hash + 1]; /* the same whenever this event is published */
    crypto_generichash(hash, sizeof hash, (const unsigned char *)event->payload.ptr, event->payload.len, NULL, 0);
    sodium_bin2hex(id, sizeof id, hash, sizeof hash);
    rd_kafka_resp_err_t err = rd_kafka_producev(
        client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE((void *)event->payload.ptr, event->payload.len),
        RD_KAFKA_V_HEADER("topic", event->topic.ptr, (ssize_t)event->topic.len),
        RD_KAFKA_V_HEADER("trace_id", event->trace_id.ptr ? event->trace_id.ptr : "", (ssize_t)event->trace_id.len),
        RD_KAFKA_V_HEADER("id", id, -1), RD_KAFKA_V_OPAQUE(slot), RD_KAFKA_V_END);
    if (!err) return;
    KafkaProducer *self = slot->batch->producer;
    pthread_mutex_lock(&self->lock);
    slot->err = err;
    slot->batch->n_undecided--;
    pthread_mutex_unlock(&self->lock);
}

static rd_kafka_t *use(KafkaProducer *self)
{
    pthread_mutex_lock(&self->lock);
    while (self->is_fatal) pthread_cond_wait(&self->unused, &self->lock);
    self->n_users++;
    rd_kafka_t *client = self->client;
    pthread_mutex_unlock(&self->lock);
    return client;
}

/* With the lock held. */
static void leave(KafkaProducer *self)
{
    char why[256];
    if (rd_kafka_fatal_error(self->client, why, sizeof why)) self->is_fatal = true;
    self->n_users--;
}

Err kafka_producer_publish(KafkaProducer *self, Ctx *ctx, const char *topic, const BusEvent *events, size_t n,
                           size_t *out_done)
{
    Batch *batch = arena_new_of(ctx->arena, Batch);
    Slot *slots = arena_new_array(ctx->arena, Slot, n ? n : 1);
    *batch = (Batch){ .producer = self, .n_undecided = n };
    pthread_cond_init(&batch->decided, NULL);
    rd_kafka_t *client = use(self);
    for (size_t i = 0; i < n; i++) {
        slots[i].batch = batch;
        send_event(client, topic, &events[i], &slots[i]);
    }
    pthread_mutex_lock(&self->lock);
    while (batch->n_undecided > 0) pthread_cond_wait(&batch->decided, &self->lock);
    leave(self);
    pthread_mutex_unlock(&self->lock);
    pthread_cond_destroy(&batch->decided);
    for (*out_done = 0; *out_done < n && !slots[*out_done].err; ++*out_done) {
    }
    if (*out_done == n) return OK;
    return ctx_fail(ctx, ERR_UNAVAILABLE, "kafka: %s", rd_kafka_err2str(slots[*out_done].err));
}

Err kafka_producer_check(KafkaProducer *self, Ctx *ctx)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(use(self), 0, NULL, &metadata, CHECK_MS);
    if (!err) rd_kafka_metadata_destroy(metadata);
    pthread_mutex_lock(&self->lock);
    leave(self);
    pthread_mutex_unlock(&self->lock);
    return err ? ctx_fail(ctx, ERR_UNAVAILABLE, "kafka: %s", rd_kafka_err2str(err)) : OK;
}

/* --- the thread --- */

/* An idempotent producer may enter a fatal state (after a broker lost what it had confirmed). */
static void replace_if_fatal(KafkaProducer *self)
{
    pthread_mutex_lock(&self->lock);
    rd_kafka_t *old = self->is_fatal && self->n_users == 0 ? self->client : NULL;
    if (old) {
        log_warn(NULL, "kafka.producer_replaced");
        self->client = new_client(self->address);
        self->is_fatal = false;
        pthread_cond_broadcast(&self->unused);
    }
    pthread_mutex_unlock(&self->lock);
    if (old) rd_kafka_destroy(old);
}

static void producer_main(void *arg)
{
    KafkaProducer *self = arg;
    while (!atomic_load(&self->is_stopping)) {
        rd_kafka_poll(self->client, POLL_MS); /* only this thread replaces it */
        replace_if_fatal(self);
    }
}

KafkaProducer *kafka_producer_new(const KafkaAddress *address)
{
    KafkaProducer *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->address = address;
    self->client = new_client(address);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->unused, NULL);
    self->thread = thread_start("kafka-produce", THREAD_WORKER, producer_main, self);
    return self;
}

void kafka_producer_free(KafkaProducer *self)
{
    if (!self) return;
    atomic_store(&self->is_stopping, true);
    pthread_join(self->thread, NULL);
    rd_kafka_destroy(self->client);
    pthread_cond_destroy(&self->unused);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
