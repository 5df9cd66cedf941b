/* How many workers a service that does not answer may hold, so that the others of this process go on (ADR 15). One per client.
 *
 * A call is let in and may wait GRPC_QUICK_MS. Who is not answered by then stays at one of the places, or ends when none is free.
 * While none is free the service counts as hanging, and only as many others as there are places are let in: it may be one
 * instance of several that hangs. So a busy service that answers is never refused, and one that hangs holds twice the places. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

#include "base/attr.h"

typedef struct Bulkhead {
    unsigned places; /* fixed; at least 1 */
    /* atomic */
    atomic_uint inside; /* calls let in and not yet ended */
    atomic_uint staying;
} Bulkhead;

/* False, and nothing happens, when too many are inside a service that hangs. Else bulkhead_leave() ends it. */
ANY_THREAD MUST_CHECK bool bulkhead_enter(Bulkhead *bulkhead);
/* For one that is inside: takes a place. False when none is free. */
ANY_THREAD MUST_CHECK bool bulkhead_stay(Bulkhead *bulkhead);
/* stays: bulkhead_stay() said true. */
ANY_THREAD void bulkhead_leave(Bulkhead *bulkhead, bool stays);
