/* What waits for whose wrong passwords: the table in the README of the service, row by row, and the devices that it speaks of. */
#include <stdio.h>
#include <stdlib.h>

#include "services/auth/rules.h"
#include "world.h"

#define AT_HOME   "192.0.2.7"
#define ELSEWHERE "198.51.100.1"

/* Alice with two devices and two sessions, and where they are. */
typedef struct Scene {
    World *world;
    Person one, other;
} Scene;

static void begin(Scene *scene)
{
    scene->world = world_new(NULL);
    scene->one = registered(scene->world, "alice");
    scene->other = signed_in(scene->world, "alice");
    assert_string_not_equal(scene->one.device, scene->other.device);
}

static Err sign_in(Scene *scene, const char *peer, const char *device, const char *name, const char *password)
{
    scene->world->peer = peer;
    return try_login_on(scene->world, device, name, password, NULL);
}

static Err change(Scene *scene, const Person *person, const char *before)
{
    scene->world->peer = AT_HOME;
    return try_change_password(scene->world, person, before, PASSWORD);
}

/* --- who got it wrong: the first column --- */

static Err fail_for_account(Scene *scene, int i)
{
    return sign_in(scene, AT_HOME, NULL, "alice", "wrong horse");
}

static Err fail_for_others(Scene *scene, int i)
{
    char name[16];
    snprintf(name, sizeof name, "user%d", i);
    return sign_in(scene, AT_HOME, NULL, name, "wrong horse");
}

static Err fail_on_device(Scene *scene, int i)
{
    return sign_in(scene, AT_HOME, scene->one.device, "alice", "wrong horse");
}

static Err fail_on_other_device(Scene *scene, int i)
{
    return sign_in(scene, AT_HOME, scene->other.device, "alice", "wrong horse");
}

static Err fail_with_session(Scene *scene, int i)
{
    return change(scene, &scene->one, "wrong horse");
}

static Err fail_with_other_session(Scene *scene, int i)
{
    return change(scene, &scene->other, "wrong horse");
}

static const struct {
    const char *text;
    Err (*once)(Scene *scene, int i);
    Err answer;
} failures[] = {
    { "for the account, by strangers at one address", fail_for_account, ERR_UNAUTHENTICATED },
    { "for other accounts, by strangers at that address", fail_for_others, ERR_UNAUTHENTICATED },
    { "on the known device", fail_on_device, ERR_UNAUTHENTICATED },
    { "on another known device", fail_on_other_device, ERR_UNAUTHENTICATED },
    { "with the session, as the old password", fail_with_session, ERR_FORBIDDEN },
    { "with another session", fail_with_other_session, ERR_FORBIDDEN },
};

/* --- who comes next: the other columns --- */

static Err try_new_device_elsewhere(Scene *scene)
{
    return sign_in(scene, ELSEWHERE, NULL, "alice", PASSWORD);
}

static Err try_new_device(Scene *scene)
{
    return sign_in(scene, AT_HOME, NULL, "alice", PASSWORD);
}

static Err try_known_device(Scene *scene)
{
    return sign_in(scene, AT_HOME, scene->one.device, "alice", PASSWORD);
}

static Err try_session(Scene *scene)
{
    return change(scene, &scene->one, PASSWORD);
}

static Err (*const attempts[])(Scene *scene) = { try_new_device_elsewhere, try_new_device, try_known_device,
                                                 try_session };

/* --- the table --- */

static void check_cell(const char *row, size_t column, bool waits)
{
    Scene scene;
    char *text;
    int n = (int)strtol(row, &text, 10);
    size_t kind = 0;
    while (kind < ARRAY_LEN(failures) && strcmp(text + 1, failures[kind].text) != 0) kind++;
    if (kind == ARRAY_LEN(failures)) fail_msg("nobody knows how to do this: %s", row);

    begin(&scene);
    for (int i = 0; i < n; i++) CHECK_ERR(failures[kind].once(&scene, i), failures[kind].answer, row);
    Err err = attempts[column](&scene);
    if (err != (waits ? ERR_RATE_LIMITED : OK)) fail_msg("%s: column %zu: %d", row, column + 1, (int)err);
    world_free(scene.world);
}

/* The cells of "| a | b | c |", trimmed. Returns how many. */
static size_t cells_of(char *line, char *out_cells[8])
{
    size_t n = 0;
    for (char *cell = strtok(line, "|\n"); cell && n < 8; cell = strtok(NULL, "|\n")) {
        while (*cell == ' ') cell++;
        char *end = cell + strlen(cell);
        while (end > cell && end[-1] == ' ') *--end = '\0';
        out_cells[n++] = cell;
    }
    return n;
}

TEST(what_waits_for_what_is_as_the_readme_has_it)
{
    FILE *readme = fopen(AUTH_README, "r");
    char line[512];
    size_t rows = 0;
    assert_non_null(readme);
    while (fgets(line, sizeof line, readme)) {
        char *cells[8];
        if (line[0] != '|' || line[2] < '1' || line[2] > '9') continue;
        assert_int_equal(cells_of(line, cells), 1 + ARRAY_LEN(attempts));
        for (size_t i = 0; i < ARRAY_LEN(attempts); i++) check_cell(cells[0], i, strcmp(cells[i + 1], "waits") == 0);
        rows++;
    }
    fclose(readme);
    assert_int_equal(rows, 8);
}

/* --- devices --- */

TEST(a_device_keeps_its_token_through_sign_ins_and_sign_outs)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), again;
    assert_int_equal(try_login_on(world, alice.device, "alice", PASSWORD, &again), OK);
    assert_string_equal(again.device, alice.device);
    world_restart(world);
    assert_int_equal(try_login_on(world, alice.device, "ALICE", PASSWORD, &again), OK);
    assert_string_equal(again.device, alice.device);
}

/* Whether strangers' failures do not matter to whoever shows this token. */
static bool is_known(World *world, const char *name, const char *device)
{
    for (int i = 0; i < 5; i++) (void)try_login(world, name, "wrong horse", NULL);
    Err err = try_login_on(world, device, name, "wrong horse", NULL);
    assert_true(err == ERR_UNAUTHENTICATED || err == ERR_RATE_LIMITED);
    return err == ERR_UNAUTHENTICATED;
}

TEST(a_device_token_is_good_for_its_account_and_its_password_only)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), bob = registered(world, "bob");
    char *forged = str_cstr(world->ctx->arena, str_of(alice.device));
    forged[30] = forged[30] == 'A' ? 'B' : 'A';
    assert_true(is_known(world, "alice", alice.device));
    assert_false(is_known(world, "alice", bob.device));
    assert_false(is_known(world, "alice", forged));
    assert_false(is_known(world, "alice", ""));
    assert_false(is_known(world, "alice", "no token"));
    assert_false(is_known(world, "nobody", alice.device));
    assert_int_equal(try_change_password(world, &alice, PASSWORD, "battery staple"), OK);
    assert_false(is_known(world, "alice", alice.device));
}

TEST(who_changes_the_password_goes_on_as_a_known_device)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, &alice);
    ChangePasswordRequest request = CHANGE_PASSWORD_REQUEST__INIT;
    ChangePasswordResponse response = CHANGE_PASSWORD_RESPONSE__INIT;
    request.old_password = PASSWORD;
    request.new_password = "battery staple";
    assert_int_equal(auth_change_password(world->auth, ctx, &request, &response), OK);
    assert_true(is_known(world, "alice", response.device_token));
}

TEST(a_browser_shows_what_it_has_of_all_its_people)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice"), bob = registered(world, "bob");
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    char *tokens[LOGIN_REQUEST__DEVICE_TOKENS__MAX_ITEMS + 1] = { (char *)alice.device, "x", (char *)bob.device };
    for (size_t i = 3; i < ARRAY_LEN(tokens); i++) tokens[i] = "";
    LoginRequest request = LOGIN_REQUEST__INIT;
    LoginResponse response = LOGIN_RESPONSE__INIT;
    request.username = "bob";
    request.password = PASSWORD;
    request.device_tokens = tokens;
    request.n_device_tokens = LOGIN_REQUEST__DEVICE_TOKENS__MAX_ITEMS;
    assert_int_equal(auth_login(world->auth, ctx, &request, &response), OK);
    assert_string_equal(response.device_token, bob.device);
    request.n_device_tokens = LOGIN_REQUEST__DEVICE_TOKENS__MAX_ITEMS + 1;
    assert_int_equal(auth_login(world->auth, ctx, &request, &response), ERR_TOO_LARGE);
}

TEST(an_account_that_nobody_signed_in_to_gets_its_first_device_then)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice;
    Id user;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    assert_int_equal(
        auth_account_add(world->auth, ctx, STR("alice"), STR(PASSWORD), STR(""), ACCOUNT_ROLE__MEMBER_ACCOUNT, &user),
        OK);
    assert_int_equal(try_login(world, "alice", PASSWORD, &alice), OK);
    assert_true(is_known(world, "alice", alice.device));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_for_what_is_as_the_readme_has_it),
        cmocka_unit_test(a_device_keeps_its_token_through_sign_ins_and_sign_outs),
        cmocka_unit_test(a_device_token_is_good_for_its_account_and_its_password_only),
        cmocka_unit_test(who_changes_the_password_goes_on_as_a_known_device),
        cmocka_unit_test(a_browser_shows_what_it_has_of_all_its_people),
        cmocka_unit_test(an_account_that_nobody_signed_in_to_gets_its_first_device_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
