/* What strangers can cause in somebody's account: whom one may put where, and how many. Limits are small here; those of the server
 * stand in base/limits.h. */
#include <pthread.h>

#include "base/limits.h"
#include "chat_world.h"
#include "runtime/thread.h"
#include "services/group/store.h"
#include "support/postgres_db.h"

#define UNANSWERED 3 /* per adder */
#define STRANGERS  5 /* pending, of strangers */
#define PENDING    7
#define ACCEPTED   4

static const GroupConfig small = { .conversations_per_user_max = ACCEPTED,
                                   .members_per_group_max = 99,
                                   .members_per_call_max = 99,
                                   .pending_per_user_max = PENDING,
                                   .pending_of_strangers_max = STRANGERS,
                                   .unanswered_adds_max = UNANSWERED };
/* The same with room for those who do not matter. */
static GroupConfig with_allowance(uint32_t adds_per_hour)
{
    GroupConfig config = group_config_default;
    config.adds_per_hour = adds_per_hour;
    return config;
}

static Err add(ChatWorld *world, Ctx *ctx, Id id, const Id *users, size_t n_users, AddMembersResponse *out)
{
    AddMembersRequest request = ADD_MEMBERS_REQUEST__INIT;
    *out = (AddMembersResponse)ADD_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    request.n_user_ids = n_users;
    request.user_ids = arena_new_array(ctx->arena, char *, n_users + 1);
    for (size_t i = 0; i < n_users; i++) request.user_ids[i] = id_text(ctx->arena, users[i]);
    return group_add_members(world->group, ctx, &request, out);
}

/* Whether this person is there afterwards; the answer must agree, and somebody else is added in any case. */
static bool adds(ChatWorld *world, Id adder, Id id, Id user)
{
    static int others = 100;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(adder);
    AddMembersResponse response;
    Id other = person(others++);
    CHECK_ERR(add(world, ctx, id, (const Id[]){ user, other }, 2, &response), OK, "add");
    assert_int_not_equal(role_of(world, id, other), 0);
    bool is_there = role_of(world, id, user) != 0;
    assert_int_equal(response.n_members, is_there ? 2 : 1);
    assert_int_equal(response.n_refused_user_ids, is_there ? 0 : 1);
    if (!is_there) assert_string_equal(response.refused_user_ids[0], id_text(ctx->arena, user));
    return is_there;
}

static Id new_group(ChatWorld *world, Id owner)
{
    return make_group(world, owner, "T", NULL, 0);
}

static bool adds_to_new_group(ChatWorld *world, Id adder, Id user)
{
    Id id = new_group(world, adder);
    bool done = adds(world, adder, id, user);
    CHECK_ERR(remove_member(world, adder, id, adder), OK, "leave"); /* what the adder has accepted is no matter here */
    return done;
}

/* The user has answered this person. */
static void answer(ChatWorld *world, Id person, Id user)
{
    say(world, user, make_direct(world, person, user), "hello");
}

static Err try_direct(ChatWorld *world, Ctx *ctx, Id other, const char **out_text)
{
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
    request.kind = CONVERSATION_KIND__DIRECT;
    request.n_member_ids = 1;
    request.member_ids = (char *[]){ id_text(ctx->arena, other) };
    Err err = group_create_conversation(world->group, ctx, &request, &response);
    if (out_text) *out_text = ctx->err_text;
    return err;
}

static Err try_send(ChatWorld *world, Id user, Id id)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    SendRequest request = SEND_REQUEST__INIT;
    SendResponse response = SEND_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.client_id = client_id(ctx);
    request.text = "x";
    return message_send(world->message, ctx, &request, &response);
}

static Err try_read(ChatWorld *world, Id user, Id id, uint32_t seq)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    MarkReadRequest request = MARK_READ_REQUEST__INIT;
    MarkReadResponse response = MARK_READ_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.seq = seq;
    return message_mark_read(world->message, ctx, &request, &response);
}

TEST(the_limits_of_the_server_are_those_that_are_documented)
{
    assert_int_equal(group_config_default.conversations_per_user_max, 2000);
    assert_int_equal(group_config_default.pending_per_user_max, 1000);
    assert_int_equal(group_config_default.pending_of_strangers_max, 500);
    assert_int_equal(group_config_default.unanswered_adds_max, 50);
}

TEST(what_others_put_one_into_does_not_count_against_ones_own_limit)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&small);
    const Id me = person(50);
    for (int n = 1; n <= 3; n++) assert_true(adds_to_new_group(world, person(1), me));
    assert_true(adds_to_new_group(world, person(2), me));
    for (int n = 0; n < ACCEPTED; n++) new_group(world, me);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(me);
    const char *text;
    CHECK_ERR(try_direct(world, ctx, person(3), &text), ERR_PRECONDITION, "one over what is one's own");
    assert_non_null(strstr(text, "4 conversations"));
    assert_true(adds_to_new_group(world, person(2), me));
}

TEST(who_has_accepted_as_much_as_one_can_reads_on_and_must_leave_something_to_write)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&small);
    const Id me = person(50);
    Id mine[ACCEPTED], theirs = make_group(world, person(1), "T", (const Id[]){ me }, 1);
    uint32_t seq = say(world, person(1), theirs, "hello");
    for (int n = 0; n < ACCEPTED; n++) mine[n] = new_group(world, me);
    CHECK_ERR(try_read(world, me, theirs, seq), OK, "reads");
    CHECK_ERR(try_send(world, me, theirs), ERR_PRECONDITION, "writes");
    CHECK_ERR(remove_member(world, me, mine[0], me), OK, "leaves one");
    CHECK_ERR(try_send(world, me, theirs), OK, "writes now");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(me);
    CHECK_ERR(try_direct(world, ctx, person(3), NULL), ERR_PRECONDITION, "that one counts now");
}

TEST(one_person_puts_another_into_few_groups_until_they_accept_any)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&small);
    const Id me = person(50);
    Id ids[UNANSWERED];
    for (int n = 0; n < UNANSWERED; n++) {
        ids[n] = new_group(world, person(1));
        assert_true(adds(world, person(1), ids[n], me));
    }
    CHECK_ERR(remove_member(world, me, ids[0], me), OK, "leaving is no answer");
    CHECK_ERR(remove_member(world, person(1), ids[1], me), OK, "being removed is none either");
    assert_false(adds(world, person(1), ids[1], me));
    assert_true(adds_to_new_group(world, person(2), me));

    say(world, me, ids[2], "yes?");
    for (int n = 0; n < UNANSWERED; n++) {
        CHECK_ERR(remove_member(world, person(1), ids[2], me), OK, "remove");
        assert_true(adds(world, person(1), ids[2], me));
    }
    CHECK_ERR(remove_member(world, person(1), ids[2], me), OK, "remove");
    assert_false(adds(world, person(1), ids[2], me));
}

TEST(an_acquaintance_is_no_weapon_either)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&small);
    const Id me = person(50);
    answer(world, person(1), me);
    Id id = new_group(world, person(1));
    assert_true(adds(world, person(1), id, me));
    for (int n = 1; n < UNANSWERED; n++) assert_true(adds_to_new_group(world, person(1), me));
    assert_false(adds_to_new_group(world, person(1), me));
    for (int n = 1; n < ACCEPTED; n++) new_group(world, me); /* there is the direct one */
    CHECK_ERR(try_send(world, me, id), ERR_PRECONDITION, "this would be one more");
}

TEST(strangers_together_leave_room_for_acquaintances_and_for_who_wants_to_write)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&small);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(9));
    const Id me = person(50);
    Id first = new_group(world, person(1));
    assert_true(adds(world, person(1), first, me));
    for (int n = 1; n < STRANGERS; n++) assert_true(adds_to_new_group(world, person(1 + n), me));
    assert_false(adds_to_new_group(world, person(STRANGERS + 1), me));

    answer(world, person(8), me);
    assert_true(adds_to_new_group(world, person(8), me)); /* pending too, but of an acquaintance */
    CHECK_ERR(try_direct(world, ctx, me, NULL), OK, "the last place");

    _cleanup_(ctx_freep) Ctx *late = ctx_of(person(10));
    const char *text;
    assert_false(adds_to_new_group(world, person(8), me));
    CHECK_ERR(try_direct(world, late, me, &text), ERR_PRECONDITION, "nothing is left");
    assert_null(strpbrk(text, "0123456789"));
    CHECK_ERR(remove_member(world, me, first, me), OK, "leave");
    CHECK_ERR(try_direct(world, late, me, NULL), OK, "a place again");
}

/* Each begins with me in a group of person 1. */
typedef enum Past {
    REMOVED, /* by person 1 */
    LEFT,
    LEFT_AND_BACK_AND_REMOVED /* let in by person 2, whom I have answered, and then removed */
} Past;
static const struct {
    const char *label;
    Past past;
    bool wrote, answered; /* the direct conversation with person 1: they wrote, I answered */
    bool want;
} returns[] = {
    { "removed, by a stranger", REMOVED, false, false, true },
    { "left, by a stranger", LEFT, false, false, false },
    { "left, by who wrote to one in vain", LEFT, true, false, false },
    { "left, by an acquaintance", LEFT, true, true, true },
    { "back again and removed, by a stranger", LEFT_AND_BACK_AND_REMOVED, false, false, true },
};
TEST_EACH(who_has_left_is_added_again_by_those_only_whom_they_have_answered, returns, c)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    const Id me = person(50), adder = person(1), friend = person(2);
    Id id = make_group(world, adder, "T", (const Id[]){ me, friend }, 2);
    CHECK_ERR(remove_member(world, c->past == REMOVED ? adder : me, id, me), OK, c->label);
    if (c->past == LEFT_AND_BACK_AND_REMOVED) {
        CHECK_ERR(set_role(world, adder, id, friend, MEMBER_ROLE__ADMIN_MEMBER), OK, c->label);
        answer(world, friend, me);
        assert_true(adds(world, friend, id, me));
        CHECK_ERR(remove_member(world, adder, id, me), OK, c->label);
    }
    if (c->wrote) say(world, adder, make_direct(world, adder, me), "come back");
    if (c->answered) answer(world, adder, me);
    CHECK(adds(world, adder, id, me) == c->want, c->label);
}

TEST(a_group_is_made_without_those_who_are_refused_and_a_repetition_says_so_again)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&small);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    const Id me = person(50);
    for (int n = 0; n < UNANSWERED; n++) assert_true(adds_to_new_group(world, person(1), me));

    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    request.kind = CONVERSATION_KIND__GROUP;
    request.title = "T";
    request.client_id = client_id(ctx);
    request.n_member_ids = 2;
    request.member_ids = (char *[]){ id_text(ctx->arena, me), id_text(ctx->arena, person(3)) };
    for (int again = 0; again < 2; again++) {
        CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
        CHECK_ERR(group_create_conversation(world->group, ctx, &request, &response), OK, "create");
        assert_int_equal(response.existed, again);
        assert_int_equal(response.conversation->member_count, 2);
        assert_int_equal(response.n_refused_user_ids, 1);
        assert_string_equal(response.refused_user_ids[0], request.member_ids[0]);
    }
    const Envelope *event = wait_event(world, ctx, BUS, "conversation.created", UNANSWERED + 1);
    assert_int_equal(event->conversation_created->n_members, 2);
}

static Err take_part(ChatWorld *world, Ctx *ctx, Id id, int how)
{
    AddMembersResponse added;
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
    UpdateMemberRequest update = UPDATE_MEMBER_REQUEST__INIT;
    UpdateMemberResponse updated = UPDATE_MEMBER_RESPONSE__INIT;
    request.kind = CONVERSATION_KIND__GROUP;
    request.title = "T";
    request.n_member_ids = 2;
    request.member_ids = (char *[]){ id_text(ctx->arena, person(20)), id_text(ctx->arena, person(21)) };
    update.id = id_text(ctx->arena, id);
    update.user_id = id_text(ctx->arena, person(2));
    update.role = MEMBER_ROLE__ADMIN_MEMBER;
    switch (how) {
    case 0: return add(world, ctx, id, (const Id[]){ person(30), person(2) }, 2, &added);
    case 1: return try_direct(world, ctx, person(31), NULL);
    case 2: return group_update_member(world->group, ctx, &update, &updated);
    default: return group_create_conversation(world->group, ctx, &request, &response);
    }
}

static const struct {
    const char *label;
    int how;
    uint32_t cost;
} charged[] = {
    { "one who is new, one who is there", 0, 1 },
    { "a direct conversation", 1, 1 },
    { "a change of standing", 2, 1 },
    { "a group of three", 3, 2 },
};
TEST_EACH(what_one_causes_in_the_accounts_of_others_is_charged_by_the_person, charged, c)
{
    const GroupConfig config = with_allowance(10);
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&config);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    AddMembersResponse response;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    ctx->now_ms += 5000; /* later than that */
    const Id some[] = { person(3), person(4), person(5), person(6), person(7), person(8), person(9), person(10) };
    CHECK_ERR(add(world, ctx, id, some, 9 - c->cost, &response), OK, c->label);
    CHECK_ERR(take_part(world, ctx, id, c->how), OK, c->label);
    ctx_clear(ctx);
    CHECK_ERR(add(world, ctx, id, (const Id[]){ person(40), person(41) }, 2, &response), ERR_RATE_LIMITED, c->label);
    CHECK(ctx->retry_after_ms > 360000 && ctx->retry_after_ms <= 720000, c->label);
    CHECK(role_of(world, id, person(40)) == 0, c->label);
    ctx->now_ms += ctx->retry_after_ms;
    ctx_clear(ctx);
    CHECK_ERR(add(world, ctx, id, (const Id[]){ person(40), person(41) }, 2, &response), OK, c->label);
    CHECK_ERR(add(world, ctx, id, some, 1, &response), OK, "who is there costs nothing");
}

/* Two who put each other, and the same others, into groups at once. */
typedef struct Duellist {
    ChatWorld *world;
    Id self, other;
    Err err;
} Duellist;

static void duel(void *arg)
{
    Duellist *d = arg;
    for (int round = 0; round < 20 && !d->err; round++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(d->self);
        AddMembersResponse response;
        Id id = new_group(d->world, d->self);
        const Id people[] = { d->other, person(10), person(11), person(12) };
        d->err = add(d->world, ctx, id, people, ARRAY_LEN(people), &response);
        if (!d->err && response.n_members != ARRAY_LEN(people)) d->err = ERR_INTERNAL;
    }
}

TEST(two_who_add_each_other_at_once_both_succeed)
{
    const GroupConfig config = with_allowance(1000000);
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&config);
    Duellist duellists[] = { { world, person(1), person(200), OK }, { world, person(200), person(1), OK } };
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) threads[i] = thread_start("duel", THREAD_WORKER, duel, &duellists[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) CHECK_ERR(duellists[i].err, OK, "duel");
}

/* --- the order of locks --- */

#define CROSSING 12

typedef struct Crossing {
    ChatWorld *world;
    Id conversation;
    pthread_t remover;
    Err remove_err, hold_err;
    int remove_runs, hold_runs; /* the loser of a deadlock runs again */
} Crossing;

static bool on_postgres(void)
{
    const char *driver = getenv("MOLVA_TEST_DB");
    return driver && strcmp(driver, "postgres") == 0;
}

/* To the planner of connections to this program's database, which exists once a world has been opened. */
static void set_planner(const char *what)
{
    char sql[160];
    snprintf(sql, sizeof sql, "ALTER DATABASE test_%d %s", (int)getpid(), what);
    postgres_test_sql(getenv("MOLVA_TEST_POSTGRES"), sql, NULL);
}

/* Leaves the planner a table scan and a hash join, so an UPDATE locks rows in the order in which they are stored. */
static void update_in_table_order(void)
{
    static const char *const others[] = { "nestloop", "mergejoin", "indexscan", "indexonlyscan", "bitmapscan" };
    char what[64];
    chat_world_freep(&(ChatWorld *){ chat_world_new(NULL) });
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        snprintf(what, sizeof what, "SET enable_%s = off", others[i]);
        set_planner(what);
    }
}

/* Returns once a transaction of this program's database waits for a row that another has locked. */
static void wait_for_waiter(void)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SET statement_timeout = '20s'; DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_stat_activity "
             "WHERE datname = 'test_%d' AND wait_event_type = 'Lock' AND wait_event = 'transactionid') "
             "LOOP PERFORM pg_sleep(0.001); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$",
             (int)getpid());
    postgres_test_sql(getenv("MOLVA_TEST_POSTGRES"), sql, NULL);
}

/* Afterwards the table stores the rows in descending order of their ids. */
static Err rewrite_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Err err = OK;
    for (int n = CROSSING; n >= 1 && !err; n--) err = group_store_set_closed(tx, ctx, person(n), false);
    return err;
}

static Err remove_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Crossing *crossing = arg;
    crossing->remove_runs++;
    return group_store_remove(tx, ctx, crossing->conversation);
}

static void remove_group(void *arg)
{
    Crossing *crossing = arg;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    crossing->remove_err = db_write(crossing->world->group_db, ctx, remove_in_tx, crossing);
}

/* Locks the lowest id, then the highest once the removal waits for the lowest: a deadlock if that has the highest. */
static Err hold_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Crossing *crossing = arg;
    bool closed;
    Err err = group_store_is_closed(tx, ctx, person(1), &closed);
    if (!err && crossing->hold_runs++ == 0) {
        crossing->remover = thread_start("remove", THREAD_WORKER, remove_group, crossing);
        if (on_postgres()) wait_for_waiter();
    }
    return err ? err : group_store_is_closed(tx, ctx, person(CROSSING), &closed);
}

TEST(the_removal_of_a_group_locks_its_members_in_the_order_of_their_ids)
{
    if (on_postgres()) update_in_table_order();
    const GroupConfig config = with_allowance(1000000);
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&config);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id others[CROSSING - 1];
    for (int i = 0; i < CROSSING - 1; i++) others[i] = person(i + 2);
    Crossing crossing = { .world = world };
    crossing.conversation = make_group(world, person(1), "T", others, ARRAY_LEN(others));
    CHECK_ERR(db_write(world->group_db, ctx, rewrite_in_tx, NULL), OK, "rewrite");

    crossing.hold_err = db_write(world->group_db, ctx, hold_in_tx, &crossing);
    assert_true(crossing.hold_runs > 0);
    pthread_join(crossing.remover, NULL);
    if (on_postgres()) set_planner("RESET ALL");
    CHECK_ERR(crossing.hold_err, OK, "hold");
    CHECK_ERR(crossing.remove_err, OK, "remove");
    assert_int_equal(crossing.hold_runs, 1);
    assert_int_equal(crossing.remove_runs, 1);
}

/* --- a database of the version before --- */

enum { Q_CONVERSATION, Q_MEMBER, Q_USER, Q_COUNTS };
static const DbQuery old_queries[] = {
    { "conversation",
      "INSERT INTO conversations (id, kind, title, description, created_by, created_at, member_count)"
      " VALUES ($1, 2, 'T', '', $1, 0, 3)",
      NULL },
    { "member", "INSERT INTO members (conversation_id, user_id, role, joined_at, accepted) VALUES ($1, $2, 1, 0, $3)",
      NULL },
    { "user", "INSERT INTO users (user_id, conversations) VALUES ($1, $2)", NULL },
};
static const DbQuery new_queries[] = {
    [Q_COUNTS] = { "counts", "SELECT conversations, pending FROM users WHERE user_id = $1", NULL },
};

static Err fill_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Err err = OK;
    for (int n = 1; n <= 3 && !err; n++) {
        err = tx_exec(tx, ctx, Q_CONVERSATION, DB_ARGS(db_id(person(100 + n))), NULL);
        for (int m = 1; m <= 3 && !err; m++) /* person m has accepted the first m of three */
            err = tx_exec(tx, ctx, Q_MEMBER, DB_ARGS(db_id(person(100 + n)), db_id(person(m)), db_int(n <= m)), NULL);
        if (!err) err = tx_exec(tx, ctx, Q_USER, DB_ARGS(db_id(person(n)), db_int(3)), NULL);
    }
    return err;
}

static Err count_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    for (int m = 1; m <= 3; m++) {
        _cleanup_(rows_done) Rows rows = { 0 };
        Err err = tx_first(tx, ctx, 0, DB_ARGS(db_id(person(m))), &rows);
        if (err) return err;
        assert_int_equal(row_int(&rows, 0), 3);
        assert_int_equal(row_int(&rows, 1), 3 - m);
    }
    return OK;
}

TEST(of_a_database_of_before_what_is_not_accepted_is_counted_apart)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char *dir = test_dir_new();
    DbSchema schema = group_schema;
    schema.queries = old_queries;
    schema.n_queries = ARRAY_LEN(old_queries);
    while (group_schema.migrations[schema.n_migrations - 1].number > 4) schema.n_migrations--;
    Db *db = test_dir_db(ctx, dir, &schema);
    CHECK_ERR(db_write(db, ctx, fill_in_tx, NULL), OK, "fill");
    db_free(db);

    schema.queries = &new_queries[Q_COUNTS];
    schema.n_queries = 1;
    schema.n_migrations = group_schema.n_migrations;
    db = test_dir_db(ctx, dir, &schema);
    CHECK_ERR(db_read(db, ctx, count_in_tx, NULL), OK, "count");
    db_free(db);
    test_dir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limits_of_the_server_are_those_that_are_documented),
        cmocka_unit_test(what_others_put_one_into_does_not_count_against_ones_own_limit),
        cmocka_unit_test(who_has_accepted_as_much_as_one_can_reads_on_and_must_leave_something_to_write),
        cmocka_unit_test(one_person_puts_another_into_few_groups_until_they_accept_any),
        cmocka_unit_test(an_acquaintance_is_no_weapon_either),
        cmocka_unit_test(strangers_together_leave_room_for_acquaintances_and_for_who_wants_to_write),
        cmocka_unit_test(who_has_left_is_added_again_by_those_only_whom_they_have_answered),
        cmocka_unit_test(a_group_is_made_without_those_who_are_refused_and_a_repetition_says_so_again),
        cmocka_unit_test(what_one_causes_in_the_accounts_of_others_is_charged_by_the_person),
        cmocka_unit_test(two_who_add_each_other_at_once_both_succeed),
        cmocka_unit_test(the_removal_of_a_group_locks_its_members_in_the_order_of_their_ids),
        cmocka_unit_test(of_a_database_of_before_what_is_not_accepted_is_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
