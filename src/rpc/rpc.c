/* The dispatch. A call starts on a loop, runs on a worker from authentication to encoding, and ends on its loop; a call
 * from a transport without loops ends on its worker. */
#include "rpc/rpc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metrics.h"
#include "rpc/cost.h"
#include "rpc/identity.h"
#include "rpc/rate_limit.h"
#include "rpc/rule.h"
#include "rpc/service_token.h"
#include "rpc/transcode.h"
#include "rpc/wire.h"
#include "runtime/clock.h"

/* Counts calls of a method that ended with one error. */
typedef struct Failures {
    Metric metric;
    LogLimit told;
    char labels[160];
} Failures;

typedef struct Registered {
    RpcMethod method;  /* first, so that an RpcMethod pointer converts back to Registered */
    Str service;       /* "message" */
    void *impl;        /* hosted here, or */
    RpcClient *remote; /* hosted elsewhere */
    Metric latency;
    _Atomic(Failures *) failures[ERR_COUNT_]; /* created on demand */
    char label[96];
} Registered;

struct Rpc {
    WorkerPool *workers;
    Identity *identity;
    CallerLimits limits;
    const ServiceKey *service_key; /* or NULL; fixed after start */
    Map by_name;                   /* -> Registered; fixed after start */
    Map by_path;                   /* hosted here only */
    _Atomic size_t running;
};

Rpc *rpc_new(WorkerPool *workers, Identity *identity, const CallerLimits *limits)
{
    Rpc *rpc = calloc(1, sizeof *rpc);
    if (!rpc) abort();
    rpc->workers = workers;
    rpc->identity = identity;
    if (limits) rpc->limits = *limits;
    return rpc;
}

void rpc_free(Rpc *rpc)
{
    if (!rpc) return;
    map_done(&rpc->by_path);
    map_done(&rpc->by_name); /* methods are never freed: their metrics stay registered for the life of the process */
    free(rpc);
}

void rpc_set_service_key(Rpc *rpc, const ServiceKey *key)
{
    rpc->service_key = key;
}

const CallerLimits *rpc_limits(const Rpc *rpc)
{
    return &rpc->limits;
}

Str rpc_payer(const Rpc *rpc, Str token, Str peer, char out_key[CALLER_KEY_MAX])
{
    Ctx ctx = { .peer = peer };
    if (!identity_recall(rpc->identity, token, clock_now_ms(), &ctx.actor)) ctx.actor = (Actor){ .kind = ACTOR_NONE };
    return caller_key(&ctx, out_key);
}

static Registered *add_method(Rpc *rpc, const RpcService *service, size_t index)
{
    Registered *entry = calloc(1, sizeof *entry);
    if (!entry) abort();
    entry->method = service->methods[index];
    entry->service = str_of(service->name);
    snprintf(entry->label, sizeof entry->label, "method=\"%s\"", entry->method.name);
    entry->latency = (Metric)METRIC_HISTOGRAM_INIT("molva_request_seconds",
                                                   "Time from the hand-over of a call to its result.", 1e-6);
    entry->latency.labels = entry->label;
    metric_register(&entry->latency);
    map_put(&rpc->by_name, str_of(entry->method.name), entry);
    return entry;
}

void rpc_register(Rpc *rpc, const RpcService *service, void *impl)
{
    for (size_t i = 0; i < service->n_methods; i++) {
        Registered *entry = add_method(rpc, service, i);
        entry->impl = impl;
        if (entry->method.full_path) map_put(&rpc->by_path, str_of(entry->method.full_path), entry);
    }
}

void rpc_register_remote(Rpc *rpc, const RpcService *service, RpcClient *client)
{
    for (size_t i = 0; i < service->n_methods; i++) add_method(rpc, service, i)->remote = client;
}

const RpcMethod *rpc_find(const Rpc *rpc, Str name)
{
    Registered *entry = map_get(&rpc->by_name, name);
    return entry && entry->method.access != RPC_SERVICE ? &entry->method : NULL;
}

const RpcMethod *rpc_find_path(const Rpc *rpc, Str full_path)
{
    Registered *entry = map_get(&rpc->by_path, full_path);
    return entry ? &entry->method : NULL;
}

void rpc_each(const Rpc *rpc, void (*fn)(void *arg, const RpcMethod *method), void *arg)
{
    Registered *entry;
    size_t at = 0;
    while ((entry = map_next(&rpc->by_name, &at)))
        if (!entry->remote) fn(arg, &entry->method);
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
    charge_release(&call->held);
    charge_release(&call->answer);
    ctx_free(call->ctx); /* the call lives in its arena */
}

/* Authenticates another of our processes, which has already checked the user's token and rate. */
static Err authenticate_service(RpcCall *call)
{
    Ctx *ctx = call->ctx;
    const Registered *entry = (const Registered *)call->method;
    Actor actor;

    if (!call->rpc->service_key) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "this server takes no service tokens");
    Err err = service_token_verify(ctx, call->rpc->service_key, call->service_token, entry->service, ctx->now_ms / 1000,
                                   &actor);
    call->identity_refused = err != OK;
    if (err) return err;
    call->by_service = true;
    switch (call->method->access) {
    case RPC_PUBLIC: actor = (Actor){ .kind = ACTOR_NONE }; break;
    case RPC_SERVICE: break;
    default:
        if (id_is_none(actor.user)) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "the service acts for no user");
        actor.kind = ACTOR_USER;
    }
    ctx->actor = actor;
    if (call->method->access == RPC_ADMIN && !actor.admin)
        return ctx_fail(ctx, ERR_FORBIDDEN, "this is for administrators");
    return OK;
}

static Err authenticate(RpcCall *call)
{
    Ctx *ctx = call->ctx;
    int64_t expires_ms;

    if (call->service_token.len) return authenticate_service(call);
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
    return ctx_fail(ctx, ERR_FORBIDDEN,
                    call->method->access == RPC_SERVICE ? "this is for services" : "this is for administrators");
}

/* A field in the path must not be repeated in the body: transcode_set_field() refuses to set a field twice. */
static Err decode_json(RpcCall *call, ProtobufCMessage *request)
{
    Ctx *ctx = call->ctx;
    json_t *parsed = NULL;
    Err err = OK;

    if (call->body.len) {
        err = json_parse_object(ctx, call->body, &parsed);
        if (!err) err = transcode_from_json(ctx, parsed, NULL, request);
        json_decref(parsed);
    }
    for (size_t i = 0; !err && i < call->n_fields; i++)
        err = transcode_set_field(ctx, request, call->fields[i].name, call->fields[i].value);
    return err;
}

static Err refuse_bytes(const RpcCall *call)
{
    const char *field;
    if (wire_check(call->method->input, call->body, &field) == WIRE_BAD_TEXT)
        return ctx_fail(call->ctx, ERR_INVALID, "%s: must be UTF-8 without U+0000", field);
    return ctx_fail(call->ctx, ERR_INVALID, "the request is no %s", call->method->input->name);
}

static Err decode(RpcCall *call, ProtobufCMessage **out_request)
{
    Ctx *ctx = call->ctx;
    if (call->format == RPC_JSON) {
        *out_request = message_new(ctx->arena, call->method->input);
        return decode_json(call, *out_request);
    }
    if (!call->by_service && call->body.len > RPC_BODY_MAX)
        return ctx_fail(ctx, ERR_TOO_LARGE, "the request has over %d bytes", RPC_BODY_MAX);
    *out_request = message_unpack(ctx->arena, call->method->input, call->body);
    return *out_request ? OK : refuse_bytes(call);
}

static Str encode(RpcCall *call, const ProtobufCMessage *response)
{
    if (call->format == RPC_PROTOBUF) return message_pack(call->ctx->arena, response);
    StrBuf out;
    strbuf_init(&out, call->ctx->arena);
    transcode_to_json(&out, response);
    return strbuf_str(&out);
}

/* A call from another of our processes was charged to its caller there. */
static Err charge(RpcCall *call, uint32_t tokens)
{
    if (!call->rpc->limits.rates || call->by_service || tokens == 0) return OK;
    return rate_limit_take(call->rpc->limits.rates, call->ctx, call->method->rate, tokens);
}

/* A caller that does not read its responses gets no more of them. */
static Err check_reads(const RpcCall *call)
{
    char key[CALLER_KEY_MAX];
    Budget *bytes = call->rpc->limits.bytes;
    if (!bytes || call->by_service) return OK;
    return caller_budget_check(call->ctx, budget_ask(bytes, caller_key(call->ctx, key)));
}

static void charge_answer(RpcCall *call)
{
    char key[CALLER_KEY_MAX];
    Budget *bytes = call->rpc->limits.bytes;
    if (bytes && !call->by_service) budget_spend(bytes, caller_key(call->ctx, key), call->result.len, &call->answer);
}

/* Skips a call that its client has given up. */
static Err check_waited_for(const RpcCall *call)
{
    if (call->given_up && atomic_load(call->given_up)) return ctx_fail(call->ctx, ERR_TIMEOUT, "the caller gave up");
    if (clock_monotonic_ms() >= call->ctx->deadline_ms)
        return ctx_fail(call->ctx, ERR_TIMEOUT, "the deadline passed while the call waited");
    return OK;
}

/* Authenticates and authorizes: the cheap checks, which must come before anything expensive. */
static Err admit(RpcCall *call)
{
    Err err = check_waited_for(call);
    if (!err) err = authenticate(call);
    if (!err) err = check_reads(call);
    if (!err) err = charge(call, cost_of_bytes(call->body.len));
    return err;
}

ON_WORKER static Err run(RpcCall *call)
{
    Ctx *ctx = call->ctx;
    const Registered *entry = (const Registered *)call->method;
    ProtobufCMessage *request;
    Err err = decode(call, &request);
    if (!err) err = rule_check(ctx, call->method, request);
    if (!err) err = charge(call, cost_of_numbers(call->method, request));
    if (err) return err;

    ProtobufCMessage *response = message_new(ctx->arena, call->method->output);
    err = entry->remote ? rpc_client_call(entry->remote, ctx, call->method, request, response)
                        : call->method->handler(entry->impl, ctx, request, response);
    if (err) return err;
    call->result = encode(call, response);
    charge_answer(call);
    return OK;
}

static Failures *failures_of(Registered *entry, Err err)
{
    Failures *failures = atomic_load(&entry->failures[err]);
    if (failures) return failures;

    failures = calloc(1, sizeof *failures);
    if (!failures) abort();
    snprintf(failures->labels, sizeof failures->labels, "method=\"%s\",code=\"%s\"", entry->method.name,
             err_info(err)->name);
    failures->metric = (Metric)METRIC_COUNTER_INIT("molva_requests_failed_total", "Calls that ended with an error.");
    failures->metric.labels = failures->labels;
    Failures *expected = NULL;
    if (!atomic_compare_exchange_strong(&entry->failures[err], &expected, failures)) {
        free(failures);
        return expected;
    }
    metric_register(&failures->metric);
    return failures;
}

static bool is_fault(Err err)
{
    return err == ERR_INTERNAL || err == ERR_UNAVAILABLE || err == ERR_STORAGE_FULL || err == ERR_TIMEOUT;
}

/* Outcomes are reported in full; of an internal fault the caller only learns its kind and the log reference. */
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
    Failures *failures = failures_of(entry, call->err);
    metric_add(&failures->metric, 1);
    if (call->ctx->err != call->err) ctx_fail(call->ctx, call->err, "no reason given");
    /* Always logged: the response refers its caller to the log. */
    if (call->err == ERR_INTERNAL)
        log_failure(LOG_ERROR, call->ctx, "rpc.failed");
    else
        log_failure_within(&failures->told, clock_monotonic_ms(), is_fault(call->err) ? LOG_WARN : LOG_DEBUG, call->ctx,
                           "rpc.failed");
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
    if (call->loop)
        loop_post(call->loop, deliver, call);
    else
        deliver(NULL, call);
}

ON_WORKER static void run_in_lane(RpcCall *call)
{
    Err err = run(call);
    lanes_leave(call->rpc->limits.lanes, &call->place); /* before the call is handed over and may be freed */
    finish(call, err);
}

static void run_after_waiting(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    RpcCall *call = arg;
    Err err = check_waited_for(call);
    if (!err) {
        run_in_lane(call);
        return;
    }
    lanes_leave(call->rpc->limits.lanes, &call->place);
    finish(call, err);
}

/* Keeps one caller from holding all workers. Another of our processes has already limited its callers. */
ON_WORKER static void enter_lane(RpcCall *call)
{
    char key[CALLER_KEY_MAX];
    call->place = (LaneJob){ .fn = run_after_waiting, .arg = call };
    switch (lanes_enter(call->rpc->limits.lanes, caller_key(call->ctx, key), &call->place)) {
    case LANE_ENTERED: run_in_lane(call); break;
    case LANE_WAITS: break;
    case LANE_FULL:
        ctx_fail(call->ctx, ERR_RATE_LIMITED, "too many calls of yours wait");
        call->ctx->retry_after_ms = 1000;
        finish(call, ERR_RATE_LIMITED);
    }
}

static void run_on_worker(void *arg)
{
    RpcCall *call = arg;
    thread_role_assert(THREAD_WORKER);
    Err err = admit(call);
    if (err)
        finish(call, err);
    else if (call->rpc->limits.lanes && !call->by_service)
        enter_lane(call);
    else
        finish(call, run(call));
}

void rpc_start(RpcCall *call)
{
    if (call->loop) thread_role_assert(THREAD_LOOP);
    atomic_fetch_add(&call->rpc->running, 1);
    call->started_ns = clock_monotonic_ns();
    int64_t latest_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    if (!call->ctx->deadline_ms || call->ctx->deadline_ms > latest_ms) call->ctx->deadline_ms = latest_ms;
    if (worker_submit(call->rpc->workers, run_on_worker, call)) return;
    Err err = ctx_fail(call->ctx, ERR_UNAVAILABLE, "too many calls wait");
    call->ctx->retry_after_ms = 1000;
    finish(call, err);
}
