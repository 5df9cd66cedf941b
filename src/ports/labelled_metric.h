/* Metrics whose labels are only known when a driver opens. Any thread. */
#pragma once
#include "base/metrics.h"

/* The process's metric with this name and these labels ("db=\"message\""), created and registered on first use. It is
 * never freed: a database that is closed and reopened continues its counters. The texts in `kind` must be static;
 * labels are copied. kind: METRIC_COUNTER_INIT() and the like. */
Metric *labelled_metric(const Metric *kind, const char *labels);
