/* A queue of frames. See frame_queue.h. */
#include "realtime/session/frame_queue.h"

#include <stdlib.h>

#define CAP_MIN  8
#define CAP_KEPT 512 /* a larger buffer was for a burst and is freed */

static void resize(FrameQueue *queue, uint32_t cap)
{
    Frame **slots = malloc(cap * sizeof(Frame *));
    if (!slots) abort();
    for (uint32_t at = 0; at < queue->count; at++) slots[at] = *frame_queue_at(queue, at);
    free(queue->slots);
    queue->slots = slots;
    queue->cap = cap;
    queue->first = 0;
}

static void make_room(FrameQueue *queue)
{
    if (queue->count == queue->cap) resize(queue, queue->cap ? queue->cap * 2 : CAP_MIN);
}

static void give_back(FrameQueue *queue)
{
    if (!queue->count) {
        free(queue->slots);
        *queue = (FrameQueue){ 0 };
    } else if (queue->cap > CAP_KEPT && queue->count < queue->cap / 4) {
        resize(queue, queue->cap / 2);
    }
}

void frame_queue_push(FrameQueue *queue, Frame *frame)
{
    make_room(queue);
    *frame_queue_at(queue, queue->count++) = frame;
}

void frame_queue_push_front(FrameQueue *queue, Frame *frame)
{
    make_room(queue);
    queue->first = (queue->first - 1) & (queue->cap - 1);
    queue->count++;
    *frame_queue_at(queue, 0) = frame;
}

Frame *frame_queue_shift(FrameQueue *queue)
{
    Frame *frame = *frame_queue_at(queue, 0);
    queue->first = (queue->first + 1) & (queue->cap - 1);
    queue->count--;
    give_back(queue);
    return frame;
}

void frame_queue_cut(FrameQueue *queue, uint32_t count)
{
    queue->count = count;
    give_back(queue);
}

void frame_queue_clear(FrameQueue *queue)
{
    for (uint32_t at = 0; at < queue->count; at++) frame_unref(*frame_queue_at(queue, at));
    frame_queue_cut(queue, 0);
}
