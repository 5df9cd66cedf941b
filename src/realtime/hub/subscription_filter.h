/* Which loops may have a subscriber for a conversation or a user: a counting filter per loop (Fan et al., "Summary
 * Cache", 2000) with one hash. No memory per topic and no lock; a false positive costs one useless post, false
 * negatives cannot occur. Each loop counts its own topics; any thread may query. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"

#define SUBSCRIPTION_FILTER_SLOTS 65536

typedef struct SubscriptionFilter {
    _Atomic uint16_t counts[SUBSCRIPTION_FILTER_SLOTS];
} SubscriptionFilter;

ON_LOOP void subscription_filter_add(SubscriptionFilter *filter, Id topic);
/* Once for each subscription_filter_add(). */
ON_LOOP void subscription_filter_remove(SubscriptionFilter *filter, Id topic);
/* False: the loop certainly has no subscriber. */
ANY_THREAD bool subscription_filter_may_have(const SubscriptionFilter *filter, Id topic);
