/* Counting filters, see subscription_filter.h. */
#include "realtime/hub/subscription_filter.h"

/* Our ids end in 62 random bits, so folding them is the hash. A saturated slot stays saturated: it can only give false
 * positives. */
static uint16_t slot_of(Id topic)
{
    uint64_t tail;
    memcpy(&tail, topic.bytes + 8, sizeof tail);
    return (uint16_t)((tail * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

void subscription_filter_add(SubscriptionFilter *filter, Id topic)
{
    _Atomic uint16_t *count = &filter->counts[slot_of(topic)];
    uint16_t now = atomic_load_explicit(count, memory_order_relaxed);
    /* Released before the topic is subscribed to, so that a publisher which sees the subscription sees this too. */
    if (now < UINT16_MAX) atomic_store_explicit(count, now + 1, memory_order_release);
}

void subscription_filter_remove(SubscriptionFilter *filter, Id topic)
{
    _Atomic uint16_t *count = &filter->counts[slot_of(topic)];
    uint16_t now = atomic_load_explicit(count, memory_order_relaxed);
    if (now < UINT16_MAX) atomic_store_explicit(count, now - 1, memory_order_release);
}

bool subscription_filter_may_have(const SubscriptionFilter *filter, Id topic)
{
    return atomic_load_explicit(&filter->counts[slot_of(topic)], memory_order_acquire) > 0;
}
