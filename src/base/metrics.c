/* Metric registry and its text form. */
#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Metric *first; /* lock */

void metric_register(Metric *metric)
{
    pthread_mutex_lock(&lock);
    Metric **at = &first, **behind_namesake = NULL;
    for (; *at; at = &(*at)->next) {
        if (*at == metric) { /* registered before */
            pthread_mutex_unlock(&lock);
            return;
        }
        if (str_eq(str_of((*at)->name), str_of(metric->name))) behind_namesake = &(*at)->next;
    }
    if (behind_namesake) at = behind_namesake;
    metric->next = *at;
    *at = metric;
    pthread_mutex_unlock(&lock);
}

void metric_observe(Metric *metric, int64_t steps)
{
    if (steps < 0) steps = 0;
    int bucket = steps <= 1 ? 0 : 64 - __builtin_clzll((unsigned long long)steps - 1);
    if (bucket < METRIC_BUCKETS) atomic_fetch_add_explicit(&metric->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, steps, memory_order_relaxed);
}

static int64_t load(_Atomic int64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void write_sample(StrBuf *out, const Metric *metric, const char *suffix, const char *bound, double value)
{
    strbuf_fmt(out, "%s%s", metric->name, suffix);
    if (metric->labels || bound) {
        strbuf_add_char(out, '{');
        if (metric->labels) strbuf_add(out, str_of(metric->labels));
        if (metric->labels && bound) strbuf_add_char(out, ',');
        if (bound) strbuf_fmt(out, "le=\"%s\"", bound);
        strbuf_add_char(out, '}');
    }
    strbuf_fmt(out, " %.15g\n", value);
}

static void write_histogram(StrBuf *out, Metric *metric)
{
    char bound[32];
    int64_t below = 0, count = load(&metric->count);
    for (int i = 0; i < METRIC_BUCKETS; i++) {
        below += load(&metric->buckets[i]);
        snprintf(bound, sizeof bound, "%.9g", (double)((int64_t)1 << i) * metric->unit);
        write_sample(out, metric, "_bucket", bound, (double)below);
    }
    if (count < below) count = below; /* observed while being written */
    write_sample(out, metric, "_bucket", "+Inf", (double)count);
    write_sample(out, metric, "_sum", NULL, (double)load(&metric->value) * metric->unit);
    write_sample(out, metric, "_count", NULL, (double)count);
}

void metrics_write(StrBuf *out)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };
    const char *name = "";
    pthread_mutex_lock(&lock);
    for (Metric *metric = first; metric; metric = metric->next) {
        if (!str_eq(str_of(name), str_of(metric->name))) {
            name = metric->name;
            strbuf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", name, metric->help, name, kinds[metric->kind]);
        }
        if (metric->kind == METRIC_HISTOGRAM)
            write_histogram(out, metric);
        else
            write_sample(out, metric, "", NULL, (double)load(&metric->value));
    }
    pthread_mutex_unlock(&lock);
}
