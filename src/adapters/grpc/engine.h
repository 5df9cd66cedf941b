/* The library and its completion queues, one thread each. Whatever is started on a queue carries a tag, and the tag's function
 * is called on the queue's thread when it is done: it must not block. */
#pragma once
#include <grpc/grpc.h>

#include "adapters/grpc/grpc.h"

typedef struct GrpcTag {
    void (*done)(struct GrpcTag *tag, bool ok);
    atomic_int
        given; /* orders what was written before with what `done` reads; the library does the same out of sight */
} GrpcTag;

/* What to hand to the library as a tag. */
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
/* How many calls may wait long for one service; at least 1. */
unsigned engine_places(const Grpc *grpc);

static inline Str grpc_slice_str(const grpc_slice *slice)
{
    return (Str){ (const char *)GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice) };
}
static inline grpc_slice grpc_slice_of(Str text)
{
    return grpc_slice_from_copied_buffer(text.ptr, text.len);
}
