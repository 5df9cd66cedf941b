/* HTTP/1.1 with keep-alive, just enough of it to measure a server: replies carry Content-Length. */
#include "http_clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "clients.h"
#include "options.h"
#include "socket.h"

#define REPLY_MAX 8192

typedef struct HttpClient {
    int fd;
    char *token, *conversation;
    char reply[REPLY_MAX];
    size_t len;
} HttpClient;

struct HttpClients {
    HttpClient *clients;
    int epoll;
    AnswerFn on_answer;
    void *owner;
};

HttpClients *http_clients_open(const char *path, int count, uint16_t port, AnswerFn on_answer, void *owner)
{
    HttpClients *all = calloc(1, sizeof *all);
    if (!all) abort();
    all->clients = calloc((size_t)count, sizeof *all->clients);
    if (!all->clients) abort();
    all->epoll = epoll_create1(EPOLL_CLOEXEC);
    all->on_answer = on_answer;
    all->owner = owner;

    FILE *file = fopen(path, "re");
    if (!file) fail("%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        HttpClient *client = &all->clients[i];
        if (fscanf(file, "%ms %ms", &client->token, &client->conversation) != 2)
            fail("%s: fewer than %d lines", path, count);
        client->fd = socket_connect(port);
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0) fail("epoll: %s", strerror(errno));
    }
    fclose(file);
    return all;
}

void http_client_send(HttpClients *all, int at, const char *text)
{
    HttpClient *client = &all->clients[at];
    char id[37], body[2048], request[4096];
    uuid7(id);
    int body_len = snprintf(body, sizeof body, "{\"client_id\":\"%s\",\"text\":\"%s\"}", id, text);
    int len = snprintf(request, sizeof request,
                       "POST /v1/conversations/%s/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                       "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                       client->conversation, client->token, body_len, body);
    if (len >= (int)sizeof request) fail("the request is too long");
    socket_send(client->fd, request, (size_t)len);
}

/* The length of the reply in the buffer, or 0 when it is not whole. */
static size_t reply_length(const HttpClient *client)
{
    const char *end = memmem(client->reply, client->len, "\r\n\r\n", 4);
    if (!end) return 0;
    if (strncmp(client->reply, "HTTP/1.1 200 ", 13) != 0) fail("answered %.*s", (int)client->len, client->reply);

    static const char name[] = "\r\nContent-Length: ";
    const char *length = memmem(client->reply, (size_t)(end - client->reply), name, sizeof name - 1);
    if (!length) fail("a reply without Content-Length");
    size_t whole = (size_t)(end - client->reply) + 4 + strtoul(length + sizeof name - 1, NULL, 10);
    if (whole >= REPLY_MAX) fail("a reply of %zu bytes", whole);
    return client->len >= whole ? whole : 0;
}

static void read_reply(HttpClients *all, int at)
{
    HttpClient *client = &all->clients[at];
    ssize_t got = recv(client->fd, client->reply + client->len, REPLY_MAX - client->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) fail("client %d: the connection ended", at);
    client->len += (size_t)got;
    if (reply_length(client) == 0) return;

    client->len = 0; /* one request at a time: nothing follows */
    all->on_answer(all->owner, at);
}

void http_clients_poll(HttpClients *all, int64_t timeout_us)
{
    struct epoll_event events[256];
    struct timespec timeout = { .tv_sec = timeout_us / 1000000, .tv_nsec = timeout_us % 1000000 * 1000 };
    int count = epoll_pwait2(all->epoll, events, 256, timeout_us < 0 ? NULL : &timeout, NULL);
    for (int i = 0; i < count; i++) read_reply(all, (int)events[i].data.u32);
}
