/* The client against a server that ends calls as a stopping one does, which a real one does in a moment too short to hit. */
#include <grpc/grpc_security.h>
#include <sodium.h>

#include "adapters/grpc/engine.h"
#include "adapters/grpc/grpc_limits.h"
#include "adapters/grpc/status.h"
#include "runtime/thread.h"
#include "unit/adapters/grpc/grpc_world.h"

#define ANSWERS_MAX 8

typedef struct Answer {
    grpc_status_code status;
    const char *told; /* the name of an error of ours that goes with it; or NULL */
} Answer;

/* Takes one call after another; the last answer is given for ever. */
typedef struct Script {
    const Answer *answers;
    size_t n_answers;
    size_t n_given; /* of the thread, until it is joined */
    grpc_completion_queue *queue;
    grpc_server *core;
    pthread_t thread;
    char target[64];
} Script;

static grpc_event next(Script *script)
{
    return grpc_completion_queue_next(script->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
}

static void answer(Script *script, grpc_call *call, const Answer *given)
{
    int cancelled;
    grpc_slice text = grpc_slice_from_static_string("as the script has it"), none = grpc_empty_slice();
    grpc_metadata told = { .key = grpc_slice_from_static_string(METADATA_ERROR),
                           .value = grpc_slice_from_static_string(given->told ? given->told : "") };
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&none, 1);
    grpc_op ops[4] = {
        { .op = GRPC_OP_SEND_INITIAL_METADATA },
        { .op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &cancelled },
        { .op = GRPC_OP_SEND_STATUS_FROM_SERVER,
          .data.send_status_from_server = { .trailing_metadata_count = given->told ? 1 : 0,
                                            .trailing_metadata = &told,
                                            .status = given->status,
                                            .status_details = &text } },
        { .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = message },
    };
    size_t n_ops = given->status == GRPC_STATUS_OK ? 4 : 3;
    assert_int_equal(grpc_call_start_batch(call, ops, n_ops, call, NULL), GRPC_CALL_OK);
    while (next(script).tag != call) continue;
    grpc_byte_buffer_destroy(message);
}

static const Answer *answer_to(Script *script, Str path)
{
    static const Answer unimplemented = { GRPC_STATUS_UNIMPLEMENTED, NULL }; /* of health, which then counts as good */
    if (!str_starts_with(path, STR("/molva.test."))) return &unimplemented;
    size_t i = script->n_given++;
    return &script->answers[i < script->n_answers ? i : script->n_answers - 1];
}

static void script_main(void *arg)
{
    Script *script = arg;
    for (;;) {
        grpc_call *call = NULL;
        grpc_call_details details;
        grpc_metadata_array metadata;
        grpc_call_details_init(&details);
        grpc_metadata_array_init(&metadata);
        grpc_call_error err =
            grpc_server_request_call(script->core, &call, &details, &metadata, script->queue, script->queue, script);
        assert_int_equal(err, GRPC_CALL_OK);
        grpc_event event = next(script);
        bool is_call = event.tag == script && event.success;
        if (is_call) answer(script, call, answer_to(script, grpc_slice_str(&details.method)));
        if (call) grpc_call_unref(call);
        grpc_call_details_destroy(&details);
        grpc_metadata_array_destroy(&metadata);
        if (!is_call) return;
    }
}

static void script_open(Script *script)
{
    script->queue = grpc_completion_queue_create_for_next(NULL);
    script->core = grpc_server_create(NULL, NULL);
    grpc_server_register_completion_queue(script->core, script->queue, NULL);
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(script->core, "127.0.0.1:0", credentials);
    grpc_server_credentials_release(credentials);
    assert_int_not_equal(port, 0);
    snprintf(script->target, sizeof script->target, "ipv4:127.0.0.1:%d", port);
    grpc_server_start(script->core);
    script->thread = thread_start("script", THREAD_WORKER, script_main, script);
}

static void script_close(Script *script)
{
    grpc_server_shutdown_and_notify(script->core, script->queue, script->core);
    pthread_join(script->thread, NULL);
    grpc_completion_queue_shutdown(script->queue);
    while (next(script).type != GRPC_QUEUE_SHUTDOWN) continue;
    grpc_server_destroy(script->core);
    grpc_completion_queue_destroy(script->queue);
}

#define AWAY                            \
    {                                   \
        .status = GRPC_STATUS_CANCELLED \
    }
static const struct {
    const char *label;
    Answer answers[ANSWERS_MAX];
    size_t n_answers;
    Err want;
    size_t calls;
} once_table[] = {
    { "turned away by a server that stops", { AWAY, { GRPC_STATUS_OK, NULL } }, 2, OK, 2 },
    { "by three that stop", { AWAY, AWAY, AWAY, { GRPC_STATUS_OK, NULL } }, 4, OK, 4 },
    { "by each", { AWAY }, 1, ERR_UNAVAILABLE, 4 },
    { "it may have run", { { GRPC_STATUS_UNAVAILABLE, NULL } }, 1, ERR_UNAVAILABLE, 1 },
    { "it has run", { { GRPC_STATUS_CANCELLED, "conflict" } }, 1, ERR_CONFLICT, 1 },
};
TEST_EACH(a_call_that_was_not_taken_up_is_made_again_and_no_failure_lacks_a_wait, once_table, c)
{
    World *world = world_open(NULL);
    Script script = { .answers = c->answers, .n_answers = c->n_answers };
    script_open(&script);
    RpcClient *client = grpc_client_new(world->grpc, &test_rpc, script.target);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    MarkReadResponse out;
    CHECK_ERR(world_call(client, ctx, TEST_ONCE, 7, &out), c->want, c->label);
    CHECK(ctx->retry_after_ms == (c->want == ERR_UNAVAILABLE ? GRPC_QUICK_MS : 0), c->label);
    rpc_client_free(client);
    script_close(&script);
    CHECK(script.n_given == c->calls, c->label);
    world_close(world);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_was_not_taken_up_is_made_again_and_no_failure_lacks_a_wait),
    };
    return cmocka_run_group_tests_name("adapters/grpc client", tests, NULL, NULL);
}
