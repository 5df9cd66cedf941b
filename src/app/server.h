/* A running server: databases, services, loops, wired as the plan says. */
#pragma once
#include "app/plan.h"
#include "base/err.h"

typedef struct Server Server;

/* Opens everything and listens. On failure one line on stderr says what is wrong and what to do, and nothing is left behind:
 * NULL. On the main thread. */
ON_WORKER Server *server_start(const Plan *plan);
/* The URL to open, with the owner's one-time code while there is no owner; on stdout. */
void server_print_url(Server *server);
/* Takes up what the command line changed in the data folder meanwhile. */
void server_refresh(Server *server);
/* Stops accepting, says bye to sockets, waits at most drain_seconds for calls, publishes what can be published, closes. */
ON_WORKER void server_stop(Server *server);
