/* A running server: databases, services, loops, wired according to the plan. */
#pragma once
#include "app/plan.h"
#include "base/err.h"

typedef struct Server Server;

/* Opens everything and listens. On failure one line on stderr says what is wrong and how to fix it, and nothing is left
 * behind: NULL. On the main thread. */
ON_WORKER Server *server_start(const Plan *plan);
/* Prints the URL to open, with the owner's one-time code while there is no owner, on stdout. */
void server_print_url(Server *server);
/* Applies what the command line has changed in the data directory meanwhile. */
void server_refresh(Server *server);
/* Stops accepting, sends bye to sockets, waits up to drain_seconds for calls, publishes what can be published,
 * closes. */
ON_WORKER void server_stop(Server *server);
