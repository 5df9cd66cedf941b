/* What a call between services costs: over gRPC to a server in this process, on loopback, beside the same call of a service that
 * lives in the same process.
 *   bench_grpc --seconds=3 --callers=64
 * CPU is of both ends together. The method reads one number and answers with it. */
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/grpc/grpc.h"
#include "api_types.h"
#include "base/log.h"
#include "measure.h"
#include "options.h"
#include "rpc/identity.h"
#include "runtime/clock.h"
#include "runtime/thread.h"

#define CALLERS_MAX 256

static Err handle(void *service, Ctx *ctx, const void *request, void *response)
{
    ((MarkReadResponse *)response)->read_seq = ((const MarkReadRequest *)request)->seq;
    return OK;
}

static const RpcMethod methods[] = { {
    .name = "bench.Read",
    .full_path = "/molva.bench.v1.BenchService/Read",
    .access = RPC_SERVICE,
    .repeatable = true,
    .input = &mark_read_request__descriptor,
    .output = &mark_read_response__descriptor,
    .handler = handle,
} };
static const RpcService bench_rpc = {
    .name = "bench", .full_name = "molva.bench.v1.BenchService", .methods = methods, .n_methods = 1
};
static const RpcService *const services[] = { &bench_rpc };

typedef struct Caller {
    RpcClient *client;
    uint64_t end_ns, calls;
} Caller;

static void caller_main(void *arg)
{
    Caller *caller = arg;
    while (now_ns() < caller->end_ns) {
        Ctx *ctx = ctx_new("bench", clock_now_ms());
        MarkReadRequest request = MARK_READ_REQUEST__INIT;
        MarkReadResponse response = MARK_READ_RESPONSE__INIT;
        request.conversation_id = "01890a5d-ac96-774b-bcce-b302099a8057";
        request.seq = (uint32_t)caller->calls + 1;
        if (rpc_client_call(caller->client, ctx, &methods[0], &request.base, &response.base) ||
            response.read_seq != request.seq)
            fail("a call failed: %s", ctx->err_text ? ctx->err_text : "wrong answer");
        ctx_free(ctx);
        caller->calls++;
    }
}

static void measure(const char *name, RpcClient *client, uint64_t n_callers, uint64_t seconds)
{
    static Caller callers[CALLERS_MAX];
    pthread_t threads[CALLERS_MAX];
    uint64_t calls = 0, start = now_ns(), cpu = process_cpu_ns(getpid());
    for (uint64_t i = 0; i < n_callers; i++) {
        callers[i] = (Caller){ .client = client, .end_ns = start + seconds * 1000000000u };
        threads[i] = thread_start("caller", THREAD_WORKER, caller_main, &callers[i]);
    }
    /* Threads that ended are not counted: the time is read while they still run. */
    while (now_ns() < start + seconds * 1000000000u - 20000000u) usleep(1000);
    cpu = process_cpu_ns(getpid()) - cpu;
    for (uint64_t i = 0; i < n_callers; i++) {
        pthread_join(threads[i], NULL);
        calls += callers[i].calls;
    }
    double took_s = (double)(now_ns() - start) / 1e9;
    printf("%s_callers=%llu %s_calls_s=%.0f %s_cpu_us=%.2f\n", name, (unsigned long long)n_callers, name,
           (double)calls / took_s, name, (double)cpu / 1e3 / (double)calls);
}

static void measure_tokens(const ServiceKey *key)
{
    Actor user = { .kind = ACTOR_USER, .user = id_new(clock_now_ms()), .session = id_new(clock_now_ms()) }, actor;
    enum { ROUNDS = 100000 };
    uint64_t cpu = process_cpu_ns(getpid());
    for (int i = 0; i < ROUNDS; i++) {
        Ctx *ctx = ctx_new("bench", clock_now_ms());
        Str token = service_token_sign(ctx->arena, key, STR("auth"), STR("bench"), &user, ctx->now_ms / 1000);
        if (service_token_verify(ctx, key, token, STR("bench"), ctx->now_ms / 1000, &actor)) fail("a token failed");
        ctx_free(ctx);
    }
    printf("token_cpu_us=%.2f\n", (double)(process_cpu_ns(getpid()) - cpu) / 1e3 / ROUNDS);
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    uint64_t seconds = option_number("seconds", 3), n_callers = option_number("callers", 64);
    if (n_callers == 0 || n_callers > CALLERS_MAX) fail("--callers takes 1 to %d", CALLERS_MAX);
    if (sodium_init() < 0) fail("libsodium does not start");
    log_setup(LOG_WARN, false);

    Ctx *ctx = ctx_new("bench", clock_now_ms());
    WorkerPool *workers = worker_pool_new("worker", 64, 4096);
    Identity *identity = identity_new();
    Rpc *rpc = rpc_new(workers, identity, NULL);
    rpc_register(rpc, &bench_rpc, NULL);
    ServiceKey *key = service_key_new(STR("a secret of the bench, 32 bytes and more"));
    Grpc *grpc;
    GrpcServer *server;
    GrpcConfig config = { .process = "bench", .key = key, .workers = 64 };
    GrpcServerConfig server_config = { .address = "127.0.0.1:0", .services = services, .n_services = 1 };
    if (grpc_engine_open(ctx, &config, &grpc) || grpc_server_open(ctx, grpc, rpc, &server_config, &server))
        fail("the server does not start: %s", ctx->err_text);
    grpc_server_ready(server, true);
    char target[64];
    snprintf(target, sizeof target, "ipv4:127.0.0.1:%u", grpc_server_port(server));
    RpcClient *remote = grpc_client_new(grpc, &bench_rpc, target), *local = rpc_client_local(&bench_rpc, NULL);

    measure_tokens(key);
    measure("local", local, n_callers, seconds);
    measure("grpc", remote, n_callers, seconds);

    rpc_client_free(remote);
    rpc_client_free(local);
    grpc_server_close(server);
    grpc_engine_close(grpc);
    worker_pool_free(workers);
    rpc_free(rpc);
    identity_free(identity);
    service_key_free(key);
    ctx_free(ctx);
    return 0;
}
