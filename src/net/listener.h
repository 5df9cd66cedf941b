/* A listening TCP socket on a loop. It calls accept itself rather than through libuv, to get the peer's address without
 * a further system call and to control what happens when the process runs out of descriptors. Everything runs on the
 * loop's thread. */
#pragma once
#include <stdint.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "runtime/loop.h"

typedef struct Listener Listener;

/* A new connection: a non-blocking socket that the callee now owns. */
typedef void (*ListenerFn)(void *owner, int fd, const struct sockaddr_storage *peer);

/* Listens on a numeric IPv4 or IPv6 address with SO_REUSEPORT. 0, or a negative errno. */
ON_LOOP MUST_CHECK int listener_open(Loop *loop, const char *address, uint16_t port, ListenerFn on_accept, void *owner,
                                     Listener **out_listener);
/* The port it listens on, also if the system chose it. */
ON_LOOP uint16_t listener_port(const Listener *listener);
/* Stops listening at once; frees itself on the loop. Accepts NULL. */
ON_LOOP void listener_close(Listener *listener);
