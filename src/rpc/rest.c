/* Turns an HTTP exchange into an RpcCall and its result into a reply. The call borrows from the exchange, which lives
 * until the reply. */
#include "rpc/rest.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "net/url.h"
#include "rpc/identity.h"
#include "rpc/trace.h"
#include "runtime/clock.h"

#define ROUTES_MAX   128
#define RAWS_MAX     16
#define SEGMENTS_MAX 8
#define FIELDS_MAX   128 /* path variables and query parameters per request */

typedef struct Route {
    const RpcMethod *method;
    Str segments[SEGMENTS_MAX]; /* "{name}" for a variable */
    size_t n_segments, n_variables;
} Route;

typedef struct Raw {
    Str path;
    RestRawFn fn;
    void *owner;
} Raw;

struct Rest {
    Rpc *rpc;
    Route routes[ROUTES_MAX]; /* fewest variables first: /v1/users/me before /v1/users/{id} */
    size_t n_routes;
    Raw raws[RAWS_MAX];
    size_t n_raws;
    Raw fallback; /* fn NULL: none */
};

static size_t split_path(Str path, Str out_segments[SEGMENTS_MAX])
{
    size_t n = 0;
    if (!path.len || path.ptr[0] != '/') return 0;
    path.ptr++, path.len--;
    for (;;) {
        if (n == SEGMENTS_MAX) return 0;
        ptrdiff_t slash = str_find(path, '/');
        out_segments[n++] = slash < 0 ? path : (Str){ path.ptr, (size_t)slash };
        if (slash < 0) return n;
        path = (Str){ path.ptr + slash + 1, path.len - (size_t)slash - 1 };
    }
}

static bool is_variable(Str segment)
{
    return segment.len > 2 && segment.ptr[0] == '{';
}

static void add_route(void *arg, const RpcMethod *method)
{
    Rest *rest = arg;
    if (!method->path) return;
    if (rest->n_routes == ROUTES_MAX) abort();
    Route *route = &rest->routes[rest->n_routes++];
    route->method = method;
    route->n_segments = split_path(str_of(method->path), route->segments);
    for (size_t i = 0; i < route->n_segments; i++) route->n_variables += is_variable(route->segments[i]);
}

static int fewer_variables_first(const void *a, const void *b)
{
    const Route *left = a, *right = b;
    return (int)left->n_variables - (int)right->n_variables;
}

Rest *rest_new(Rpc *rpc)
{
    Rest *rest = calloc(1, sizeof *rest);
    if (!rest) abort();
    rest->rpc = rpc;
    if (rpc) rpc_each(rpc, add_route, rest);
    qsort(rest->routes, rest->n_routes, sizeof *rest->routes, fewer_variables_first);
    return rest;
}

void rest_free(Rest *rest)
{
    free(rest);
}

void rest_add_raw(Rest *rest, const char *path, RestRawFn fn, void *owner)
{
    if (rest->n_raws == RAWS_MAX) abort();
    rest->raws[rest->n_raws++] = (Raw){ str_of(path), fn, owner };
}

void rest_set_fallback(Rest *rest, RestRawFn fn, void *owner)
{
    rest->fallback = (Raw){ .fn = fn, .owner = owner };
}

static bool path_matches(const Route *route, const Str *segments, size_t n_segments)
{
    if (route->n_segments != n_segments) return false;
    for (size_t i = 0; i < n_segments; i++)
        if (!is_variable(route->segments[i]) && !str_eq(route->segments[i], segments[i])) return false;
    return true;
}

/* Lists each verb once, though /v1/users/me also matches /v1/users/{id}. GET implies HEAD. */
static void allow_verb(StrBuf *allow, Str verb)
{
    Str rest = strbuf_str(allow);
    while (rest.len)
        if (str_eq(str_trim(str_cut(&rest, ',')), verb)) return;
    if (allow->len) strbuf_add(allow, STR(", "));
    strbuf_add(allow, verb);
    if (str_eq(verb, STR("GET"))) strbuf_add(allow, STR(", HEAD"));
}

/* Finds the route of a request; otherwise ERR_METHOD_NOT_ALLOWED with the existing verbs, or ERR_NOT_FOUND. */
static Err find_route(const Rest *rest, Str verb, const Str *segments, size_t n_segments, const Route **out_route,
                      StrBuf *out_allow)
{
    if (str_eq(verb, STR("HEAD"))) verb = STR("GET");
    for (size_t i = 0; i < rest->n_routes; i++) {
        const Route *route = &rest->routes[i];
        if (!path_matches(route, segments, n_segments)) continue;
        if (str_eq(str_of(route->method->verb), verb)) {
            *out_route = route;
            return OK;
        }
        allow_verb(out_allow, str_of(route->method->verb));
    }
    return out_allow->len ? ERR_METHOD_NOT_ALLOWED : ERR_NOT_FOUND;
}

static Err collect_fields(RpcCall *call, const Route *route, const Str *segments, Str query)
{
    Arena *arena = call->ctx->arena;
    RpcParam *fields = arena_new_array(arena, RpcParam, FIELDS_MAX);
    size_t n = 0;

    for (size_t i = 0; i < route->n_segments; i++) {
        Str name = route->segments[i];
        if (!is_variable(name)) continue;
        fields[n].name = (Str){ name.ptr + 1, name.len - 2 };
        if (!url_decode(arena, segments[i], false, &fields[n++].value))
            return ctx_fail(call->ctx, ERR_INVALID, "the path is not well percent-encoded UTF-8");
    }
    Str name, value;
    bool bad = false;
    while (url_query_next(&query, arena, &name, &value, &bad)) {
        if (n == FIELDS_MAX) return ctx_fail(call->ctx, ERR_INVALID, "more than %d parameters", FIELDS_MAX);
        for (size_t i = 0; i < route->n_variables; i++)
            if (str_eq(fields[i].name, name))
                return ctx_fail(call->ctx, ERR_INVALID, "%.*s: stands in the path already", STR_ARG(name));
        fields[n++] = (RpcParam){ name, value };
    }
    if (bad) return ctx_fail(call->ctx, ERR_INVALID, "the query is not well percent-encoded UTF-8");
    call->fields = fields;
    call->n_fields = n;
    return OK;
}

ON_LOOP static void reply(HttpExchange *exchange, RpcCall *call)
{
    char retry_after[16];
    HttpHeader headers[5] = {
        { STR("Content-Type"), STR("application/json") },
        { STR("Cache-Control"), STR("no-store") },
        { STR("X-Request-Id"), str_of(call->ctx->trace_id) },
    };
    size_t n = 3;
    if (call->err == ERR_UNAUTHENTICATED) headers[n++] = (HttpHeader){ STR("WWW-Authenticate"), STR("Bearer") };
    if (call->err && call->ctx->retry_after_ms) {
        snprintf(retry_after, sizeof retry_after, "%u", (call->ctx->retry_after_ms + 999) / 1000);
        headers[n++] = (HttpHeader){ STR("Retry-After"), str_of(retry_after) };
    }
    StrBuf body;
    strbuf_init(&body, call->ctx->arena);
    if (call->err) http_error_json(&body, call->err, str_of(call->error_text), call->ctx->retry_after_ms);
    if (call->answer.units) {
        charge_release(http_held(exchange)); /* the exchange, and so the request's bytes, end now */
        charge_move(http_held(exchange), &call->answer);
    }
    http_reply(exchange, &(HttpReply){
                             .status = err_info(call->err)->http_status,
                             .headers = headers,
                             .n_headers = n,
                             .body = call->err ? strbuf_str(&body) : call->result,
                         });
}

static void on_done(RpcCall *call)
{
    thread_role_assert(THREAD_LOOP);
    reply(call->owner, call);
    rpc_call_free(call);
}

ON_LOOP static void start_call(Rest *rest, HttpExchange *exchange, const Route *route, const Str *segments)
{
    const HttpRequest *request = http_request(exchange);
    RpcCall *call = rpc_call_new(rest->rpc, route->method);
    call->ctx->peer = request->peer;
    call->ctx->user_agent = http_header(request, STR("user-agent"));
    trace_take(call->ctx, http_header(request, STR("traceparent")));
    call->token = identity_bearer_token(http_header(request, STR("authorization")));
    call->loop = loop_current();
    call->owner = exchange;
    call->done = on_done;
    bool has_body = !str_eq(str_of(route->method->verb), STR("GET"));
    if (has_body) call->body = request->body;

    Err err = collect_fields(call, route, segments, request->query);
    if (err) {
        call->err = err;
        call->error_text = call->ctx->err_text;
        on_done(call);
        return;
    }
    rpc_start(call);
}

static const Raw *find_raw(const Rest *rest, Str path)
{
    for (size_t i = 0; i < rest->n_raws; i++)
        if (str_eq(rest->raws[i].path, path)) return &rest->raws[i];
    return NULL;
}

static bool is_get(const HttpRequest *request)
{
    return str_eq(request->method, STR("GET")) || str_eq(request->method, STR("HEAD"));
}

ON_LOOP static void not_allowed(HttpExchange *exchange, Str allow)
{
    StrBuf body;
    strbuf_init(&body, http_arena(exchange));
    http_error_json(&body, ERR_METHOD_NOT_ALLOWED, STR("this path does not know that verb"), 0);
    HttpHeader headers[] = { { STR("Content-Type"), STR("application/json") }, { STR("Allow"), allow } };
    http_reply(exchange, &(HttpReply){ .status = 405, .headers = headers, .n_headers = 2, .body = strbuf_str(&body) });
}

ON_LOOP static void no_such_path(const Rest *rest, HttpExchange *exchange)
{
    if (rest->fallback.fn && is_get(http_request(exchange)))
        rest->fallback.fn(rest->fallback.owner, exchange);
    else
        http_fail(exchange, ERR_NOT_FOUND, STR("there is nothing at this path"), 0);
}

static void on_request(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    Rest *rest = owner;
    const HttpRequest *request = http_request(exchange);
    const Raw *raw = find_raw(rest, request->path);
    if (raw) {
        if (is_get(request))
            raw->fn(raw->owner, exchange);
        else
            not_allowed(exchange, STR("GET, HEAD"));
        return;
    }
    Str segments[SEGMENTS_MAX];
    size_t n_segments = split_path(request->path, segments);
    const Route *route = NULL;
    StrBuf allow;
    strbuf_init(&allow, http_arena(exchange));
    switch (find_route(rest, request->method, segments, n_segments, &route, &allow)) {
    case OK: start_call(rest, exchange, route, segments); break;
    case ERR_METHOD_NOT_ALLOWED: not_allowed(exchange, strbuf_str(&allow)); break;
    default: no_such_path(rest, exchange);
    }
}

static HttpRefusal refusal_of(Err err, const char *why)
{
    return (HttpRefusal){ err_info(err)->http_status, err, why };
}

/* Charges a body before it arrives. A request without a token may only be small; a token that was never verified is
 * charged to its address. */
static size_t body_limit(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal)
{
    thread_role_assert(THREAD_LOOP);
    char key[CALLER_KEY_MAX];
    const Rest *rest = owner;
    const HttpRequest *request = http_request(exchange);
    Str token = identity_bearer_token(http_header(request, STR("authorization")));
    size_t limit = token.len ? RPC_BODY_MAX : RPC_BODY_UNKNOWN_MAX;
    size_t bytes = declared && declared < limit ? (size_t)declared : limit;
    Budget *budget = rpc_limits(rest->rpc)->bytes;
    if (!budget || declared > limit) return limit;
    Str payer = rpc_payer(rest->rpc, token, request->peer, key);
    switch (budget_take(budget, payer, bytes, http_held(exchange))) {
    case BUDGET_OK: break;
    case BUDGET_SHARE_FULL: *out_refusal = refusal_of(ERR_RATE_LIMITED, "too many bytes of yours are under way"); break;
    case BUDGET_FULL: *out_refusal = refusal_of(ERR_UNAVAILABLE, "too many bytes are under way"); break;
    }
    return limit;
}

const HttpHandlers rest_handlers = { .body_limit = body_limit, .on_request = on_request };
