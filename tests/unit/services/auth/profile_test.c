#include "rpc/event.h"
#include "world.h"

static Err try_update(World *world, const Person *person, const char *display_name, const char *about,
                      const char *language, const char *theme)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    UpdateMeRequest request = UPDATE_ME_REQUEST__INIT;
    UpdateMeResponse response = UPDATE_ME_RESPONSE__INIT;
    if (display_name) {
        request._display_name_case = UPDATE_ME_REQUEST___DISPLAY_NAME_DISPLAY_NAME;
        request.display_name = (char *)display_name;
    }
    if (about) {
        request._about_case = UPDATE_ME_REQUEST___ABOUT_ABOUT;
        request.about = (char *)about;
    }
    if (language) {
        request._language_case = UPDATE_ME_REQUEST___LANGUAGE_LANGUAGE;
        request.language = (char *)language;
    }
    if (theme) {
        request._theme_case = UPDATE_ME_REQUEST___THEME_THEME;
        request.theme = (char *)theme;
    }
    return auth_update_me(world->auth, ctx, &request, &response);
}

static GetMeResponse me_of(World *world, Ctx *ctx)
{
    GetMeRequest request = GET_ME_REQUEST__INIT;
    GetMeResponse response = GET_ME_RESPONSE__INIT;
    assert_int_equal(auth_get_me(world->auth, ctx, &request, &response), OK);
    return response;
}

/* The user names that a query finds, with a comma between. */
static Str found(World *world, Ctx *ctx, const char *query, uint32_t limit)
{
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
    request.query = (char *)query;
    request.limit = limit;
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), OK);
    StrBuf names;
    strbuf_init(&names, ctx->arena);
    for (size_t i = 0; i < response.n_users; i++) strbuf_fmt(&names, "%s%s", i ? "," : "", response.users[i]->username);
    return names.len ? strbuf_str(&names) : STR("");
}

TEST(an_update_changes_what_it_names_and_nothing_else)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    assert_int_equal(try_update(world, &alice, " Алиса ", "hello\nworld", "ru-RU", "dark"), OK);
    assert_int_equal(try_update(world, &alice, NULL, NULL, NULL, "light"), OK);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    GetMeResponse me = me_of(world, ctx);
    assert_string_equal(me.user->display_name, "Алиса");
    assert_string_equal(me.user->about, "hello\nworld");
    assert_string_equal(me.account->language, "ru-RU");
    assert_string_equal(me.account->theme, "light");
    assert_int_equal(try_update(world, &alice, NULL, "", "", ""), OK);
    me = me_of(world, ctx);
    assert_string_equal(me.user->about, "");
    assert_string_equal(me.user->display_name, "Алиса");
}

TEST(an_update_that_breaks_a_rule_changes_nothing)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    assert_int_equal(try_update(world, &alice, "Alice", NULL, NULL, "pink"), ERR_INVALID);
    assert_int_equal(try_update(world, &alice, "  ", NULL, NULL, NULL), ERR_INVALID);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    assert_string_equal(me_of(world, ctx).user->display_name, "alice");
}

static User *user_of(World *world, Ctx *ctx, Id id)
{
    GetUserRequest request = GET_USER_REQUEST__INIT;
    GetUserResponse response = GET_USER_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    assert_int_equal(auth_get_user(world->auth, ctx, &request, &response), OK);
    return response.user;
}

static Err look_up(World *world, Ctx *ctx, Id id)
{
    Str value;
    uint64_t lease;
    return cache_get(world->cache, ctx, str_fmt(ctx->arena, "profile:%s", id_text(ctx->arena, id)), &value, &lease);
}

TEST(a_profile_is_cached_until_it_changes)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    assert_int_equal(look_up(world, ctx, alice.id), ERR_NOT_FOUND);
    assert_string_equal(user_of(world, ctx, alice.id)->display_name, "alice");
    assert_int_equal(look_up(world, ctx, alice.id), OK);
    assert_string_equal(user_of(world, ctx, alice.id)->display_name, "alice");
    assert_int_equal(try_update(world, &alice, "Алиса", NULL, NULL, NULL), OK);
    assert_int_equal(look_up(world, ctx, alice.id), ERR_NOT_FOUND);
    assert_string_equal(user_of(world, ctx, alice.id)->display_name, "Алиса");
}

TEST(users_asked_for_by_id_are_answered_once_each)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), bob = registered(world, "bob");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    char *a = id_text(ctx->arena, alice.id), *b = id_text(ctx->arena, bob.id);
    char *nobody = "01900000-0000-7000-8000-000000000000";
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    char *ids[] = { a, a, b, nobody, a, b };
    request.ids = ids;
    request.n_ids = ARRAY_LEN(ids);
    for (int round = 0; round < 2; round++) { /* from the database, then from the cache */
        SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
        assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), OK);
        assert_int_equal(response.n_users, 2);
        assert_string_equal(response.users[0]->id, a);
        assert_string_equal(response.users[1]->id, b);
    }
}

TEST(what_others_see_of_a_profile_is_told_to_the_users_devices)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    assert_int_equal(try_update(world, &alice, NULL, NULL, "en", "dark"), OK); /* nobody else's business */
    assert_int_equal(try_update(world, &alice, "Alice L.", NULL, NULL, NULL), OK);
    struct Heard heard = world_hear(world, 0);
    CHECK_STR(heard.topic, str_of(topic_user(world->ctx->arena, alice.id)), "topic");
    assert_int_equal(heard.event->data_case, ENVELOPE__DATA_PROFILE_UPDATED);
    assert_string_equal(heard.event->profile_updated->user->display_name, "Alice L.");
    assert_string_equal(heard.event->actor_id, id_text(world->ctx->arena, alice.id));
}

static const struct {
    const char *query;
    uint32_t limit;
    const char *want;
} searches[] = {
    { "ivan", 0, "ivan,Ivan.Petrov" },
    { "IVAN.", 0, "Ivan.Petrov" },
    { "@ivan.p", 0, "Ivan.Petrov" },
    { "иван", 0, "ivan,sidorov" },
    { "ПЕТР", 0, "Ivan.Petrov,sidorov" },
    { "иван петр", 0, "sidorov" },
    { "петр иван", 0, "sidorov" },
    { "елка", 0, "yolka" },
    { "ёлк", 0, "yolka" },
    { "van", 0, "" },
    { "нет такого", 0, "" },
    { "", 0, "" },
    { "  ", 0, "" },
    { "i", 1, "ivan" },
    { "%", 0, "" },
    { "_", 0, "" },
};

TEST(people_are_found_by_the_beginning_of_any_word_in_russian_and_english)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person ivan = registered(world, "ivan"), petrov = registered(world, "Ivan.Petrov"),
           sidorov = registered(world, "sidorov"), yolka = registered(world, "yolka");
    assert_int_equal(try_update(world, &ivan, "Иван", NULL, NULL, NULL), OK);
    assert_int_equal(try_update(world, &petrov, "Петров И.", NULL, NULL, NULL), OK);
    assert_int_equal(try_update(world, &sidorov, "Сидоров-Петров Иван", NULL, NULL, NULL), OK);
    assert_int_equal(try_update(world, &yolka, "Ёлка", NULL, NULL, NULL), OK);
    for (size_t i = 0; i < ARRAY_LEN(searches); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &ivan);
        CHECK_STR(found(world, ctx, searches[i].query, searches[i].limit), str_of(searches[i].want), searches[i].query);
    }
}

TEST(a_renamed_user_is_found_by_the_new_name_only)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    assert_int_equal(try_update(world, &alice, "Before", NULL, NULL, NULL), OK);
    CHECK_STR(found(world, ctx, "before", 0), STR("alice"), "first");
    assert_int_equal(try_update(world, &alice, "After", NULL, NULL, NULL), OK);
    CHECK_STR(found(world, ctx, "before", 0), STR(""), "old name");
    CHECK_STR(found(world, ctx, "after", 0), STR("alice"), "new name");
    CHECK_STR(found(world, ctx, "alice", 0), STR("alice"), "user name");
}

TEST(a_search_is_bounded)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
    request.query = "a";
    request.limit = UINT32_MAX;
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), OK);
    char *ids[101];
    for (int i = 0; i < 101; i++) ids[i] = "01975f1e-6b00-7abc-8def-0123456789ab";
    request.ids = ids;
    request.n_ids = 101;
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), ERR_TOO_LARGE);
}

TEST(users_are_fetched_by_id_each_once_and_unknown_ones_left_out)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), bob = registered(world, "bob");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    char *ids[] = { id_text(ctx->arena, bob.id), "01975f1e-6b00-7abc-8def-0123456789ab", id_text(ctx->arena, alice.id),
                    id_text(ctx->arena, bob.id) };
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    SearchUsersResponse response = SEARCH_USERS_RESPONSE__INIT;
    request.ids = ids;
    request.n_ids = 4;
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), OK);
    assert_int_equal(response.n_users, 2);
    assert_string_equal(response.users[0]->username, "bob");
    assert_string_equal(response.users[1]->username, "alice");
    ids[1] = "no id";
    assert_int_equal(auth_search_users(world->auth, ctx, &request, &response), ERR_INVALID);
}

TEST(a_user_is_shown_by_id_or_not_found)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), bob = registered(world, "bob");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    GetUserRequest request = GET_USER_REQUEST__INIT;
    GetUserResponse response = GET_USER_RESPONSE__INIT;
    request.id = id_text(ctx->arena, bob.id);
    assert_int_equal(auth_get_user(world->auth, ctx, &request, &response), OK);
    assert_string_equal(response.user->username, "bob");
    request.id = "01975f1e-6b00-7abc-8def-0123456789ab";
    assert_int_equal(auth_get_user(world->auth, ctx, &request, &response), ERR_NOT_FOUND);
    request.id = "bob";
    assert_int_equal(auth_get_user(world->auth, ctx, &request, &response), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(an_update_that_breaks_a_rule_changes_nothing),
        cmocka_unit_test(a_profile_is_cached_until_it_changes),
        cmocka_unit_test(users_asked_for_by_id_are_answered_once_each),
        cmocka_unit_test(what_others_see_of_a_profile_is_told_to_the_users_devices),
        cmocka_unit_test(people_are_found_by_the_beginning_of_any_word_in_russian_and_english),
        cmocka_unit_test(a_renamed_user_is_found_by_the_new_name_only),
        cmocka_unit_test(a_search_is_bounded),
        cmocka_unit_test(users_are_fetched_by_id_each_once_and_unknown_ones_left_out),
        cmocka_unit_test(a_user_is_shown_by_id_or_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
