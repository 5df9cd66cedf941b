/* The reference for fan-out: a process that does nothing but send() the same bytes once per socket and message. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Bare {
    pid_t pid;
    uint16_t port;
    int control;
} Bare;

/* Forks the sender; it accepts this many connections on `port`. Call it before connections are open.
 * pinned: it runs on the server's cores. */
Bare bare_start(int sockets, bool pinned);
/* What it sends from now on; returns when it holds all its connections. Once. */
void bare_load(Bare *bare, const void *bytes, size_t len);
/* One message: the bytes to every socket. Does not wait. */
void bare_send(Bare *bare);
/* Ends the process and waits for it. */
void bare_stop(Bare *bare);
