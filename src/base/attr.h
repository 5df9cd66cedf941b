/* Attributes: guarantees of a signature beyond its types. GNU C; clang checks the thread roles. */
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

/* Thread roles. A function states where it may run: on a loop thread (never blocks), on a worker thread (may block;
 * relay, writer and start-up threads count as workers), or anywhere. clang checks this as it checks locks
 * (-Wthread-safety, in `./dev lint`): a role is a capability that the callers of such a function must hold too, so a
 * function without a role, or with ANY_THREAD, can call neither kind. clang does not follow function pointers, so a
 * function used as a callback declares no role and starts with thread_role_assert() of runtime/thread.h, which gives it
 * the role, and which debug and sanitizer builds check at run time. */
#if defined(__clang__)
typedef struct __attribute__((capability("role"))) ThreadRoleCapability ThreadRoleCapability;
extern ThreadRoleCapability thread_is_loop, thread_is_worker; /* only names: defined nowhere */
#define ON_LOOP   __attribute__((requires_capability(thread_is_loop)))
#define ON_WORKER __attribute__((requires_capability(thread_is_worker)))
#else
#define ON_LOOP
#define ON_WORKER
#endif
#define ANY_THREAD
