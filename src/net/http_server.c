/* The server on one loop: a listener, the connections it accepted, and their shared clocks and buffers. It is freed
 * once it is closed and the last connection is gone. WebSockets have been detached by then and live on in their stream
 * group. */
#include "net/http_internal.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/proxies.h"

static void on_accept(void *owner, int fd, const struct sockaddr_storage *address)
{
    thread_role_assert(THREAD_LOOP);
    HttpServer *server = owner;
    Peer peer = peer_of(address);
    Charge place = { 0 };
    bool is_proxy = server->proxies && proxies_trust(server->proxies, &peer);
    if (http_server_has_room(server) && (is_proxy || http_server_take_place(server, &peer, &place)))
        http_conn_open(server, fd, &peer, &place);
    else
        close(fd);
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

Err http_server_open(Loop *loop, const HttpConfig *config, const HttpHandlers *handlers, void *owner,
                     HttpServer **out_server, const char **out_why)
{
    const uint32_t wait_ms[STREAM_WAITS] = {
        [WAIT_HEADERS] = or_default(config->header_timeout_ms, HTTP_HEADER_TIMEOUT_MS),
        [WAIT_BODY] = or_default(config->body_timeout_ms, HTTP_BODY_TIMEOUT_MS),
        [WAIT_IDLE] = or_default(config->idle_timeout_ms, HTTP_IDLE_TIMEOUT_MS),
        [WAIT_WRITE] = or_default(config->write_timeout_ms, HTTP_WRITE_TIMEOUT_MS),
        [WAIT_CLOSE] = CLOSE_TIMEOUT_MS,
        [WAIT_REST] = or_default(config->rest_ms, HTTP_REST_MS),
    };
    HttpServer *server = calloc(1, sizeof *server);
    if (!server) abort();
    server->handlers = handlers;
    server->owner = owner;
    server->connections_max = config->connections_max ? config->connections_max : SIZE_MAX;
    server->proxies = config->proxies;
    server->places = config->places;

    int failure = listener_open(loop, config->address, config->port, on_accept, server, &server->listener);
    if (failure) {
        *out_why = uv_strerror(failure);
        free(server);
        return ERR_UNAVAILABLE;
    }
    server->group = stream_group_new(loop, wait_ms);
    http_state_metrics_register();
    *out_server = server;
    return OK;
}

uint16_t http_server_port(const HttpServer *server)
{
    return server->listener ? listener_port(server->listener) : 0;
}

size_t http_server_connections(const HttpServer *server)
{
    return server->n_conns;
}

void http_server_drain(HttpServer *server)
{
    server->draining = true;
    listener_close(TAKE_PTR(server->listener));
    for (HttpConn *conn = server->conns; conn; conn = http_conn_next(conn)) http_conn_drain(conn);
}

void http_server_close(HttpServer *server)
{
    if (!server || server->closed) return;
    http_server_drain(server);
    for (HttpConn *conn = server->conns; conn; conn = http_conn_next(conn)) http_conn_close(conn);
    server->closed = true;
    http_server_free_if_done(server);
}
