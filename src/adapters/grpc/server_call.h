/* A call on the server: accepted, read, written, finished. Callbacks run on the thread of the call's queue; finishing
 * and sending may be requested on any thread, one at a time. */
#pragma once
#include "adapters/grpc/engine.h"
#include "adapters/grpc/status.h"

typedef struct ServerCall ServerCall;
typedef void (*ServerCallFn)(ServerCall *call, bool ok);

/* Notifications to a call that stays open. Under the server's lock. */
typedef struct StreamOps {
    void (*end)(ServerCall *call);           /* the server stops */
    void (*ready_changed)(ServerCall *call); /* the server became ready, or no longer is; NULL: ignored */
} StreamOps;

struct ServerCall {
    GrpcTag accepted, received, sent, finished, closed;
    GrpcServer *server;
    void (*on_freed)(GrpcServer *server); /* the last reference of an accepted call is gone */
    grpc_completion_queue *queue;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    ServerCallFn on_received, on_sent;
    ServerCallFn on_closed; /* the client is gone, or the call is finished; or NULL */
    int was_cancelled;
    bool is_closed; /* on_closed was due */
    atomic_bool given_up;
    atomic_uint refs;
    bool has_sent; /* the initial metadata were sent */
    grpc_slice status_text;
    grpc_metadata trailing[STATUS_METADATA_MAX];
    size_t n_trailing;
    const RpcMethod *method; /* of the contract, or NULL */
    Charge held;             /* for the response; released with the call */
    void *owner;             /* the handler's data; freed with the call */

    /* Open streams, under the server's lock. */
    ServerCall *prev, *next;
    const StreamOps *stream;
    bool is_listed;
    Charge place; /* among those of its address */
};

typedef struct CallOutcome {
    grpc_status_code status;
    Str text;
    Str message; /* when has_message */
    bool has_message;
    Err err; /* for the metadata; OK for none */
    uint32_t retry_after_ms;
    bool identity_refused;
} CallOutcome;

static inline Str server_call_path(const ServerCall *call)
{
    return grpc_slice_str(&call->details.method);
}
/* The address of the other end, without the port; empty for other families. In the arena. */
Str server_call_peer(const ServerCall *call, Arena *arena);
void server_call_ref(ServerCall *call);
void server_call_unref(ServerCall *call);
/* Watches for the end of the call. Call once, first. */
void server_call_begin(ServerCall *call);
/* Reads the next message; ok is false when there is none. */
void server_call_receive(ServerCall *call, ServerCallFn fn);
/* The message that was received, copied into the arena. */
Str server_call_message(ServerCall *call, Arena *arena);
/* One at a time. */
void server_call_send(ServerCall *call, Str message, ServerCallFn fn);
/* Call once, last, when nothing is being sent. */
void server_call_finish(ServerCall *call, const CallOutcome *outcome);
/* With the name of an error of ours. */
void server_call_fail(ServerCall *call, Err err, Str text);
