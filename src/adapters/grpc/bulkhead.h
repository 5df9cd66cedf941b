/* Bounds the workers that an unresponsive service may hold, so that the others of this process continue (ADR 15). One
 * per client.
 *
 * An admitted call may wait GRPC_QUICK_MS. If it is not answered by then, it continues in one of the places, or ends
 * if none is free. While none is free the service counts as hanging, and only as many others as there are places are
 * admitted: it may be one instance of several that hangs. So a busy service that answers is never refused, and one
 * that hangs holds twice the places. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

#include "base/attr.h"

typedef struct Bulkhead {
    unsigned places; /* fixed; at least 1 */
    /* atomic */
    atomic_uint inside; /* admitted calls that have not ended */
    atomic_uint staying;
} Bulkhead;

/* False, without any effect, if too many calls are inside a service that hangs. Otherwise bulkhead_leave() must
 * follow. */
ANY_THREAD MUST_CHECK bool bulkhead_enter(Bulkhead *bulkhead);
/* For an admitted call: takes a place. False if none is free. */
ANY_THREAD MUST_CHECK bool bulkhead_stay(Bulkhead *bulkhead);
/* stays: whether bulkhead_stay() returned true. */
ANY_THREAD void bulkhead_leave(Bulkhead *bulkhead, bool stays);
