/* Answers are prepared on a worker: checking a database and formatting metrics would hold up a loop. */
#include "app/health.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "openapi_json.h"
#include "runtime/clock.h"

typedef struct Question {
    Health *health;
    HttpExchange *exchange;
    Loop *loop;
    Ctx *ctx;
    int status;
    Str content_type, body;
} Question;

static void answer(Loop *loop, void *arg)
{
    Question *question = arg;
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

static void ask_worker(Health *health, HttpExchange *exchange, void (*fn)(void *question))
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

static void check_ready(void *arg)
{
    Question *question = arg;
    Health *health = question->health;
    Ctx *ctx = question->ctx;
    bool ready = !atomic_load(&health->draining);
    StrBuf checks;

    strbuf_init(&checks, ctx->arena);
    for (int i = 0; i < health->n_dbs; i++) {
        Err err = db_check(health->dbs[i], ctx);
        if (err) log_failure(LOG_WARN, ctx, "ready.check_failed");
        if (err) ready = false;
        strbuf_fmt(&checks, "%s\"%s.db\":\"%s\"", i ? "," : "", health->db_names[i], err_info(err)->name);
        ctx_clear(ctx);
    }
    question->status = ready ? 200 : 503;
    question->body = str_fmt(ctx->arena, "{\"status\":\"%s\",\"checks\":{%.*s}}",
                             ready                            ? "ready"
                             : atomic_load(&health->draining) ? "draining"
                                                              : "not ready",
                             STR_ARG(strbuf_str(&checks)));
    loop_post(question->loop, answer, question);
}

static void write_metrics(void *arg)
{
    Question *question = arg;
    StrBuf out;
    strbuf_init(&out, question->ctx->arena);
    metrics_write(&out);
    question->content_type = STR("text/plain; version=0.0.4; charset=utf-8");
    question->body = strbuf_str(&out);
    loop_post(question->loop, answer, question);
}

static void on_healthz(void *owner, HttpExchange *exchange)
{
    HttpHeader headers[] = { { STR("Content-Type"), STR("application/json") },
                             { STR("Cache-Control"), STR("no-store") } };
    http_reply(exchange, &(HttpReply){ .status = 200,
                                       .headers = headers,
                                       .n_headers = ARRAY_LEN(headers),
                                       .body = STR("{\"status\":\"ok\"}") });
}

static void on_readyz(void *owner, HttpExchange *exchange)
{
    ask_worker(owner, exchange, check_ready);
}

static void on_metrics(void *owner, HttpExchange *exchange)
{
    ask_worker(owner, exchange, write_metrics);
}

static void on_openapi(void *owner, HttpExchange *exchange)
{
    HttpHeader headers[] = { { STR("Content-Type"), STR("application/json") },
                             { STR("Cache-Control"), STR("no-cache") } };
    http_reply(exchange, &(HttpReply){ .status = 200,
                                       .headers = headers,
                                       .n_headers = ARRAY_LEN(headers),
                                       .body = { openapi_json, openapi_json_len } });
}

void health_add_routes(Health *health, Rest *rest)
{
    rest_add_raw(rest, "/healthz", on_healthz, health);
    rest_add_raw(rest, "/readyz", on_readyz, health);
    rest_add_raw(rest, "/metrics", on_metrics, health);
    rest_add_raw(rest, "/v1/openapi.json", on_openapi, health);
}
