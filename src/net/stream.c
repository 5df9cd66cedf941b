/* Streams over libuv. Writes go straight to the socket, bypassing libuv: usually one send() and nothing else. Only
 * bytes that the kernel does not take become a uv_write with a copy. */
#include "net/stream.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/deadline.h"

_Static_assert((int)STREAM_WAITS == DEADLINE_KINDS, "one queue of deadlines per wait");

/* Bytes that an owner has not used yet. `next` links those to be delivered in the next loop iteration. */
typedef struct Unread {
    struct Unread *next;
    Stream *stream; /* NULL: closed meanwhile */
    bool ready;
    size_t at, len;
    char data[];
} Unread;

typedef struct QueuedWrite {
    uv_write_t req;
    char data[];
} QueuedWrite;

struct StreamGroup {
    Deadlines deadlines;
    uv_idle_t deliver; /* active while `ready_first` is not empty */
    Unread *ready_first, **ready_end;
    unsigned refs;
    unsigned handles; /* of libuv, to be closed before the group is freed */
    size_t n_streams;
    char read_buffer[STREAM_READ_BYTES];
};

struct Stream {
    /* The fields that every write reads come first, so that they share one or two cache lines. */
    const StreamOps *ops;
    void *owner;
    StreamGroup *group;
    int fd;
    uint32_t n_writes; /* queued in libuv */
    bool closing;
    bool reading; /* libuv reads */
    bool paused;  /* the owner has asked to pause */
    bool ended;   /* the peer has finished sending */
    bool resumed; /* stream_resume() was called while on_read ran */

    Unread *unread;
    Charge place;
    Deadline deadline;
    uv_tcp_t tcp;
};

static void on_due(Deadline *deadline)
{
    Stream *stream = CONTAINER_OF(deadline, Stream, deadline);
    stream->ops->on_late(stream->owner);
}

StreamGroup *stream_group_new(Loop *loop, const uint32_t wait_ms[STREAM_WAITS])
{
    StreamGroup *group = calloc(1, sizeof *group);
    if (!group) abort();
    deadlines_init(&group->deadlines, &loop->uv, wait_ms, on_due);
    uv_idle_init(&loop->uv, &group->deliver);
    group->deliver.data = group;
    group->ready_end = &group->ready_first;
    group->handles = 2;
    group->refs = 1;
    return group;
}

static void group_handle_closed(uv_handle_t *handle)
{
    /* The timer's data is the Deadlines, which is the group's first member. */
    StreamGroup *group = handle->data;
    if (--group->handles == 0) free(group);
}

void stream_group_unref(StreamGroup *group)
{
    if (!group || --group->refs > 0) return;
    for (Unread *unread = group->ready_first; unread;) {
        Unread *next = unread->next;
        free(unread);
        unread = next;
    }
    uv_close((uv_handle_t *)&group->deadlines.timer, group_handle_closed);
    uv_close((uv_handle_t *)&group->deliver, group_handle_closed);
}

size_t stream_group_count(const StreamGroup *group)
{
    return group->n_streams;
}

/* Offers the bytes to the owner; returns how many it used. */
ON_LOOP static size_t deliver(Stream *stream, char *data, size_t len)
{
    size_t used = 0;
    do {
        stream->resumed = false;
        used += stream->ops->on_read(stream->owner, data + used, len - used);
    } while (used < len && stream->resumed && !stream_closing(stream));
    assert(used <= len);
    return used;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    Stream *stream = handle->data;
    (void)suggested;
    *buf = uv_buf_init(stream->group->read_buffer, STREAM_READ_BYTES);
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
    Stream *stream = tcp->data;
    thread_role_assert(THREAD_LOOP);
    if (n == 0) return; /* libuv's EAGAIN */
    if (n == UV_EOF) {
        stream->reading = false;
        stream->ended = true;
        stream->ops->on_end(stream->owner);
        return;
    }
    if (n < 0) {
        stream_close(stream);
        return;
    }

    size_t used = deliver(stream, buf->base, (size_t)n);
    size_t left = (size_t)n - used;
    if (left == 0 || stream_closing(stream)) return;

    Unread *unread = malloc(sizeof *unread + left);
    if (!unread) abort();
    *unread = (Unread){ .stream = stream, .len = left };
    memcpy(unread->data, buf->base + used, left);
    stream->unread = unread;
    stream_pause(stream);
}

ON_LOOP static void start_reading(Stream *stream)
{
    if (stream->reading || stream->ended || stream_closing(stream)) return;
    stream->reading = uv_read_start((uv_stream_t *)&stream->tcp, on_alloc, on_read) == 0;
}

ON_LOOP static void deliver_unread(Stream *stream)
{
    Unread *unread = TAKE_PTR(stream->unread);
    unread->next = NULL;
    unread->ready = false;
    unread->at += deliver(stream, unread->data + unread->at, unread->len - unread->at);
    if (unread->at < unread->len && !stream_closing(stream)) {
        stream->unread = unread;
        stream_pause(stream);
        return;
    }
    free(unread);
    if (!stream->paused) start_reading(stream);
}

/* Runs once per loop iteration while there is something to deliver. */
static void deliver_ready(uv_idle_t *idle)
{
    thread_role_assert(THREAD_LOOP);
    StreamGroup *group = idle->data;
    Unread *unread = group->ready_first;
    group->ready_first = NULL;
    group->ready_end = &group->ready_first;
    while (unread) {
        Unread *next = unread->next;
        if (unread->stream)
            deliver_unread(unread->stream);
        else
            free(unread);
        unread = next;
    }
    if (!group->ready_first) uv_idle_stop(idle);
}

void stream_pause(Stream *stream)
{
    stream->paused = true;
    stream->resumed = false;
    if (stream->reading && !stream_closing(stream)) uv_read_stop((uv_stream_t *)&stream->tcp);
    stream->reading = false;
}

void stream_resume(Stream *stream)
{
    StreamGroup *group = stream->group;
    Unread *unread = stream->unread;
    if (stream_closing(stream)) return;
    stream->paused = false;
    stream->resumed = true;
    if (!unread) {
        start_reading(stream);
    } else if (!unread->ready) {
        unread->ready = true;
        *group->ready_end = unread;
        group->ready_end = &unread->next;
        uv_idle_start(&group->deliver, deliver_ready);
    }
}

Stream *stream_new(StreamGroup *group, int fd, const StreamOps *ops, void *owner)
{
    Stream *stream = calloc(1, sizeof *stream);
    int on = 1;
    if (!stream) abort();
    stream->ops = ops;
    stream->owner = owner;
    stream->group = group;
    stream->fd = fd;
    group->refs++;
    group->n_streams++;
    uv_tcp_init(group->deadlines.timer.loop, &stream->tcp);
    stream->tcp.data = stream;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (uv_tcp_open(&stream->tcp, fd) != 0) {
        close(fd);
        stream_close(stream);
    }
    start_reading(stream);
    return stream;
}

void stream_give(Stream *stream, const StreamOps *ops, void *owner)
{
    stream->ops = ops;
    stream->owner = owner;
}

Charge *stream_place(Stream *stream)
{
    return &stream->place;
}

static void on_write_done(uv_write_t *req, int status)
{
    thread_role_assert(THREAD_LOOP);
    Stream *stream = req->handle->data;
    free(CONTAINER_OF(req, QueuedWrite, req));
    stream->n_writes--;
    if (stream_closing(stream)) return;
    if (status < 0)
        stream_close(stream);
    else if (stream->n_writes == 0)
        stream->ops->on_drained(stream->owner);
}

/* Queues bytes in libuv until the socket takes more: those copied into `write`, followed by those that stay in
 * place. */
ON_LOOP static void queue(Stream *stream, QueuedWrite *write, size_t copied, Str staying)
{
    uv_buf_t bufs[2] = { uv_buf_init(write->data, (unsigned)copied),
                         uv_buf_init((char *)staying.ptr, (unsigned)staying.len) };
    if (uv_write(&write->req, (uv_stream_t *)&stream->tcp, bufs, staying.len ? 2 : 1, on_write_done) != 0) {
        free(write);
        stream_close(stream);
        return;
    }
    stream->n_writes++;
}

static QueuedWrite *queued_new(size_t len)
{
    QueuedWrite *write = malloc(sizeof *write + len);
    if (!write) abort();
    return write;
}

/* Copies and queues everything after the first `sent` bytes. */
ON_LOOP static void queue_rest(Stream *stream, const struct iovec *pieces, int n_pieces, size_t sent, size_t left)
{
    QueuedWrite *write = queued_new(left);
    size_t at = 0;
    for (int i = 0; i < n_pieces; i++) {
        size_t skip = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
        size_t len = pieces[i].iov_len - skip;
        if (len) memcpy(write->data + at, (const char *)pieces[i].iov_base + skip, len);
        at += len;
        sent -= skip;
    }
    queue(stream, write, left, (Str){ 0 });
}

/* send() without libc's cancellation point, which costs extra work in each of thousands of calls; our threads are never
 * cancelled. */
static ssize_t send_plain(int fd, const void *data, size_t len)
{
    return syscall(SYS_sendto, fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
}

/* The number of bytes the kernel took, 0 if it takes none now, -1 if the connection has failed. */
static ssize_t send_now(const Stream *stream, const struct iovec *pieces, int n_pieces)
{
    const struct msghdr message = { .msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)n_pieces };
    ssize_t sent;
    do {
        if (n_pieces == 1)
            sent = send_plain(stream->fd, pieces[0].iov_base, pieces[0].iov_len);
        else
            sent = sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) return 0;
    return sent;
}

bool stream_write(Stream *stream, const struct iovec *pieces, int n_pieces)
{
    size_t total = 0;
    ssize_t sent = 0;
    thread_role_assert(THREAD_LOOP);
    if (stream->closing) return false;
    for (int i = 0; i < n_pieces; i++) total += pieces[i].iov_len;

    if (stream->n_writes == 0) {
        sent = send_now(stream, pieces, n_pieces);
        if (sent < 0) {
            stream_close(stream);
            return false;
        }
        if ((size_t)sent == total) return true;
    }
    queue_rest(stream, pieces, n_pieces, (size_t)sent, total - (size_t)sent);
    return false;
}

bool stream_write_staying(Stream *stream, Str head, Str body)
{
    const struct iovec pieces[2] = { { (void *)head.ptr, head.len }, { (void *)body.ptr, body.len } };
    ssize_t sent = 0;
    thread_role_assert(THREAD_LOOP);
    if (stream->closing) return false;
    if (stream->n_writes == 0) {
        sent = send_now(stream, pieces, 2);
        if (sent < 0) {
            stream_close(stream);
            return false;
        }
        if ((size_t)sent == head.len + body.len) return true;
    }
    size_t of_head = (size_t)sent < head.len ? (size_t)sent : head.len, of_body = (size_t)sent - of_head;
    QueuedWrite *write = queued_new(head.len - of_head);
    if (head.len > of_head) memcpy(write->data, head.ptr + of_head, head.len - of_head);
    queue(stream, write, head.len - of_head, (Str){ body.ptr + of_body, body.len - of_body });
    return false;
}

size_t stream_unsent(const Stream *stream)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&stream->tcp);
}

void stream_prefetch(const Stream *stream)
{
    __builtin_prefetch(stream);
    __builtin_prefetch(&stream->closing);
}

bool stream_busy(const Stream *stream)
{
    return stream->n_writes > 0;
}

void stream_wait(Stream *stream, StreamWait wait)
{
    if (!stream_closing(stream)) deadline_set(&stream->group->deadlines, &stream->deadline, wait);
}

void stream_wait_none(Stream *stream)
{
    deadline_clear(&stream->deadline);
}

void stream_shutdown(Stream *stream)
{
    if (!stream->closing) shutdown(stream->fd, SHUT_WR);
}

static void on_tcp_closed(uv_handle_t *tcp)
{
    thread_role_assert(THREAD_LOOP);
    Stream *stream = tcp->data;
    StreamGroup *group = stream->group;
    stream->ops->on_closed(stream->owner);
    charge_release(&stream->place);
    free(stream);
    group->n_streams--;
    stream_group_unref(group);
}

void stream_close(Stream *stream)
{
    thread_role_assert(THREAD_LOOP);
    if (stream->closing) return;
    stream->closing = true;
    deadline_clear(&stream->deadline);
    if (stream->unread) {
        /* The list of ready ones still holds it, and frees it there. */
        if (stream->unread->ready)
            stream->unread->stream = NULL;
        else
            free(stream->unread);
        stream->unread = NULL;
    }
    uv_close((uv_handle_t *)&stream->tcp, on_tcp_closed);
}

bool stream_closing(const Stream *stream)
{
    return stream->closing;
}
