/* All users of a round are recorded with the time of its start: they were online then, even if they are not when their
 * turn comes. */
#include "realtime/presence/last_seen.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "notification_client.h"
#include "realtime/presence/presence.h"
#include "rpc/transcode.h"

typedef struct Portion {
    Realtime *realtime;
    int64_t at_ms;
    size_t n;
    Id users[LAST_SEEN_AT_ONCE];
} Portion;

void last_seen_init(LastSeenRound *round, uint32_t every_ms, int64_t now_ms)
{
    *round = (LastSeenRound){ .next_ms = now_ms + every_ms };
}

void last_seen_done(LastSeenRound *round)
{
    free(round->users);
}

ON_WORKER static Err record(Ctx *ctx, const Portion *portion)
{
    RecordLastSeenRequest request = RECORD_LAST_SEEN_REQUEST__INIT;
    RecordLastSeenResponse response = RECORD_LAST_SEEN_RESPONSE__INIT;
    request.n_user_ids = portion->n;
    request.user_ids = arena_new_array(ctx->arena, char *, portion->n);
    for (size_t i = 0; i < portion->n; i++) request.user_ids[i] = id_text(ctx->arena, portion->users[i]);
    request.at = timestamp_new(ctx->arena, portion->at_ms);
    return notification_client_record_last_seen(portion->realtime->notification, ctx, &request, &response);
}

static void record_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    static LogLimit told;
    Portion *portion = arg;
    Realtime *realtime = portion->realtime;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.seen", clock_now_ms());
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE };
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    /* Not retried: the next round includes them again. */
    if (record(ctx, portion)) log_failure_within(&told, clock_monotonic_ms(), LOG_WARN, ctx, "presence.not_recorded");
    free(portion);
    atomic_store(&realtime->presence->seen.is_recording, false);
    edge_job_done(realtime);
}

static void begin_round(Realtime *realtime, LastSeenRound *round, int64_t now_ms)
{
    free(round->users);
    round->n = presence_table_list(&realtime->presence->table, &round->users);
    round->at = 0;
    round->began_ms = clock_now_ms();
    round->next_ms = now_ms + realtime->config.last_seen_every_ms;
}

static void record_some(Realtime *realtime, LastSeenRound *round)
{
    Portion *portion = malloc(sizeof *portion);
    if (!portion) abort();
    size_t left = round->n - round->at;
    portion->realtime = realtime;
    portion->at_ms = round->began_ms;
    portion->n = left < LAST_SEEN_AT_ONCE ? left : LAST_SEEN_AT_ONCE;
    memcpy(portion->users, &round->users[round->at], portion->n * sizeof *portion->users);
    size_t n = portion->n; /* the worker owns the portion after this */
    atomic_store(&round->is_recording, true);
    if (edge_submit(realtime, record_on_worker, portion)) {
        round->at += n;
        return;
    }
    atomic_store(&round->is_recording, false); /* the queue is full: retry on the next tick */
    free(portion);
}

void last_seen_tick(Realtime *realtime, int64_t now_ms)
{
    LastSeenRound *round = &realtime->presence->seen;
    if (atomic_load(&realtime->is_closed) || atomic_load(&round->is_recording)) return;
    if (round->at == round->n && now_ms >= round->next_ms) begin_round(realtime, round, now_ms);
    if (round->at < round->n) record_some(realtime, round);
}
