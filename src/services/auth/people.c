/* The people of a server: who is here, for those who look for somebody to talk to. */
#include "services/auth/people.h"

#include "services/auth/rules.h"
#include "services/auth/store.h"
#include "services/auth/views.h"

#define COMPLETED_AT_ONCE 500 /* so that others write in between */

typedef struct CompleteWork {
    Id after; /* a transaction may run twice and leaves it as it is */
    AccountList missing;
} CompleteWork;

static Err complete_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    CompleteWork *work = arg;
    Err err = person_missing(tx, ctx, work->after, COMPLETED_AT_ONCE, &work->missing);
    for (size_t i = 0; !err && i < work->missing.count; i++) err = person_add(tx, ctx, &work->missing.rows[i]);
    return err;
}

Err people_complete(AuthService *svc, Ctx *ctx)
{
    CompleteWork work = { .after = ID_NONE };
    do {
        Err err = db_write(svc->db, ctx, complete_in_tx, &work);
        if (err) return err;
        if (work.missing.count) work.after = work.missing.rows[work.missing.count - 1].id;
    } while (work.missing.count == COMPLETED_AT_ONCE);
    return OK;
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
    int64_t limit = (int64_t)work->limit + 1; /* one more tells has_more */
    Err err = work->order == PEOPLE_ORDER__NEWEST_FIRST ? person_newest(tx, ctx, work->after, limit, &work->people)
                                                        : person_page(tx, ctx, work->after, limit, &work->people);
    return err == ERR_NOT_FOUND ? ctx_fail(ctx, ERR_NOT_FOUND, "after_id: there is no such user") : err;
}

static Err list_read(Ctx *ctx, const ListPeopleRequest *request, ListWork *out_work)
{
    *out_work = (ListWork){ .order = request->order, .limit = RPC_PAGE(request->limit, LIST_PEOPLE_REQUEST__LIMIT) };
    if (request->order != PEOPLE_ORDER__BY_NAME && request->order != PEOPLE_ORDER__NEWEST_FIRST)
        return ctx_fail(ctx, ERR_INVALID, "order: BY_NAME or NEWEST_FIRST");
    return request->after_id[0] ? id_check(ctx, "after_id", request->after_id, &out_work->after) : OK;
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
