/* Who may be added to a conversation, and how many: bounds what strangers can cause in an account. ADR 25. */
#include "services/group/service.h"

Err group_allowance_charge(GroupService *svc, Tx *tx, Ctx *ctx, Id adder, size_t n_people)
{
    uint32_t per_hour = svc->config.adds_per_hour, wait_ms;
    int64_t used_until_ms;
    if (per_hour == 0 || n_people == 0) return OK;
    Err err = group_store_lock_allowance(tx, ctx, adder, &used_until_ms);
    if (err) return err;
    if (group_allowance_take(&used_until_ms, ctx->now_ms, (uint32_t)n_people, per_hour, &wait_ms))
        return group_store_set_allowance(tx, ctx, adder, used_until_ms);
    err = ctx_fail(ctx, ERR_RATE_LIMITED, "you may add %u people an hour", per_hour);
    ctx->retry_after_ms = wait_ms;
    return err;
}

static Err read_candidates(Admission *a, Tx *tx, Ctx *ctx, size_t *out_n_new)
{
    *out_n_new = 0;
    for (size_t i = 0; i < a->n_people; i++) {
        if (id_eq(a->people[i].user, a->adder)) continue;
        Err err = group_store_candidate(tx, ctx, a->conversation, a->adder, a->people[i].user, &a->candidates[i]);
        if (err) return err;
        *out_n_new += !a->candidates[i].belongs;
    }
    return OK;
}

static Err admit_oneself(Admission *a, Tx *tx, Ctx *ctx, const MemberRow *member)
{
    bool counted;
    uint32_t max = a->svc->config.conversations_per_user_max;
    Err err = group_store_count_in(tx, ctx, member->user, false, max, &counted);
    if (err) return err;
    if (!counted) return ctx_fail(ctx, ERR_PRECONDITION, "you belong to %u conversations, which is the most", max);
    return group_store_add_member(tx, ctx, a->conversation, member, ACCEPT_BY_ACT, ID_NONE);
}

/* Takes a slot among the additions that the user has not accepted. Exempt is a pair's direct conversation, which exists
 * only once. */
static Err take_place(Admission *a, Tx *tx, Ctx *ctx, Id user, const CandidateRow *candidate, bool *out_taken)
{
    const GroupConfig *config = &a->svc->config;
    bool is_stranger = a->kind == CONVERSATION_KIND__GROUP && !candidate->has_answered;
    uint32_t max = is_stranger ? config->pending_of_strangers_max : config->pending_per_user_max;
    Err err = group_store_count_in(tx, ctx, user, true, max, out_taken);
    if (err || !*out_taken || a->kind == CONVERSATION_KIND__DIRECT) return err;
    err = group_store_count_unanswered(tx, ctx, a->adder, user, config->unanswered_adds_max, out_taken);
    return err || *out_taken ? err : group_store_count_out(tx, ctx, user, true);
}

static Err admit_other(Admission *a, Tx *tx, Ctx *ctx, const MemberRow *member, const CandidateRow *candidate,
                       bool *out_admitted)
{
    *out_admitted = false;
    if (candidate->has_left && !candidate->has_answered) return OK;
    Err err = take_place(a, tx, ctx, member->user, candidate, out_admitted);
    if (err || !*out_admitted) return err;
    if (candidate->has_left) err = group_store_remove_departure(tx, ctx, a->conversation, member->user);
    if (err) return err;
    return group_store_add_member(tx, ctx, a->conversation, member,
                                  candidate->has_answered ? ACCEPT_SEEN : ACCEPT_NOT_YET, a->adder);
}

static Err admit_one(Admission *a, Tx *tx, Ctx *ctx, size_t i)
{
    const MemberRow *member = &a->people[i];
    bool is_oneself = id_eq(member->user, a->adder), admitted = true;
    if (!is_oneself && a->candidates[i].belongs) return OK;
    Err err =
        is_oneself ? admit_oneself(a, tx, ctx, member) : admit_other(a, tx, ctx, member, &a->candidates[i], &admitted);
    if (err) return err;
    if (admitted)
        a->admitted[a->n_admitted++] = *member;
    else
        a->refused[a->n_refused++] = member->user;
    return OK;
}

Err group_admit(Admission *a, Tx *tx, Ctx *ctx)
{
    size_t n_new;
    a->candidates = arena_new_array(ctx->arena, CandidateRow, a->n_people + 1);
    a->admitted = arena_new_array(ctx->arena, MemberRow, a->n_people + 1);
    a->refused = arena_new_array(ctx->arena, Id, a->n_people + 1);
    a->n_admitted = a->n_refused = 0;
    Err err = read_candidates(a, tx, ctx, &n_new);
    if (!err) err = group_allowance_charge(a->svc, tx, ctx, a->adder, n_new);
    for (size_t i = 0; !err && i < a->n_people; i++) err = admit_one(a, tx, ctx, i);
    return err;
}

char **group_refused_texts(Ctx *ctx, const Id *refused, size_t n_refused)
{
    char **texts = arena_new_array(ctx->arena, char *, n_refused + 1);
    for (size_t i = 0; i < n_refused; i++) texts[i] = id_text(ctx->arena, refused[i]);
    return texts;
}
