/* Profiles: the caller's own, other people's, and search. */
#include <stdlib.h>

#include "services/auth/events.h"
#include "services/auth/names.h"
#include "services/auth/profiles.h"
#include "services/auth/rules.h"
#include "services/auth/search.h"
#include "services/auth/views.h"

#define SEARCH_WORDS_LOOKED_AT 500 /* per search, however many users share the prefix */

/* USER methods: the caller's account, which exists unless the token outlived it. */
static Err own_account(Tx *tx, Ctx *ctx, AccountRow *out_account)
{
    Err err = account_by_id(tx, ctx, ctx->actor.user, out_account);
    return err == ERR_NOT_FOUND ? ctx_fail(ctx, ERR_NOT_FOUND, "your account is gone") : err;
}

static Err get_me_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    return own_account(tx, ctx, arg);
}

Err auth_get_me(AuthService *svc, Ctx *ctx, const GetMeRequest *request, GetMeResponse *out_response)
{
    AccountRow account;
    Err err = db_read(svc->db, ctx, get_me_in_tx, &account);
    if (err) return err;
    out_response->user = user_view(ctx, &account);
    out_response->account = account_view(ctx, &account);
    return OK;
}

typedef struct UpdateWork {
    AuthService *svc;
    const UpdateMeRequest *request;
    Str display_name, about; /* normalized */
    AccountRow account;
} UpdateWork;

static bool has_display_name(const UpdateMeRequest *request)
{
    return request->_display_name_case == UPDATE_ME_REQUEST___DISPLAY_NAME_DISPLAY_NAME;
}

static bool has_about(const UpdateMeRequest *request)
{
    return request->_about_case == UPDATE_ME_REQUEST___ABOUT_ABOUT;
}

static bool has_language(const UpdateMeRequest *request)
{
    return request->_language_case == UPDATE_ME_REQUEST___LANGUAGE_LANGUAGE;
}

static bool has_theme(const UpdateMeRequest *request)
{
    return request->_theme_case == UPDATE_ME_REQUEST___THEME_THEME;
}

static Err update_check(Ctx *ctx, UpdateWork *work)
{
    const UpdateMeRequest *request = work->request;
    Err err = OK;
    if (has_display_name(request)) err = display_name_check(ctx, str_of(request->display_name), &work->display_name);
    if (!err && has_about(request)) err = about_check(ctx, str_of(request->about), &work->about);
    if (!err && has_language(request)) err = language_check(ctx, str_of(request->language));
    if (!err && has_theme(request)) err = theme_check(ctx, str_of(request->theme));
    return err;
}

static Err update_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    UpdateWork *work = arg;
    const UpdateMeRequest *request = work->request;
    AccountRow before;
    Err err = own_account(tx, ctx, &before);
    if (err) return err;

    AccountRow after = before;
    if (has_display_name(request)) after.display_name = work->display_name;
    if (has_about(request)) after.about = work->about;
    if (has_language(request)) after.language = str_of(request->language);
    if (has_theme(request)) after.theme = str_of(request->theme);
    err = account_set_profile(tx, ctx, &before, &after);
    if (err) return err;
    work->account = after;

    bool seen_by_others = !str_eq(before.display_name, after.display_name) || !str_eq(before.about, after.about);
    return seen_by_others ? event_profile_updated(work->svc, tx, ctx, &after) : OK;
}

Err auth_update_me(AuthService *svc, Ctx *ctx, const UpdateMeRequest *request, UpdateMeResponse *out_response)
{
    UpdateWork work = { .svc = svc, .request = request };
    Err err = update_check(ctx, &work);
    if (err) return err;
    err = db_write(svc->db, ctx, update_in_tx, &work);
    if (err) return err;
    profile_forget(svc, ctx, work.account.id);
    out_response->user = user_view(ctx, &work.account);
    out_response->account = account_view(ctx, &work.account);
    return OK;
}

Err auth_get_user(AuthService *svc, Ctx *ctx, const GetUserRequest *request, GetUserResponse *out_response)
{
    Id id;
    User *user;
    size_t count = 0;
    Err err = request_id(ctx, "id", request->id, &id);
    if (!err) err = profiles_find(svc, ctx, &id, 1, &user, &count);
    if (err) return err;
    if (count == 0) return ctx_fail(ctx, ERR_NOT_FOUND, "there is no such user");
    out_response->user = user;
    return OK;
}

typedef struct ResolveWork {
    Id *ids;
    size_t n_ids;
    User **users;
    size_t count;
} ResolveWork;

static Err resolve_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ResolveWork *work = arg;
    work->count = 0;
    for (size_t i = 0; i < work->n_ids; i++) {
        AccountRow account;
        Err err = account_by_id(tx, ctx, work->ids[i], &account);
        if (err && err != ERR_NOT_FOUND) return err;
        if (!err && !account.disabled) work->users[work->count++] = user_view(ctx, &account);
    }
    return OK;
}

/* Not cached: whether somebody may be added must be current. */
Err auth_resolve_users(AuthService *svc, Ctx *ctx, const ResolveUsersRequest *request,
                       ResolveUsersResponse *out_response)
{
    ResolveWork work = { 0 };
    Err err = request_ids(ctx, "ids", request->ids, request->n_ids, RESOLVE_USERS_REQUEST__IDS__MAX_ITEMS, &work.ids,
                          &work.n_ids);
    if (err) return err;
    work.users = arena_new_array(ctx->arena, User *, work.n_ids);
    err = db_read(svc->db, ctx, resolve_in_tx, &work);
    if (err) return err;
    out_response->users = work.users;
    out_response->n_users = work.count;
    return OK;
}

typedef struct SearchWork {
    const Words *query;
    AccountList candidates;
} SearchWork;

static Err search_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    SearchWork *work = arg;
    return account_search(tx, ctx, words_longest(work->query), SEARCH_WORDS_LOOKED_AT, &work->candidates);
}

typedef struct Match {
    const AccountRow *account;
    int rank;
} Match;

static int match_cmp(const void *a, const void *b)
{
    const Match *one = a, *other = b;
    if (one->rank != other->rank) return one->rank - other->rank;
    return id_cmp(one->account->id, other->account->id); /* ties: older accounts first */
}

/* Candidates match one word of the query; keeps those that match all words, best first. */
static size_t rank_candidates(Ctx *ctx, const SearchWork *work, Match *out_matches)
{
    size_t count = 0;
    for (size_t i = 0; i < work->candidates.count; i++) {
        const AccountRow *account = &work->candidates.rows[i];
        const Words *words = words_of_user(ctx->arena, account->username, account->display_name);
        if (!words_match(work->query, words)) continue;
        int rank = words_rank(ctx->arena, work->query, account->username, account->display_name);
        out_matches[count++] = (Match){ account, rank };
    }
    qsort(out_matches, count, sizeof *out_matches, match_cmp);
    return count;
}

ON_WORKER static Err search(AuthService *svc, Ctx *ctx, Str query, size_t limit, SearchUsersResponse *out_response)
{
    SearchWork work = { .query = words_of_query(ctx->arena, query) };
    if (work.query->count == 0) return OK;
    Err err = db_read(svc->db, ctx, search_in_tx, &work);
    if (err) return err;

    Match *matches = arena_new_array(ctx->arena, Match, work.candidates.count);
    size_t count = rank_candidates(ctx, &work, matches);
    if (count > limit) count = limit;
    out_response->users = arena_new_array(ctx->arena, User *, count);
    for (size_t i = 0; i < count; i++)
        out_response->users[out_response->n_users++] = user_view(ctx, matches[i].account);
    return OK;
}

Err auth_search_users(AuthService *svc, Ctx *ctx, const SearchUsersRequest *request, SearchUsersResponse *out_response)
{
    uint32_t limit = RPC_PAGE(request->limit, SEARCH_USERS_REQUEST__LIMIT);
    if (request->n_ids == 0) return search(svc, ctx, str_of(request->query), limit, out_response);

    /* Lookup by id includes closed accounts, because their messages are still displayed. */
    Id *ids;
    size_t n;
    Err err = request_ids(ctx, "ids", request->ids, request->n_ids, SEARCH_USERS_REQUEST__IDS__MAX_ITEMS, &ids, &n);
    if (err) return err;
    out_response->users = arena_new_array(ctx->arena, User *, n);
    return profiles_find(svc, ctx, ids, n, out_response->users, &out_response->n_users);
}
