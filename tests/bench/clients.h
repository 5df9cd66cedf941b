/* Many WebSocket clients on one epoll, as light as they can be: they shall not be what is measured. One thread.
 * Whatever goes wrong (a close, an error reply, a refused connection) ends the program: a load test that lost clients
 * measures something else. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Clients Clients;

typedef struct Client {
    Clients *all;
    int index;
    const char *token;        /* access token */
    const char *conversation; /* where it writes */
    uint64_t sent_ns;         /* for the caller: when its last call left */
    /* private */
    int fd;
    bool upgraded; /* the HTTP reply to the handshake is through */
    bool welcomed; /* so is the hello */
    char *partial; /* the beginning of a frame whose rest has not come */
    size_t partial_len, partial_cap;
    uint32_t calls;
} Client;

/* A text frame; `text` is borrowed and not terminated. Not called for the welcome. */
typedef void (*FrameFn)(void *owner, Client *client, const char *text, size_t len);

/* Reads `count` lines "TOKEN CONVERSATION" from the file; each becomes a client. */
Clients *clients_load(const char *path, int count, FrameFn on_frame, void *owner);
/* `count` clients without a server's protocol: connected to a sender that begins with frames at once. */
Clients *clients_bare(int count, FrameFn on_frame, void *owner);
Client *clients_at(Clients *all, int index);

/* Connects clients `first` to `last` - 1 to 127.0.0.1 and returns when all have been welcomed. */
void clients_connect(Clients *all, uint16_t port, int first, int last);
/* Waits for input, at most timeout_us (POLL_FOREVER), and handles what is there. */
#define POLL_FOREVER (-1)
void clients_poll(Clients *all, int64_t timeout_us);

/* Sends a message as a call; its result comes as a frame. The text needs no JSON escapes. */
void client_send(Client *client, const char *text);

/* Whether a frame is of this type: frame_is(text, len, "result"). */
bool frame_is(const char *text, size_t len, const char *type);
/* Whether a frame tells of a new message. */
bool frame_is_message(const char *text, size_t len);

/* Writes a new UUIDv7 with its NUL. */
void uuid7(char out_text[37]);
