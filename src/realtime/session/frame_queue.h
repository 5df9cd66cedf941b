/* A queue of frames: a ring of pointers in one block of memory, so that serving a thousand clients does not take a
 * cache miss per frame. Holds no memory while empty. One thread. */
#pragma once
#include "realtime/session/frame.h"

/* A zeroed one is empty. */
typedef struct FrameQueue {
    Frame **slots;
    uint32_t cap; /* 0 or a power of two */
    uint32_t first, count;
} FrameQueue;

/* The frame at an index, counted from the first. */
static inline Frame **frame_queue_at(const FrameQueue *queue, uint32_t at)
{
    return &queue->slots[(queue->first + at) & (queue->cap - 1)];
}
/* Takes over the caller's reference. */
void frame_queue_push(FrameQueue *queue, Frame *frame);
void frame_queue_push_front(FrameQueue *queue, Frame *frame);
/* Removes the first frame and passes its reference to the caller. The queue must not be empty. */
Frame *frame_queue_shift(FrameQueue *queue);
/* Truncates the queue; the caller has already released the references of the rest. */
void frame_queue_cut(FrameQueue *queue, uint32_t count);
/* Releases all references. */
void frame_queue_clear(FrameQueue *queue);
