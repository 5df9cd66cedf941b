/* Kafka behind ports/bus.h. One topic, "molva.events"; a consumer group "molva.<consumer>" per consumer; what a consumer can never
 * handle goes to the topic "molva.<consumer>.dead". Everything goes to partition 0: a publisher's events keep their order whatever
 * their topic, as the port promises, and of several processes one consumes. */
#pragma once
#include "ports/bus.h"

/* Zero fields take the defaults. Copied by kafka_open(). */
typedef struct KafkaConfig {
    Str url;                     /* "kafka://[user@]host:port,host:port" */
    Str password;                /* of the user, for SCRAM-SHA-256 */
    Str prefix;                  /* of topics and groups: "molva" */
    uint32_t publish_timeout_ms; /* until an event counts as not taken: 10000 */
} KafkaConfig;

/* Connects in the background: a Kafka that does not answer is no failure.
 *   ERR_INVALID  the URL is malformed; ctx says how */
MUST_CHECK Err kafka_open(Ctx *ctx, const KafkaConfig *config, Bus **out_bus);
