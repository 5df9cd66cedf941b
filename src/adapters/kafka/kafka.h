/* Kafka behind ports/bus.h. One topic, "molva.events"; a consumer group "molva.<consumer>" per consumer; events that a
 * consumer can never handle go to the topic "molva.<consumer>.dead". Everything uses partition 0: so a publisher's
 * events keep their order across topics, as the port promises, and one of several processes consumes. */
#pragma once
#include "ports/bus.h"

/* Zero fields take the defaults. Copied by kafka_open(). */
typedef struct KafkaConfig {
    Str url;                     /* "kafka://[user@]host:port,host:port" */
    Str password;                /* of the user, for SCRAM-SHA-256 */
    Str prefix;                  /* of topics and groups: "molva" */
    uint32_t publish_timeout_ms; /* until an event counts as not published: 10000 */
} KafkaConfig;

/* Connects in the background: an unreachable Kafka is not an error.
 *   ERR_INVALID  the URL is malformed; ctx has the details */
MUST_CHECK Err kafka_open(Ctx *ctx, const KafkaConfig *config, Bus **out_bus);
