/* Figures come from /proc: schedstat counts processor time in nanoseconds, where stat counts ticks of 10 ms. */
#include "measure.h"

#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "options.h"

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool add_cpu(pid_t pid, bool with_children, uint64_t *total);

static void add_task(pid_t pid, const char *task, bool with_children, uint64_t *total)
{
    char path[300];
    unsigned long long ns;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, task);
    FILE *file = fopen(path, "re"); /* NULL: the thread has just ended */
    if (file && fscanf(file, "%llu", &ns) == 1) *total += ns;
    if (file) fclose(file);
    if (!with_children) return;

    int child;
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, task);
    file = fopen(path, "re");
    while (file && fscanf(file, "%d", &child) == 1) add_cpu(child, true, total);
    if (file) fclose(file);
}

/* False when there is no such process. */
static bool add_cpu(pid_t pid, bool with_children, uint64_t *total)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks) return false;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] != '.') add_task(pid, task->d_name, with_children, total);
    }
    closedir(tasks);
    return true;
}

uint64_t process_cpu_ns(pid_t pid)
{
    uint64_t total = 0;
    if (!add_cpu(pid, false, &total)) fail("process %d is gone", (int)pid);
    return total;
}

uint64_t processes_cpu_ns(const char *pids)
{
    uint64_t total = 0;
    for (const char *at = pids; *at;) {
        char *end;
        long pid = strtol(at, &end, 10);
        if (end == at || (*end && *end != ',')) fail("process ids are numbers with commas between: %s", pids);
        if (!add_cpu((pid_t)pid, true, &total)) fail("process %ld is gone", pid);
        at = *end ? end + 1 : end;
    }
    return total;
}

uint64_t own_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t process_memory_kib(pid_t pid, const char *line)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file) fail("process %d is gone", (int)pid);

    char text[256];
    unsigned long long kib = 0;
    size_t len = strlen(line);
    while (fgets(text, sizeof text, file)) {
        if (strncmp(text, line, len) == 0 && text[len] == ':') kib = strtoull(text + len + 1, NULL, 10);
    }
    fclose(file);
    return kib;
}

uint64_t process_memory_settled_kib(pid_t pid, const char *line)
{
    uint64_t before = process_memory_kib(pid, line);
    for (int seconds = 0; seconds < 30; seconds++) {
        nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
        uint64_t now = process_memory_kib(pid, line);
        if (now == before) break;
        before = now;
    }
    return before;
}

void open_files_raise(uint64_t needed)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < needed)
        fail("%llu open files are needed, the limit is %llu", (unsigned long long)needed,
             (unsigned long long)limit.rlim_cur);
}

static void take_cores(long first, long last)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (long i = first; i < last; i++) CPU_SET((size_t)i, &cores);
    if (first < last && first >= 0) sched_setaffinity(0, sizeof cores, &cores);
}

void cores_take_clients(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count > 1) take_cores(count - 1, count);
}

void cores_take_server(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count > 1) take_cores(0, count - 1);
}

void samples_add(Samples *samples, uint64_t ns)
{
    if (samples->count == samples->cap) {
        samples->cap = samples->cap ? samples->cap * 2 : 65536;
        samples->ns = reallocarray(samples->ns, samples->cap, sizeof *samples->ns);
        if (!samples->ns) abort();
    }
    samples->ns[samples->count++] = ns;
}

static int by_ns(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

double samples_percentile_us(Samples *samples, double percent)
{
    if (samples->count == 0) return 0;
    qsort(samples->ns, samples->count, sizeof *samples->ns, by_ns);
    size_t at = (size_t)(percent / 100 * (double)(samples->count - 1) + 0.5);
    return (double)samples->ns[at] / 1000;
}

void samples_done(Samples *samples)
{
    free(samples->ns);
    *samples = (Samples){ 0 };
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *values, size_t count)
{
    if (count == 0) return 0;
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
