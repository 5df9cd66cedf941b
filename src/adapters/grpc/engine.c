/* Start and end of the library. */
#include "adapters/grpc/engine.h"

#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/grpc/grpc_limits.h"
#include "base/log.h"
#include "runtime/thread.h"

#define THREADS_MAX 16

struct Grpc {
    const ServiceKey *key;
    char process[SERVICE_TOKEN_ISSUER_MAX + 1];
    unsigned places;
    atomic_uint turn;
    size_t n_queues;
    grpc_completion_queue *queues[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
};

static void run_queue(void *arg)
{
    grpc_completion_queue *queue = arg;
    for (;;) {
        grpc_event event = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        if (event.type == GRPC_QUEUE_SHUTDOWN) return;
        GrpcTag *tag = event.tag;
        (void)atomic_load_explicit(&tag->given, memory_order_acquire);
        tag->done(tag, event.success != 0);
    }
}

/* Silences the library's log: relevant failures are also in the status of calls. */
static void on_library_log(gpr_log_func_args *args)
{
    log_write(args->severity == GPR_LOG_SEVERITY_ERROR ? LOG_WARN : LOG_DEBUG, NULL, "grpc.library",
              (const LogField[]){ log_cstr("text", args->message), { .key = NULL } });
}

/* Its threads inherit the mask: signals are for the main thread. */
static void library_start(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    gpr_set_log_function(on_library_log);
    grpc_init();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static size_t threads_default(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (size_t)(cores + 3) / 4 : 1;
}

Err grpc_engine_open(Ctx *ctx, const GrpcConfig *config, Grpc **out_grpc)
{
    if (!config->key)
        return ctx_fail(ctx, ERR_PRECONDITION, "gRPC takes a service key: services know each other by it");
    if (!*config->process || strlen(config->process) > SERVICE_TOKEN_ISSUER_MAX)
        return ctx_fail(ctx, ERR_INVALID, "gRPC takes a name of this process of at most %d bytes",
                        SERVICE_TOKEN_ISSUER_MAX);
    Grpc *grpc = calloc(1, sizeof *grpc);
    if (!grpc) abort();
    grpc->key = config->key;
    memcpy(grpc->process, config->process, strlen(config->process));
    grpc->places = config->workers / GRPC_PLACES_SHARE;
    if (grpc->places == 0) grpc->places = 1;
    library_start();
    grpc->n_queues = config->threads ? config->threads : threads_default();
    if (grpc->n_queues > THREADS_MAX) grpc->n_queues = THREADS_MAX;
    for (size_t i = 0; i < grpc->n_queues; i++) {
        grpc->queues[i] = grpc_completion_queue_create_for_next(NULL);
        grpc->threads[i] = thread_start("grpc", THREAD_ANY, run_queue, grpc->queues[i]);
    }
    *out_grpc = grpc;
    return OK;
}

void grpc_engine_close(Grpc *grpc)
{
    if (!grpc) return;
    for (size_t i = 0; i < grpc->n_queues; i++) {
        grpc_completion_queue_shutdown(grpc->queues[i]);
        pthread_join(grpc->threads[i], NULL);
        grpc_completion_queue_destroy(grpc->queues[i]);
    }
    grpc_shutdown_blocking();
    free(grpc);
}

grpc_completion_queue *engine_queue(Grpc *grpc)
{
    return grpc->queues[atomic_fetch_add_explicit(&grpc->turn, 1, memory_order_relaxed) % grpc->n_queues];
}

size_t engine_queues(Grpc *grpc, grpc_completion_queue *const **out_queues)
{
    *out_queues = grpc->queues;
    return grpc->n_queues;
}

const ServiceKey *engine_key(const Grpc *grpc)
{
    return grpc->key;
}

Str engine_process(const Grpc *grpc)
{
    return str_of(grpc->process);
}

unsigned engine_places(const Grpc *grpc)
{
    return grpc->places;
}
