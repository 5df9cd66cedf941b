/* Large immutable blobs by key: files that people share. A put is atomic, even across a crash. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

typedef struct Blob Blob;

typedef struct BlobOps {
    const char *driver;
    Err (*put)(Blob *b, Ctx *ctx, Id key, Str bytes);
    Err (*get)(Blob *b, Ctx *ctx, Id key, uint64_t offset, size_t max, Str *out_bytes);
    Err (*del)(Blob *b, Ctx *ctx, Id key);
    void (*free)(Blob *b);
} BlobOps;
struct Blob {
    const BlobOps *ops;
};

/* OK once durable. ERR_CONFLICT if the key exists, ERR_STORAGE_FULL, ERR_UNAVAILABLE. */
ON_WORKER MUST_CHECK static inline Err blob_put(Blob *b, Ctx *ctx, Id key, Str bytes)
{
    return b->ops->put(b, ctx, key, bytes);
}
/* Up to `max` bytes from `offset`, into ctx->arena; empty past the end. ERR_NOT_FOUND. */
ON_WORKER MUST_CHECK static inline Err blob_get(Blob *b, Ctx *ctx, Id key, uint64_t offset, size_t max, Str *out_bytes)
{
    return b->ops->get(b, ctx, key, offset, max, out_bytes);
}
/* OK even if it did not exist. */
ON_WORKER MUST_CHECK static inline Err blob_delete(Blob *b, Ctx *ctx, Id key)
{
    return b->ops->del(b, ctx, key);
}
static inline void blob_free(Blob *b)
{
    if (b) b->ops->free(b);
}
