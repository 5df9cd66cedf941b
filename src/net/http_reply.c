/* The text of replies: status line, headers, and the one JSON shape of every error. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/http_internal.h"
#include "runtime/clock.h"

static const char *reason_phrase(int status)
{
    switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return ""; /* RFC 9112, section 4: it may be empty */
    }
}

/* IMF-fixdate of RFC 9110, section 5.6.7, made once per second. */
static const char *date_now(HttpServer *server)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t now_s = clock_now_ms() / 1000;
    if (now_s == server->date_s) return server->date;
    time_t seconds = (time_t)now_s;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    server->date_s = now_s;
    snprintf(server->date, sizeof server->date, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * (tm.tm_wday % 7),
             (unsigned)tm.tm_mday % 100, months + 3 * (tm.tm_mon % 12), (unsigned)(tm.tm_year + 1900) % 10000,
             (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
    return server->date;
}

/* A line break in a value would let its author inject headers. */
static bool header_safe(const HttpHeader *header)
{
    for (size_t i = 0; i < header->value.len; i++) {
        unsigned char c = (unsigned char)header->value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

void http_reply_head(StrBuf *out, HttpServer *server, const HttpReply *reply, HttpPersistence persistence)
{
    strbuf_add(out, STR("HTTP/1.1 "));
    strbuf_add_u64(out, (uint64_t)reply->status);
    strbuf_add_char(out, ' ');
    strbuf_add(out, str_of(reason_phrase(reply->status)));
    strbuf_add(out, STR("\r\nDate: "));
    strbuf_add(out, str_of(date_now(server)));
    /* Browsers must believe the declared type instead of sniffing the first bytes. */
    strbuf_add(out, STR("\r\nX-Content-Type-Options: nosniff"));
    if (reply->status != 204 && reply->status != 304) {
        strbuf_add(out, STR("\r\nContent-Length: "));
        strbuf_add_u64(out, reply->body.len);
    }
    if (persistence == HTTP_CLOSE) strbuf_add(out, STR("\r\nConnection: close"));
    if (persistence == HTTP_KEEP_1_0) strbuf_add(out, STR("\r\nConnection: keep-alive"));
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (!header_safe(&reply->headers[i])) continue;
        strbuf_add(out, STR("\r\n"));
        strbuf_add(out, reply->headers[i].name);
        strbuf_add(out, STR(": "));
        strbuf_add(out, reply->headers[i].value);
    }
    strbuf_add(out, STR("\r\n\r\n"));
}

static void add_json_text(StrBuf *out, Str text)
{
    bool utf8 = text.len == 0 || utf8_valid(text);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            strbuf_add_char(out, '\\');
            strbuf_add_char(out, (char)c);
        } else if (c < ' ') {
            strbuf_fmt(out, "\\u%04x", c);
        } else {
            strbuf_add_char(out, c >= 0x80 && !utf8 ? '?' : (char)c);
        }
    }
}

void http_error_json(StrBuf *out, Err err, Str message, uint32_t retry_after_ms)
{
    const ErrInfo *info = err_info(err);
    strbuf_add(out, STR("{\"error\":{\"code\":\""));
    strbuf_add(out, str_of(info->name));
    strbuf_add(out, STR("\",\"message\":\""));
    add_json_text(out, message.len ? message : str_of(info->text));
    strbuf_add(out, info->retryable ? STR("\",\"retryable\":true") : STR("\",\"retryable\":false"));
    strbuf_add(out, STR(",\"retry_after_ms\":"));
    strbuf_add_u64(out, retry_after_ms);
    strbuf_add(out, STR("}}"));
}
