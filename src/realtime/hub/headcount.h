/* How many members of a conversation are online on all loops together. Only of conversations that may be large: a small one
 * has nothing here. Any thread; the lock is short, asking takes none. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/attr.h"
#include "base/id.h"
#include "base/map.h"

typedef struct Headcount {
    Id conversation;
    atomic_uint online;
    uint32_t refs; /* the table's lock */
} Headcount;

typedef struct HeadcountTable {
    pthread_mutex_t lock;
    /* lock */
    Map by_conversation;
} HeadcountTable;

void headcount_table_init(HeadcountTable *table);
/* When every reference was given back. */
void headcount_table_done(HeadcountTable *table);

/* The conversation's count, one reference for each loop that adds to it. */
ANY_THREAD Headcount *headcount_ref(HeadcountTable *table, Id conversation);
/* The loop has taken back what it added. Accepts NULL. */
ANY_THREAD void headcount_unref(HeadcountTable *table, Headcount *headcount);
