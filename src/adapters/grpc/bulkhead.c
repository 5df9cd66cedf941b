/* Two counters. A call that raises one too far lowers it again; at worst another call is refused a moment too long,
 * never admitted wrongly. */
#include "adapters/grpc/bulkhead.h"

bool bulkhead_enter(Bulkhead *bulkhead)
{
    unsigned before = atomic_fetch_add(&bulkhead->inside, 1);
    if (before < 2 * bulkhead->places || atomic_load(&bulkhead->staying) < bulkhead->places) return true;
    atomic_fetch_sub(&bulkhead->inside, 1);
    return false;
}

bool bulkhead_stay(Bulkhead *bulkhead)
{
    if (atomic_fetch_add(&bulkhead->staying, 1) < bulkhead->places) return true;
    atomic_fetch_sub(&bulkhead->staying, 1);
    return false;
}

void bulkhead_leave(Bulkhead *bulkhead, bool stays)
{
    if (stays) atomic_fetch_sub(&bulkhead->staying, 1);
    atomic_fetch_sub(&bulkhead->inside, 1);
}
