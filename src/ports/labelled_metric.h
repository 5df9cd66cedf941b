/* Metrics whose labels are known only when a driver opens. Any thread. */
#pragma once
#include "base/metrics.h"

/* The process's metric with this name and these labels ("db=\"message\""), made and registered when first asked for. It
 * is never released: a database that is closed and opened again goes on counting. The texts in `kind` must be static;
 * labels are copied. kind: METRIC_COUNTER_INIT() and the like. */
Metric *labelled_metric(const Metric *kind, const char *labels);
