/* Accounts that were made before names were folded as they are today. */
#include "services/auth/names.h"
#include "world.h"

#define STRANGERS 450 /* more than two batches */

/* --- a database of the version before --- */

enum { OLD_ACCOUNT_ADD, OLD_WORD_ADD, OLD_PERSON_ADD };
static const DbQuery old_queries[] = {
    { "account_add",
      "INSERT INTO account (id, username, username_key, skeleton, password_hash, display_name, about, language, theme, "
      "role, disabled, created_at) VALUES ($1, $2, $2, $2, '', $3, '', '', '', 0, 0, 0)",
      NULL },
    { "word_add", "INSERT INTO user_word (word, user_id) VALUES ($1, $2)", NULL },
    { "person_add", "INSERT INTO person (sort_key, user_id) VALUES ($1, $2)", NULL },
};

/* Up to the migration that folds. */
static DbSchema old_schema(void)
{
    DbSchema schema = auth_schema;
    schema.queries = old_queries;
    schema.n_queries = ARRAY_LEN(old_queries);
    for (int i = 0; i < auth_schema.n_migrations; i++)
        if (strcmp(auth_schema.migrations[i].name, "fold") == 0) schema.n_migrations = i;
    assert_true(schema.n_migrations < auth_schema.n_migrations);
    return schema;
}

static const struct {
    const char *username, *display_name, *word;
} old_people[] = {
    { "old1", "José", "josé" },       { "old2", "Müller", "müller" },
    { "old3", "Łukasz", "łukasz" },   { "old4", "İstanbul", "istanbul" },
    { "old5", "Weiß", "weiß" },       { "old6", "Οδυσσεύς", "οδυσσεύς" },
    { "old7", "O’Brien", "o’brien" }, { "old8", "Jose\u0301", "jose\u0301" },
};

static Err add_person(Tx *tx, Ctx *ctx, size_t number, const char *username, const char *display_name, const char *word)
{
    Id id = id_new(1700000000000 + (int64_t)number);
    Err err = tx_exec(tx, ctx, OLD_ACCOUNT_ADD,
                      DB_ARGS(db_id(id), db_text(str_of(username)), db_text(str_of(display_name))), NULL);
    if (!err) err = tx_exec(tx, ctx, OLD_WORD_ADD, DB_ARGS(db_blob(str_of(word)), db_id(id)), NULL);
    /* Some are older than the list of people. */
    if (err || number % 2) return err;
    return tx_exec(tx, ctx, OLD_PERSON_ADD, DB_ARGS(db_blob(str_of(word)), db_id(id)), NULL);
}

static Err add_people_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Err err = OK;
    size_t strangers = *(const size_t *)arg;
    for (size_t i = 0; !err && i < ARRAY_LEN(old_people); i++)
        err = add_person(tx, ctx, i, old_people[i].username, old_people[i].display_name, old_people[i].word);
    for (size_t i = 0; !err && i < strangers; i++) {
        const char *name = str_fmt(ctx->arena, "stranger%zu", i).ptr;
        err = add_person(tx, ctx, 100 + i, name, name, name);
    }
    return err;
}

static void prepare(const char *dir, size_t strangers)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    DbSchema schema = old_schema();
    Db *db = database_in(dir, &schema);
    assert_int_equal(db_write(db, ctx, add_people_in_tx, &strangers), OK);
    db_free(db);
}

static void prepare_many(const char *dir)
{
    prepare(dir, STRANGERS);
}

static void prepare_few(const char *dir)
{
    prepare(dir, 3);
}

/* --- what holds --- */

/* User names of all who are found, with a comma between. */
static Str found(World *world, const char *query)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
    StrBuf names;
    request.query = (char *)query;
    CHECK_ERR(auth_search_users(world->auth, ctx, &request, &response), OK, query);
    strbuf_init(&names, ctx->arena);
    for (size_t i = 0; i < response.n_users; i++) strbuf_fmt(&names, "%s%s", i ? "," : "", response.users[i]->username);
    return str_dup(world->ctx->arena, names.len ? strbuf_str(&names) : STR(""));
}

static const struct {
    const char *query, *want;
} searches[] = {
    { "jose", "old1,old8" },
    { "José", "old1,old8" },
    { "JOSE\u0301", "old1,old8" },
    { "muller", "old2" },
    { "mu\u0308ller", "old2" },
    { "lukasz", "old3" },
    { "istanbul", "old4" },
    { "ISTANBUL", "old4" },
    { "ıstanbul", "old4" },
    { "weiss", "old5" },
    { "WEISS", "old5" },
    { "weiß", "old5" },
    { "οδυσσευς", "old6" },
    { "Οδυσσεύσ", "old6" },
    { "O'Brien", "old7" },
    { "o’brien", "old7" },
    { "obrien", "old7" },
    { "brien", "old7" },
    { "old3", "old3" },
    { "josef", "" },
    { "stranger449", "stranger449" },
};

static size_t listed_count(World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    ListPeopleRequest request = LIST_PEOPLE_REQUEST__INIT;
    ListPeopleResponse response = LIST_PEOPLE_RESPONSE__INIT;
    size_t count = 0;
    request.after_id = "";
    do {
        response = (ListPeopleResponse)LIST_PEOPLE_RESPONSE__INIT;
        CHECK_ERR(auth_list_people(world->auth, ctx, &request, &response), OK, "page");
        count += response.n_users;
        if (response.n_users) request.after_id = response.users[response.n_users - 1]->id;
    } while (response.has_more);
    return count;
}

TEST(people_of_a_database_of_the_version_before_are_found_as_new_ones_are)
{
    _cleanup_(world_freep) World *world = world_new_over(prepare_many, NULL);
    for (size_t i = 0; i < ARRAY_LEN(searches); i++)
        CHECK_STR(found(world, searches[i].query), str_of(searches[i].want), searches[i].query);
    assert_int_equal(listed_count(world), ARRAY_LEN(old_people) + STRANGERS);
}

TEST(who_registers_or_takes_another_name_is_found_by_it_at_once)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person ann = registered(world, "ann");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &ann);
    UpdateMeRequest request = UPDATE_ME_REQUEST__INIT;
    UpdateMeResponse response = UPDATE_ME_RESPONSE__INIT;
    request._display_name_case = UPDATE_ME_REQUEST___DISPLAY_NAME_DISPLAY_NAME;
    request.display_name = "Ånn Ó’Neill";
    assert_int_equal(auth_update_me(world->auth, ctx, &request, &response), OK);
    CHECK_STR(found(world, "o'neill"), STR("ann"), "by the new name");
    CHECK_STR(found(world, "neill ann"), STR("ann"), "by both words");
}

/* --- the table changes --- */

enum { UNFOLD, PERSON_CLEAR, WORD_COUNT };
static const DbQuery own_queries[] = {
    { "unfold", "UPDATE account SET fold = 0", NULL },
    { "person_clear", "DELETE FROM person", NULL },
    { "word_count", "SELECT count(*) FROM user_word", NULL },
};

static Err unfold_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    Err err = tx_exec(tx, ctx, UNFOLD, DB_NO_ARGS, NULL);
    return err ? err : tx_exec(tx, ctx, PERSON_CLEAR, DB_NO_ARGS, NULL);
}

static Err count_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, WORD_COUNT, DB_NO_ARGS, &rows);
    if (!err) *(int64_t *)arg = row_int(&rows, 0);
    return err;
}

/* As if all had been folded by an older table, and the list of people been lost. Returns how many words there are. */
static int64_t unfold(World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    DbSchema schema = auth_schema;
    schema.queries = own_queries;
    schema.n_queries = ARRAY_LEN(own_queries);
    int64_t words = 0;
    Db *db = database_in(world->dir.path, &schema);
    assert_int_equal(db_write(db, ctx, unfold_in_tx, NULL), OK);
    assert_int_equal(db_read(db, ctx, count_in_tx, &words), OK);
    db_free(db);
    return words;
}

TEST(a_start_that_was_broken_off_is_carried_on_by_the_next)
{
    _cleanup_(world_freep) World *world = world_new_over(prepare_few, NULL);
    int64_t words = unfold(world);
    for_each_fault(&world->faults)
    {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
        AuthService *second = NULL;
        Err err = auth_open(ctx, world->db, world->outbox, world->cache, world->identity, &world->config, &second);
        world_calm(world);
        assert_true((err == OK) == (second != NULL));
        auth_close(second);
    }
    for (size_t i = 0; i < ARRAY_LEN(searches) - 1; i++)
        CHECK_STR(found(world, searches[i].query), str_of(searches[i].want), searches[i].query);
    assert_int_equal(listed_count(world), ARRAY_LEN(old_people) + 3);
    assert_int_equal(unfold(world), words);
}

/* Another process over the same database; where only one may have it, another service of the same. */
static void *open_and_close(void *arg)
{
    World *world = arg;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Identity *identity = identity_new();
    AuthService *auth = NULL;
    Db *own = db_is_shared(world->db) ? database_in(world->dir.path, &auth_schema) : NULL;
    Err err = auth_open(ctx, own ? own : world->db, world->outbox, world->cache, identity, &world->config, &auth);
    auth_close(auth);
    identity_free(identity);
    db_free(own);
    return err ? "not opened" : NULL;
}

TEST(processes_that_start_together_fold_each_account_once)
{
    _cleanup_(world_freep) World *world = world_new_over(prepare_many, NULL);
    int64_t words = unfold(world);
    pthread_t threads[3];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_create(&threads[i], NULL, open_and_close, world);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    for (size_t i = 0; i < ARRAY_LEN(searches); i++)
        CHECK_STR(found(world, searches[i].query), str_of(searches[i].want), searches[i].query);
    assert_int_equal(listed_count(world), ARRAY_LEN(old_people) + STRANGERS);
    assert_int_equal(unfold(world), words);
}

/* In how many rounds the service does not open when one call meets a full disk. */
static int unopened(World *world)
{
    int count = 0;
    world->faults = (Faults){ .err = ERR_STORAGE_FULL };
    for_each_fault(&world->faults)
    {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
        AuthService *second = NULL;
        Err err = auth_open(ctx, world->db, world->outbox, world->cache, world->identity, &world->config, &second);
        world_calm(world);
        count += err != OK;
        auth_close(second);
    }
    return count;
}

TEST(names_that_cannot_be_folded_on_a_full_disk_keep_nobody_from_starting)
{
    _cleanup_(world_freep) World *world = world_new_over(prepare_few, NULL);
    int without = unopened(world);
    unfold(world);
    assert_int_equal(unopened(world), without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_of_a_database_of_the_version_before_are_found_as_new_ones_are),
        cmocka_unit_test(who_registers_or_takes_another_name_is_found_by_it_at_once),
        cmocka_unit_test(a_start_that_was_broken_off_is_carried_on_by_the_next),
        cmocka_unit_test(processes_that_start_together_fold_each_account_once),
        cmocka_unit_test(names_that_cannot_be_folded_on_a_full_disk_keep_nobody_from_starting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
