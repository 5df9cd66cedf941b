/* Without a free descriptor accept() fails while the connection stays in the queue, so a level-triggered poll would
 * spin. One descriptor is therefore kept in reserve: closing it for a moment lets us accept the connection and end it,
 * so the client learns at once instead of hanging. If even that fails, accepting pauses briefly; open connections
 * continue. */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/metrics.h"

#define BACKLOG      1024 /* the kernel caps it at net.core.somaxconn */
#define ACCEPT_BATCH 64   /* then the loop's other sockets get their turn */
#define REST_MS      100

struct Listener {
    uv_poll_t poll;
    uv_timer_t rest; /* after a failure */
    unsigned handles;
    int fd, reserve_fd; /* -1: none */
    ListenerFn on_accept;
    void *owner;
};

static Metric accept_failures =
    METRIC_COUNTER_INIT("molva_accept_failures_total", "Connections that could not be taken for want of resources.");

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

typedef enum Shed { SHED_ONE, SHED_NONE_WAITS, SHED_FAILED } Shed;

/* Accepts one connection and ends it. accept() needs a descriptor before it looks for a connection, so only now can it
 * turn out that none is waiting. */
static Shed shed_one(Listener *listener)
{
    if (listener->reserve_fd < 0) return SHED_FAILED;
    close(listener->reserve_fd);
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    int failure = errno;
    if (fd >= 0) close(fd);
    listener->reserve_fd = open_reserve();
    if (fd >= 0) return SHED_ONE;
    return failure == EAGAIN || failure == EWOULDBLOCK ? SHED_NONE_WAITS : SHED_FAILED;
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_rested(uv_timer_t *timer)
{
    thread_role_assert(THREAD_LOOP);
    Listener *listener = timer->data;
    if (listener->reserve_fd < 0) listener->reserve_fd = open_reserve();
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static void rest(Listener *listener)
{
    uv_poll_stop(&listener->poll);
    uv_timer_start(&listener->rest, on_rested, REST_MS, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    thread_role_assert(THREAD_LOOP);
    Listener *listener = poll->data;
    (void)status; /* accept4() reports the error more precisely */
    (void)events;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        struct sockaddr_storage peer = { 0 };
        socklen_t peer_len = sizeof peer;
        if (listener->fd < 0) return; /* closed by the callback */
        int fd = accept4(listener->fd, (struct sockaddr *)&peer, &peer_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            listener->on_accept(listener->owner, fd, &peer);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return;
        /* The connection failed while queued: accept(2) says to treat such errors like EAGAIN and retry. */
        if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;

        Shed shed = errno == EMFILE || errno == ENFILE ? shed_one(listener) : SHED_FAILED;
        if (shed == SHED_NONE_WAITS) return;
        metric_add(&accept_failures, 1);
        if (shed == SHED_ONE) continue;
        rest(listener);
        return;
    }
}

/* 0 and the length of the address, or a negative errno. */
static int address_parse(const char *text, uint16_t port, struct sockaddr_storage *out, socklen_t *out_len)
{
    *out_len = sizeof(struct sockaddr_in);
    if (uv_ip4_addr(text, port, (struct sockaddr_in *)out) == 0) return 0;
    *out_len = sizeof(struct sockaddr_in6);
    return uv_ip6_addr(text, port, (struct sockaddr_in6 *)out);
}

static int bind_and_listen(int fd, const struct sockaddr_storage *address, socklen_t address_len)
{
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return -errno;
    if (bind(fd, (const struct sockaddr *)address, address_len) != 0) return -errno;
    if (listen(fd, BACKLOG) != 0) return -errno;
    return 0;
}

int listener_open(Loop *loop, const char *address, uint16_t port, ListenerFn on_accept, void *owner,
                  Listener **out_listener)
{
    struct sockaddr_storage parsed = { 0 };
    socklen_t parsed_len;
    int failure = address_parse(address, port, &parsed, &parsed_len);
    if (failure) return failure;

    int fd = socket(parsed.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    failure = bind_and_listen(fd, &parsed, parsed_len);
    if (failure) {
        close(fd);
        return failure;
    }

    Listener *listener = calloc(1, sizeof *listener);
    if (!listener) abort();
    listener->fd = fd;
    listener->reserve_fd = open_reserve();
    listener->on_accept = on_accept;
    listener->owner = owner;
    listener->handles = 2;
    listener->poll.data = listener->rest.data = listener;
    uv_timer_init(&loop->uv, &listener->rest);
    if (uv_poll_init(&loop->uv, &listener->poll, fd) != 0) abort(); /* a fresh socket can always be polled */
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    metric_register(&accept_failures);
    *out_listener = listener;
    return 0;
}

uint16_t listener_port(const Listener *listener)
{
    struct sockaddr_storage name = { 0 };
    socklen_t len = sizeof name;
    getsockname(listener->fd, (struct sockaddr *)&name, &len);
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): getsockname() fills it */
    return ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                            : ((struct sockaddr_in *)&name)->sin_port);
}

static void on_handle_closed(uv_handle_t *handle)
{
    Listener *listener = handle->data;
    if (--listener->handles == 0) free(listener);
}

void listener_close(Listener *listener)
{
    if (!listener) return;
    uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
    uv_close((uv_handle_t *)&listener->rest, on_handle_closed);
    close(listener->fd);
    if (listener->reserve_fd >= 0) close(listener->reserve_fd);
    listener->fd = listener->reserve_fd = -1;
}
