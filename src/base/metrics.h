/* Counters, gauges and histograms for GET /metrics (Prometheus text format 0.0.4). Any thread; an update is one relaxed
 * atomic operation. Metrics are static variables, registered through METRIC_REGISTER at first use. */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

#include "base/str.h"

typedef enum MetricKind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } MetricKind;

#define METRIC_BUCKETS 24 /* powers of two of the unit: 1, 2, 4, ... 2^23, +Inf in `count` */

typedef struct Metric {
    MetricKind kind;
    const char *name;   /* "molva_ws_sockets" */
    const char *help;   /* one line */
    const char *labels; /* "method=\"message.Send\"", or NULL */
    double unit; /* histogram: size of one step, in the unit of the name (0.000001 for microseconds as seconds) */
    _Atomic int64_t value; /* counter, gauge, or the histogram's sum in steps */
    _Atomic int64_t count;
    _Atomic int64_t buckets[METRIC_BUCKETS];
    struct Metric *next; /* registry */
} Metric;

#define METRIC_COUNTER_INIT(name_, help_)                        \
    {                                                            \
        .kind = METRIC_COUNTER, .name = (name_), .help = (help_) \
    }
#define METRIC_GAUGE_INIT(name_, help_)                        \
    {                                                          \
        .kind = METRIC_GAUGE, .name = (name_), .help = (help_) \
    }
#define METRIC_HISTOGRAM_INIT(name_, help_, unit_)                                  \
    {                                                                               \
        .kind = METRIC_HISTOGRAM, .name = (name_), .help = (help_), .unit = (unit_) \
    }

/* Once per metric, before it is read; any thread. Metrics with the same name are adjacent in the output. */
void metric_register(Metric *metric);

static inline void metric_add(Metric *metric, int64_t n)
{
    atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}
static inline void metric_set(Metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}
/* steps: the measured value in units of `unit`. */
void metric_observe(Metric *metric, int64_t steps);

/* Writes all registered metrics as Prometheus text. */
void metrics_write(StrBuf *out);
