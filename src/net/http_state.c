/* What a server knows of its connections: how many there are, which keep it alive, and which requests it refused. */
#include <stdlib.h>

#include "base/metrics.h"
#include "net/http_internal.h"

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
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) metric_register(&refused[i]);
}

void http_server_add(HttpServer *server)
{
    server->n_conns++;
    metric_add(&connections, 1);
}

void http_server_free_if_done(HttpServer *server)
{
    if (!server->closed || server->n_conns > 0) return;
    stream_group_unref(server->group);
    free(server);
}

void http_server_remove(HttpServer *server)
{
    server->n_conns--;
    metric_add(&connections, -1);
    http_server_free_if_done(server);
}
