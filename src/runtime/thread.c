/* Thread start. */
#include "runtime/thread.h"

#include <signal.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (1024 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_BYTES (1024 * 1024)
#endif
#endif
#ifndef STACK_BYTES
#define STACK_BYTES (256 * 1024)
#endif

static _Thread_local ThreadRole current_role = THREAD_ANY;

typedef struct Start {
    void (*fn)(void *arg);
    void *arg;
    ThreadRole role;
} Start;

static void *thread_main(void *arg)
{
    Start start = *(Start *)arg;
    free(arg);
    current_role = start.role;
    start.fn(start.arg);
    return NULL;
}

pthread_t thread_start(const char *name, ThreadRole role, void (*fn)(void *arg), void *arg)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;
    Start *start = malloc(sizeof *start);
    if (!start) abort();
    *start = (Start){ fn, arg, role };

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all); /* only the main thread handles signals */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, &attr, thread_main, start) != 0) abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    pthread_setname_np(thread, name);
    return thread;
}

ThreadRole thread_role(void)
{
    return current_role;
}

void thread_role_set(ThreadRole role)
{
    current_role = role;
}
