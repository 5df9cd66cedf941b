/* The list of the people of a server. */
#include "services/auth/people.h"

#include "world.h"

static Err list(World *world, Ctx *ctx, PeopleOrder order, const char *after, uint32_t limit, ListPeopleResponse *out)
{
    ListPeopleRequest request = LIST_PEOPLE_REQUEST__INIT;
    *out = (ListPeopleResponse)LIST_PEOPLE_RESPONSE__INIT;
    request.order = order;
    request.after_id = (char *)after;
    request.limit = limit;
    return auth_list_people(world->auth, ctx, &request, out);
}

/* Display names of all pages of this size, with a comma between. */
static Str listed(World *world, Ctx *ctx, PeopleOrder order, uint32_t limit)
{
    StrBuf names;
    strbuf_init(&names, ctx->arena);
    const char *after = "";
    ListPeopleResponse page = LIST_PEOPLE_RESPONSE__INIT;
    do {
        CHECK_ERR(list(world, ctx, order, after, limit, &page), OK, "page");
        for (size_t i = 0; i < page.n_users; i++) {
            strbuf_fmt(&names, "%s%s", names.len ? "," : "", page.users[i]->display_name);
            after = page.users[i]->id;
        }
    } while (page.has_more);
    return names.len ? strbuf_str(&names) : STR("");
}

static void rename_to(World *world, const Person *person, const char *display_name)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, person);
    UpdateMeRequest request = UPDATE_ME_REQUEST__INIT;
    UpdateMeResponse response = UPDATE_ME_RESPONSE__INIT;
    request._display_name_case = UPDATE_ME_REQUEST___DISPLAY_NAME_DISPLAY_NAME;
    request.display_name = (char *)display_name;
    assert_int_equal(auth_update_me(world->auth, ctx, &request, &response), OK);
}

/* In order of registration: Bob, anna, Ёлка, Яна, Евгений. */
static Person five_people(World *world)
{
    static const char *const names[] = { "Bob", "anna", "Ёлка", "Яна", "Евгений" };
    Person first = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char username[] = "user.a";
        username[5] = (char)('a' + i);
        Person person = registered(world, username);
        rename_to(world, &person, names[i]);
        if (i == 0) first = person;
    }
    return first;
}

static const struct {
    const char *label;
    PeopleOrder order;
    uint32_t limit;
    const char *want;
} pages[] = {
    { "A to Z, without case, ё as е", PEOPLE_ORDER__BY_NAME, 0, "anna,Bob,Евгений,Ёлка,Яна" },
    { "A to Z, one at a time", PEOPLE_ORDER__BY_NAME, 1, "anna,Bob,Евгений,Ёлка,Яна" },
    { "A to Z, two at a time", PEOPLE_ORDER__BY_NAME, 2, "anna,Bob,Евгений,Ёлка,Яна" },
    { "the last page is full", PEOPLE_ORDER__BY_NAME, 5, "anna,Bob,Евгений,Ёлка,Яна" },
    { "who came last first", PEOPLE_ORDER__NEWEST_FIRST, 0, "Евгений,Яна,Ёлка,anna,Bob" },
    { "who came last first, two at a time", PEOPLE_ORDER__NEWEST_FIRST, 2, "Евгений,Яна,Ёлка,anna,Bob" },
};
TEST(people_are_listed_in_order_and_each_once)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person bob = five_people(world);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &bob);
        CHECK_STR(listed(world, ctx, pages[i].order, pages[i].limit), str_of(pages[i].want), pages[i].label);
    }
}

TEST(who_has_the_same_name_is_listed_too)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person one = registered(world, "one"), two = registered(world, "two");
    rename_to(world, &one, "Ann");
    rename_to(world, &two, "ANN");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &one);
    CHECK_STR(listed(world, ctx, PEOPLE_ORDER__BY_NAME, 1), STR("Ann,ANN"), "both");
}

TEST(a_closed_account_is_in_no_list)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person owner = owner_of(world);
    Person eve = registered(world, "eve");
    UpdateAccountRequest request = UPDATE_ACCOUNT_REQUEST__INIT;
    UpdateAccountResponse response = UPDATE_ACCOUNT_RESPONSE__INIT;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &owner);
    Str before = listed(world, ctx, PEOPLE_ORDER__BY_NAME, 0);
    assert_true(strstr(str_cstr(ctx->arena, before), "eve") != NULL);
    request.id = id_text(ctx->arena, eve.id);
    request._disabled_case = UPDATE_ACCOUNT_REQUEST___DISABLED_DISABLED;
    request.disabled = true;
    assert_int_equal(auth_update_account(world->auth, ctx, &request, &response), OK);
    for (PeopleOrder order = PEOPLE_ORDER__BY_NAME; order <= PEOPLE_ORDER__NEWEST_FIRST; order++)
        assert_true(strstr(str_cstr(ctx->arena, listed(world, ctx, order, 0)), "eve") == NULL);
}

TEST(a_request_that_makes_no_sense_is_refused)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person ann = registered(world, "ann");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &ann);
    ListPeopleResponse page;
    CHECK_ERR(list(world, ctx, PEOPLE_ORDER__BY_NAME, "", UINT32_MAX, &page), OK, "any limit");
    CHECK_ERR(list(world, ctx, PEOPLE_ORDER__BY_NAME, "x", 0, &page), ERR_INVALID, "no UUID");
    CHECK_ERR(list(world, ctx, (PeopleOrder)7, "", 0, &page), ERR_INVALID, "no order");
    CHECK_ERR(list(world, ctx, PEOPLE_ORDER__BY_NAME, "01890a5d-ac96-774b-bcce-b302099a8057", 0, &page), ERR_NOT_FOUND,
              "nobody");
}

static void unlisted(AuthConfig *config)
{
    config->people_listed = false;
}

TEST(where_people_are_found_by_name_only_nobody_lists_them)
{
    _cleanup_(world_freep) World *world = world_new(unlisted);
    Person ann = registered(world, "ann");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &ann);
    ListPeopleResponse page;
    CHECK_ERR(list(world, ctx, PEOPLE_ORDER__BY_NAME, "", 0, &page), ERR_FORBIDDEN, "A to Z");
    CHECK_ERR(list(world, ctx, PEOPLE_ORDER__NEWEST_FIRST, "", 0, &page), ERR_FORBIDDEN, "newest");
    assert_int_equal(page.n_users, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_are_listed_in_order_and_each_once),
        cmocka_unit_test(who_has_the_same_name_is_listed_too),
        cmocka_unit_test(a_closed_account_is_in_no_list),
        cmocka_unit_test(a_request_that_makes_no_sense_is_refused),
        cmocka_unit_test(where_people_are_found_by_name_only_nobody_lists_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
