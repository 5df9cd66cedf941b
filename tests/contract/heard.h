/* What reached a listener, in order, one text per line: for tests of pubsub, bus and outbox. */
#pragma once
#include "fixture.h"

typedef struct Heard {
    Latch latch; /* counts the lines */
    pthread_mutex_t lock;
    StrBuf lines; /* lock */
} Heard;

static inline void heard_init(Heard *heard)
{
    latch_init(&heard->latch);
    pthread_mutex_init(&heard->lock, NULL);
    strbuf_init(&heard->lines, NULL);
}

static inline void heard_done(Heard *heard)
{
    strbuf_done(&heard->lines);
}

static inline void heard_add(Heard *heard, Str text)
{
    pthread_mutex_lock(&heard->lock);
    strbuf_add(&heard->lines, text);
    strbuf_add_char(&heard->lines, '\n');
    pthread_mutex_unlock(&heard->lock);
    latch_add(&heard->latch);
}

/* Waits for so many lines and compares all there are. */
static inline void heard_check(Heard *heard, int lines, const char *want, const char *label)
{
    latch_wait(&heard->latch, lines);
    pthread_mutex_lock(&heard->lock);
    CHECK_STR(strbuf_str(&heard->lines), str_of(want), label);
    pthread_mutex_unlock(&heard->lock);
}
