/* A TCP connection on a loop, for its owner: an HTTP connection or, after the upgrade, a WebSocket. Between reads a
 * stream holds no buffer: all streams of a group share one. Everything here runs on the loop's thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/attr.h"
#include "base/budget.h"
#include "base/str.h"
#include "runtime/loop.h"

typedef struct Stream Stream;
typedef struct StreamGroup StreamGroup; /* the streams of one listener on one loop */

#define STREAM_READ_BYTES 65536 /* of the shared buffer: the maximum of one read */

/* Conditions a stream may wait for; each has one timeout per group. */
typedef enum StreamWait {
    WAIT_HEADERS,
    WAIT_BODY,
    WAIT_IDLE,
    WAIT_WRITE,
    WAIT_CLOSE,
    WAIT_REST,
    STREAM_WAITS
} StreamWait;

/* Static storage. None is called after on_closed. */
typedef struct StreamOps {
    /* Received bytes; they may be modified in place and are gone when this returns. Returns how many were used: the
     * rest is kept and delivered again, and reading stops, until stream_resume(). */
    size_t (*on_read)(void *owner, char *data, size_t len);
    /* The peer has finished sending. */
    void (*on_end)(void *owner);
    /* Everything queued by stream_write() has been sent. */
    void (*on_drained)(void *owner);
    /* A stream_wait() has timed out. */
    void (*on_late)(void *owner);
    /* The stream is freed when this returns. Follows stream_close() and every failure of the connection. */
    void (*on_closed)(void *owner);
} StreamOps;

/* wait_ms: the timeout of each StreamWait. Returns the caller's reference; every stream holds one more. */
ON_LOOP StreamGroup *stream_group_new(Loop *loop, const uint32_t wait_ms[STREAM_WAITS]);
ON_LOOP void stream_group_unref(StreamGroup *group);
/* Streams that are open. */
ON_LOOP size_t stream_group_count(const StreamGroup *group);

/* Takes ownership of the connected, non-blocking socket and starts reading. */
ON_LOOP Stream *stream_new(StreamGroup *group, int fd, const StreamOps *ops, void *owner);
/* Passes the stream to another owner, which receives every call from now on. */
ON_LOOP void stream_give(Stream *stream, const StreamOps *ops, void *owner);

/* The connection's charge on a budget, whoever owns it; released when the connection ends. */
ON_LOOP Charge *stream_place(Stream *stream);

/* Sends the pieces with one system call if nothing is queued. True: the kernel has all of it. False: the rest was
 * copied and on_drained follows, or the connection has failed and on_closed follows. */
ON_LOOP bool stream_write(Stream *stream, const struct iovec *pieces, int n_pieces);
/* The same for two pieces, the second of which stays in place for ever and is never copied. */
ON_LOOP bool stream_write_staying(Stream *stream, Str head, Str body);
/* Bytes that the kernel has not taken yet. */
ON_LOOP size_t stream_unsent(const Stream *stream);
ON_LOOP bool stream_busy(const Stream *stream);
/* Prefetches what a write will read. */
ON_LOOP void stream_prefetch(const Stream *stream);

ON_LOOP void stream_pause(Stream *stream);
/* Resumes reading; kept bytes are delivered first, once the caller has returned to the loop. */
ON_LOOP void stream_resume(Stream *stream);

/* on_late follows after the timeout unless another wait replaces this one. One wait at a time. */
ON_LOOP void stream_wait(Stream *stream, StreamWait wait);
ON_LOOP void stream_wait_none(Stream *stream);

/* Half-closes the connection; only while nothing is queued. */
ON_LOOP void stream_shutdown(Stream *stream);
/* Ends the connection; queued bytes are lost. on_closed follows before the loop sleeps. Accepts one that is closing. */
ON_LOOP void stream_close(Stream *stream);
/* stream_close() was called, or the connection has failed. */
ON_LOOP bool stream_closing(const Stream *stream);
