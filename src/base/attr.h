/* Attributes: what a signature promises beyond its types. GNU C; clang checks the thread roles. */
#pragma once
#include <stddef.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED                 __attribute__((unused))

/* Runs fn(&variable) when the variable goes out of scope. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Moves a pointer out of a variable that would otherwise be cleaned up. */
#define TAKE_PTR(p)                 \
    ({                              \
        __typeof__(p) _taken = (p); \
        (p) = NULL;                 \
        _taken;                     \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The struct that holds `member` at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Thread roles. A function says where it may run: on a loop thread (never blocks), on a worker thread (may block,
 * relay, writer and start-up threads count as workers), or anywhere. Roles are documentation that debug builds assert at the places where a
 * callback enters: thread_role_assert() of runtime/thread.h. */
#define ON_LOOP
#define ON_WORKER
#define ANY_THREAD
