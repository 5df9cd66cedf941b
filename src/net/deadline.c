/* The timer is armed for the earliest queue head. Clearing never touches it: a timer that fires for nothing is cheaper
 * than one moved with every request. */
#include "net/deadline.h"

#include <stdbool.h>

#include "runtime/thread.h"

static void arm(Deadlines *deadlines, uint64_t due_ms);

static void unlink_deadline(Deadline *deadline)
{
    deadline->prev->next = deadline->next;
    deadline->next->prev = deadline->prev;
    deadline->prev = deadline->next = NULL;
}

static void on_timer(uv_timer_t *timer)
{
    thread_role_assert(THREAD_LOOP);
    Deadlines *deadlines = timer->data;
    uint64_t now = uv_now(timer->loop), next = UINT64_MAX;

    for (unsigned kind = 0; kind < DEADLINE_KINDS; kind++) {
        Deadline *ring = &deadlines->queues[kind];
        while (ring->next != ring && ring->next->due_ms <= now) {
            Deadline *due = ring->next;
            unlink_deadline(due);
            deadlines->on_due(due);
        }
    }
    /* Recompute: handlers may have set new deadlines in queues already visited. */
    for (unsigned kind = 0; kind < DEADLINE_KINDS; kind++) {
        Deadline *ring = &deadlines->queues[kind];
        if (ring->next != ring && ring->next->due_ms < next) next = ring->next->due_ms;
    }
    if (next != UINT64_MAX) arm(deadlines, next);
}

static void arm(Deadlines *deadlines, uint64_t due_ms)
{
    uint64_t now = uv_now(deadlines->timer.loop);
    deadlines->armed_ms = due_ms;
    uv_timer_start(&deadlines->timer, on_timer, due_ms > now ? due_ms - now : 0, 0);
}

void deadlines_init(Deadlines *deadlines, uv_loop_t *uv, const uint32_t after_ms[DEADLINE_KINDS],
                    void (*on_due)(Deadline *deadline))
{
    uv_timer_init(uv, &deadlines->timer);
    deadlines->timer.data = deadlines;
    deadlines->on_due = on_due;
    for (unsigned kind = 0; kind < DEADLINE_KINDS; kind++) {
        Deadline *ring = &deadlines->queues[kind];
        ring->prev = ring->next = ring;
        deadlines->after_ms[kind] = after_ms[kind];
    }
}

void deadline_set(Deadlines *deadlines, Deadline *deadline, unsigned kind)
{
    Deadline *ring = &deadlines->queues[kind];
    deadline_clear(deadline);
    deadline->due_ms = uv_now(deadlines->timer.loop) + deadlines->after_ms[kind];
    deadline->prev = ring->prev;
    deadline->next = ring;
    deadline->prev->next = ring->prev = deadline;

    bool armed = uv_is_active((uv_handle_t *)&deadlines->timer) != 0;
    if (!armed || deadline->due_ms < deadlines->armed_ms) arm(deadlines, deadline->due_ms);
}

void deadline_clear(Deadline *deadline)
{
    if (deadline->prev) unlink_deadline(deadline);
}
