/* The list of people, for users who look for somebody to talk to. */
#include "services/auth/people.h"

#include "services/auth/events.h"
#include "services/auth/rules.h"
#include "services/auth/store.h"
#include "services/auth/views.h"

#define FOLDED_AT_ONCE 200 /* per transaction, so that others can write in between */

/* Overwrites the count, since a transaction may run twice. */
static Err fold_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AccountList *list = arg;
    Err err = account_unfolded(tx, ctx, FOLDED_AT_ONCE, list);
    for (size_t i = 0; !err && i < list->count; i++) err = account_set_folded(tx, ctx, &list->rows[i]);
    return err;
}

typedef struct FoldWork {
    AuthService *svc;
    size_t count; /* of the last batch */
} FoldWork;

static Err fold_batch(Ctx *ctx, void *arg)
{
    thread_role_assert(THREAD_WORKER);
    FoldWork *work = arg;
    _cleanup_(ctx_freep) Ctx *batch =
        ctx_new("auth.fold", ctx->now_ms); /* an arena per batch: there may be very many */
    AccountList list = { 0 };
    Err err = db_write(work->svc->db, batch, fold_in_tx, &list);
    work->count = err ? 0 : list.count;
    return err ? ctx_fail(ctx, err, "%s", batch->err_text ? batch->err_text : "fold names") : OK;
}

/* Processes that start together take turns, rather than undo each other's batches. One that waited in vain checks
 * again: the work is being done. */
ON_WORKER static Err fold_some(FoldWork *work, Ctx *ctx, bool *out_more)
{
    Err err = db_exclusive(work->svc->db, ctx, "auth.fold", fold_batch, work);
    bool again = err == ERR_TIMEOUT && ctx->deadline_ms == 0;
    *out_more = again || (!err && work->count == FOLDED_AT_ONCE);
    return again ? OK : err;
}

static Err any_unfolded_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    return account_unfolded(tx, ctx, 1, arg);
}

Err people_fold(AuthService *svc, Ctx *ctx)
{
    FoldWork work = { .svc = svc };
    AccountList any = { 0 };
    size_t total = 0;
    Err err = db_read(svc->db, ctx, any_unfolded_in_tx, &any);
    for (bool more = any.count > 0; !err && more; total += work.count) {
        work.count = 0;
        err = fold_some(&work, ctx, &more);
    }
    if (total) event_names_folded(ctx, total);
    return err == ERR_STORAGE_FULL ? OK : err;
}

typedef struct ListWork {
    PeopleOrder order;
    Id after;
    size_t limit;
    AccountList people;
} ListWork;

static Err list_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ListWork *work = arg;
    int64_t limit = (int64_t)work->limit + 1; /* one more, for has_more */
    Err err = work->order == PEOPLE_ORDER__NEWEST_FIRST ? person_newest(tx, ctx, work->after, limit, &work->people)
                                                        : person_page(tx, ctx, work->after, limit, &work->people);
    return err == ERR_NOT_FOUND ? ctx_fail(ctx, ERR_NOT_FOUND, "after_id: there is no such user") : err;
}

static Err list_read(Ctx *ctx, const ListPeopleRequest *request, ListWork *out_work)
{
    *out_work = (ListWork){ .order = request->order, .limit = RPC_PAGE(request->limit, LIST_PEOPLE_REQUEST__LIMIT) };
    if (request->order != PEOPLE_ORDER__BY_NAME && request->order != PEOPLE_ORDER__NEWEST_FIRST)
        return ctx_fail(ctx, ERR_INVALID, "order: BY_NAME or NEWEST_FIRST");
    return request_id_optional(ctx, "after_id", request->after_id, &out_work->after);
}

Err auth_list_people(AuthService *svc, Ctx *ctx, const ListPeopleRequest *request, ListPeopleResponse *out_response)
{
    if (!svc->config.people_listed)
        return ctx_fail(ctx, ERR_FORBIDDEN, "the people of this server are found by name only");
    ListWork work;
    Err err = list_read(ctx, request, &work);
    if (!err) err = db_read(svc->db, ctx, list_in_tx, &work);
    if (err) return err;

    size_t count = work.people.count < work.limit ? work.people.count : work.limit;
    out_response->has_more = work.people.count > work.limit;
    out_response->users = arena_new_array(ctx->arena, User *, count);
    for (size_t i = 0; i < count; i++)
        out_response->users[out_response->n_users++] = user_view(ctx, &work.people.rows[i]);
    return OK;
}
