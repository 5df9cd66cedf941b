/* Frames in line. See lane.h. */
#include "realtime/session/lane.h"

#include <stdlib.h>

#define CAP_MIN  8
#define CAP_KEPT 512 /* a larger one was for a burst */

static void resize(Lane *lane, uint32_t cap)
{
    Frame **slots = malloc(cap * sizeof(Frame *));
    if (!slots) abort();
    for (uint32_t at = 0; at < lane->count; at++) slots[at] = *lane_at(lane, at);
    free(lane->slots);
    lane->slots = slots;
    lane->cap = cap;
    lane->first = 0;
}

static void make_room(Lane *lane)
{
    if (lane->count == lane->cap) resize(lane, lane->cap ? lane->cap * 2 : CAP_MIN);
}

static void give_back(Lane *lane)
{
    if (!lane->count) {
        free(lane->slots);
        *lane = (Lane){ 0 };
    } else if (lane->cap > CAP_KEPT && lane->count < lane->cap / 4) {
        resize(lane, lane->cap / 2);
    }
}

void lane_push(Lane *lane, Frame *frame)
{
    make_room(lane);
    *lane_at(lane, lane->count++) = frame;
}

void lane_push_front(Lane *lane, Frame *frame)
{
    make_room(lane);
    lane->first = (lane->first - 1) & (lane->cap - 1);
    lane->count++;
    *lane_at(lane, 0) = frame;
}

Frame *lane_shift(Lane *lane)
{
    Frame *frame = *lane_at(lane, 0);
    lane->first = (lane->first + 1) & (lane->cap - 1);
    lane->count--;
    give_back(lane);
    return frame;
}

void lane_cut(Lane *lane, uint32_t count)
{
    lane->count = count;
    give_back(lane);
}

void lane_clear(Lane *lane)
{
    for (uint32_t at = 0; at < lane->count; at++) frame_unref(*lane_at(lane, at));
    lane_cut(lane, 0);
}
