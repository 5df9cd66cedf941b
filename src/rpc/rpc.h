/* The one dispatch. Whatever the transport, only here is a call authenticated, rate-limited, size-limited, decoded into
 * its arena, given a deadline, run, encoded, counted and logged. */
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
/* A number in the request that the caller chooses: this many per token of the rate. */
typedef struct RpcCost {
    uint32_t field; /* field number in the request; 0: none */
    uint32_t per_token;
    uint32_t most; /* larger values cost as much as this one, as they return no larger page; 0: no such cap */
} RpcCost;

typedef enum RpcForm { RPC_FORM_ANY, RPC_FORM_UUID, RPC_FORM_CLIENT_UUID } RpcForm;

/* The constraints on a field of a request: FieldRule of api/molva/options.proto; generated. 0 and NULL:
 * unconstrained. */
typedef struct RpcRule {
    uint32_t field; /* field number */
    bool required;
    RpcForm form;
    uint32_t min_chars, max_chars, min_bytes, max_bytes, max_items, max;
    const char *const *choices; /* NULL-terminated */
} RpcRule;

/* The page size for a requested limit: 0 selects the default, and a value above the maximum is capped, not refused.
 * RULE: the field rule with both numbers, RPC_PAGE(request->limit, HISTORY_REQUEST__LIMIT). */
#define RPC_PAGE(asked, RULE) rpc_page((asked), RULE##__PAGE, RULE##__PAGE_MAX)
static inline uint32_t rpc_page(uint32_t asked, uint32_t usual, uint32_t max)
{
    if (asked == 0) return usual;
    return asked < max ? asked : max;
}

/* request and response are the protobuf-c structs of the method; response is initialised by the dispatch, and its
 * contents live in ctx->arena. Runs on a worker. */
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
    bool repeatable; /* a second run changes nothing more, so transports may retry */
    const ProtobufCMessageDescriptor *input, *output;
    const RpcRule *rules; /* of input; none in a stub */
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

/* All borrowed, except limits, which is copied and may be NULL: no limits. */
Rpc *rpc_new(WorkerPool *workers, Identity *identity, const CallerLimits *limits);
void rpc_free(Rpc *rpc);
/* At startup. `impl` is the service's own struct. */
void rpc_register(Rpc *rpc, const RpcService *service, void *impl);
/* At startup: registers the methods of a service hosted by another process. A call is authenticated, limited and
 * decoded here, then passed to the client, which is borrowed. It gets no route: the edge sends REST to the process that
 * hosts the service. */
void rpc_register_remote(Rpc *rpc, const RpcService *service, RpcClient *client);
/* At startup: accepts calls with service tokens of this key, which is borrowed. Without it none are accepted. */
void rpc_set_service_key(Rpc *rpc, const ServiceKey *key);
/* As given to rpc_new(). */
ANY_THREAD const CallerLimits *rpc_limits(const Rpc *rpc);
/* The caller charged for the bytes of a request whose token is not verified yet: the user of a cached token, otherwise
 * the address. */
ANY_THREAD Str rpc_payer(const Rpc *rpc, Str token, Str peer, char out_key[CALLER_KEY_MAX]);
/* By name, "message.Send"; NULL if unknown or if its access is SERVICE. */
ANY_THREAD const RpcMethod *rpc_find(const Rpc *rpc, Str name);
/* By full path, "/molva.message.v1.MessageService/Send", whatever its access; NULL if unknown or hosted elsewhere. */
ANY_THREAD const RpcMethod *rpc_find_path(const Rpc *rpc, Str full_path);
/* Calls fn(arg, method) for every method hosted by this process; for routes. */
void rpc_each(const Rpc *rpc, void (*fn)(void *arg, const RpcMethod *method), void *arg);
/* Calls in progress; for draining. */
ANY_THREAD size_t rpc_calls_running(const Rpc *rpc);

/* A path variable or query parameter, percent-decoded, to be decoded into the request's field of that name. */
typedef struct RpcParam {
    Str name, value;
} RpcParam;

typedef enum RpcFormat { RPC_JSON, RPC_PROTOBUF } RpcFormat;

/* One call. Created by rpc_call_new(), filled by the transport, passed to rpc_start(), returned to `done` on the loop
 * that started it, freed by rpc_call_free(). Everything it points to lives in ctx->arena. */
typedef struct RpcCall {
    Rpc *rpc;
    Ctx *ctx; /* the transport sets peer and user_agent, and deadline_ms if the caller gave one */
    const RpcMethod *method;
    Str token;         /* bearer token; empty if the actor is already known */
    Str service_token; /* from another of our processes; takes precedence over the bearer token */
    bool actor_known;  /* ctx->actor is already set and valid (WebSocket) */
    RpcFormat format;  /* of body and result */
    Str body;          /* the request, or empty */
    const RpcParam *fields;
    size_t n_fields;
    Loop *loop;                         /* NULL: `done` is called on a worker */
    void (*done)(struct RpcCall *call); /* ON_LOOP, or ON_WORKER without a loop */
    void *owner;
    const atomic_bool *given_up; /* set once nobody waits for the response; or NULL */
    Charge held;                 /* for the bytes of the request; released with the call */

    /* The outcome. */
    Err err;                /* with ctx->err_text and ctx->retry_after_ms */
    Str result;             /* the response, if OK */
    Charge answer;          /* for its bytes; released with the call, unless the transport takes it over */
    const char *error_text; /* for the caller; never NULL if err */
    bool identity_refused;  /* the service token was invalid: a fault between our processes, not the user's */
    bool by_service;        /* the service token was valid */
    /* Private. */
    int64_t started_ns;
    LaneJob place; /* in the caller's lane */
} RpcCall;

ANY_THREAD RpcCall *rpc_call_new(Rpc *rpc, const RpcMethod *method);
/* `done` is always called later, on call->loop; without a loop it may be called at once, if too many calls wait. Call
 * it on a loop thread, or on any thread without a loop. */
ANY_THREAD void rpc_start(RpcCall *call);
ANY_THREAD void rpc_call_free(RpcCall *call);

/* The transport between services: the generated functions of message_client.h and the like call this. */
typedef struct RpcClientOps {
    const char *driver;
    Err (*call)(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                ProtobufCMessage *response);
    void (*free)(RpcClient *client);
} RpcClientOps;
struct RpcClient {
    const RpcClientOps *ops;
};
/* request is borrowed; the caller initialises response, which is filled on OK with contents in ctx->arena. The callee
 * runs with ACTOR_SERVICE and the caller's user; in another process, a method for users runs as that user. An error's
 * text is in ctx. */
ON_WORKER MUST_CHECK static inline Err rpc_client_call(RpcClient *client, Ctx *ctx, const RpcMethod *method,
                                                       const ProtobufCMessage *request, ProtobufCMessage *response)
{
    return client->ops->call(client, ctx, method, request, response);
}
/* The "local" driver, for a service in this process. */
RpcClient *rpc_client_local(const RpcService *service, void *impl);
void rpc_client_free(RpcClient *client);
