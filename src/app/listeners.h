/* The listening sockets: one per loop, all on one port. On the main thread, between loop_start() and loop_stop(). */
#pragma once
#include "app/address.h"
#include "app/settings.h"
#include "net/http.h"
#include "rpc/rest.h"
#include "runtime/loop.h"

#define LOOPS_MAX 64

typedef struct Listeners {
    Address address; /* with the port that the system chose, when the setting said 0 */
    Loop *const *loops;
    int n_loops;
    HttpServer *http[LOOPS_MAX];
} Listeners;

/* What the settings say of the address; false, with the reason on stderr, when it is none. Before anything is opened. */
bool listeners_read_address(Listeners *listeners, const Settings *settings);
/* Listens there; requests go to `rest`. False, with the reason on stderr, when it cannot; what is open by then
 * is closed by listeners_close(). */
bool listeners_open(Listeners *listeners, const Settings *settings, Rest *rest, Loop *const *loops, int n_loops);
/* Accepts nobody any more; open connections end with their reply. */
void listeners_drain(Listeners *listeners);
/* Connections that are no WebSockets. */
size_t listeners_connections(Listeners *listeners);
/* Accepts a zeroed one. */
void listeners_close(Listeners *listeners);
