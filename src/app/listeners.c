/* Listening sockets. What touches an HttpServer runs on its loop, by loop_run(). */
#include "app/listeners.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Descriptors of our own beside the clients': databases, logs, listeners. */
#define FILES_RESERVED 256

/* What is done on each loop, by loop_run(), and what came of it. */
typedef struct EachLoop {
    Listeners *listeners;
    Rest *rest;
    Err err;
    const char *why;
    size_t open;
} EachLoop;

/* Our loops share the port by SO_REUSEPORT, and so would another server of this user: first bind it exclusively.
 * Only listening reveals a conflict between two sockets that may both reuse the address. The listener reports other
 * errors. */
static bool port_is_taken(const Address *address)
{
    struct sockaddr_storage at = { 0 };
    bool v6 = strchr(address->host, ':') != NULL;
    if (address->port == 0) return false;
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (v6)
        uv_ip6_addr(address->host, address->port, (struct sockaddr_in6 *)&at);
    else
        uv_ip4_addr(address->host, address->port, (struct sockaddr_in *)&at);
    bool taken = bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ? errno == EADDRINUSE
                                                                  : listen(fd, 1) != 0 && errno == EADDRINUSE;
    close(fd);
    return taken;
}

static void open_on_loop(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    EachLoop *each = arg;
    Listeners *listeners = each->listeners;
    HttpConfig config = { .address = listeners->address.host,
                          .port = listeners->address.port,
                          .connections_max = listeners->setting.connections_max,
                          .proxies = listeners->setting.proxies,
                          .places = listeners->setting.places };
    HttpServer **out_server = &listeners->http[loop->index];
    each->err = http_server_open(loop, &config, &rest_handlers, each->rest, out_server, &each->why);
    /* With port 0 all loops use the first loop's choice. */
    if (!each->err) listeners->address.port = http_server_port(*out_server);
}

static void drain_on_loop(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    EachLoop *each = arg;
    if (each->listeners->http[loop->index]) http_server_drain(each->listeners->http[loop->index]);
}

static void count_on_loop(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    EachLoop *each = arg;
    if (each->listeners->http[loop->index]) each->open += http_server_connections(each->listeners->http[loop->index]);
}

static void close_on_loop(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    EachLoop *each = arg;
    if (each->listeners->http[loop->index]) http_server_close(each->listeners->http[loop->index]);
    each->listeners->http[loop->index] = NULL;
}

ON_WORKER static void on_each_loop(EachLoop *each, void (*fn)(Loop *loop, void *arg))
{
    for (int i = 0; i < each->listeners->n_loops && !each->err; i++) loop_run(each->listeners->loops[i], fn, each);
}

uint32_t listeners_connections_max(const Settings *settings)
{
    int64_t total = settings->connections ? settings->connections : sysconf(_SC_OPEN_MAX) - FILES_RESERVED;
    return total < 64 ? 64 : (uint32_t)total;
}

uint32_t listeners_per_address_max(const Settings *settings)
{
    int64_t of_one = settings->connections_per_address;
    return of_one ? (uint32_t)of_one : listeners_connections_max(settings) / 4;
}

void listeners_set(Listeners *listeners, const ListenerSetting *setting)
{
    listeners->setting = *setting;
    bool is_address = address_parse(str_of(setting->value), &listeners->address);
    assert(is_address); /* plan_read() has seen to it */
    (void)is_address;
}

bool listeners_open(Listeners *listeners, Rest *rest, Loop *const *loops, int n_loops)
{
    EachLoop each = { .listeners = listeners, .rest = rest };
    const ListenerSetting *setting = &listeners->setting;
    listeners->loops = loops;
    listeners->n_loops = n_loops;
    if (port_is_taken(&listeners->address)) {
        fprintf(stderr, "molva: %s: cannot listen on %s: another program does\n", setting->name, setting->value);
        return false;
    }
    on_each_loop(&each, open_on_loop);
    if (each.err) fprintf(stderr, "molva: %s: cannot listen on %s: %s\n", setting->name, setting->value, each.why);
    return !each.err;
}

void listeners_drain(Listeners *listeners)
{
    on_each_loop(&(EachLoop){ .listeners = listeners }, drain_on_loop);
}

size_t listeners_connections(Listeners *listeners)
{
    EachLoop each = { .listeners = listeners };
    on_each_loop(&each, count_on_loop);
    return each.open;
}

void listeners_close(Listeners *listeners)
{
    on_each_loop(&(EachLoop){ .listeners = listeners }, close_on_loop);
}
