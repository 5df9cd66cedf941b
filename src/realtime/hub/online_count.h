/* The number of online members of a conversation on all loops together. Only for conversations that may be large: a
 * small one has no entry. Any thread; updates hold a short lock, reading takes none. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/attr.h"
#include "base/id.h"
#include "base/map.h"

typedef struct OnlineCount {
    Id conversation;
    atomic_uint online;
    uint32_t refs; /* the table's lock */
} OnlineCount;

typedef struct OnlineCountTable {
    pthread_mutex_t lock;
    /* lock */
    Map by_conversation;
} OnlineCountTable;

void online_count_table_init(OnlineCountTable *table);
/* Once every reference is released. */
void online_count_table_done(OnlineCountTable *table);

/* The conversation's count, one reference for each loop that adds to it. */
ANY_THREAD OnlineCount *online_count_ref(OnlineCountTable *table, Id conversation);
/* Releases it once the loop has subtracted its part. Accepts NULL. */
ANY_THREAD void online_count_unref(OnlineCountTable *table, OnlineCount *count);
