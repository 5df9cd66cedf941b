/* Who may see whether somebody is there. */
#include "feed_world.h"
#include "services/notification/store.h"

static bool is_two(void *arg, Id user)
{
    return id_eq(user, user_id(2));
}

static GetPresenceResponse *get_presence(FeedWorld *world, Ctx *ctx, const int *users, size_t n, Err want)
{
    GetPresenceRequest request = GET_PRESENCE_REQUEST__INIT;
    GetPresenceResponse *response = arena_new_of(ctx->arena, GetPresenceResponse);
    get_presence_response__init(response);
    request.n_user_ids = n;
    request.user_ids = arena_new_array(ctx->arena, char *, n + 1);
    for (size_t i = 0; i < n; i++) request.user_ids[i] = id_text(ctx->arena, user_id(users[i]));
    CHECK_ERR(notification_get_presence(world->svc, ctx, &request, response), want, "get presence");
    return response;
}

static void record_last_seen(FeedWorld *world, Ctx *ctx, int user, int64_t at_ms)
{
    RecordLastSeenRequest request = RECORD_LAST_SEEN_REQUEST__INIT;
    RecordLastSeenResponse response = RECORD_LAST_SEEN_RESPONSE__INIT;
    char *id = id_text(ctx->arena, user_id(user));
    request.user_ids = &id;
    request.n_user_ids = 1;
    request.at = timestamp_new(ctx->arena, at_ms);
    CHECK_ERR(notification_record_last_seen(world->svc, ctx, &request, &response), OK, "record");
}

typedef struct LastSeenWork {
    const Id *users;
    size_t n_users;
    int64_t *at_ms;
} LastSeenWork;

static Err read_last_seen(Tx *tx, Ctx *ctx, void *arg)
{
    LastSeenWork *work = arg;
    return last_seen_store_get(tx, ctx, work->users, work->n_users, work->at_ms);
}

TEST(those_who_share_a_conversation_are_shown_in_the_order_asked)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(3));
    notification_set_online(world->svc, is_two, NULL);
    record_last_seen(world, ctx, 2, 1000);
    record_last_seen(world, ctx, 4, 2000);
    record_last_seen(world, ctx, 9, 3000);

    GetPresenceResponse *out = get_presence(world, ctx, (const int[]){ 9, 4, 2, 3, 5 }, 5, OK);
    assert_int_equal(out->n_presences, 3); /* 5 and 9 are strangers */
    assert_string_equal(out->presences[0]->user_id, id_text(ctx->arena, user_id(4)));
    assert_false(out->presences[0]->online);
    assert_int_equal(timestamp_ms(out->presences[0]->last_seen_at), 2000);
    assert_string_equal(out->presences[1]->user_id, id_text(ctx->arena, user_id(2)));
    assert_true(out->presences[1]->online);
    assert_null(out->presences[1]->last_seen_at);
    assert_string_equal(out->presences[2]->user_id, id_text(ctx->arena, user_id(3)));
    assert_null(out->presences[2]->last_seen_at); /* never seen */
}

TEST(last_seen_only_grows)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    static const int64_t recorded[] = { 500, 900, 700 };
    for (size_t i = 0; i < ARRAY_LEN(recorded); i++) record_last_seen(world, ctx, 2, recorded[i]);
    GetPresenceResponse *out = get_presence(world, ctx, (const int[]){ 2 }, 1, OK);
    assert_int_equal(timestamp_ms(out->presences[0]->last_seen_at), 900);
}

TEST(of_many_it_is_kept_at_once)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(3));
    RecordLastSeenRequest request = RECORD_LAST_SEEN_REQUEST__INIT;
    RecordLastSeenResponse response = RECORD_LAST_SEEN_RESPONSE__INIT;
    char *ids[] = { id_text(ctx->arena, user_id(4)), id_text(ctx->arena, user_id(2)), (char *)"nobody" };
    record_last_seen(world, ctx, 2, 9000);
    request.user_ids = ids;
    request.n_user_ids = 2;
    request.at = timestamp_new(ctx->arena, 5000);
    CHECK_ERR(notification_record_last_seen(world->svc, ctx, &request, &response), OK, "two");
    GetPresenceResponse *out = get_presence(world, ctx, (const int[]){ 2, 4 }, 2, OK);
    assert_int_equal(timestamp_ms(out->presences[0]->last_seen_at), 9000);
    assert_int_equal(timestamp_ms(out->presences[1]->last_seen_at), 5000);
    request.n_user_ids = 3;
    CHECK_ERR(notification_record_last_seen(world->svc, ctx, &request, &response), ERR_INVALID, "no id");
}

TEST(as_many_as_may_be_are_asked_for_with_one_question)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    int users[101];
    for (int i = 0; i < 101; i++) users[i] = i;
    for (int i = 0; i < 101; i++) record_last_seen(world, ctx, i, 1000 + i);
    get_presence(world, ctx, users, 101, ERR_TOO_LARGE);
    assert_int_equal(world->group_calls, 0);
    GetPresenceResponse *out = get_presence(world, ctx, users, 100, OK);
    assert_int_equal(world->group_calls, 1);
    assert_int_equal(out->n_presences, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(timestamp_ms(out->presences[i]->last_seen_at), 1000 + i);
    get_presence(world, ctx, users, 0, OK);
    assert_int_equal(world->group_calls, 1);
}

TEST(who_stands_there_again_costs_nothing_and_is_told_once)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(3));
    int users[100];
    for (int i = 0; i < 100; i++) users[i] = 4 - i % 3;
    GetPresenceResponse *out = get_presence(world, ctx, users, 100, OK);
    assert_int_equal(world->group_asked, 3);
    assert_int_equal(out->n_presences, 3);
    for (int i = 0; i < 3; i++) assert_string_equal(out->presences[i]->user_id, id_text(ctx->arena, user_id(4 - i)));
}

/* More than one query asks for. */
TEST(when_many_were_last_seen_stands_beside_each)
{
    _cleanup_(feed_world_freep) FeedWorld *world = feed_world_new(0, NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user_id(1));
    enum { N = 60 };
    Id users[N];
    int64_t at_ms[N];
    for (int i = 0; i < N; i++) {
        users[i] = user_id(i);
        if (i % 2) record_last_seen(world, ctx, i, 1000 + i);
    }
    LastSeenWork work = { users, N, at_ms };
    CHECK_ERR(db_read(world->db, ctx, read_last_seen, &work), OK, "read");
    for (int i = 0; i < N; i++) assert_int_equal(at_ms[i], i % 2 ? 1000 + i : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_share_a_conversation_are_shown_in_the_order_asked),
        cmocka_unit_test(last_seen_only_grows),
        cmocka_unit_test(of_many_it_is_kept_at_once),
        cmocka_unit_test(as_many_as_may_be_are_asked_for_with_one_question),
        cmocka_unit_test(who_stands_there_again_costs_nothing_and_is_told_once),
        cmocka_unit_test(when_many_were_last_seen_stands_beside_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
