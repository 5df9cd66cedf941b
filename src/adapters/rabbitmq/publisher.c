/* Delivery tags count up from 1 on each connection, and each has a slot in a ring. Confirms arrive for one or many
 * events, in any order; only the oldest slot is ever removed, so that a batch is confirmed from its front. */
#include "adapters/rabbitmq/publisher.h"

#include <amqp_framing.h>
#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/rabbitmq/topology.h"
#include "base/log.h"
#include "base/metrics.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/thread.h"
#include "runtime/wakeup.h"

#define WINDOW        512
#define RETRY_BASE_MS 50
#define RETRY_MAX_MS  2000

/* One caller's batch, on its stack. */
typedef struct Batch {
    const BusEvent *events;
    size_t n, n_sent, n_done;
    Err err;
    bool is_finished;
    struct Batch *next;
    pthread_cond_t finished;
} Batch;

typedef struct Slot {
    Batch *batch; /* NULL: its caller has already been answered */
    enum { WAITING, CONFIRMED, REFUSED } state;
} Slot;

struct Publisher {
    /* fixed after open */
    const RabbitmqAddress *address;
    const Queues *queues;
    int64_t confirm_timeout_ms;
    Wakeup wakeup;
    Str exchange;
    char exchange_text[48];
    pthread_t thread;
    /* the thread's */
    amqp_connection_state_t conn;
    int n_declared;
    uint64_t oldest, next; /* delivery tags; equal: nothing waits */
    int64_t progress_ms;   /* when the broker last confirmed something, or had nothing to confirm */
    Slot ring[WINDOW];
    pthread_mutex_t lock;
    /* lock */
    Batch *first, *last; /* with events to send */
    bool is_up;
    char why[200];
};

static Metric is_up = METRIC_GAUGE_INIT("molva_rabbitmq_up", "1 while events can be published to RabbitMQ.");
static Metric published = METRIC_COUNTER_INIT("molva_rabbitmq_confirmed_total", "Events that RabbitMQ confirmed.");

/* --- callers --- */

Err publisher_check(Publisher *self, Ctx *ctx)
{
    pthread_mutex_lock(&self->lock);
    Err err = self->is_up ? OK : ctx_fail(ctx, ERR_UNAVAILABLE, "%s", self->why);
    pthread_mutex_unlock(&self->lock);
    return err;
}

Err publisher_publish(Publisher *self, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    Batch batch = { .events = events, .n = n };
    *out_done = 0;
    if (n == 0) return OK;
    pthread_cond_init(&batch.finished, NULL);
    pthread_mutex_lock(&self->lock);
    if (self->is_up) {
        *(self->first ? &self->last->next : &self->first) = &batch;
        self->last = &batch; /* cppcheck-suppress autoVariables; it is off the list before we return */
        wakeup_wake(&self->wakeup);
        while (!batch.is_finished) pthread_cond_wait(&batch.finished, &self->lock);
    } else {
        batch.err = ERR_UNAVAILABLE;
    }
    if (batch.err) (void)!ctx_fail(ctx, batch.err, "%s", self->why);
    pthread_mutex_unlock(&self->lock);
    pthread_cond_destroy(&batch.finished);
    *out_done = batch.n_done;
    return batch.err;
}

/* --- batches; with the lock held --- */

static void take_off_list(Publisher *self, const Batch *batch)
{
    Batch *before = NULL;
    for (Batch *at = self->first; at; before = at, at = at->next) {
        if (at != batch) continue;
        *(before ? &before->next : &self->first) = at->next;
        if (self->last == at) self->last = before;
        return;
    }
}

/* The caller may be gone right after. */
static void finish(Batch *batch, Err err)
{
    batch->err = err;
    batch->is_finished = true;
    pthread_cond_signal(&batch->finished);
}

/* An event was refused: its caller publishes it and the following ones again. */
static void fail_batch(Publisher *self, Batch *batch)
{
    for (uint64_t tag = self->oldest; tag != self->next; tag++)
        if (self->ring[tag % WINDOW].batch == batch) self->ring[tag % WINDOW].batch = NULL;
    take_off_list(self, batch);
    snprintf(self->why, sizeof self->why, "rabbitmq: the broker did not take an event");
    finish(batch, ERR_UNAVAILABLE);
}

static void fail_all(Publisher *self)
{
    for (; self->oldest != self->next; self->oldest++) {
        Batch *batch = self->ring[self->oldest % WINDOW].batch;
        if (batch) fail_batch(self, batch);
    }
    while (self->first) fail_batch(self, self->first);
}

/* Removes decided events from the front. */
static void settle_front(Publisher *self)
{
    while (self->oldest != self->next && self->ring[self->oldest % WINDOW].state != WAITING) {
        Slot *slot = &self->ring[self->oldest % WINDOW];
        Batch *batch = slot->batch;
        if (batch && slot->state == REFUSED)
            fail_batch(self, batch);
        else if (batch && ++batch->n_done == batch->n)
            finish(batch, OK);
        if (slot->state == CONFIRMED) metric_add(&published, 1);
        self->oldest++;
    }
}

static void decide(Publisher *self, uint64_t tag, bool multiple, int state)
{
    if (tag < self->oldest || tag >= self->next) return;
    self->progress_ms = clock_monotonic_ms();
    for (uint64_t at = multiple ? self->oldest : tag; at <= tag; at++)
        if (self->ring[at % WINDOW].state == WAITING) self->ring[at % WINDOW].state = state;
    pthread_mutex_lock(&self->lock);
    settle_front(self);
    pthread_mutex_unlock(&self->lock);
}

/* --- the connection --- */

static Err declare_new_queues(Publisher *self, Ctx *ctx)
{
    while (self->n_declared < queues_count(self->queues)) {
        Err err = topology_declare_queue(ctx, self->conn, self->address->prefix, &self->queues->all[self->n_declared]);
        if (err) return err;
        self->n_declared++;
    }
    return OK;
}

/* An event has the same id on every publish. */
static void id_of(Str payload, char out_hex[33])
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)payload.ptr, payload.len, NULL, 0);
    sodium_bin2hex(out_hex, 33, hash, sizeof hash);
}

static bool send_event(Publisher *self, const BusEvent *event)
{
    char id[33];
    id_of(event->payload, id);
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_APP_ID_FLAG,
        .content_type = amqp_cstring_bytes("application/x-protobuf"),
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .message_id = amqp_cstring_bytes(id),
        .correlation_id = rabbitmq_bytes(event->trace_id),
        .timestamp = (uint64_t)(clock_now_ms() / 1000),
        .app_id = amqp_cstring_bytes("molva"),
    };
    return amqp_basic_publish(self->conn, RABBITMQ_CHANNEL, rabbitmq_bytes(self->exchange),
                              rabbitmq_bytes(event->topic), 0, 0, &properties,
                              rabbitmq_bytes(event->payload)) == AMQP_STATUS_OK;
}

/* The next event to send, with its slot; NULL if there is none or no room. */
static const BusEvent *next_event(Publisher *self)
{
    const BusEvent *event = NULL;
    if (self->next - self->oldest == WINDOW) return NULL;
    pthread_mutex_lock(&self->lock);
    Batch *batch = self->first;
    if (batch) {
        if (self->oldest == self->next) self->progress_ms = clock_monotonic_ms();
        event = &batch->events[batch->n_sent++];
        self->ring[self->next++ % WINDOW] = (Slot){ batch, WAITING };
        if (batch->n_sent == batch->n) take_off_list(self, batch);
    }
    pthread_mutex_unlock(&self->lock);
    return event;
}

/* False: the connection is unusable. */
static bool on_frame(Publisher *self, const amqp_frame_t *frame)
{
    if (frame->frame_type != AMQP_FRAME_METHOD) return true;
    switch (frame->payload.method.id) {
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *ack = frame->payload.method.decoded;
        decide(self, ack->delivery_tag, ack->multiple, CONFIRMED);
        return true;
    }
    case AMQP_BASIC_NACK_METHOD: {
        const amqp_basic_nack_t *nack = frame->payload.method.decoded;
        decide(self, nack->delivery_tag, nack->multiple, REFUSED);
        return true;
    }
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD: return false;
    default: return true;
    }
}

/* Reads available frames, and keeps up the heartbeat. */
static bool read_frames(Publisher *self)
{
    for (;;) {
        struct timeval at_once = { 0 };
        amqp_frame_t frame;
        amqp_maybe_release_buffers(self->conn);
        int status = amqp_simple_wait_frame_noblock(self->conn, &frame, &at_once);
        if (status == AMQP_STATUS_TIMEOUT) return true;
        if (status != AMQP_STATUS_OK || !on_frame(self, &frame)) return false;
    }
}

/* Sends what the window permits; reads in between, so that neither side blocks the other. */
static bool send_some(Publisher *self)
{
    for (int n = 0; n < WINDOW / 8; n++) {
        const BusEvent *event = next_event(self);
        if (!event) return true;
        if (!send_event(self, event)) return false;
    }
    return true;
}

static bool has_work(Publisher *self)
{
    pthread_mutex_lock(&self->lock);
    bool has = self->first && self->next - self->oldest < WINDOW;
    pthread_mutex_unlock(&self->lock);
    return has;
}

/* Runs until the connection is lost (the reason is in ctx) or we close. */
ON_WORKER static void run_connection(Publisher *self, Ctx *ctx)
{
    int64_t beat_ms = (int64_t)self->address->heartbeat_s * 500;
    while (!wakeup_is_stopping(&self->wakeup)) {
        (void)wakeup_wait(&self->wakeup, amqp_get_sockfd(self->conn), has_work(self) ? 0 : beat_ms);
        if (declare_new_queues(self, ctx)) return;
        if (!send_some(self) || !read_frames(self)) {
            (void)!ctx_fail(ctx, ERR_UNAVAILABLE, "rabbitmq: the connection was lost");
            return;
        }
        if (self->oldest != self->next && clock_monotonic_ms() - self->progress_ms > self->confirm_timeout_ms) {
            (void)!ctx_fail(ctx, ERR_UNAVAILABLE, "rabbitmq: the broker confirms nothing");
            return;
        }
    }
}

/* Exchanges, queues, confirms: ready to publish. */
static Err prepare(Publisher *self, Ctx *ctx)
{
    self->n_declared = 0;
    self->oldest = self->next = 1;
    Err err = topology_declare_exchanges(ctx, self->conn, self->address->prefix);
    if (!err) err = declare_new_queues(self, ctx);
    if (err) return err;
    amqp_confirm_select(self->conn, RABBITMQ_CHANNEL);
    return rabbitmq_reply_check(ctx, amqp_get_rpc_reply(self->conn), "asking for confirms");
}

static void set_up(Publisher *self, bool up, const char *why)
{
    pthread_mutex_lock(&self->lock);
    self->is_up = up;
    if (!up) {
        fail_all(self);
        snprintf(self->why, sizeof self->why, "%s", why ? why : "rabbitmq: closing");
    }
    pthread_mutex_unlock(&self->lock);
    metric_set(&is_up, up);
}

/* Runs one connection. True if it became usable. */
ON_WORKER static bool live_once(Publisher *self, Ctx *ctx)
{
    bool was_up = false;
    Err err = self->conn ? OK : rabbitmq_connect(ctx, self->address, &self->conn);
    if (!err) err = prepare(self, ctx);
    if (!err) {
        set_up(self, true, NULL);
        was_up = true;
        log_info(ctx, "rabbitmq.connected", log_cstr("host", self->address->info.host));
        run_connection(self, ctx);
    }
    set_up(self, false, ctx->err_text);
    if (ctx->err) log_failure(LOG_WARN, ctx, "rabbitmq.publisher_lost");
    rabbitmq_disconnect(self->conn, ctx->err != OK);
    self->conn = NULL;
    return was_up;
}

static void publisher_main(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Publisher *self = arg;
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    while (!wakeup_is_stopping(&self->wakeup)) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new("rabbitmq.publisher", clock_now_ms());
        if (live_once(self, ctx)) backoff_reset(&backoff);
        wakeup_pause(&self->wakeup, backoff_next_ms(&backoff));
    }
}

Publisher *publisher_new(const RabbitmqAddress *address, const Queues *queues, uint32_t confirm_timeout_ms,
                         amqp_connection_state_t first)
{
    Publisher *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->address = address;
    self->queues = queues;
    self->confirm_timeout_ms = confirm_timeout_ms;
    self->conn = first;
    snprintf(self->exchange_text, sizeof self->exchange_text, "%s.events", address->prefix);
    self->exchange = str_of(self->exchange_text);
    snprintf(self->why, sizeof self->why, "rabbitmq: not connected yet");
    wakeup_init(&self->wakeup);
    pthread_mutex_init(&self->lock, NULL);
    metric_register(&is_up);
    metric_register(&published);
    self->is_up = first != NULL; /* events published meanwhile wait for the thread */
    self->oldest = self->next = 1;
    self->thread = thread_start("amqp-publish", THREAD_WORKER, publisher_main, self);
    return self;
}

void publisher_free(Publisher *self)
{
    if (!self) return;
    wakeup_stop(&self->wakeup);
    pthread_join(self->thread, NULL);
    rabbitmq_disconnect(self->conn, false); /* the first one, if the thread never used it */
    wakeup_done(&self->wakeup);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
