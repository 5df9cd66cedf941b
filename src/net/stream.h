/* A TCP connection on a loop, as its owner sees it: bytes come, bytes go, it ends. Owners are an HTTP connection or, after
 * the upgrade, a WebSocket. Between two reads a stream holds no buffer: all streams of a group read into one.
 * Everything here runs on the loop's thread. */
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

#define STREAM_READ_BYTES 65536 /* of the shared buffer: the most that one read brings */

/* What a stream may wait for; each has one length per group. */
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
    /* Bytes came; they may be changed in place and are gone when this returns. Returns how many were used: the rest is
     * kept and comes again, and reading stops, until stream_resume(). */
    size_t (*on_read)(void *owner, char *data, size_t len);
    /* The peer has finished sending. */
    void (*on_end)(void *owner);
    /* All that stream_write() could not pass on has gone out. */
    void (*on_drained)(void *owner);
    /* What stream_wait() announced did not happen in time. */
    void (*on_late)(void *owner);
    /* The stream is freed when this returns. Follows stream_close() and every failure of the connection. */
    void (*on_closed)(void *owner);
} StreamOps;

/* wait_ms: how long each StreamWait may take. The caller's reference; every stream holds one more. */
ON_LOOP StreamGroup *stream_group_new(Loop *loop, const uint32_t wait_ms[STREAM_WAITS]);
ON_LOOP void stream_group_unref(StreamGroup *group);
/* Streams that are open. */
ON_LOOP size_t stream_group_count(const StreamGroup *group);

/* Takes the connected, non-blocking socket and starts to read. */
ON_LOOP Stream *stream_new(StreamGroup *group, int fd, const StreamOps *ops, void *owner);
/* Gives the stream to another owner, who gets every call from now on. */
ON_LOOP void stream_give(Stream *stream, const StreamOps *ops, void *owner);

/* What the connection holds of a budget, whoever owns it; given back at its end. */
ON_LOOP Charge *stream_place(Stream *stream);

/* Sends the pieces with one system call when nothing is queued. True: all of it is with the kernel. False: the rest was
 * copied and on_drained follows, or the connection has failed and on_closed follows. */
ON_LOOP bool stream_write(Stream *stream, const struct iovec *pieces, int n_pieces);
/* The same of two pieces, the second of which stays where it is for good: it is never copied. */
ON_LOOP bool stream_write_staying(Stream *stream, Str head, Str body);
/* Bytes not yet with the kernel; 0 when there is nothing to wait for. */
ON_LOOP size_t stream_unsent(const Stream *stream);
ON_LOOP bool stream_busy(const Stream *stream);
/* Gets what a write will look at into the cache. */
ON_LOOP void stream_prefetch(const Stream *stream);

ON_LOOP void stream_pause(Stream *stream);
/* Reads again; first, and not before the caller has returned to the loop, comes what was kept. */
ON_LOOP void stream_resume(Stream *stream);

/* on_late follows if no other wait is announced in time. One wait at a time. */
ON_LOOP void stream_wait(Stream *stream, StreamWait wait);
ON_LOOP void stream_wait_none(Stream *stream);

/* Tells the peer that no more comes; only when nothing is queued. */
ON_LOOP void stream_shutdown(Stream *stream);
/* Ends the connection; what is queued is lost. on_closed follows before the loop sleeps. Accepts one that is closing. */
ON_LOOP void stream_close(Stream *stream);
/* stream_close() was called, or the connection has failed. */
ON_LOOP bool stream_closing(const Stream *stream);
