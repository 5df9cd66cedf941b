/* A TCP proxy on a free port of 127.0.0.1 that can cut one connection at the worst moment: when the client sends given
 * bytes, either before they reach the server, or after the server has answered and before the client receives the
 * answer. */
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum CutAt { CUT_NEVER, CUT_BEFORE_SERVER, CUT_BEFORE_ANSWER } CutAt;

typedef struct CutProxy {
    int listener, port, server_port;
    pthread_t thread;
    const char *bytes;
    size_t n_bytes;
    /* atomic */
    atomic_int cut_at; /* a CutAt; CUT_NEVER again once it has happened */
    atomic_int cuts;
} CutProxy;

typedef struct CutPair {
    CutProxy *proxy;
    int client, server;
} CutPair;

static inline bool cut_is_due(CutProxy *proxy, const char *data, size_t n, int cut_at)
{
    if (atomic_load(&proxy->cut_at) != cut_at || !memmem(data, n, proxy->bytes, proxy->n_bytes)) return false;
    int expected = cut_at;
    if (!atomic_compare_exchange_strong(&proxy->cut_at, &expected, CUT_NEVER)) return false;
    atomic_fetch_add(&proxy->cuts, 1);
    return true;
}

/* False once the pair has ended. */
static inline bool cut_pass(CutProxy *proxy, int from, int to, bool is_client)
{
    static _Thread_local char data[65536];
    ssize_t n = read(from, data, sizeof data);
    if (n <= 0) return false;
    if (is_client && cut_is_due(proxy, data, (size_t)n, CUT_BEFORE_SERVER)) return false;
    bool cut_after = is_client && cut_is_due(proxy, data, (size_t)n, CUT_BEFORE_ANSWER);
    if (send(to, data, (size_t)n, MSG_NOSIGNAL) != n) return false;
    if (cut_after && read(to, data, sizeof data) <= 0) return false; /* the server has answered */
    return !cut_after;
}

static inline void *cut_pair_main(void *arg)
{
    CutPair *pair = arg;
    struct pollfd fds[] = { { .fd = pair->client, .events = POLLIN }, { .fd = pair->server, .events = POLLIN } };
    bool open = true;
    while (open && poll(fds, 2, -1) > 0) {
        if (fds[0].revents) open = cut_pass(pair->proxy, pair->client, pair->server, true);
        if (open && fds[1].revents) open = cut_pass(pair->proxy, pair->server, pair->client, false);
    }
    close(pair->client);
    close(pair->server);
    free(pair);
    return NULL;
}

static inline int cut_connect(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) abort();
    return fd;
}

static inline void *cut_proxy_main(void *arg)
{
    CutProxy *proxy = arg;
    for (;;) {
        pthread_t thread;
        int client = accept(proxy->listener, NULL, NULL);
        if (client < 0) return NULL;
        CutPair *pair = malloc(sizeof *pair);
        *pair = (CutPair){ proxy, client, cut_connect(proxy->server_port) };
        if (pthread_create(&thread, NULL, cut_pair_main, pair) != 0) abort();
        pthread_detach(thread);
    }
}

static inline void cut_proxy_start(CutProxy *proxy, int server_port, const char *bytes, size_t n_bytes)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    *proxy = (CutProxy){ .server_port = server_port, .bytes = bytes, .n_bytes = n_bytes };
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(proxy->listener, (struct sockaddr *)&address, size) != 0 || listen(proxy->listener, 16) != 0) abort();
    getsockname(proxy->listener, (struct sockaddr *)&address, &size);
    proxy->port = ntohs(address.sin_port);
    if (pthread_create(&proxy->thread, NULL, cut_proxy_main, proxy) != 0) abort();
}

/* Once the clients are gone. */
static inline void cut_proxy_stop(CutProxy *proxy)
{
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
}
