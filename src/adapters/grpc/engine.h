/* The library and its completion queues, one thread each. Every operation started on a queue carries a tag, whose
 * function is called on the queue's thread on completion: it must not block. */
#pragma once
#include <grpc/grpc.h>

#include "adapters/grpc/grpc.h"

typedef struct GrpcTag {
    void (*done)(struct GrpcTag *tag, bool ok);
    atomic_int
        given; /* orders what was written before with what `done` reads; the library does the same out of sight */
} GrpcTag;

/* The library's tag for it. */
static inline void *grpc_tag_give(GrpcTag *tag)
{
    atomic_store_explicit(&tag->given, 1, memory_order_release);
    return tag;
}

/* The next queue in turn. */
ANY_THREAD grpc_completion_queue *engine_queue(Grpc *grpc);
/* All of them, for a server. */
size_t engine_queues(Grpc *grpc, grpc_completion_queue *const **out_queues);
const ServiceKey *engine_key(const Grpc *grpc);
Str engine_process(const Grpc *grpc);
/* The number of calls that may wait long for one service; at least 1. */
unsigned engine_places(const Grpc *grpc);

static inline Str grpc_slice_str(const grpc_slice *slice)
{
    return (Str){ (const char *)GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice) };
}
static inline grpc_slice grpc_slice_of(Str text)
{
    return grpc_slice_from_copied_buffer(text.ptr, text.len);
}
