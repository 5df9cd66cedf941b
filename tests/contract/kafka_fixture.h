/* A Kafka driver on a cluster of three that librdkafka plays in this process, each driver with topics of its own. */
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "adapters/kafka/kafka.h"
#include "support/test.h"

static inline rd_kafka_mock_cluster_t *kafka_fixture_cluster(void)
{
    static rd_kafka_mock_cluster_t *cluster;
    char why[200];
    if (cluster) return cluster;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!host) fail_msg("%s", why);
    cluster = rd_kafka_mock_cluster_new(host, 3);
    assert_non_null(cluster);
    return cluster;
}

/* prefix: NULL for one of its own. */
static inline Bus *kafka_fixture_open_as(const char *named)
{
    static int opened;
    char prefix[32], url[200];
    Bus *bus = NULL;
    Ctx *ctx = test_ctx_new();
    snprintf(prefix, sizeof prefix, "t%d", opened++);
    snprintf(url, sizeof url, "kafka://%s", rd_kafka_mock_cluster_bootstraps(kafka_fixture_cluster()));
    KafkaConfig config = { .url = str_of(url), .prefix = str_of(named ? named : prefix) };
    if (kafka_open(ctx, &config, &bus)) fail_msg("%s", ctx->err_text);
    ctx_free(ctx);
    return bus;
}

static inline Bus *kafka_fixture_open(void)
{
    return kafka_fixture_open_as(NULL);
}
