/* Calls from the wrong thread, made on purpose: tools_test.py compiles this file once without any of them, which clang takes, and
 * once with each, which it must refuse. It belongs to no program. */
#include "net/stream.h"
#include "ports/db.h"
#include "runtime/loop.h"

#if defined(LOOP_CALLS_WORKER)
/* Would block the loop, and all whose sockets are on it. */
ON_LOOP static Err wrong(Stream *stream, Db *db, Ctx *ctx)
{
    (void)stream;
    return db_check(db, ctx);
}
#elif defined(WORKER_CALLS_LOOP)
/* Would write to a socket beside its loop. */
ON_WORKER static Err wrong(Stream *stream, Db *db, Ctx *ctx)
{
    (void)db, (void)ctx;
    stream_close(stream);
    return OK;
}
#elif defined(ANY_THREAD_CALLS_LOOP)
/* Would do so when it is called on a worker. */
ANY_THREAD static Err wrong(Stream *stream, Db *db, Ctx *ctx)
{
    (void)db, (void)ctx;
    stream_close(stream);
    return OK;
}
#elif defined(CALLBACK_WITHOUT_A_ROLE)
static void wrong_on_loop(Loop *loop, void *arg)
{
    (void)loop;
    stream_close(arg);
}
ANY_THREAD static Err wrong(Stream *stream, Db *db, Ctx *ctx)
{
    (void)db, (void)ctx;
    loop_post(loop_current(), wrong_on_loop, stream);
    return OK;
}
#endif

/* --- the right ones --- */

static void right_on_loop(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    (void)loop;
    stream_close(arg);
}

ANY_THREAD static void close_later(Loop *loop, Stream *stream)
{
    loop_post(loop, right_on_loop, stream);
}

ON_WORKER static Err right(Stream *stream, Db *db, Ctx *ctx)
{
    Err err = db_check(db, ctx);
    if (err) close_later(loop_current(), stream);
    return err;
}

typedef Err (*RoleFn)(Stream *stream, Db *db, Ctx *ctx);
extern const RoleFn role_functions[];
const RoleFn role_functions[] = {
    right,
#if defined(LOOP_CALLS_WORKER) || defined(WORKER_CALLS_LOOP) || defined(ANY_THREAD_CALLS_LOOP) || \
    defined(CALLBACK_WITHOUT_A_ROLE)
    wrong,
#endif
};
