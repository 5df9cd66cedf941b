/* Cases that RFC 9110 and RFC 9112 require a server to refuse. */
#include "net/http_rules.h"

static const HttpRefusal passed = { 0 };

static HttpRefusal malformed(const char *why)
{
    return (HttpRefusal){ 400, ERR_INVALID, why };
}

Str http_header(const HttpRequest *request, Str name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (str_eq_nocase(request->headers[i].name, name)) return request->headers[i].value;
    return (Str){ NULL, 0 };
}

/* The only header of that name, or none: then ptr is NULL. False when there are several. */
static bool single_header(const HttpRequest *request, Str name, Str *out_value)
{
    size_t found = 0;
    *out_value = http_header(request, name);
    for (size_t i = 0; i < request->n_headers; i++) found += str_eq_nocase(request->headers[i].name, name);
    return found <= 1;
}

static HttpRefusal check_version(HttpMessage *message)
{
    if (message->version != 10 && message->version != 11)
        return (HttpRefusal){ 505, ERR_INVALID, "only HTTP/1.1 and HTTP/1.0 are spoken here" };
    if (str_eq(message->request.method, STR("CONNECT")))
        return (HttpRefusal){ 501, ERR_UNIMPLEMENTED, "this is no proxy" };
    return passed;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool has_only(Str text, Str besides_alnum)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_alnum(text.ptr[i]) && str_find(besides_alnum, text.ptr[i]) < 0) return false;
    return true;
}

/* uri-host [ ":" port ] of RFC 3986, section 3.2.2; "," is left out, it only comes from joined headers. */
static bool host_valid(Str host)
{
    bool literal = host.len && host.ptr[0] == '[';
    Str port = host, name = str_cut(&port, literal ? ']' : ':');
    uint64_t number;
    if (literal) {
        bool closed = name.len < host.len;
        name = (Str){ name.ptr + 1, name.len - 1 };
        if (!closed || (port.len && port.ptr[0] != ':')) return false;
        str_cut(&port, ':');
    }
    if (name.len == 0 || !has_only(name, literal ? STR(":.") : STR("-._~%!$&'()*+;="))) return false;
    return port.len == 0 || str_to_u64(port, 65535, &number);
}

static HttpRefusal check_host(HttpMessage *message)
{
    Str host;
    if (!single_header(&message->request, STR("host"), &host)) return malformed("there is more than one Host header");
    if (host.ptr) return host_valid(host) ? passed : malformed("the Host header is malformed");
    return message->version == 10 ? passed : malformed("the Host header is missing");
}

/* RFC 9112, section 6: the framing must be unambiguous, or the bytes that follow could be parsed as another request.
 * The parser has already read the value of Content-Length. */
static HttpRefusal check_framing(HttpMessage *message)
{
    Str coding, length;
    if (!single_header(&message->request, STR("content-length"), &length))
        return malformed("there is more than one Content-Length header");

    bool one_coding = single_header(&message->request, STR("transfer-encoding"), &coding);
    message->has_body = coding.ptr || message->content_length > 0;
    if (!coding.ptr) return passed;
    if (length.ptr) return malformed("Content-Length and Transfer-Encoding exclude each other");
    if (message->version == 10) return malformed("HTTP/1.0 has no Transfer-Encoding");
    if (!one_coding || !str_eq_nocase(coding, STR("chunked")))
        return (HttpRefusal){ 501, ERR_UNIMPLEMENTED, "the only transfer coding here is chunked" };
    return passed;
}

static HttpRefusal check_expect(HttpMessage *message)
{
    Str expect;
    bool single = single_header(&message->request, STR("expect"), &expect);
    if (!expect.ptr || message->version == 10) return passed; /* HTTP/1.0 ignores it: RFC 9110, section 10.1.1 */
    if (!single || !str_eq_nocase(expect, STR("100-continue")))
        return (HttpRefusal){ 417, ERR_INVALID, "the only expectation here is 100-continue" };
    message->expects_continue = message->has_body;
    return passed;
}

/* Headers that grant access must not be repeated: a proxy may have checked the other one. */
static HttpRefusal check_single(HttpMessage *message)
{
    static const struct {
        Str name;
        const char *why;
    } singles[] = {
        { { "authorization", 13 }, "there is more than one Authorization header" },
        { { "origin", 6 }, "there is more than one Origin header" },
    };
    Str value;
    for (size_t i = 0; i < ARRAY_LEN(singles); i++)
        if (!single_header(&message->request, singles[i].name, &value)) return malformed(singles[i].why);
    return passed;
}

/* Cuts the scheme and authority off an absolute-form target, leaving "" or "/..." or "?..."; false for any other
 * form. */
static bool cut_authority(Str *target)
{
    static const Str schemes[] = { { "http://", 7 }, { "https://", 8 } };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        Str scheme = schemes[i];
        if (target->len < scheme.len || !str_eq_nocase((Str){ target->ptr, scheme.len }, scheme)) continue;
        size_t at = scheme.len;
        while (at < target->len && target->ptr[at] != '/' && target->ptr[at] != '?') at++;
        *target = (Str){ target->ptr + at, target->len - at };
        return true;
    }
    return false;
}

/* Origin-form, absolute-form, or "*" for OPTIONS: RFC 9112, section 3.2. */
static HttpRefusal split_target(HttpRequest *request, Str target)
{
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] <= ' ' || target.ptr[i] >= 0x7f || target.ptr[i] == '#')
            return malformed("the request target has a forbidden character");

    bool absolute = cut_authority(&target);
    bool star = str_eq(target, STR("*")) && str_eq(request->method, STR("OPTIONS"));
    if (!absolute && !star && !str_starts_with(target, STR("/")))
        return malformed("the request target must begin with a slash");
    request->path = str_cut(&target, '?');
    request->query = target;
    if (request->path.len == 0) request->path = STR("/");
    return passed;
}

HttpRefusal http_rules_check(HttpMessage *message, Str target)
{
    static HttpRefusal (*const rules[])(HttpMessage *) = { check_version, check_host, check_framing, check_expect,
                                                           check_single };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        HttpRefusal refusal = rules[i](message);
        if (refusal.status) return refusal;
    }
    return split_target(&message->request, target);
}
