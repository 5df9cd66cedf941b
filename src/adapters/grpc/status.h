/* Maps an Err to a gRPC status and back. Several errors share a status, so the name travels in the trailing metadata:
 * our own processes lose nothing, other clients have the status. Any thread. */
#pragma once
#include <grpc/grpc.h>

#include "base/ctx.h"

#define METADATA_ERROR          "molva-error"
#define METADATA_RETRY_AFTER    "molva-retry-after-ms"
#define METADATA_REFUSED        "molva-refused" /* "service-token": a fault between our processes */
#define METADATA_SERVICE_TOKEN  "molva-service-token"
#define METADATA_CLIENT_ADDRESS "molva-client-address"
#define METADATA_CLIENT_AGENT   "molva-client-agent"
#define METADATA_TRACE          "traceparent"

#define STATUS_METADATA_MAX 3

/* The trailing metadata of a failed call; returns their number. Freed by status_metadata_free(). */
size_t status_metadata(grpc_metadata out[STATUS_METADATA_MAX], Err err, uint32_t retry_after_ms, bool identity_refused);
void status_metadata_free(grpc_metadata *metadata, size_t count);

/* The value of a key, or an empty Str; lives as long as the metadata. */
Str metadata_find(const grpc_metadata_array *metadata, const char *key);
/* The error in a response; its text goes to ctx. Never OK. */
Err status_read(Ctx *ctx, const char *service, grpc_status_code status, Str text, const grpc_metadata_array *trailing);
