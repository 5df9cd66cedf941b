/* Maps errors to gRPC and back. */
#include "adapters/grpc/status.h"

#include <stdio.h>

#include "adapters/grpc/engine.h"

static grpc_metadata pair(const char *key, Str value)
{
    return (grpc_metadata){ .key = grpc_slice_from_static_string(key), .value = grpc_slice_of(value) };
}

size_t status_metadata(grpc_metadata out[STATUS_METADATA_MAX], Err err, uint32_t retry_after_ms, bool identity_refused)
{
    char number[16];
    size_t n = 0;
    if (err) out[n++] = pair(METADATA_ERROR, str_of(err_info(err)->name));
    if (retry_after_ms) {
        snprintf(number, sizeof number, "%u", retry_after_ms);
        out[n++] = pair(METADATA_RETRY_AFTER, str_of(number));
    }
    if (identity_refused) out[n++] = pair(METADATA_REFUSED, STR("service-token"));
    return n;
}

void status_metadata_free(grpc_metadata *metadata, size_t count)
{
    for (size_t i = 0; i < count; i++) grpc_slice_unref(metadata[i].value);
}

Str metadata_find(const grpc_metadata_array *metadata, const char *key)
{
    for (size_t i = 0; i < metadata->count; i++)
        if (str_eq(grpc_slice_str(&metadata->metadata[i].key), str_of(key)))
            return grpc_slice_str(&metadata->metadata[i].value);
    return (Str){ 0 };
}

/* Maps statuses from the library itself, or from a foreign server. */
static Err err_of_status(grpc_status_code status)
{
    switch (status) {
    case GRPC_STATUS_INVALID_ARGUMENT:
    case GRPC_STATUS_OUT_OF_RANGE: return ERR_INVALID;
    case GRPC_STATUS_UNAUTHENTICATED: return ERR_UNAUTHENTICATED;
    case GRPC_STATUS_PERMISSION_DENIED: return ERR_FORBIDDEN;
    case GRPC_STATUS_NOT_FOUND: return ERR_NOT_FOUND;
    case GRPC_STATUS_ALREADY_EXISTS: return ERR_CONFLICT;
    case GRPC_STATUS_FAILED_PRECONDITION: return ERR_PRECONDITION;
    case GRPC_STATUS_RESOURCE_EXHAUSTED: return ERR_TOO_LARGE; /* the library's word for a message over the limit */
    case GRPC_STATUS_UNIMPLEMENTED: return ERR_UNIMPLEMENTED;
    case GRPC_STATUS_DEADLINE_EXCEEDED: return ERR_TIMEOUT;
    case GRPC_STATUS_CANCELLED: /* the peer stopped */
    case GRPC_STATUS_ABORTED:
    case GRPC_STATUS_UNAVAILABLE: return ERR_UNAVAILABLE;
    default: return ERR_INTERNAL;
    }
}

static Err err_of_name(Str name)
{
    for (int err = OK + 1; err < ERR_COUNT_; err++)
        if (str_eq(str_of(err_info((Err)err)->name), name)) return (Err)err;
    return OK;
}

Err status_read(Ctx *ctx, const char *service, grpc_status_code status, Str text, const grpc_metadata_array *trailing)
{
    if (metadata_find(trailing, METADATA_REFUSED).len)
        return ctx_fail(ctx, ERR_INTERNAL, "%s refuses this process: %.*s", service, STR_ARG(text));
    Err err = err_of_name(metadata_find(trailing, METADATA_ERROR));
    if (!err) return ctx_fail(ctx, err_of_status(status), "%s: %.*s", service, STR_ARG(text));

    uint64_t retry_after_ms = 0;
    str_to_u64(metadata_find(trailing, METADATA_RETRY_AFTER), UINT32_MAX, &retry_after_ms);
    if (!text.len || !utf8_valid(text)) text = str_of(err_info(err)->text);
    ctx_fail(ctx, err, "%.*s", STR_ARG(text));
    ctx->retry_after_ms = (uint32_t)retry_after_ms;
    return err;
}
