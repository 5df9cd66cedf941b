/* What operators ask a process: GET /healthz (it runs), /readyz (it can serve), /metrics, /v1/openapi.json. */
#pragma once
#include <stdatomic.h>

#include "ports/db.h"
#include "rpc/rest.h"
#include "runtime/worker.h"

#define HEALTH_DBS_MAX 8

typedef struct Health {
    /* fixed after open */
    WorkerPool *workers;
    Db *dbs[HEALTH_DBS_MAX];
    const char *db_names[HEALTH_DBS_MAX];
    int n_dbs;
    /* atomic */
    _Atomic bool draining; /* set once a stop began: /readyz says 503, so that a balancer looks elsewhere */
} Health;

/* Adds the paths. `health` outlives the Rest. */
void health_add_routes(Health *health, Rest *rest);
