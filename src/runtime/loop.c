/* A loop's mailbox is a locked list that the loop empties in one go: a sender holds the lock for a few instructions,
 * and only the first post into an empty mailbox pays for a wake-up. uv_async_send, libuv's only call for other threads,
 * is used here. */
#include "runtime/loop.h"

#include <stdio.h>
#include <stdlib.h>

#define DRAIN_HOOKS_MAX 4

typedef struct Post {
    struct Post *next;
    void (*fn)(Loop *loop, void *arg);
    void *arg;
} Post;

typedef struct DrainHook {
    void (*fn)(Loop *loop, void *arg);
    void *arg;
} DrainHook;

typedef struct LoopThread {
    Loop base; /* first: a Loop is a LoopThread */
    pthread_t thread;
    uv_async_t wake;
    DrainHook hooks[DRAIN_HOOKS_MAX];
    int n_hooks;
    pthread_mutex_t lock;
    /* lock */
    Post *first, *last;
} LoopThread;

static _Thread_local Loop *current;

static Post *take_all(LoopThread *self)
{
    pthread_mutex_lock(&self->lock);
    Post *posts = self->first;
    self->first = self->last = NULL;
    pthread_mutex_unlock(&self->lock);
    return posts;
}

static void on_wake(uv_async_t *async)
{
    thread_role_assert(THREAD_LOOP);
    LoopThread *self = async->data;
    Post *post = take_all(self);
    while (post) {
        Post *next = post->next;
        post->fn(&self->base, post->arg);
        free(post);
        post = next;
    }
    for (int i = 0; i < self->n_hooks; i++) self->hooks[i].fn(&self->base, self->hooks[i].arg);
}

static void loop_main(void *arg)
{
    LoopThread *self = arg;
    current = &self->base;
    uv_run(&self->base.uv, UV_RUN_DEFAULT);
}

Loop *loop_start(int index)
{
    LoopThread *self = calloc(1, sizeof *self);
    char name[16];
    if (!self) abort();
    self->base.index = index;
    pthread_mutex_init(&self->lock, NULL);
    if (uv_loop_init(&self->base.uv) != 0) abort();
    self->base.uv.data = self;
    if (uv_async_init(&self->base.uv, &self->wake, on_wake) != 0) abort();
    self->wake.data = self;
    snprintf(name, sizeof name, "loop-%d", index % 1000);
    self->thread = thread_start(name, THREAD_LOOP, loop_main, self);
    return &self->base;
}

void loop_post(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg)
{
    LoopThread *self = (LoopThread *)loop;
    Post *post = malloc(sizeof *post);
    if (!post) abort();
    *post = (Post){ .fn = fn, .arg = arg };

    pthread_mutex_lock(&self->lock);
    bool was_empty = self->first == NULL;
    if (was_empty)
        self->first = post;
    else
        self->last->next = post;
    self->last = post;
    pthread_mutex_unlock(&self->lock);
    if (was_empty) uv_async_send(&self->wake);
}

typedef struct WaitedPost {
    void (*fn)(Loop *loop, void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t done_cond;
    bool done; /* lock */
} WaitedPost;

static void run_waited(Loop *loop, void *arg)
{
    WaitedPost *post = arg;
    post->fn(loop, post->arg);
    pthread_mutex_lock(&post->lock);
    post->done = true;
    pthread_cond_signal(&post->done_cond);
    pthread_mutex_unlock(&post->lock);
}

void loop_run(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg)
{
    WaitedPost post = { .fn = fn, .arg = arg };
    pthread_mutex_init(&post.lock, NULL);
    pthread_cond_init(&post.done_cond, NULL);
    loop_post(loop, run_waited, &post);
    pthread_mutex_lock(&post.lock);
    while (!post.done) pthread_cond_wait(&post.done_cond, &post.lock);
    pthread_mutex_unlock(&post.lock);
    pthread_cond_destroy(&post.done_cond);
    pthread_mutex_destroy(&post.lock);
}

void loop_on_drained(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg)
{
    LoopThread *self = (LoopThread *)loop;
    thread_role_assert(THREAD_LOOP);
    if (self->n_hooks == DRAIN_HOOKS_MAX) abort();
    self->hooks[self->n_hooks++] = (DrainHook){ fn, arg };
}

Loop *loop_current(void)
{
    return current;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void stop_on_loop(Loop *loop, void *arg)
{
    (void)arg;
    uv_walk(&loop->uv, close_handle, NULL);
}

void loop_stop(Loop *loop)
{
    if (!loop) return;
    LoopThread *self = (LoopThread *)loop;
    loop_post(loop, stop_on_loop, NULL);
    pthread_join(self->thread, NULL);
    for (Post *post = take_all(self); post;) {
        Post *next = post->next;
        free(post);
        post = next;
    }
    if (uv_loop_close(&loop->uv) != 0) abort();
    pthread_mutex_destroy(&self->lock);
    free(self);
}
