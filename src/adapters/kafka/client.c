#include "adapters/kafka/client.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define PUBLISH_MS 10000

Err kafka_address_parse(Ctx *ctx, const KafkaConfig *config, KafkaAddress *out_address)
{
    static const Str scheme = { "kafka://", 8 };
    if (!str_starts_with(config->url, scheme))
        return ctx_fail(ctx, ERR_INVALID, "kafka: the URL does not begin with kafka://");
    Str brokers = { config->url.ptr + scheme.len, config->url.len - scheme.len }, user = { 0 };
    if (str_find(brokers, '@') >= 0) user = str_cut(&brokers, '@');
    if (str_find(user, ':') >= 0)
        return ctx_fail(ctx, ERR_INVALID, "kafka: no password in the URL; it comes from a file");
    if (brokers.len == 0 || str_find(brokers, '/') >= 0)
        return ctx_fail(ctx, ERR_INVALID, "kafka: not of the form kafka://host:port,host:port: the URL");

    Str prefix = config->prefix.len ? config->prefix : STR("molva");
    KafkaAddress address = { .brokers = str_copy(brokers),
                             .user = user.len ? str_copy(user) : NULL,
                             .password = str_copy(config->password),
                             .publish_timeout_ms =
                                 config->publish_timeout_ms ? config->publish_timeout_ms : PUBLISH_MS };
    snprintf(address.prefix, sizeof address.prefix, "%.*s", STR_ARG(prefix));
    snprintf(address.topic, sizeof address.topic, "%s.events", address.prefix);
    *out_address = address;
    return OK;
}

void kafka_address_done(KafkaAddress *address)
{
    if (address->password) sodium_memzero(address->password, strlen(address->password));
    free(address->password);
    free(address->user);
    free(address->brokers);
    *address = (KafkaAddress){ 0 };
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) return;
    fprintf(stderr, "kafka: %s\n", why);
    abort();
}

rd_kafka_t *kafka_client_new(const KafkaAddress *address, rd_kafka_type_t type, const KafkaOption *options,
                             void (*on_delivery)(rd_kafka_t *, const rd_kafka_message_t *, void *))
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", address->brokers);
    set(conf, "client.id", "molva");
    set(conf, "log_level", "0"); /* relevant failures are returned as errors */
    if (address->user) {
        set(conf, "security.protocol", "sasl_plaintext");
        set(conf, "sasl.mechanisms", "SCRAM-SHA-256");
        set(conf, "sasl.username", address->user);
        set(conf, "sasl.password", address->password);
    }
    for (; options->name; options++) set(conf, options->name, options->value);
    if (on_delivery) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (client) return client;
    fprintf(stderr, "kafka: %s\n", why);
    abort();
}
