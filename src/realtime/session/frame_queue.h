/* Frames in line: a ring of pointers in one piece of memory, so that a thousand clients are served without a cache miss for
 * every frame. Holds nothing while empty. One thread. */
#pragma once
#include "realtime/session/frame.h"

/* A zeroed one is empty. */
typedef struct FrameQueue {
    Frame **slots;
    uint32_t cap; /* 0 or a power of two */
    uint32_t first, count;
} FrameQueue;

/* The frame at a place, counted from the first. */
static inline Frame **frame_queue_at(const FrameQueue *queue, uint32_t at)
{
    return &queue->slots[(queue->first + at) & (queue->cap - 1)];
}
/* Takes the caller's reference. */
void frame_queue_push(FrameQueue *queue, Frame *frame);
void frame_queue_push_front(FrameQueue *queue, Frame *frame);
/* Hands the first frame's reference to the caller. Not empty. */
Frame *frame_queue_shift(FrameQueue *queue);
/* Shortens it to what stands in front; the caller has seen to the references of the rest. */
void frame_queue_cut(FrameQueue *queue, uint32_t count);
/* Gives the references back. */
void frame_queue_clear(FrameQueue *queue);
