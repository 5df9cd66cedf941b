#include "adapters/kafka/consumer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ports/labelled_metric.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define POLL_MS       200
#define RETRY_BASE_MS 50
#define RETRY_MAX_MS  2000

struct KafkaConsumer {
    /* fixed after open */
    rd_kafka_t *client;
    KafkaProducer *producer;
    const char *name;
    const char *const *topics;
    BusFn fn;
    void *arg;
    char dead_topic[80];
    Metric *set_aside;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    /* lock */
    bool is_stopping;
};

/* Empty when there is none. */
static Str header(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    if (rd_kafka_message_headers(message, &headers) || rd_kafka_header_get_last(headers, name, &value, &size))
        return STR("");
    return (Str){ value, size };
}

static bool is_stopping(KafkaConsumer *self)
{
    pthread_mutex_lock(&self->lock);
    bool stopping = self->is_stopping;
    pthread_mutex_unlock(&self->lock);
    return stopping;
}

/* False when we close. */
static bool wait_to_try_again(KafkaConsumer *self, Backoff *backoff)
{
    int64_t until_ms = clock_monotonic_ms() + backoff_next_ms(backoff);
    pthread_mutex_lock(&self->lock);
    while (!self->is_stopping)
        if (!cond_wait_until(&self->stopped, &self->lock, until_ms)) break;
    bool go_on = !self->is_stopping;
    pthread_mutex_unlock(&self->lock);
    return go_on;
}

/* OK once the event is handled or dead-lettered. */
ON_WORKER static Err try_once(KafkaConsumer *self, const BusEvent *event)
{
    _cleanup_(ctx_freep) Ctx *own = ctx_new(self->name, clock_now_ms());
    size_t done;
    own->actor.kind = ACTOR_SERVICE;
    snprintf(own->trace_id, sizeof own->trace_id, "%.*s", STR_ARG(event->trace_id));
    Err err = self->fn(self->arg, own, event->payload);
    if (!err) return OK;
    if (bus_is_worth_another_try(err)) {
        log_failure(LOG_WARN, own, "bus.consumer_failed");
        return err;
    }
    metric_add(self->set_aside, 1);
    log_error(own, "bus.event_set_aside", log_str("topic", event->topic), log_cstr("code", err_info(err)->name),
              log_cstr("text", own->err_text ? own->err_text : ""),
              log_int("payload_bytes", (int64_t)event->payload.len));
    return kafka_producer_publish(self->producer, own, self->dead_topic, event, 1, &done);
}

ON_WORKER static void handle(KafkaConsumer *self, rd_kafka_message_t *message)
{
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    BusEvent event = { .topic = header(message, "topic"),
                       .trace_id = header(message, "trace_id"),
                       .payload = { message->payload, message->len } };
    if (bus_topics_match(self->topics, event.topic))
        while (try_once(self, &event))
            if (!wait_to_try_again(self, &backoff)) return;
    /* Fails if the group has assigned the partition to another process, which then receives the event again. */
    (void)rd_kafka_offset_store(message->rkt, message->partition, message->offset);
}

static void consumer_main(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    KafkaConsumer *self = arg;
    while (!is_stopping(self)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(self->client, POLL_MS);
        if (!message) continue;
        if (!message->err) handle(self, message); /* errors are transient, or kafka_producer_check() reports them */
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(self->client);
}

static rd_kafka_t *new_client(const KafkaAddress *address, const char *name)
{
    char group[80];
    snprintf(group, sizeof group, "%s.%s", address->prefix, name);
    const KafkaOption options[] = { { "group.id", group },
                                    { "auto.offset.reset", "earliest" },
                                    { "enable.auto.commit", "true" },        /* of what is stored, */
                                    { "enable.auto.offset.store", "false" }, /* which is what was handled */
                                    { "auto.commit.interval.ms", "1000" },
                                    { "session.timeout.ms", "10000" }, /* then another process takes over */
                                    { "allow.auto.create.topics", "true" },
                                    { "topic.metadata.refresh.interval.ms",
                                      "2000" }, /* the topic may be created later */
                                    { NULL, NULL } };
    rd_kafka_t *client = kafka_client_new(address, RD_KAFKA_CONSUMER, options, NULL);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, address->topic, RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(client, topics)) abort();
    rd_kafka_topic_partition_list_destroy(topics);
    return client;
}

KafkaConsumer *kafka_consumer_new(const KafkaAddress *address, KafkaProducer *producer, const char *name,
                                  const char *const *topics, BusFn fn, void *arg)
{
    static const Metric set_aside = METRIC_COUNTER_INIT(
        "molva_bus_set_aside_total", "Events that a consumer can never handle; they are in its dead-letter topic.");
    char label[128], thread[16];
    KafkaConsumer *self = calloc(1, sizeof *self);
    if (!self) abort();
    snprintf(label, sizeof label, "consumer=\"%s\"", name);
    snprintf(thread, sizeof thread, "kafka-%.9s", name);
    *self = (KafkaConsumer){ .client = new_client(address, name),
                             .producer = producer,
                             .name = name,
                             .topics = topics,
                             .fn = fn,
                             .arg = arg,
                             .set_aside = labelled_metric(&set_aside, label) };
    snprintf(self->dead_topic, sizeof self->dead_topic, "%s.%s.dead", address->prefix, name);
    pthread_mutex_init(&self->lock, NULL);
    cond_init(&self->stopped);
    self->thread = thread_start(thread, THREAD_WORKER, consumer_main, self);
    return self;
}

void kafka_consumer_free(KafkaConsumer *self)
{
    if (!self) return;
    pthread_mutex_lock(&self->lock);
    self->is_stopping = true;
    pthread_cond_signal(&self->stopped);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    rd_kafka_destroy(self->client);
    pthread_cond_destroy(&self->stopped);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
