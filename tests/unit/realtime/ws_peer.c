/* A small WebSocket client. */
#include "ws_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

#define WAIT_S 20

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) return; /* the reader will see */
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* More bytes; false at the end. */
static bool receive(WsPeer *peer)
{
    char bytes[16384];
    ssize_t got = recv(peer->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) fail_msg("nothing came for %d s", WAIT_S);
    if (got <= 0) return false;
    strbuf_add(&peer->in, (Str){ bytes, (size_t)got });
    return true;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct timeval wait = { .tv_sec = WAIT_S };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

WsPeer *ws_peer_open(uint16_t port, const char *origin)
{
    WsPeer *peer = calloc(1, sizeof *peer);
    char request[512];
    assert_non_null(peer);
    peer->fd = connect_to(port);
    int len = snprintf(request, sizeof request,
                       "GET /v1/ws HTTP/1.1\r\nHost: chat.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                       origin ? "Origin: " : "", origin ? origin : "", origin ? "\r\n" : "");
    send_all(peer->fd, request, (size_t)len);
    const char *end = NULL;
    while (!end && receive(peer)) end = memmem(peer->in.ptr, peer->in.len, "\r\n\r\n", 4);
    assert_non_null(end);
    uint64_t status;
    assert_true(str_to_u64((Str){ peer->in.ptr + sizeof "HTTP/1.1", 3 }, 999, &status));
    peer->http_status = (int)status;
    peer->at = (size_t)(end - peer->in.ptr) + 4;
    return peer;
}

void ws_peer_cut(WsPeer *peer)
{
    if (!peer) return;
    close(peer->fd);
    strbuf_done(&peer->in);
    free(peer);
}

void ws_peer_freep(WsPeer **peer)
{
    ws_peer_cut(*peer);
    *peer = NULL;
}

static void send_frame(WsPeer *peer, unsigned opcode, Str payload)
{
    StrBuf frame = { 0 };
    strbuf_add_char(&frame, (char)(0x80 | opcode));
    if (payload.len < 126) {
        strbuf_add_char(&frame, (char)(0x80 | payload.len));
    } else {
        strbuf_add_char(&frame, (char)(0x80 | 126));
        strbuf_add_char(&frame, (char)(payload.len >> 8));
        strbuf_add_char(&frame, (char)payload.len);
    }
    strbuf_add(&frame, (Str){ "\0\0\0\0", 4 }); /* a mask that changes nothing */
    strbuf_add(&frame, payload);
    send_all(peer->fd, frame.ptr, frame.len);
    strbuf_done(&frame);
}

void ws_peer_say(WsPeer *peer, const char *fmt, ...)
{
    char text[16384];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert_in_range(len, 0, (int)sizeof text - 1);
    send_frame(peer, 1, (Str){ text, (size_t)len });
}

/* Bytes of the frame at peer->at, 0 when it is not all there. */
static size_t frame_len(const WsPeer *peer, size_t *out_head, size_t *out_payload)
{
    const unsigned char *at = (const unsigned char *)peer->in.ptr + peer->at;
    size_t have = peer->in.len - peer->at;
    if (have < 2) return 0;
    size_t len = at[1] & 0x7f, head = len == 126 ? 4 : len == 127 ? 10 : 2;
    if (have < head) return 0;
    for (size_t i = 2, value = 0; i < head; i++) len = value = value << 8 | at[i];
    if (have < head + len) return 0;
    *out_head = head;
    *out_payload = len;
    return head + len;
}

json_t *ws_peer_hear(WsPeer *peer)
{
    for (;;) {
        size_t head, len, whole;
        while (!(whole = frame_len(peer, &head, &len))) {
            if (receive(peer)) continue;
            if (!peer->close_code) peer->close_code = 1006;
            return NULL;
        }
        unsigned opcode = (unsigned char)peer->in.ptr[peer->at] & 15;
        const char *payload = peer->in.ptr + peer->at + head;
        peer->at += whole;
        if (opcode == 1) {
            json_t *json = json_loadb(payload, len, 0, NULL);
            assert_non_null(json);
            return json;
        }
        if (opcode == 9) send_frame(peer, 10, (Str){ payload, len });
        if (opcode == 8 && len >= 2) {
            peer->close_code = (uint16_t)((unsigned char)payload[0] << 8 | (unsigned char)payload[1]);
            send_frame(peer, 8, (Str){ payload, len });
        }
    }
}

json_t *ws_peer_hear_type(WsPeer *peer, const char *type)
{
    json_t *json;
    while ((json = ws_peer_hear(peer))) {
        if (strcmp(json_string_value(json_object_get(json, "type")), type) == 0) return json;
        json_decref(json);
    }
    fail_msg("the connection ended with %d before a frame of type %s", peer->close_code, type);
    return NULL;
}
