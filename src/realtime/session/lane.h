/* Frames in line: a ring of pointers in one piece of memory, so that a thousand clients are served without a cache miss for
 * every frame. Holds nothing while empty. One thread. */
#pragma once
#include "realtime/session/frame.h"

/* A zeroed one is empty. */
typedef struct Lane {
    Frame **slots;
    uint32_t cap; /* 0 or a power of two */
    uint32_t first, count;
} Lane;

/* The frame at a place, counted from the first. */
static inline Frame **lane_at(const Lane *lane, uint32_t at)
{
    return &lane->slots[(lane->first + at) & (lane->cap - 1)];
}
/* Takes the caller's reference. */
void lane_push(Lane *lane, Frame *frame);
void lane_push_front(Lane *lane, Frame *frame);
/* Hands the first frame's reference to the caller. Not empty. */
Frame *lane_shift(Lane *lane);
/* Shortens it to what stands in front; the caller has seen to the references of the rest. */
void lane_cut(Lane *lane, uint32_t count);
/* Gives the references back. */
void lane_clear(Lane *lane);
