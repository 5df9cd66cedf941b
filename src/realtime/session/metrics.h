/* Metrics of realtime. Each hub counts in its own Tally and adds it once per flush. */
#pragma once
#include "base/metrics.h"

typedef struct Tally {
    uint32_t deliveries, writes, gaps, slow_closed;
} Tally;

extern Metric realtime_sessions, realtime_detached, realtime_resumes_hot, realtime_resumes_warm, realtime_resumes_none,
    realtime_latency;

/* At open; any number of times. */
void realtime_metrics_register(void);
/* Adds the tally to the metrics and zeroes it. */
void tally_flush(Tally *tally);
