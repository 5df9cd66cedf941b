#include "adapters/redis/topics.h"

#include <assert.h>
#include <stdlib.h>

#define TOPICS_PER_COMMAND 256

struct Topic {
    uint32_t count;
    bool is_told;    /* Redis has our subscription, or will have */
    bool is_changed; /* in the list */
    size_t len;
    char name[];
};

void topics_done(Topics *topics)
{
    size_t at = 0;
    for (Topic *topic; (topic = map_next(&topics->by_name, &at));) free(topic);
    map_done(&topics->by_name);
    free(topics->changed);
    *topics = (Topics){ 0 };
}

static void note_changed(Topics *topics, Topic *topic)
{
    if (topic->is_changed) return;
    if (topics->n_changed == topics->cap_changed) {
        topics->cap_changed = topics->cap_changed ? 2 * topics->cap_changed : 64;
        topics->changed = realloc(topics->changed, topics->cap_changed * sizeof(Topic *));
        if (!topics->changed) abort();
    }
    topic->is_changed = true;
    topics->changed[topics->n_changed++] = topic;
}

static Topic *find_or_add(Topics *topics, Str name)
{
    Topic *topic = map_get(&topics->by_name, name);
    if (topic) return topic;
    topic = malloc(sizeof *topic + name.len);
    if (!topic) abort();
    *topic = (Topic){ .len = name.len };
    memcpy(topic->name, name.ptr, name.len);
    map_put(&topics->by_name, (Str){ topic->name, topic->len }, topic);
    return topic;
}

bool topics_count(Topics *topics, Str name, int by)
{
    Topic *topic = find_or_add(topics, name);
    bool was_wanted = topic->count > 0;
    assert(by > 0 || was_wanted);
    topic->count += (uint32_t)by;
    if (was_wanted == (topic->count > 0)) return false;
    note_changed(topics, topic);
    return true;
}

void topics_forget_told(Topics *topics)
{
    size_t at = 0;
    for (Topic *topic; (topic = map_next(&topics->by_name, &at));) {
        topic->is_told = false;
        note_changed(topics, topic);
    }
}

/* Removes the topic from the list; false if Redis is already up to date. */
static bool settle(Topics *topics, Topic *topic, bool *out_wanted)
{
    topic->is_changed = false;
    *out_wanted = topic->count > 0;
    bool is_news = *out_wanted != topic->is_told;
    topic->is_told = *out_wanted;
    return is_news;
}

static void drop_if_unused(Topics *topics, Topic *topic)
{
    if (topic->count > 0) return;
    map_remove(&topics->by_name, (Str){ topic->name, topic->len });
    free(topic);
}

static void append(redisContext *hiredis, Str verb, Str prefix, char (*channels)[128], const size_t *lens, int n)
{
    const char *argv[1 + TOPICS_PER_COMMAND] = { verb.ptr };
    size_t argv_lens[1 + TOPICS_PER_COMMAND] = { verb.len };
    if (n == 0) return;
    for (int i = 0; i < n; i++) {
        argv[1 + i] = channels[i];
        argv_lens[1 + i] = lens[i];
    }
    if (redisAppendCommandArgv(hiredis, 1 + n, argv, argv_lens) != REDIS_OK) abort();
}

bool topics_tell(Topics *topics, redisContext *hiredis, Str prefix)
{
    enum { SIDES = 2 };
    static const Str verbs[SIDES] = { { "UNSUBSCRIBE", 11 }, { "SUBSCRIBE", 9 } };
    static _Thread_local char channels[SIDES][TOPICS_PER_COMMAND][128];
    static _Thread_local size_t lens[SIDES][TOPICS_PER_COMMAND];
    int n[SIDES] = { 0 };
    if (topics->n_changed == 0) return false;
    while (topics->n_changed > 0 && n[0] < TOPICS_PER_COMMAND && n[1] < TOPICS_PER_COMMAND) {
        Topic *topic = topics->changed[--topics->n_changed];
        bool is_wanted;
        if (settle(topics, topic, &is_wanted)) {
            char *channel = channels[is_wanted][n[is_wanted]];
            assert(prefix.len + topic->len <= sizeof channels[0][0]);
            memcpy(channel, prefix.ptr, prefix.len);
            memcpy(channel + prefix.len, topic->name, topic->len);
            lens[is_wanted][n[is_wanted]++] = prefix.len + topic->len;
        }
        drop_if_unused(topics, topic);
    }
    for (int side = 0; side < SIDES; side++) append(hiredis, verbs[side], prefix, channels[side], lens[side], n[side]);
    return true;
}
