#include "adapters/rabbitmq/consumer.h"

#include <amqp_framing.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "adapters/rabbitmq/topology.h"
#include "base/log.h"
#include "ports/labelled_metric.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define RETRY_BASE_MS 50
#define RETRY_MAX_MS  2000

struct Consumer {
    /* fixed after open */
    const RabbitmqAddress *address;
    RabbitmqQueue queue;
    uint32_t prefetch;
    BusFn fn;
    void *arg;
    Metric *set_aside;
    pthread_t thread;
    /* the thread's */
    amqp_connection_state_t conn;
    amqp_envelope_t *waiting; /* a ring: delivered but not handled */
    uint32_t first, n_waiting;
    bool is_broken;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    /* lock */
    bool is_stopping;
    int fd; /* of the connection; shut down to wake the thread; -1: none */
};

static bool is_stopping(Consumer *self)
{
    pthread_mutex_lock(&self->lock);
    bool stopping = self->is_stopping;
    pthread_mutex_unlock(&self->lock);
    return stopping;
}

/* --- deliveries --- */

/* Waits up to this long for a delivery; keeps up the heartbeat. */
static void receive(Consumer *self, int64_t within_ms)
{
    struct timeval within = { .tv_sec = within_ms / 1000, .tv_usec = within_ms % 1000 * 1000 };
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(self->conn);
    amqp_rpc_reply_t reply = amqp_consume_message(self->conn, &envelope, &within, 0);
    bool is_timeout = reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT;
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        self->is_broken = !is_timeout; /* also if the queue or the channel is gone */
    } else if (self->n_waiting == self->prefetch) {
        amqp_destroy_envelope(&envelope); /* more than we asked for: it will come again */
        self->is_broken = true;
    } else {
        self->waiting[(self->first + self->n_waiting++) % self->prefetch] = envelope;
    }
}

static void drop_first(Consumer *self)
{
    amqp_destroy_envelope(&self->waiting[self->first]);
    self->first = (self->first + 1) % self->prefetch;
    self->n_waiting--;
}

static void log_set_aside(Consumer *self, const Ctx *own, Err err, const amqp_envelope_t *event)
{
    metric_add(self->set_aside, 1);
    log_error(own, "bus.event_set_aside", log_str("topic", rabbitmq_str(event->routing_key)),
              log_cstr("code", err_info(err)->name), log_cstr("text", own->err_text ? own->err_text : ""),
              log_int("payload_bytes", (int64_t)event->message.body.len));
}

static Err call_once(Consumer *self, const amqp_envelope_t *event)
{
    _cleanup_(ctx_freep) Ctx *own = ctx_new(self->queue.consumer, clock_now_ms());
    Str trace = rabbitmq_str(event->message.properties.correlation_id);
    bool has_trace = event->message.properties._flags & AMQP_BASIC_CORRELATION_ID_FLAG;
    own->actor.kind = ACTOR_SERVICE;
    if (has_trace) snprintf(own->trace_id, sizeof own->trace_id, "%.*s", STR_ARG(trace));

    Err err = self->fn(self->arg, own, rabbitmq_str(event->message.body));
    if (err && bus_is_worth_another_try(err))
        log_failure(LOG_WARN, own, "bus.consumer_failed");
    else if (err)
        log_set_aside(self, own, err, event);
    return err;
}

/* Waits before a retry, reading meanwhile for the heartbeat. */
static void wait_to_try_again(Consumer *self, Backoff *backoff)
{
    int64_t until_ms = clock_monotonic_ms() + backoff_next_ms(backoff);
    for (;;) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        if (left_ms <= 0 || self->is_broken || is_stopping(self)) return;
        receive(self, left_ms);
    }
}

/* Retries until it is handled or dead-lettered, or the connection is lost: then it will be redelivered. */
static void handle(Consumer *self, const amqp_envelope_t *event)
{
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    Err err = OK;
    if (bus_topics_match(self->queue.topics, rabbitmq_str(event->routing_key))) {
        while (bus_is_worth_another_try(err = call_once(self, event))) {
            wait_to_try_again(self, &backoff);
            if (self->is_broken || is_stopping(self)) return;
        }
    }
    int status = err ? amqp_basic_reject(self->conn, RABBITMQ_CHANNEL, event->delivery_tag, 0)
                     : amqp_basic_ack(self->conn, RABBITMQ_CHANNEL, event->delivery_tag, 0);
    self->is_broken = status != AMQP_STATUS_OK;
}

/* --- the connection --- */

static Err begin(Consumer *self, Ctx *ctx)
{
    const char *prefix = self->address->prefix;
    Err err = topology_declare_exchanges(ctx, self->conn, prefix);
    if (!err) err = topology_declare_queue(ctx, self->conn, prefix, &self->queue);
    if (err) return err;
    amqp_basic_qos(self->conn, RABBITMQ_CHANNEL, 0, (uint16_t)self->prefetch, 0);
    err = rabbitmq_reply_check(ctx, amqp_get_rpc_reply(self->conn), "basic.qos");
    if (err) return err;
    amqp_basic_consume(self->conn, RABBITMQ_CHANNEL,
                       rabbitmq_bytes(topology_queue(ctx->arena, prefix, self->queue.consumer)), amqp_empty_bytes, 0, 0,
                       0, amqp_empty_table);
    return rabbitmq_reply_check(ctx, amqp_get_rpc_reply(self->conn), "basic.consume");
}

static void publish_fd(Consumer *self, int fd)
{
    pthread_mutex_lock(&self->lock);
    self->fd = fd;
    if (self->is_stopping && fd >= 0) shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&self->lock);
}

static void run_connection(Consumer *self)
{
    int64_t beat_ms = (int64_t)self->address->heartbeat_s * 500;
    while (!self->is_broken && !is_stopping(self)) {
        if (self->n_waiting == 0) receive(self, beat_ms);
        if (self->n_waiting == 0 || self->is_broken) continue;
        uint32_t handled = self->first;
        handle(self, &self->waiting[handled]);
        if (!self->is_broken && !is_stopping(self)) drop_first(self);
    }
}

static bool live_once(Consumer *self, Ctx *ctx)
{
    self->is_broken = false;
    Err err = rabbitmq_connect(ctx, self->address, &self->conn);
    if (err) {
        log_failure(LOG_WARN, ctx, "rabbitmq.consumer_waits");
        return false;
    }
    publish_fd(self, amqp_get_sockfd(self->conn));
    err = begin(self, ctx);
    if (!err) run_connection(self);
    if (!is_stopping(self)) log_failure(LOG_WARN, ctx, "rabbitmq.consumer_lost");
    publish_fd(self, -1);
    while (self->n_waiting > 0) drop_first(self);
    rabbitmq_disconnect(self->conn, true);
    return !err;
}

static void consumer_main(void *arg)
{
    Consumer *self = arg;
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    while (!is_stopping(self)) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new("rabbitmq.consumer", clock_now_ms());
        if (live_once(self, ctx)) backoff_reset(&backoff);
        int64_t until_ms = clock_monotonic_ms() + backoff_next_ms(&backoff);
        pthread_mutex_lock(&self->lock);
        while (!self->is_stopping)
            if (!cond_wait_until(&self->stopped, &self->lock, until_ms)) break;
        pthread_mutex_unlock(&self->lock);
    }
}

Consumer *consumer_new(const RabbitmqAddress *address, const RabbitmqQueue *queue, uint32_t prefetch, BusFn fn,
                       void *arg)
{
    static const Metric set_aside = METRIC_COUNTER_INIT(
        "molva_bus_set_aside_total", "Events that a consumer can never handle; they are in its dead-letter queue.");
    char label[128], name[16];
    Consumer *self = calloc(1, sizeof *self);
    if (!self) abort();
    snprintf(label, sizeof label, "consumer=\"%s\"", queue->consumer);
    snprintf(name, sizeof name, "amqp-%.10s", queue->consumer);
    *self = (Consumer){ .address = address,
                        .queue = *queue,
                        .prefetch = prefetch,
                        .fn = fn,
                        .arg = arg,
                        .fd = -1,
                        .set_aside = labelled_metric(&set_aside, label) };
    self->waiting = calloc(prefetch, sizeof(amqp_envelope_t));
    if (!self->waiting) abort();
    pthread_mutex_init(&self->lock, NULL);
    cond_init(&self->stopped);
    self->thread = thread_start(name, THREAD_WORKER, consumer_main, self);
    return self;
}

void consumer_tell_to_stop(Consumer *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_stopping = true;
    if (self->fd >= 0) shutdown(self->fd, SHUT_RDWR);
    pthread_cond_signal(&self->stopped);
    pthread_mutex_unlock(&self->lock);
}

void consumer_free(Consumer *self)
{
    if (!self) return;
    consumer_tell_to_stop(self);
    pthread_join(self->thread, NULL);
    pthread_cond_destroy(&self->stopped);
    pthread_mutex_destroy(&self->lock);
    free(self->waiting);
    free(self);
}
