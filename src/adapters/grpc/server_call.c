/* Batches of a server's call. Each holds a reference until it is done. */
#include "adapters/grpc/server_call.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <stdlib.h>

#include "net/url.h"

/* "ipv4:127.0.0.1:4711" and "ipv6:%5B::1%5D:4711" without family and port. */
Str server_call_peer(const ServerCall *call, Arena *arena)
{
    char *uri = grpc_call_get_peer(call->call);
    Str text = str_of(uri), decoded, address = { 0 };
    bool v6 = str_starts_with(text, STR("ipv6:"));
    if ((v6 || str_starts_with(text, STR("ipv4:"))) &&
        url_decode(arena, (Str){ text.ptr + 5, text.len - 5 }, false, &decoded)) {
        if (v6 && decoded.len && decoded.ptr[0] == '[') decoded.ptr++, decoded.len--;
        address = str_cut(&decoded, v6 ? ']' : ':');
    }
    address = str_dup(arena, address);
    gpr_free(uri);
    return address;
}

void server_call_ref(ServerCall *call)
{
    atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
}

void server_call_unref(ServerCall *call)
{
    if (atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) != 1) return;
    GrpcServer *server = call->server;
    void (*on_freed)(GrpcServer *) = call->on_freed;
    bool was_taken = call->call != NULL;
    if (call->call) grpc_call_unref(call->call);
    if (call->request) grpc_byte_buffer_destroy(call->request);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    grpc_slice_unref(call->status_text);
    status_metadata_free(call->trailing, call->n_trailing);
    charge_release(&call->held);
    free(call->owner);
    free(call);
    if (was_taken) on_freed(server);
}

static void start(ServerCall *call, const grpc_op *ops, size_t n_ops, GrpcTag *tag)
{
    server_call_ref(call);
    if (grpc_call_start_batch(call->call, ops, n_ops, grpc_tag_give(tag), NULL) != GRPC_CALL_OK)
        abort(); /* the library reports misuse, a bug of ours */
}

static void on_closed(GrpcTag *tag, bool ok)
{
    ServerCall *call = CONTAINER_OF(tag, ServerCall, closed);
    call->is_closed = true;
    if (call->was_cancelled) atomic_store(&call->given_up, true);
    if (call->on_closed) call->on_closed(call, ok);
    server_call_unref(call);
}

void server_call_begin(ServerCall *call)
{
    call->closed.done = on_closed;
    const grpc_op one = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER,
                          .data.recv_close_on_server.cancelled = &call->was_cancelled };
    start(call, &one, 1, &call->closed);
}

static void on_received(GrpcTag *tag, bool ok)
{
    ServerCall *call = CONTAINER_OF(tag, ServerCall, received);
    call->on_received(call, ok && call->request);
    server_call_unref(call);
}

void server_call_receive(ServerCall *call, ServerCallFn fn)
{
    if (call->request) grpc_byte_buffer_destroy(call->request);
    call->request = NULL;
    call->on_received = fn;
    call->received.done = on_received;
    const grpc_op one = { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->request };
    start(call, &one, 1, &call->received);
}

Str server_call_message(ServerCall *call, Arena *arena)
{
    grpc_byte_buffer_reader reader;
    Str message = { 0 };
    if (!call->request || !grpc_byte_buffer_reader_init(&reader, call->request)) return message;
    message.ptr = arena_alloc_raw(arena, grpc_byte_buffer_length(reader.buffer_out));
    grpc_slice slice;
    while (grpc_byte_buffer_reader_next(&reader, &slice)) {
        memcpy((char *)message.ptr + message.len, GRPC_SLICE_START_PTR(slice), GRPC_SLICE_LENGTH(slice));
        message.len += GRPC_SLICE_LENGTH(slice);
        grpc_slice_unref(slice);
    }
    grpc_byte_buffer_reader_destroy(&reader);
    return message;
}

static grpc_byte_buffer *buffer_of(Str message)
{
    grpc_slice slice = grpc_slice_of(message);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

/* The initial metadata go with the first batch. */
static size_t add_initial(ServerCall *call, grpc_op *ops)
{
    if (call->has_sent) return 0;
    call->has_sent = true;
    ops[0] = (grpc_op){ .op = GRPC_OP_SEND_INITIAL_METADATA };
    return 1;
}

static void on_sent(GrpcTag *tag, bool ok)
{
    ServerCall *call = CONTAINER_OF(tag, ServerCall, sent);
    call->on_sent(call, ok);
    server_call_unref(call);
}

void server_call_send(ServerCall *call, Str message, ServerCallFn fn)
{
    grpc_op ops[2];
    grpc_byte_buffer *buffer = buffer_of(message);
    size_t n = add_initial(call, ops);
    ops[n++] = (grpc_op){ .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = buffer };
    call->on_sent = fn;
    call->sent.done = on_sent;
    start(call, ops, n, &call->sent);
    grpc_byte_buffer_destroy(buffer);
}

static void on_finished(GrpcTag *tag, bool ok)
{
    server_call_unref(CONTAINER_OF(tag, ServerCall, finished));
}

void server_call_finish(ServerCall *call, const CallOutcome *outcome)
{
    grpc_op ops[3];
    size_t n = add_initial(call, ops);
    grpc_byte_buffer *buffer = outcome->has_message ? buffer_of(outcome->message) : NULL;
    if (buffer) ops[n++] = (grpc_op){ .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = buffer };
    call->status_text = grpc_slice_of(outcome->text);
    call->n_trailing =
        status_metadata(call->trailing, outcome->err, outcome->retry_after_ms, outcome->identity_refused);
    ops[n++] = (grpc_op){ .op = GRPC_OP_SEND_STATUS_FROM_SERVER,
                          .data.send_status_from_server = { .trailing_metadata_count = call->n_trailing,
                                                            .trailing_metadata = call->trailing,
                                                            .status = outcome->status,
                                                            .status_details = &call->status_text } };
    call->finished.done = on_finished;
    start(call, ops, n, &call->finished);
    if (buffer) grpc_byte_buffer_destroy(buffer);
}

void server_call_fail(ServerCall *call, Err err, Str text)
{
    server_call_finish(call, &(CallOutcome){ .status = (grpc_status_code)err_info(err)->grpc_status,
                                             .text = text.len ? text : str_of(err_info(err)->text),
                                             .err = err });
}
