/* The dispatch. A call is begun on a loop, runs on a worker from authentication to encoding, and ends on its loop. */
#include "rpc/rpc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metrics.h"
#include "rpc/identity.h"
#include "rpc/rate_limit.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

typedef struct Registered {
    RpcMethod method; /* first: a registered method is found by its RpcMethod */
    void *impl;
    Metric latency;
    _Atomic(Metric *) failures[ERR_COUNT_]; /* made when first needed */
    char label[96];
} Registered;

struct Rpc {
    WorkerPool *workers;
    Identity *identity;
    RateLimit *rate_limit;
    Map by_name; /* -> Registered; fixed after start */
    _Atomic size_t running;
};

Rpc *rpc_new(WorkerPool *workers, Identity *identity, RateLimit *rate_limit)
{
    Rpc *rpc = calloc(1, sizeof *rpc);
    if (!rpc) abort();
    rpc->workers = workers;
    rpc->identity = identity;
    rpc->rate_limit = rate_limit;
    return rpc;
}

void rpc_free(Rpc *rpc)
{
    if (!rpc) return;
    map_done(&rpc->by_name); /* methods stay: their metrics are registered for the life of the process */
    free(rpc);
}

void rpc_register(Rpc *rpc, const RpcService *service, void *impl)
{
    for (size_t i = 0; i < service->n_methods; i++) {
        Registered *entry = calloc(1, sizeof *entry);
        if (!entry) abort();
        entry->method = service->methods[i];
        entry->impl = impl;
        snprintf(entry->label, sizeof entry->label, "method=\"%s\"", entry->method.name);
        entry->latency = (Metric)METRIC_HISTOGRAM_INIT("molva_request_seconds",
                                                       "Time from the hand-over of a call to its result.", 1e-6);
        entry->latency.labels = entry->label;
        metric_register(&entry->latency);
        map_put(&rpc->by_name, str_of(entry->method.name), entry);
    }
}

const RpcMethod *rpc_find(const Rpc *rpc, Str name)
{
    Registered *entry = map_get(&rpc->by_name, name);
    return entry && entry->method.access != RPC_SERVICE ? &entry->method : NULL;
}

void rpc_each(const Rpc *rpc, void (*fn)(void *arg, const RpcMethod *method), void *arg)
{
    Registered *entry;
    size_t at = 0;
    while ((entry = map_next(&rpc->by_name, &at))) fn(arg, &entry->method);
}

size_t rpc_calls_running(const Rpc *rpc)
{
    return atomic_load(&rpc->running);
}

RpcCall *rpc_call_new(Rpc *rpc, const RpcMethod *method)
{
    Ctx *ctx = ctx_new(method->name, clock_now_ms());
    RpcCall *call = arena_new_of(ctx->arena, RpcCall);
    call->rpc = rpc;
    call->ctx = ctx;
    call->method = method;
    return call;
}

void rpc_call_free(RpcCall *call)
{
    if (!call) return;
    if (call->params) json_decref((json_t *)call->params);
    ctx_free(call->ctx); /* the call lives in its arena */
}

static Err authenticate(RpcCall *call)
{
    Ctx *ctx = call->ctx;
    int64_t expires_ms;

    if (call->method->access == RPC_PUBLIC) {
        ctx->actor = (Actor){ .kind = ACTOR_NONE };
        return OK;
    }
    if (!call->actor_known) {
        if (!call->token.len) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "an access token is needed");
        Err err = identity_verify(call->rpc->identity, ctx, call->token, &ctx->actor, &expires_ms);
        if (err) return err;
    } else if (identity_is_revoked(call->rpc->identity, ctx->actor.session)) {
        return ctx_fail(ctx, ERR_UNAUTHENTICATED, "the session was ended");
    }
    if (call->method->access == RPC_USER && ctx->actor.kind == ACTOR_USER) return OK;
    if (call->method->access == RPC_ADMIN && ctx->actor.kind == ACTOR_USER && ctx->actor.admin) return OK;
    return ctx_fail(ctx, ERR_FORBIDDEN, "this is for administrators");
}

/* What stands in the path must not stand in the body too: transcode_set_field() refuses to set a field twice. */
static Err decode(RpcCall *call, ProtobufCMessage *request)
{
    Ctx *ctx = call->ctx;
    json_t *parsed = NULL;
    Err err = OK;

    if (!call->params && call->body.len) {
        err = json_parse_object(ctx, call->body, &parsed);
        if (err) return err;
    }
    const json_t *json = call->params ? call->params : parsed;
    if (json) err = transcode_from_json(ctx, json, NULL, request);
    if (parsed) json_decref(parsed);
    for (size_t i = 0; !err && i < call->n_fields; i++)
        err = transcode_set_field(ctx, request, call->fields[i].name, call->fields[i].value);
    return err;
}

static Err run(RpcCall *call)
{
    Ctx *ctx = call->ctx;
    const Registered *entry = (const Registered *)call->method;

    Err err = authenticate(call);
    if (err) return err;
    if (call->rpc->rate_limit) {
        err = rate_limit_take(call->rpc->rate_limit, ctx, call->method->rate);
        if (err) return err;
    }
    ProtobufCMessage *request = message_new(ctx->arena, call->method->input);
    err = decode(call, request);
    if (err) return err;

    ProtobufCMessage *response = message_new(ctx->arena, call->method->output);
    err = call->method->handler(entry->impl, ctx, request, response);
    if (err) return err;

    StrBuf out;
    strbuf_init(&out, ctx->arena);
    transcode_to_json(&out, response);
    call->result = strbuf_str(&out);
    return OK;
}

static Metric *failure_metric(Registered *entry, Err err)
{
    Metric *metric = atomic_load(&entry->failures[err]);
    if (metric) return metric;

    metric = calloc(1, sizeof *metric);
    char *labels = malloc(160);
    if (!metric || !labels) abort();
    snprintf(labels, 160, "method=\"%s\",code=\"%s\"", entry->method.name, err_info(err)->name);
    *metric = (Metric)METRIC_COUNTER_INIT("molva_requests_failed_total", "Calls that ended with an error.");
    metric->labels = labels;
    Metric *expected = NULL;
    if (!atomic_compare_exchange_strong(&entry->failures[err], &expected, metric)) {
        free(labels);
        free(metric);
        return expected;
    }
    metric_register(metric);
    return metric;
}

static bool is_fault(Err err)
{
    return err == ERR_INTERNAL || err == ERR_UNAVAILABLE || err == ERR_STORAGE_FULL || err == ERR_TIMEOUT;
}

/* Outcomes are told in full; of a fault the caller learns only what it is and where to find it in the log. */
static const char *error_text(Ctx *ctx, Err err)
{
    if (ctx->err == err && ctx->err_text && !is_fault(err)) return ctx->err_text;
    if (err != ERR_INTERNAL) return err_info(err)->text;
    return str_fmt(ctx->arena, "%s %s", err_info(err)->text, ctx->trace_id).ptr;
}

static void account(RpcCall *call)
{
    Registered *entry = (Registered *)call->method;
    int64_t took_us = (clock_monotonic_ns() - call->started_ns) / 1000;
    metric_observe(&entry->latency, took_us);
    if (!call->err) {
        log_debug(call->ctx, "rpc.done", log_int("took_us", took_us));
        return;
    }
    metric_add(failure_metric(entry, call->err), 1);
    if (call->ctx->err != call->err) ctx_fail(call->ctx, call->err, "no reason given");
    log_failure(call->err == ERR_INTERNAL ? LOG_ERROR
                : is_fault(call->err)     ? LOG_WARN
                                          : LOG_DEBUG,
                call->ctx, "rpc.failed");
}

static void deliver(Loop *loop, void *arg)
{
    RpcCall *call = arg;
    atomic_fetch_sub(&call->rpc->running, 1);
    call->done(call);
}

static void finish(RpcCall *call, Err err)
{
    call->err = err;
    account(call);
    if (err) call->error_text = error_text(call->ctx, err);
    loop_post(call->loop, deliver, call);
}

static void run_on_worker(void *arg)
{
    RpcCall *call = arg;
    thread_role_assert(THREAD_WORKER);
    finish(call, run(call));
}

void rpc_start(RpcCall *call)
{
    thread_role_assert(THREAD_LOOP);
    atomic_fetch_add(&call->rpc->running, 1);
    call->started_ns = clock_monotonic_ns();
    call->ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    if (worker_submit(call->rpc->workers, run_on_worker, call)) return;
    Err err = ctx_fail(call->ctx, ERR_UNAVAILABLE, "too many calls wait");
    call->ctx->retry_after_ms = 1000;
    finish(call, err);
}
