/* What is measured: time, the processor time and memory of another process, and percentiles. Single-threaded. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds that never jump. */
uint64_t now_ns(void);
/* Processor time that all threads of a process have used, in nanoseconds; threads that ended are not in it. */
uint64_t process_cpu_ns(pid_t pid);
/* Of several processes, "12,34", each with its children and theirs. */
uint64_t processes_cpu_ns(const char *pids);
/* Of this program, threads that ended included. */
uint64_t own_cpu_ns(void);
/* A line of /proc/PID/status in KiB: "RssAnon", "VmRSS". */
uint64_t process_memory_kib(pid_t pid, const char *line);
/* As process_memory_kib(), once the value has not moved for a second. */
uint64_t process_memory_settled_kib(pid_t pid, const char *line);
/* Lifts the limit of open files as far as the system lets us; ends the program when that is below `needed`. */
void open_files_raise(uint64_t needed);

/* The last core is the clients', the others are the server's and the reference's: otherwise it is the scheduler's mood
 * that is measured. Pins the calling process, unless there is only one core. */
void cores_take_clients(void);
void cores_take_server(void);

/* Durations. Zeroed: empty. */
typedef struct Samples {
    uint64_t *ns;
    size_t count, cap;
} Samples;

void samples_add(Samples *samples, uint64_t ns);
/* percent of the samples are at most this many microseconds; 0 without samples. Sorts. */
double samples_percentile_us(Samples *samples, double percent);
void samples_done(Samples *samples);

/* Sorts the values; 0 without any. */
double median(double *values, size_t count);
