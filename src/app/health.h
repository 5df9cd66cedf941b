/* What operators ask a process: GET /healthz (it runs), /readyz (it can serve), /metrics. */
#pragma once
#include <stdatomic.h>

#include "rpc/rest.h"
#include "runtime/worker.h"

#define HEALTH_CHECKS_MAX   24
#define HEALTH_MEASURES_MAX 8

/* What the process cannot work without makes it not ready; without the rest it works worse: slower, or with what it has. */
typedef enum HealthNeed { HEALTH_NEEDED, HEALTH_WANTED } HealthNeed;

/* OK, or the failure with its story in ctx, which goes to the log. On a worker. */
typedef Err (*HealthFn)(void *arg, Ctx *ctx);

typedef struct HealthCheck {
    char name[32]; /* "auth.db", "redis" */
    HealthNeed need;
    HealthFn fn;
    void *arg;
    /* atomic */
    _Atomic bool is_failing; /* told of in the log when it changes */
} HealthCheck;

/* Brings metrics up to date that nobody counts as things happen. */
typedef struct HealthMeasure {
    HealthFn fn;
    void *arg;
} HealthMeasure;

typedef struct Health {
    /* fixed after open */
    WorkerPool *workers;
    Budget *bytes; /* for metrics that are not read; or NULL */
    HealthCheck checks[HEALTH_CHECKS_MAX];
    int n_checks;
    HealthMeasure measures[HEALTH_MEASURES_MAX];
    int n_measures;
    /* atomic */
    _Atomic bool draining; /* set once a stop began: /readyz says 503, so that a balancer looks elsewhere */
} Health;

/* At start. */
void health_add_check(Health *health, const char *name, HealthNeed need, HealthFn fn, void *arg);
/* fn runs before each answer of /metrics, which shows what it found; when it fails, what it found before. At start. */
void health_add_measure(Health *health, HealthFn fn, void *arg);
/* Whether everything needed is there; out_checks (may be NULL) gets the members of a JSON object. For the gRPC health
 * service too. */
ON_WORKER bool health_is_ready(Health *health, Ctx *ctx, StrBuf *out_checks, bool *out_is_degraded);
/* Adds /healthz and /readyz. `health` outlives the Rest. */
void health_add_probes(Health *health, Rest *rest);
/* Adds /metrics, which tells of everybody's calls. */
void health_add_metrics(Health *health, Rest *rest);
