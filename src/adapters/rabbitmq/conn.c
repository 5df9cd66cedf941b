#include "adapters/rabbitmq/conn.h"

#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME_MAX      131072
#define CONNECT_MS     3000
#define ANSWER_S       10
#define HEARTBEAT_S    10
#define PREFIX_DEFAULT "molva"

static bool has_password(Str url)
{
    ptrdiff_t at = str_find(url, '@');
    if (at < 0) return false;
    Str before = { url.ptr + sizeof "amqp://" - 1, (size_t)at - (sizeof "amqp://" - 1) };
    return str_find(before, ':') >= 0;
}

Err rabbitmq_address_parse(Ctx *ctx, const RabbitmqConfig *config, RabbitmqAddress *out_address)
{
    Str prefix = config->prefix.len ? config->prefix : STR(PREFIX_DEFAULT);
    if (str_starts_with(config->url, STR("amqps://")))
        return ctx_fail(ctx, ERR_INVALID, "rabbitmq: amqps:// is not supported; put a TLS proxy before it");
    if (!str_starts_with(config->url, STR("amqp://")))
        return ctx_fail(ctx, ERR_INVALID, "rabbitmq: the URL does not begin with amqp://");
    if (has_password(config->url))
        return ctx_fail(ctx, ERR_INVALID, "rabbitmq: no password in the URL; it comes from a file");

    RabbitmqAddress address = {
        .url = str_copy(config->url),
        .password = str_copy(config->password),
        .connect_timeout_ms = config->connect_timeout_ms ? config->connect_timeout_ms : CONNECT_MS,
        .heartbeat_s = config->heartbeat_s ? config->heartbeat_s : HEARTBEAT_S,
    };
    snprintf(address.prefix, sizeof address.prefix, "%.*s", STR_ARG(prefix));
    if (amqp_parse_url(address.url, &address.info) != AMQP_STATUS_OK || !*address.info.host) {
        rabbitmq_address_done(&address);
        return ctx_fail(ctx, ERR_INVALID, "rabbitmq: not of the form amqp://user@host:port/vhost: the URL");
    }
    if (!*address.info.vhost) address.info.vhost = "/";
    *out_address = address;
    return OK;
}

void rabbitmq_address_done(RabbitmqAddress *address)
{
    if (address->password) sodium_memzero(address->password, strlen(address->password));
    free(address->password);
    free(address->url);
    *address = (RabbitmqAddress){ 0 };
}

/* The broker's reason for closing a connection or channel; code 0: another frame. */
static Str close_text(const amqp_method_t *method, unsigned *out_code)
{
    if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = method->decoded;
        *out_code = closed->reply_code;
        return rabbitmq_str(closed->reply_text);
    }
    if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *closed = method->decoded;
        *out_code = closed->reply_code;
        return rabbitmq_str(closed->reply_text);
    }
    *out_code = 0;
    return STR("an answer of another kind");
}

/* Errors that a retry cannot fix. */
static bool is_refusal(unsigned code)
{
    return code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_FOUND || code == AMQP_PRECONDITION_FAILED ||
           code == AMQP_NOT_ALLOWED || code == AMQP_INVALID_PATH;
}

Err rabbitmq_reply_check(Ctx *ctx, amqp_rpc_reply_t reply, const char *what)
{
    unsigned code;
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return OK;
    if (reply.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION)
        return ctx_fail(ctx, ERR_UNAVAILABLE, "rabbitmq: %s: %s", what, amqp_error_string2(reply.library_error));
    Str text = close_text(&reply.reply, &code);
    return ctx_fail(ctx, is_refusal(code) ? ERR_INVALID : ERR_UNAVAILABLE, "rabbitmq: %s: %.*s", what, STR_ARG(text));
}

static Err sign_in(Ctx *ctx, const RabbitmqAddress *address, amqp_connection_state_t conn)
{
    struct timeval answer = { .tv_sec = ANSWER_S };
    amqp_set_handshake_timeout(conn, &answer);
    amqp_set_rpc_timeout(conn, &answer);
    Err err = rabbitmq_reply_check(ctx,
                                   amqp_login(conn, address->info.vhost, 0, FRAME_MAX, (int)address->heartbeat_s,
                                              AMQP_SASL_METHOD_PLAIN, address->info.user, address->password),
                                   "signing in");
    if (err) return err;
    amqp_channel_open(conn, RABBITMQ_CHANNEL);
    return rabbitmq_reply_check(ctx, amqp_get_rpc_reply(conn), "opening a channel");
}

Err rabbitmq_connect(Ctx *ctx, const RabbitmqAddress *address, amqp_connection_state_t *out_conn)
{
    struct timeval within = { .tv_sec = address->connect_timeout_ms / 1000,
                              .tv_usec = (suseconds_t)(address->connect_timeout_ms % 1000) * 1000 };
    amqp_connection_state_t conn = amqp_new_connection();
    amqp_socket_t *socket = conn ? amqp_tcp_socket_new(conn) : NULL;
    if (!socket) abort();
    int status = amqp_socket_open_noblock(socket, address->info.host, address->info.port, &within);
    Err err = status == AMQP_STATUS_OK ? sign_in(ctx, address, conn)
                                       : ctx_fail(ctx, ERR_UNAVAILABLE, "rabbitmq at %s:%d: %s", address->info.host,
                                                  address->info.port, amqp_error_string2(status));
    if (err) {
        rabbitmq_disconnect(conn, true);
        return err;
    }
    *out_conn = conn;
    return OK;
}

void rabbitmq_disconnect(amqp_connection_state_t conn, bool is_broken)
{
    struct timeval soon = { .tv_sec = 1 };
    if (!conn) return;
    if (!is_broken) {
        amqp_set_rpc_timeout(conn, &soon);
        (void)amqp_connection_close(conn, AMQP_REPLY_SUCCESS);
    }
    amqp_destroy_connection(conn);
}
