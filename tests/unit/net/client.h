/* A blocking client on 127.0.0.1 for tests: what it waits for comes, or the test fails after CLIENT_PATIENCE_S. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

#define CLIENT_PATIENCE_S 20

static inline int client_socket(void)
{
    struct timeval patience = { .tv_sec = CLIENT_PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

static inline int client_connect_with(int fd, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static inline int client_connect(uint16_t port)
{
    int fd = client_socket();
    assert_int_equal(client_connect_with(fd, port), 0);
    return fd;
}

/* From this address of 127.0.0.0/8. */
static inline int client_connect_from(const char *source, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int fd = client_socket();
    assert_int_equal(inet_pton(AF_INET, source, &address.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(client_connect_with(fd, port), 0);
    return fd;
}

static inline void client_send(int fd, Str bytes)
{
    while (bytes.len) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        assert_true(n > 0);
        bytes = (Str){ bytes.ptr + n, bytes.len - (size_t)n };
    }
}

/* Exactly `len` bytes. */
static inline Str client_read(int fd, Arena *arena, size_t len)
{
    char *bytes = arena_alloc(arena, len + 1);
    size_t at = 0;
    while (at < len) {
        ssize_t n = recv(fd, bytes + at, len - at, 0);
        assert_true(n > 0);
        at += (size_t)n;
    }
    return (Str){ bytes, len };
}

/* All up to the end; a reset counts as one. Closes the socket. */
static inline Str client_read_to_end(int fd, Arena *arena)
{
    StrBuf bytes;
    ssize_t n;
    strbuf_init(&bytes, arena);
    while ((n = recv(fd, strbuf_reserve(&bytes, 65536), 65536, 0)) > 0) bytes.len += (size_t)n;
    assert_true(n == 0 || errno == ECONNRESET);
    close(fd);
    return strbuf_str(&bytes);
}

/* Up to and with the empty line behind the headers. */
static inline Str client_read_head(int fd, Arena *arena)
{
    StrBuf bytes;
    strbuf_init(&bytes, arena);
    do {
        assert_int_equal(recv(fd, strbuf_reserve(&bytes, 1), 1, 0), 1);
        bytes.len++;
    } while (bytes.len < 4 || memcmp(bytes.ptr + bytes.len - 4, "\r\n\r\n", 4) != 0);
    return strbuf_str(&bytes);
}

static inline bool contains(Str text, const char *part)
{
    return text.len && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}
