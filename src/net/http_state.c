/* The server's bookkeeping: the number of its connections, which keep it alive, and the requests it refused. */
#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "net/http_internal.h"
#include "runtime/clock.h"

#define TURNED_AWAY_METRIC(reason)                                                                            \
    {                                                                                                         \
        .kind = METRIC_COUNTER, .name = "molva_http_connections_refused_total",                               \
        .help = "Connections, and requests behind proxies, that were one too many of all or of one address.", \
        .labels = "reason=\"" reason "\""                                                                     \
    }
static Metric turned_away = TURNED_AWAY_METRIC("all"), crowded = TURNED_AWAY_METRIC("address");
static Metric connections = METRIC_GAUGE_INIT("molva_http_connections", "Open HTTP connections, without WebSockets.");

typedef enum Refused {
    REFUSED_MALFORMED,
    REFUSED_TOO_LARGE,
    REFUSED_HEADERS,
    REFUSED_UNSUPPORTED,
    REFUSED_LATE
} Refused;

#define REFUSED_METRIC(reason)                                                                                 \
    {                                                                                                          \
        .kind = METRIC_COUNTER, .name = "molva_http_requests_rejected_total",                                  \
        .help = "Requests that were refused before they reached a handler.", .labels = "reason=\"" reason "\"" \
    }
static Metric refused[] = {
    [REFUSED_MALFORMED] = REFUSED_METRIC("malformed"),
    [REFUSED_TOO_LARGE] = REFUSED_METRIC("too_large"),
    [REFUSED_HEADERS] = REFUSED_METRIC("header_too_large"),
    [REFUSED_UNSUPPORTED] = REFUSED_METRIC("unsupported"),
    [REFUSED_LATE] = REFUSED_METRIC("timeout"),
};

void http_refusal_count(int status)
{
    Refused reason = status == 408                    ? REFUSED_LATE
                     : status == 413                  ? REFUSED_TOO_LARGE
                     : status == 414 || status == 431 ? REFUSED_HEADERS
                     : status == 417 || status >= 500 ? REFUSED_UNSUPPORTED
                                                      : REFUSED_MALFORMED;
    metric_add(&refused[reason], 1);
}

void http_state_metrics_register(void)
{
    metric_register(&connections);
    metric_register(&turned_away);
    metric_register(&crowded);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) metric_register(&refused[i]);
}

bool http_server_has_room(HttpServer *server)
{
    if (stream_group_count(server->group) < server->connections_max) return true;
    metric_add(&turned_away, 1);
    return false;
}

/* Logged for the operator, because a whole office may share that address. */
static void tell_crowded(const Peer *client)
{
    static LogLimit told;
    Ctx ctx = { .arena = arena_new(), .method = "http.accept" };
    ctx.peer = peer_text(client, ctx.arena);
    ctx_fail(&ctx, ERR_RATE_LIMITED, "as many connections of this address as connections_per_address allows");
    log_failure_within(&told, clock_monotonic_ms(), LOG_WARN, &ctx, "http.address_full");
    arena_free(ctx.arena);
}

bool http_server_take_place(HttpServer *server, const Peer *client, Charge *place)
{
    uint8_t block[PEER_BLOCK_MAX];
    if (!server->places) return true;
    if (budget_take(server->places, peer_block(client, block), 1, place) == BUDGET_OK) return true;
    metric_add(&crowded, 1);
    tell_crowded(client);
    return false;
}

void http_server_free_if_done(HttpServer *server)
{
    if (!server->closed || server->n_conns > 0) return;
    stream_group_unref(server->group);
    free(server);
}

void http_server_add(HttpServer *server)
{
    server->n_conns++;
    metric_add(&connections, 1);
}

void http_server_remove(HttpServer *server)
{
    server->n_conns--;
    metric_add(&connections, -1);
    http_server_free_if_done(server);
}
