/* Shared counts. See headcount.h. */
#include "realtime/hub/headcount.h"

#include <stdlib.h>

void headcount_table_init(HeadcountTable *table)
{
    *table = (HeadcountTable){ 0 };
    pthread_mutex_init(&table->lock, NULL);
}

void headcount_table_done(HeadcountTable *table)
{
    map_done(&table->by_conversation);
    pthread_mutex_destroy(&table->lock);
}

Headcount *headcount_ref(HeadcountTable *table, Id conversation)
{
    pthread_mutex_lock(&table->lock);
    Headcount *headcount = map_get(&table->by_conversation, id_key(&conversation));
    if (!headcount) {
        headcount = calloc(1, sizeof *headcount);
        if (!headcount) abort();
        headcount->conversation = conversation;
        map_put(&table->by_conversation, id_key(&headcount->conversation), headcount);
    }
    headcount->refs++;
    pthread_mutex_unlock(&table->lock);
    return headcount;
}

void headcount_unref(HeadcountTable *table, Headcount *headcount)
{
    if (!headcount) return;
    pthread_mutex_lock(&table->lock);
    bool is_last = --headcount->refs == 0;
    if (is_last) map_remove(&table->by_conversation, id_key(&headcount->conversation));
    pthread_mutex_unlock(&table->lock);
    if (is_last) free(headcount);
}
