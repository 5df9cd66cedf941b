/* WebSocket clients (RFC 6455) for load tests. Reads go into one large buffer; only the unfinished end of a read is
 * copied to its client. Frames out are masked with zeroes, which is a valid mask and costs the client nothing. */
#include "clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "socket.h"

#define READ_MAX       262144
#define FRAME_MAX      1048576 /* longest frame a server may send us */
#define CONNECTING_MAX 64      /* handshakes under way at once */

struct Clients {
    Client *clients;
    int count;
    int epoll;
    int welcomed;
    bool bare;
    FrameFn on_frame;
    void *owner;
    char buffer[READ_MAX + FRAME_MAX];
};

static Clients *clients_new(int count, FrameFn on_frame, void *owner)
{
    Clients *all = calloc(1, sizeof *all);
    if (!all) abort();
    all->clients = calloc((size_t)count, sizeof *all->clients);
    if (!all->clients) abort();
    all->count = count;
    all->epoll = epoll_create1(EPOLL_CLOEXEC);
    all->on_frame = on_frame;
    all->owner = owner;
    for (int i = 0; i < count; i++) {
        all->clients[i] = (Client){ .all = all, .index = i, .fd = -1 };
    }
    return all;
}

Clients *clients_load(const char *path, int count, FrameFn on_frame, void *owner)
{
    Clients *all = clients_new(count, on_frame, owner);
    FILE *file = fopen(path, "re");
    if (!file) fail("%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *token = NULL, *conversation = NULL;
        if (fscanf(file, "%ms %ms", &token, &conversation) != 2) fail("%s: fewer than %d lines", path, count);
        all->clients[i].token = token;
        all->clients[i].conversation = conversation;
    }
    fclose(file);
    return all;
}

Clients *clients_bare(int count, FrameFn on_frame, void *owner)
{
    Clients *all = clients_new(count, on_frame, owner);
    all->bare = true;
    return all;
}

Client *clients_at(Clients *all, int index)
{
    return &all->clients[index];
}

/* One frame, final and masked. */
static void frame_send(Client *client, int opcode, const char *payload, size_t len)
{
    char frame[14 + 2048];
    if (len > 2048) fail("a frame of %zu bytes is more than a load test sends", len);

    size_t at = 0;
    frame[at++] = (char)(0x80 | opcode);
    if (len < 126) {
        frame[at++] = (char)(0x80 | len);
    } else {
        frame[at++] = (char)(0x80 | 126);
        frame[at++] = (char)(len >> 8);
        frame[at++] = (char)(len & 0xff);
    }
    memset(frame + at, 0, 4); /* the mask */
    at += 4;
    memcpy(frame + at, payload, len);
    socket_send(client->fd, frame, at + len);
}

static void start_client(Client *client, uint16_t port)
{
    client->fd = socket_connect(port);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
    if (epoll_ctl(client->all->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0) fail("epoll: %s", strerror(errno));
    if (client->all->bare) {
        client->upgraded = client->welcomed = true;
        client->all->welcomed++;
        return;
    }

    static const char request[] =
        "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: molva.v1+json\r\n\r\n";
    socket_send(client->fd, request, sizeof request - 1);
}

static void say_hello(Client *client)
{
    char hello[2048];
    int len = snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"id\":1,\"token\":\"%s\",\"device\":\"bench\"}",
                       client->token);
    frame_send(client, 0x1, hello, (size_t)len);
    client->calls = 1;
}

void clients_connect(Clients *all, uint16_t port, int first, int last)
{
    for (int i = first; i < last; i++) {
        start_client(&all->clients[i], port);
        while (i + 1 - all->welcomed >= CONNECTING_MAX) clients_poll(all, POLL_FOREVER);
    }
    while (all->welcomed < last) clients_poll(all, POLL_FOREVER);
}

bool frame_is(const char *text, size_t len, const char *type)
{
    char start[64];
    int start_len = snprintf(start, sizeof start, "{\"type\":\"%s\"", type);
    return len >= (size_t)start_len && memcmp(text, start, (size_t)start_len) == 0;
}

bool frame_is_message(const char *text, size_t len)
{
    static const char name[] = "\"message.created\"";
    return frame_is(text, len, "event") && memmem(text, len < 160 ? len : 160, name, sizeof name - 1);
}

static void on_text(Client *client, const char *text, size_t len)
{
    if (client->welcomed) {
        client->all->on_frame(client->all->owner, client, text, len);
    } else if (frame_is(text, len, "welcome")) {
        client->welcomed = true;
        client->all->welcomed++;
    } else {
        fail("client %d: no welcome but %.*s", client->index, (int)len, text);
    }
}

static void on_whole_frame(Client *client, int opcode, const char *payload, size_t len)
{
    switch (opcode) {
    case 0x1: on_text(client, payload, len); break;
    case 0x8:
        fail("client %d: the server closed with %d", client->index,
             len >= 2 ? (unsigned char)payload[0] << 8 | (unsigned char)payload[1] : 0);
    case 0x9: frame_send(client, 0xa, payload, len); break;
    default: fail("client %d: frame with opcode %d", client->index, opcode);
    }
}

/* The length of the frame that begins here, or 0 when its header is not whole. */
static size_t frame_length(const unsigned char *bytes, size_t len, size_t *out_header)
{
    if (len < 2) return 0;
    size_t payload = bytes[1] & 0x7f;
    *out_header = payload == 127 ? 10 : payload == 126 ? 4 : 2;
    if (len < *out_header) return 0;
    if (payload >= 126) {
        size_t digits = *out_header - 2;
        payload = 0;
        for (size_t i = 0; i < digits; i++) payload = payload << 8 | bytes[2 + i];
    }
    if (payload > FRAME_MAX - 10) fail("a frame of %zu bytes", payload);
    return *out_header + payload;
}

/* Handles the whole frames in the buffer; returns how many bytes they were. */
static size_t take_frames(Client *client, const char *bytes, size_t len)
{
    size_t at = 0;
    for (;;) {
        size_t header;
        size_t frame = frame_length((const unsigned char *)bytes + at, len - at, &header);
        if (frame == 0 || frame > len - at) return at;
        on_whole_frame(client, bytes[at] & 0xf, bytes + at + header, frame - header);
        at += frame;
    }
}

/* Handles the reply to the handshake; returns its length, or 0 when it is not whole. */
static size_t take_upgrade(Client *client, const char *bytes, size_t len)
{
    const char *end = memmem(bytes, len, "\r\n\r\n", 4);
    if (!end) return 0;
    if (strncmp(bytes, "HTTP/1.1 101 ", 13) != 0)
        fail("client %d: the handshake was answered %.*s", client->index, (int)len, bytes);
    client->upgraded = true;
    say_hello(client);
    return (size_t)(end - bytes) + 4;
}

static void keep_partial(Client *client, const char *bytes, size_t len)
{
    if (len > client->partial_cap) {
        client->partial_cap = len < 1024 ? 1024 : len * 2;
        client->partial = realloc(client->partial, client->partial_cap);
        if (!client->partial) abort();
    }
    if (len > 0) memcpy(client->partial, bytes, len);
    client->partial_len = len;
}

static void read_client(Client *client)
{
    char *buffer = client->all->buffer;
    size_t held = client->partial_len;
    if (held > 0) memcpy(buffer, client->partial, held);

    ssize_t got = recv(client->fd, buffer + held, READ_MAX, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) fail("client %d: the connection ended: %s", client->index, got ? strerror(errno) : "end of stream");

    size_t len = held + (size_t)got, used = 0;
    if (!client->upgraded) used = take_upgrade(client, buffer, len);
    if (client->upgraded) used += take_frames(client, buffer + used, len - used);
    keep_partial(client, buffer + used, len - used);
}

void clients_poll(Clients *all, int64_t timeout_us)
{
    struct epoll_event events[512];
    struct timespec timeout = { .tv_sec = timeout_us / 1000000, .tv_nsec = timeout_us % 1000000 * 1000 };
    int count = epoll_pwait2(all->epoll, events, 512, timeout_us < 0 ? NULL : &timeout, NULL);
    for (int i = 0; i < count; i++) read_client(events[i].data.ptr);
}

void client_send(Client *client, const char *text)
{
    char id[37], call[2048];
    uuid7(id);
    int len =
        snprintf(call, sizeof call,
                 "{\"type\":\"call\",\"id\":%u,\"method\":\"message.Send\",\"params\":{\"conversation_id\":\"%s\","
                 "\"client_id\":\"%s\",\"text\":\"%s\"}}",
                 ++client->calls, client->conversation, id, text);
    if (len >= (int)sizeof call) fail("the text is too long");
    frame_send(client, 0x1, call, (size_t)len);
}

void uuid7(char out_text[37])
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;

    /* xorshift64* (Vigna 2016): unique within a run, which is all that is asked here. */
    static uint64_t state;
    if (state == 0) state = ms * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid() ^ (uint64_t)t.tv_nsec << 20;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    uint64_t random = state * 0x2545f4914f6cdd1du;

    snprintf(out_text, 37, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16), (unsigned)(ms & 0xffff),
             (unsigned)(random >> 52), (unsigned)(0x8000 | (random >> 36 & 0x3fff)),
             (unsigned long long)(random & 0xffffffffffffu));
}
