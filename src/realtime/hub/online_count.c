/* Shared counts. See online_count.h. */
#include "realtime/hub/online_count.h"

#include <stdlib.h>

void online_count_table_init(OnlineCountTable *table)
{
    *table = (OnlineCountTable){ 0 };
    pthread_mutex_init(&table->lock, NULL);
}

void online_count_table_done(OnlineCountTable *table)
{
    map_done(&table->by_conversation);
    pthread_mutex_destroy(&table->lock);
}

OnlineCount *online_count_ref(OnlineCountTable *table, Id conversation)
{
    pthread_mutex_lock(&table->lock);
    OnlineCount *count = map_get(&table->by_conversation, id_key(&conversation));
    if (!count) {
        count = calloc(1, sizeof *count);
        if (!count) abort();
        count->conversation = conversation;
        map_put(&table->by_conversation, id_key(&count->conversation), count);
    }
    count->refs++;
    pthread_mutex_unlock(&table->lock);
    return count;
}

void online_count_unref(OnlineCountTable *table, OnlineCount *count)
{
    if (!count) return;
    pthread_mutex_lock(&table->lock);
    bool is_last = --count->refs == 0;
    if (is_last) map_remove(&table->by_conversation, id_key(&count->conversation));
    pthread_mutex_unlock(&table->lock);
    if (is_last) free(count);
}
