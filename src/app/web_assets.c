/* Selects a file by path, its encoding by the request, and the policy for the browser. Each file is embedded in up to
 * three encodings; pages that nobody requests are never read from disk. */
#include "app/web_assets.h"

#include <stdlib.h>

#define HEADERS_MAX 16

/* Same origin only; only our own script files run; strings never become code. 'self' covers the WebSocket too. */
#define CONTENT_SECURITY_POLICY                                                                              \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " \
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "  \
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types molva"

static const HttpHeader guards[] = {
    { STR("Content-Security-Policy"), STR(CONTENT_SECURITY_POLICY) },
    { STR("X-Frame-Options"), STR("DENY") },
    { STR("Referrer-Policy"), STR("no-referrer") },
    { STR("Cross-Origin-Opener-Policy"), STR("same-origin") },
    { STR("Cross-Origin-Resource-Policy"), STR("same-origin") },
    { STR("Permissions-Policy"), STR("camera=(), geolocation=(), microphone=(), payment=(), usb=()") },
};

/* Paths of the contract; a missing one is an error for programs, never the page. */
static const Str reserved[] = { { "/v1", 3 }, { "/.well-known", 12 }, { "/assets", 7 } };

static bool is_reserved(Str path)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
        Str prefix = reserved[i];
        if (str_starts_with(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/')) return true;
    }
    return false;
}

static int by_path(const void *key, const void *file)
{
    const Str *path = key;
    Str other = ((const WebFile *)file)->path;
    int order = memcmp(path->ptr, other.ptr, path->len < other.len ? path->len : other.len);
    if (order) return order;
    return (path->len > other.len) - (path->len < other.len);
}

static const WebFile *find_file(const WebFiles *web, Str path)
{
    if (!web->n_files) return NULL;
    return bsearch(&path, web->files, web->n_files, sizeof *web->files, by_path);
}

/* The next element of a comma-separated list; *out_params is the part after its ';'. */
static Str next_element(Str *rest, Str *out_params)
{
    Str params = str_cut(rest, ',');
    Str value = str_cut(&params, ';');
    *out_params = str_trim(params);
    return str_trim(value);
}

static bool weight_is_zero(Str params)
{
    if (!str_starts_with(params, STR("q=")) && !str_starts_with(params, STR("Q="))) return false;
    for (size_t i = 2; i < params.len; i++)
        if (params.ptr[i] != '0' && params.ptr[i] != '.') return false;
    return params.len > 2;
}

/* RFC 9110, section 12.5.3. The server chooses among the accepted encodings, so only a weight of zero matters. */
static bool accepts_encoding(const HttpRequest *request, Str encoding)
{
    Str rest = http_header(request, STR("accept-encoding"));
    bool any = false;
    while (rest.len) {
        Str params, value = next_element(&rest, &params);
        if (str_eq_nocase(value, encoding)) return !weight_is_zero(params);
        if (str_eq(value, STR("*"))) any = !weight_is_zero(params);
    }
    return any;
}

static bool accepts_pages(const HttpRequest *request)
{
    Str rest = http_header(request, STR("accept"));
    while (rest.len) {
        Str params, value = next_element(&rest, &params);
        if (str_eq_nocase(value, STR("text/html"))) return !weight_is_zero(params);
    }
    return false;
}

/* The weak comparison of RFC 9110, section 8.8.3.2: a proxy that compresses makes our tag weak. */
static bool has_already(const HttpRequest *request, Str tag)
{
    Str rest = http_header(request, STR("if-none-match"));
    while (rest.len) {
        Str known = str_trim(str_cut(&rest, ','));
        if (str_starts_with(known, STR("W/"))) known = (Str){ known.ptr + 2, known.len - 2 };
        if (str_eq(known, tag) || str_eq(known, STR("*"))) return true;
    }
    return false;
}

/* A reply with room for HEADERS_MAX headers, including those that every response has. */
static HttpHeader *begin_reply(HttpReply *reply, Arena *arena)
{
    HttpHeader *headers = arena_new_array(arena, HttpHeader, HEADERS_MAX);
    memcpy(headers, guards, sizeof guards);
    *reply = (HttpReply){ .status = 200, .headers = headers, .n_headers = ARRAY_LEN(guards), .body_stays = true };
    return headers;
}

static void reply_with_file(const WebFile *file, const HttpRequest *request, Arena *arena, HttpReply *reply)
{
    HttpHeader *headers = begin_reply(reply, arena);
    size_t n = reply->n_headers;
    Str encoding = { 0 };
    reply->body = file->plain;
    if (file->brotli.len && accepts_encoding(request, STR("br"))) {
        encoding = STR("br");
        reply->body = file->brotli;
    } else if (file->gzip.len && accepts_encoding(request, STR("gzip"))) {
        encoding = STR("gzip");
        reply->body = file->gzip;
    }
    Str tag = encoding.len ? str_fmt(arena, "\"%.*s-%.*s\"", STR_ARG(file->hash), STR_ARG(encoding))
                           : str_fmt(arena, "\"%.*s\"", STR_ARG(file->hash));

    headers[n++] = (HttpHeader){ STR("Cache-Control"),
                                 file->immutable ? STR("public, max-age=31536000, immutable") : STR("no-cache") };
    headers[n++] = (HttpHeader){ STR("ETag"), tag };
    headers[n++] = (HttpHeader){ STR("Vary"), STR("Accept-Encoding") };
    if (has_already(request, tag)) {
        reply->status = 304;
        reply->body = (Str){ 0 };
    } else {
        headers[n++] = (HttpHeader){ STR("Content-Type"), file->content_type };
        if (encoding.len) headers[n++] = (HttpHeader){ STR("Content-Encoding"), encoding };
    }
    reply->n_headers = n;
}

static void reply_without_client(HttpReply *reply, Arena *arena)
{
    HttpHeader *headers = begin_reply(reply, arena);
    headers[reply->n_headers++] = (HttpHeader){ STR("Content-Type"), STR("text/plain; charset=utf-8") };
    headers[reply->n_headers++] = (HttpHeader){ STR("Cache-Control"), STR("no-cache") };
    reply->body = STR("This is a Molva server. It was built without the web client; programs find its API below /v1, "
                      "described at /v1/openapi.json.\n");
}

bool web_assets_reply(const WebFiles *web, const HttpRequest *request, Arena *arena, HttpReply *out_reply)
{
    const WebFile *file = find_file(web, request->path);
    bool root = str_eq(request->path, STR("/"));
    if (!file && (root || (!is_reserved(request->path) && accepts_pages(request))))
        file = find_file(web, STR("/index.html"));
    if (file)
        reply_with_file(file, request, arena, out_reply);
    else if (root)
        reply_without_client(out_reply, arena);
    return file || root;
}

static void on_request(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    const WebFiles *web = owner;
    HttpReply reply;
    if (web_assets_reply(web, http_request(exchange), http_arena(exchange), &reply))
        http_reply(exchange, &reply);
    else
        http_fail(exchange, ERR_NOT_FOUND, STR("there is nothing at this path"), 0);
}

void web_assets_add_routes(Rest *rest)
{
    rest_set_fallback(rest, on_request, (void *)&web_files);
}
