#include "ports/labelled_metric.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct Labelled {
    Metric metric;
    struct Labelled *next;
} Labelled;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Labelled *first; /* lock */

static Labelled *labelled_new(const Metric *kind, const char *labels)
{
    Labelled *made = calloc(1, sizeof *made);
    if (!made) abort();
    made->metric.kind = kind->kind;
    made->metric.name = kind->name;
    made->metric.help = kind->help;
    made->metric.unit = kind->unit;
    made->metric.labels = strdup(labels);
    if (!made->metric.labels) abort();
    metric_register(&made->metric);
    return made;
}

Metric *labelled_metric(const Metric *kind, const char *labels)
{
    pthread_mutex_lock(&lock);
    Labelled *found = first;
    while (found && (strcmp(found->metric.name, kind->name) != 0 || strcmp(found->metric.labels, labels) != 0))
        found = found->next;
    if (!found) {
        found = labelled_new(kind, labels);
        found->next = first;
        first = found;
    }
    pthread_mutex_unlock(&lock);
    return &found->metric;
}
