/* The one dispatch: whatever the transport, a call is authenticated, rate-limited, size-limited, decoded into its arena,
 * given a deadline, run, encoded, counted and logged here, and nowhere else. */
#pragma once
#include <protobuf-c/protobuf-c.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/ctx.h"
#include "rpc/caller.h"
#include "rpc_rates.h"
#include "runtime/loop.h"
#include "runtime/worker.h"

typedef enum RpcAccess { RPC_PUBLIC = 1, RPC_USER, RPC_ADMIN, RPC_SERVICE } RpcAccess;
#define RPC_RATE_(name, number, interval_us, burst) RPC_RATE_##name = (number),
typedef enum RpcRate { RPC_RATES(RPC_RATE_) } RpcRate;
#undef RPC_RATE_

#define RPC_COSTS_MAX 2
/* A number of the request that the caller chooses: so many of it are one token of the rate. */
typedef struct RpcCost {
    uint32_t field; /* its number in the request; 0: none */
    uint32_t per_token;
    uint32_t most; /* larger ones count as this one, as for the page that they ask for; 0: none do */
} RpcCost;

typedef enum RpcForm { RPC_FORM_ANY, RPC_FORM_UUID, RPC_FORM_CLIENT_UUID } RpcForm;

/* What a field of a request may hold: FieldRule of api/molva/options.proto; generated. 0 and NULL say nothing. */
typedef struct RpcRule {
    uint32_t field; /* its number */
    bool required;
    RpcForm form;
    uint32_t min_chars, max_chars, min_bytes, max_bytes, max_items, max;
    const char *const *choices; /* NULL at its end */
} RpcRule;

/* How many elements a page of an answer may have when a caller asked for so many: 0 stands for the usual number, and asking for
 * more than there may be is no error. RULE: whose rule says both, RPC_PAGE(request->limit, HISTORY_REQUEST__LIMIT). */
#define RPC_PAGE(asked, RULE) rpc_page((asked), RULE##__PAGE, RULE##__PAGE_MAX)
static inline uint32_t rpc_page(uint32_t asked, uint32_t usual, uint32_t max)
{
    if (asked == 0) return usual;
    return asked < max ? asked : max;
}

/* request and response are the protobuf-c structs of the method; response arrives initialised, and what it points to
 * lives in ctx->arena. Runs on a worker. */
typedef Err (*RpcHandler)(void *service, Ctx *ctx, const void *request, void *response);

/* One method of the contract; generated. */
typedef struct RpcMethod {
    const char *name;      /* "message.Send" */
    const char *full_path; /* "/molva.message.v1.MessageService/Send": gRPC */
    const char *verb;      /* "POST"; NULL for SERVICE methods */
    const char *path;      /* "/v1/conversations/{conversation_id}/messages" */
    RpcAccess access;
    RpcRate rate;
    RpcCost costs[RPC_COSTS_MAX];
    bool repeatable; /* a second run changes nothing more, so a transport may try again */
    const ProtobufCMessageDescriptor *input, *output;
    const RpcRule *rules; /* of input; in a stub there are none */
    size_t n_rules;
    RpcHandler handler; /* calls the service's function: message_send() */
    uint32_t index;     /* in its service */
} RpcMethod;

/* One service of the contract; generated, as `message_rpc` in message_service.h. */
typedef struct RpcService {
    const char *name;      /* "message" */
    const char *full_name; /* "molva.message.v1.MessageService" */
    const RpcMethod *methods;
    size_t n_methods;
} RpcService;

typedef struct Rpc Rpc;
typedef struct Identity Identity;     /* rpc/identity.h */
typedef struct ServiceKey ServiceKey; /* rpc/service_token.h */
typedef struct RpcClient RpcClient;

/* Borrowed, but for limits, which is copied and may be NULL: none. */
Rpc *rpc_new(WorkerPool *workers, Identity *identity, const CallerLimits *limits);
void rpc_free(Rpc *rpc);
/* At start. `impl` is the service's own struct. */
void rpc_register(Rpc *rpc, const RpcService *service, void *impl);
/* At start: the methods of a service that another process hosts. A call is authenticated, limited and decoded here and then
 * handed to the client, which is borrowed. It has no route: edge proxies send REST to the process that hosts it. */
void rpc_register_remote(Rpc *rpc, const RpcService *service, RpcClient *client);
/* At start: calls with a service token of this key are taken. Borrowed. Without it there are none. */
void rpc_set_service_key(Rpc *rpc, const ServiceKey *key);
/* As given to rpc_new(). */
ANY_THREAD const CallerLimits *rpc_limits(const Rpc *rpc);
/* Who pays for the bytes of a request whose token is not verified yet: the user whom the token is known for already, else the
 * address. */
ANY_THREAD Str rpc_payer(const Rpc *rpc, Str token, Str peer, char out_key[CALLER_KEY_MAX]);
/* By name, "message.Send"; NULL when unknown or when the access is SERVICE. */
ANY_THREAD const RpcMethod *rpc_find(const Rpc *rpc, Str name);
/* By full path, "/molva.message.v1.MessageService/Send", whatever the access; NULL when unknown or hosted elsewhere. */
ANY_THREAD const RpcMethod *rpc_find_path(const Rpc *rpc, Str full_path);
/* Every method that this process hosts, for the routes: fn(arg, method). */
void rpc_each(const Rpc *rpc, void (*fn)(void *arg, const RpcMethod *method), void *arg);
/* Calls begun and not yet done; for draining. */
ANY_THREAD size_t rpc_calls_running(const Rpc *rpc);

/* A path variable or query parameter, percent-decoded: decoded by name into the request's field. */
typedef struct RpcParam {
    Str name, value;
} RpcParam;

typedef enum RpcFormat { RPC_JSON, RPC_PROTOBUF } RpcFormat;

/* One call. Made by rpc_call_new(), filled by the transport, handed over by rpc_start(), given back to `done` on the
 * loop that started it, released by rpc_call_free(). Everything it points to lives in ctx->arena. */
typedef struct RpcCall {
    Rpc *rpc;
    Ctx *ctx; /* peer and user_agent are set by the transport; deadline_ms too, when the caller named one */
    const RpcMethod *method;
    Str token;         /* bearer token; empty when the actor is known already */
    Str service_token; /* of another process of ours; goes before the bearer token */
    bool actor_known;  /* ctx->actor is set and still valid (WebSocket) */
    RpcFormat format;  /* of body and result */
    Str body;          /* the request, or empty */
    const RpcParam *fields;
    size_t n_fields;
    Loop *loop;                         /* NULL: `done` is called on a worker */
    void (*done)(struct RpcCall *call); /* ON_LOOP, or ON_WORKER without a loop */
    void *owner;
    const atomic_bool *given_up; /* set when nobody waits for the answer any more; or NULL */
    Charge held;                 /* for the bytes of the request; given back with the call */

    /* The outcome. */
    Err err;                /* with ctx->err_text and ctx->retry_after_ms */
    Str result;             /* the response, when OK */
    Charge answer;          /* for its bytes; given back with the call, unless the transport takes it over */
    const char *error_text; /* for the caller; never NULL when err */
    bool identity_refused;  /* the service token was not good: a fault between our processes, not of a user */
    bool by_service;        /* the service token was good */
    /* Private. */
    int64_t started_ns;
    LaneJob place; /* in the caller's lane */
} RpcCall;

ANY_THREAD RpcCall *rpc_call_new(Rpc *rpc, const RpcMethod *method);
/* `done` is always called later, on call->loop; without a loop it may be called at once when too many calls wait. On a loop
 * thread, or on any thread without a loop. */
ANY_THREAD void rpc_start(RpcCall *call);
ANY_THREAD void rpc_call_free(RpcCall *call);

/* How services reach each other: the generated functions of message_client.h and the like call this. */
typedef struct RpcClientOps {
    const char *driver;
    Err (*call)(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                ProtobufCMessage *response);
    void (*free)(RpcClient *client);
} RpcClientOps;
struct RpcClient {
    const RpcClientOps *ops;
};
/* request is borrowed; response is initialised by the caller, filled on OK, its parts live in ctx->arena. The callee runs
 * with ACTOR_SERVICE and the caller's user; in another process, a method for users runs as that user. The failure's story is in ctx. */
ON_WORKER MUST_CHECK static inline Err rpc_client_call(RpcClient *client, Ctx *ctx, const RpcMethod *method,
                                                       const ProtobufCMessage *request, ProtobufCMessage *response)
{
    return client->ops->call(client, ctx, method, request, response);
}
/* Driver "local": the service lives in this process. */
RpcClient *rpc_client_local(const RpcService *service, void *impl);
void rpc_client_free(RpcClient *client);
