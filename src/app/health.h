/* Endpoints for operators: GET /healthz (it runs), /readyz (it can serve), /metrics. */
#pragma once
#include <stdatomic.h>

#include "rpc/rest.h"
#include "runtime/worker.h"

#define HEALTH_CHECKS_MAX   24
#define HEALTH_MEASURES_MAX 8

/* Without a required dependency the process is not ready; without an optional one it is degraded. */
typedef enum HealthNeed { HEALTH_NEEDED, HEALTH_WANTED } HealthNeed;

/* OK, or the failure with its text in ctx, which is logged. On a worker. */
typedef Err (*HealthFn)(void *arg, Ctx *ctx);

typedef struct HealthCheck {
    char name[32]; /* "auth.db", "redis" */
    HealthNeed need;
    HealthFn fn;
    void *arg;
    /* atomic */
    _Atomic bool is_failing; /* logged on change */
} HealthCheck;

/* Updates metrics that have to be computed on demand. */
typedef struct HealthMeasure {
    HealthFn fn;
    void *arg;
} HealthMeasure;

typedef struct Health {
    /* fixed after open */
    WorkerPool *workers;
    Budget *bytes; /* for unread responses of /metrics; or NULL */
    HealthCheck checks[HEALTH_CHECKS_MAX];
    int n_checks;
    HealthMeasure measures[HEALTH_MEASURES_MAX];
    int n_measures;
    /* atomic */
    _Atomic bool draining; /* set once a stop has begun: /readyz returns 503, so that balancers look elsewhere */
} Health;

/* At start. */
void health_add_check(Health *health, const char *name, HealthNeed need, HealthFn fn, void *arg);
/* fn runs before each response of /metrics; if it fails, the metrics keep their previous values. At startup. */
void health_add_measure(Health *health, HealthFn fn, void *arg);
/* Whether every required dependency is available; out_checks (may be NULL) receives the members of a JSON object. Also
 * used by the gRPC health service. */
ON_WORKER bool health_is_ready(Health *health, Ctx *ctx, StrBuf *out_checks, bool *out_is_degraded);
/* Adds /healthz and /readyz. `health` outlives the Rest. */
void health_add_probes(Health *health, Rest *rest);
/* Adds /metrics, which reveals everybody's calls. */
void health_add_metrics(Health *health, Rest *rest);
