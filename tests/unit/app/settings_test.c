#include "app/settings.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/address.h"
#include "support/test.h"

/* Reads settings with these flags; returns what was written to the error stream, or NULL when all was well. */
static char *read_with(Arena *arena, Settings *settings, int argc, char **argv, int *out_n_rest)
{
    char *text = NULL, **rest;
    size_t len = 0;
    FILE *err = open_memstream(&text, &len);
    bool ok = settings_read(arena, argc, argv, err, settings, &rest, out_n_rest);
    fclose(err);
    char *kept = str_cstr(arena, (Str){ text, len });
    free(text);
    return ok ? NULL : kept;
}

static const char *write_file(Arena *arena, const char *content)
{
    char *path = str_cstr(arena, STR("/tmp/molva-settings-XXXXXX"));
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
    return path;
}

static const char *origin_of(const Settings *settings, const char *name)
{
    static char line[512];
    char *text = NULL, *at;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    settings_print(settings, out);
    fclose(out);
    at = strstr(text, name);
    assert_non_null(at);
    at = strstr(at, "# ");
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
    free(text);
    return line;
}

TEST(flags_win_over_environment_over_file_over_default)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings settings;
    int n_rest;
    const char *path = write_file(arena, "# comment\nloops = 3\nregistration = \"open\"  \nlog_level = warn # quiet\n");
    setenv("MOLVA_REGISTRATION", "closed", 1);
    setenv("MOLVA_LOG_LEVEL", "debug", 1);
    char *argv[] = { (char *)"--config", (char *)path, (char *)"--log-level=error", (char *)"word" };
    assert_null(read_with(arena, &settings, 4, argv, &n_rest));
    unsetenv("MOLVA_REGISTRATION");
    unsetenv("MOLVA_LOG_LEVEL");
    unlink(path);
    assert_int_equal(n_rest, 1);
    assert_int_equal(settings.loops, 3);
    assert_string_equal(settings.registration, "closed");
    assert_string_equal(settings.log_level, "error");
    assert_string_equal(settings.data, "data");
    assert_string_equal(origin_of(&settings, "data ="), "default");
    assert_string_equal(origin_of(&settings, "registration ="), "MOLVA_REGISTRATION");
    assert_string_equal(origin_of(&settings, "log_level ="), "--log-level");
    assert_string_equal(origin_of(&settings, "loops ="), str_fmt(arena, "%s:2", path).ptr);
}

static const struct {
    const char *label, *file, *flag;
    const char *says; /* part of the one line that explains it */
} refusals[] = {
    { "unknown key in the file", "lops = 3\n", NULL, ":1: there is no setting \"lops\"" },
    { "mistyped key in the file", "lops = 3\n", NULL, "; did you mean loops?" },
    { "no assignment", "\nloops\n", NULL, ":2: expected" },
    { "not a number", NULL, "--loops=many", "whole number from 0 to 64, not \"many\"" },
    { "over the range", NULL, "--loops=65", "from 0 to 64" },
    { "under the range", NULL, "--workers=1", "from 2 to 512" },
    { "no such choice", NULL, "--registration=maybe", "open|invite|closed" },
    { "value missing", NULL, "--loops", "needs a value" },
};

TEST_EACH(mistakes_are_refused_in_one_line, refusals, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings settings;
    int n_rest, argc = 0;
    char *argv[4];
    const char *path = c->file ? write_file(arena, c->file) : NULL;
    if (path) argv[argc++] = (char *)"--config", argv[argc++] = (char *)path;
    if (c->flag) argv[argc++] = (char *)c->flag;
    char *text = read_with(arena, &settings, argc, argv, &n_rest);
    if (path) unlink(path);
    CHECK(text && strstr(text, c->says), c->label);
    CHECK(strchr(text, '\n') == text + strlen(text) - 1, c->label);
}

static const struct {
    const char *label;
    Str typed;
    const char *meant;
} slips[] = {
    { "a letter left out", STR("registraton"), "registration" },
    { "letters exchanged", STR("regsitration"), "registration" },
    { "a letter too many", STR("rate_limitss"), "rate_limits" },
    { "an environment name", STR("DATABASE_PASSWORDFILE"), "database_password_file" },
    { "a flag", STR("--data-base"), "database" },
    { "an ending left out", STR("public"), NULL },
    { "a short word", STR("port"), NULL },
    { "something else", STR("service_host"), NULL },
    { "nothing", STR(""), NULL },
    { "far too long", STR("registration_registration_registration_registration_registration"), NULL },
};
TEST_EACH(a_mistyped_name_is_told_the_nearest, slips, c)
{
    const char *nearest = settings_nearest(c->typed);
    CHECK_STR(str_of(nearest), str_of(c->meant), c->label);
}

TEST(an_unknown_name_in_the_environment_is_warned_of)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings settings;
    int n_rest;
    char **rest, *text = NULL;
    size_t len = 0;
    setenv("MOLVA_REGISTRATON", "closed", 1);
    setenv("MOLVA_PORT_8080_TCP", "tcp://10.0.0.1:8080", 1); /* Kubernetes makes such for a service called molva */
    FILE *err = open_memstream(&text, &len);
    bool ok = settings_read(arena, 0, NULL, err, &settings, &rest, &n_rest);
    fclose(err);
    unsetenv("MOLVA_REGISTRATON");
    unsetenv("MOLVA_PORT_8080_TCP");
    assert_true(ok);
    assert_string_equal(settings.registration, "invite");
    assert_non_null(strstr(text, "MOLVA_REGISTRATON in the environment is no setting, it changes nothing; "
                                 "did you mean MOLVA_REGISTRATION?\n"));
    assert_non_null(strstr(text, "MOLVA_PORT_8080_TCP in the environment is no setting, it changes nothing\n"));
    free(text);
}

TEST(no_password_is_printed)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings settings;
    int n_rest;
    char *text = NULL;
    size_t len = 0;
    char *argv[] = { (char *)"--database=postgresql://u:s3cret@h/d?password=s3cret",
                     (char *)"--redis=redis://u:s3cret@h", (char *)"--bus=amqp://u:s3cret@h/v",
                     (char *)"--public-url=https://u:s3cret@chat.example.org" };
    assert_null(read_with(arena, &settings, 4, argv, &n_rest));
    FILE *out = open_memstream(&text, &len);
    settings_print(&settings, out);
    fclose(out);
    assert_null(strstr(text, "s3cret"));
    assert_non_null(strstr(text, "redis = \"redis://u:***@h\"  # --redis\n"));
    free(text);
}

TEST(an_unknown_flag_is_left_to_the_command)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings settings;
    int n_rest;
    char *argv[] = { (char *)"--markdown" };
    assert_null(read_with(arena, &settings, 1, argv, &n_rest));
    assert_int_equal(n_rest, 1);
}

static const struct {
    const char *label;
    Str text;
    bool good;
    const char *host;
    int port;
} addresses[] = {
    { "IPv4", STR("127.0.0.1:8080"), true, "127.0.0.1", 8080 },
    { "IPv6", STR("[::1]:80"), true, "::1", 80 },
    { "any port", STR("0.0.0.0:0"), true, "0.0.0.0", 0 },
    { "localhost", STR("localhost:1"), true, "127.0.0.1", 1 },
    { "no port", STR("127.0.0.1"), false, NULL, 0 },
    { "name", STR("example.org:80"), false, NULL, 0 },
    { "port too large", STR("127.0.0.1:65536"), false, NULL, 0 },
    { "IPv6 without brackets", STR("::1:80"), false, NULL, 0 },
    { "open bracket", STR("[::1:80"), false, NULL, 0 },
    { "IPv4 in brackets", STR("[127.0.0.1]:80"), false, NULL, 0 },
    { "empty", STR(""), false, NULL, 0 },
};

TEST_EACH(listen_addresses_are_numeric_with_a_port, addresses, c)
{
    Address address;
    CHECK(address_parse(c->text, &address) == c->good, c->label);
    if (!c->good) return;
    CHECK_STR(str_of(address.host), str_of(c->host), c->label);
    CHECK(address.port == c->port, c->label);
}

int main(void)
{
    clearenv(); /* what is set there is a setting, or a mistake */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_win_over_environment_over_file_over_default),
        cmocka_unit_test(mistakes_are_refused_in_one_line),
        cmocka_unit_test(a_mistyped_name_is_told_the_nearest),
        cmocka_unit_test(an_unknown_name_in_the_environment_is_warned_of),
        cmocka_unit_test(no_password_is_printed),
        cmocka_unit_test(an_unknown_flag_is_left_to_the_command),
        cmocka_unit_test(listen_addresses_are_numeric_with_a_port),
    };
    return cmocka_run_group_tests_name("app/settings", tests, NULL, NULL);
}
