/* Responses are prepared on a worker: checking a database and formatting metrics would hold up a loop. */
#include "app/health.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "runtime/clock.h"

#define SMALL_BYTES 4096 /* responses up to this size are sent whatever else is in flight */

typedef struct Question {
    Health *health;
    HttpExchange *exchange;
    Loop *loop;
    Ctx *ctx;
    int status;
    Str content_type, body;
} Question;

/* Key of the shared budget of all clients of /metrics, which may not read their responses. */
ON_LOOP static bool charge_body(const Question *question)
{
    Budget *bytes = question->health->bytes;
    return !bytes || budget_take(bytes, STR("metrics"), question->body.len, http_held(question->exchange)) == BUDGET_OK;
}

static void answer(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Question *question = arg;
    if (question->body.len > SMALL_BYTES && !charge_body(question)) {
        http_fail(question->exchange, ERR_UNAVAILABLE, STR("too many bytes are under way"), 1000);
        ctx_free(question->ctx);
        return;
    }
    HttpHeader headers[] = {
        { STR("Content-Type"), question->content_type },
        { STR("Cache-Control"), STR("no-store") },
    };
    http_reply(question->exchange, &(HttpReply){ .status = question->status,
                                                 .headers = headers,
                                                 .n_headers = ARRAY_LEN(headers),
                                                 .body = question->body });
    ctx_free(question->ctx);
}

ON_LOOP static void ask_worker(Health *health, HttpExchange *exchange, void (*fn)(void *question))
{
    Ctx *ctx = ctx_new("health", clock_now_ms());
    ctx->deadline_ms = clock_monotonic_ms() + 2000;
    Question *question = arena_new_of(ctx->arena, Question);
    *question = (Question){ .health = health,
                            .exchange = exchange,
                            .loop = loop_current(),
                            .ctx = ctx,
                            .status = 200,
                            .content_type = STR("application/json") };
    if (worker_submit(health->workers, fn, question)) return;
    http_fail(exchange, ERR_UNAVAILABLE, STR("too many calls wait"), 1000);
    ctx_free(ctx);
}

void health_add_check(Health *health, const char *name, HealthNeed need, HealthFn fn, void *arg)
{
    assert(health->n_checks < HEALTH_CHECKS_MAX);
    HealthCheck *check = &health->checks[health->n_checks++];
    snprintf(check->name, sizeof check->name, "%s", name);
    check->need = need;
    check->fn = fn;
    check->arg = arg;
}

void health_add_measure(Health *health, HealthFn fn, void *arg)
{
    assert(health->n_measures < HEALTH_MEASURES_MAX);
    health->measures[health->n_measures++] = (HealthMeasure){ fn, arg };
}

/* Probes arrive every few seconds, so only changes are logged. */
static void note(HealthCheck *check, const Ctx *ctx, Err err)
{
    bool was_failing = atomic_exchange(&check->is_failing, err != OK);
    if (err && !was_failing) {
        log_warn(ctx, "ready.lost", log_cstr("dependency", check->name));
        log_failure(LOG_WARN, ctx, "ready.check_failed");
    }
    if (!err && was_failing) log_info(ctx, "ready.back", log_cstr("dependency", check->name));
}

bool health_is_ready(Health *health, Ctx *ctx, StrBuf *out_checks, bool *out_is_degraded)
{
    bool is_ready = true;
    *out_is_degraded = false;
    for (int i = 0; i < health->n_checks; i++) {
        HealthCheck *check = &health->checks[i];
        Err err = check->fn(check->arg, ctx);
        note(check, ctx, err);
        if (err && check->need == HEALTH_NEEDED) is_ready = false;
        if (err) *out_is_degraded = true;
        if (out_checks) strbuf_fmt(out_checks, "%s\"%s\":\"%s\"", i ? "," : "", check->name, err_info(err)->name);
        ctx_clear(ctx);
    }
    return is_ready;
}

static const char *status_text(bool is_draining, bool is_ready, bool is_degraded)
{
    if (is_draining) return "draining";
    if (!is_ready) return "not ready";
    return is_degraded ? "degraded" : "ready";
}

static void check_ready(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Question *question = arg;
    Health *health = question->health;
    Ctx *ctx = question->ctx;
    StrBuf checks;
    bool is_degraded, is_draining = atomic_load(&health->draining);

    strbuf_init(&checks, ctx->arena);
    bool is_ready = health_is_ready(health, ctx, &checks, &is_degraded);
    question->status = is_ready && !is_draining ? 200 : 503;
    question->body = str_fmt(ctx->arena, "{\"status\":\"%s\",\"checks\":{%.*s}}",
                             status_text(is_draining, is_ready, is_degraded), STR_ARG(strbuf_str(&checks)));
    loop_post(question->loop, answer, question);
}

static void write_metrics(void *arg)
{
    Question *question = arg;
    const Health *health = question->health;
    StrBuf out;
    strbuf_init(&out, question->ctx->arena);
    for (int i = 0; i < health->n_measures; i++) {
        Err err = health->measures[i].fn(health->measures[i].arg, question->ctx);
        (void)err; /* /readyz reports a dependency that does not answer */
    }
    metrics_write(&out);
    question->content_type = STR("text/plain; version=0.0.4; charset=utf-8");
    question->body = strbuf_str(&out);
    loop_post(question->loop, answer, question);
}

static void on_healthz(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    HttpHeader headers[] = { { STR("Content-Type"), STR("application/json") },
                             { STR("Cache-Control"), STR("no-store") } };
    http_reply(exchange, &(HttpReply){ .status = 200,
                                       .headers = headers,
                                       .n_headers = ARRAY_LEN(headers),
                                       .body = STR("{\"status\":\"ok\"}") });
}

static void on_readyz(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    ask_worker(owner, exchange, check_ready);
}

static void on_metrics(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    ask_worker(owner, exchange, write_metrics);
}

void health_add_probes(Health *health, Rest *rest)
{
    rest_add_raw(rest, "/healthz", on_healthz, health);
    rest_add_raw(rest, "/readyz", on_readyz, health);
}

void health_add_metrics(Health *health, Rest *rest)
{
    rest_add_raw(rest, "/metrics", on_metrics, health);
}
