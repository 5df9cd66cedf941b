/* The listening sockets of one address: one per loop, all on one port. On the main thread, between loop_start() and
 * loop_stop(). */
#pragma once
#include "app/address.h"
#include "app/settings.h"
#include "net/http.h"
#include "net/proxies.h"
#include "rpc/rest.h"
#include "runtime/loop.h"

#define LOOPS_MAX 64

/* The parameters of one address. */
typedef struct ListenerSetting {
    const char *name, *value; /* "listen", "127.0.0.1:8080" */
    uint32_t connections_max; /* of each loop */
    const Proxies *proxies;   /* in front; borrowed until listeners_close(); NULL: none */
    Budget *places;           /* connections of each address; borrowed as long; NULL: no limit */
} ListenerSetting;

typedef struct Listeners {
    ListenerSetting setting;
    Address address; /* with the port that the system chose, when the setting said 0 */
    Loop *const *loops;
    int n_loops;
    HttpServer *http[LOOPS_MAX];
} Listeners;

/* The connections that the setting permits: by default all free descriptors, minus a reserve. */
uint32_t listeners_connections_max(const Settings *settings);
/* Connections per client address: unless set, a quarter, so that a few addresses cannot shut the others out, while an
 * office or school behind one address, some hundreds of people with a few tabs each, has room. */
uint32_t listeners_per_address_max(const Settings *settings);
/* Before anything is opened. The setting is an address: plan_read() refuses what is none. */
void listeners_set(Listeners *listeners, const ListenerSetting *setting);
/* Listens there; requests go to `rest`. False, with the reason on stderr, if it fails; listeners_close() closes what is
 * open by then. */
ON_WORKER bool listeners_open(Listeners *listeners, Rest *rest, Loop *const *loops, int n_loops);
/* Stops accepting; open connections end with their reply. */
ON_WORKER void listeners_drain(Listeners *listeners);
/* Connections that are no WebSockets. */
ON_WORKER size_t listeners_connections(Listeners *listeners);
/* Accepts a zeroed one. */
ON_WORKER void listeners_close(Listeners *listeners);
