/* Settings that do not fit together are refused, each with one line that says which and what to do. */
#include "app/plan.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

/* Files in memory, made by setup(). */
#define PGS  "--database=postgresql://molva_{service}@db/molva_{service}"
#define RDS  "--redis=redis://r"
#define BUS  "--bus=amqp://u@b/v"
#define GRPC "--grpc-listen=127.0.0.1:7001"
#define SKEY "--service-key-file=/proc/self/fd/100"

static const struct {
    int fd;
    mode_t mode;
    const char *content;
} files[] = {
    { 100, 0400, "0123456789012345678901234567890123456789" },
    { 101, 0644, "0123456789012345678901234567890123456789" },
    { 102, 0600, "ABABABABABABABABABABABABABABABABABABABAB" },
    { 103, 0600, "a short one" },
    { 104, 0600, "" },
    { 105, 0644, "a password" },
    { 106, 0600, " \n" },
};

/* The line on the error stream; NULL when the plan is good. */
static char *read_plan(Arena *arena, const char *const *flags, Plan *plan)
{
    Settings *settings = arena_new_of(arena, Settings);
    char **rest, *text = NULL;
    int n_rest, n = 0;
    size_t len = 0;
    while (flags[n]) n++;
    FILE *err = open_memstream(&text, &len);
    assert_true(settings_read(arena, n, (char **)flags, err, settings, &rest, &n_rest));
    bool ok = plan_read(arena, settings, err, plan);
    fclose(err);
    char *kept = str_cstr(arena, (Str){ text, len });
    free(text);
    return ok ? NULL : kept;
}

static const struct {
    const char *label;
    const char *flags[8];
    const char *words; /* that stand in the line */
} refused[] = {
    { "an unknown service", { "--services=auth,mail" }, "services takes" },
    { "an empty list", { "--services=" }, "services takes" },
    { "a part on SQLite", { "--services=auth", RDS, BUS, GRPC, SKEY }, "database is needed" },
    { "a part without redis", { "--services=auth", PGS, BUS, GRPC, SKEY }, "redis is needed" },
    { "a part without bus", { "--services=auth", PGS, RDS, GRPC, SKEY }, "bus is needed" },
    { "a part that cannot be called", { "--services=auth", PGS, RDS, BUS, SKEY }, "grpc_listen is needed" },
    { "a part without a key", { "--services=auth", PGS, RDS, BUS, GRPC }, "service_key_file is needed" },
    { "gRPC without a key", { GRPC }, "service_key_file is needed" },
    { "a key that is not there", { GRPC, "--service-key-file=/none" }, "service_key_file cannot be read: /none" },
    { "a key that all can read",
      { GRPC, "--service-key-file=/proc/self/fd/101" },
      "service_key_file can be read by others on this machine (mode 0644); `chmod 600 /proc/self/fd/101`" },
    { "a key of two bytes", { GRPC, "--service-key-file=/proc/self/fd/102" }, "the same few bytes over and over" },
    { "a key that is too short", { GRPC, "--service-key-file=/proc/self/fd/103" }, "at least 32" },
    { "an empty key", { GRPC, "--service-key-file=/proc/self/fd/104" }, "empty file" },
    { "no key at all", { GRPC, "--service-key-file=/dev/null" }, "empty file" },
    { "group without auth", { "--services=group", PGS, RDS, BUS, GRPC, SKEY }, "auth_address is needed" },
    { "an address without a port",
      { "--services=group", PGS, RDS, BUS, GRPC, SKEY, "--auth-address=auth" },
      "auth_address takes" },
    { "no address", { "--listen=nonsense" }, "listen takes" },
    { "an address without a port", { "--listen=127.0.0.1" }, "listen takes" },
    { "metrics at a name", { "--metrics-listen=localhost.example:1" }, "metrics_listen takes" },
    { "gRPC at a name", { SKEY, "--grpc-listen=localhost.example:1" }, "grpc_listen takes" },
    { "another database", { "--database=mysql://h/d" }, "database takes" },
    { "one database for all", { "--database=postgresql://u@h/d" }, "must contain {service}" },
    { "a database password in the URL", { "--database=postgresql://u:p@h/{service}" }, "database_password_file" },
    { "a database password as parameter",
      { "--database=postgresql://u@h/{service}?password=p" },
      "database_password_file" },
    { "a database password with a slash", { "--database=postgresql://u:p/p@h/{service}" }, "database_password_file" },
    { "a database password file that all can read",
      { PGS, "--database-password-file=/proc/self/fd/105" },
      "database_password_file can be read by others" },
    { "another database with a password", { "--database=mysql://u:p@h/d" }, "mysql://u:***@h/d" },
    { "a database without a host", { "--database=postgresql:///{service}" }, "names no host" },
    { "another cache", { "--redis=memcached://h" }, "redis takes" },
    { "a redis password in the URL", { "--redis=redis://u:p@h" }, "redis_password_file" },
    { "a redis password file that is not there", { RDS, "--redis-password-file=/none" }, "redis_password_file cannot" },
    { "a redis password that all can read",
      { RDS, "--redis-password-file=/proc/self/fd/105" },
      "redis_password_file can be read by others" },
    { "an empty redis password",
      { RDS, "--redis-password-file=/proc/self/fd/106" },
      "redis_password_file holds no text" },
    { "another cache with a password", { "--redis=memcached://u:p@h" }, "memcached://u:***@h" },
    { "another broker", { "--bus=nats://h" }, "bus takes" },
    { "a proxy by name", { "--trusted-proxies=proxy.example.org" }, "trusted_proxies takes" },
    { "a bus password in the URL", { "--bus=amqp://u:p@h" }, "bus_password_file" },
    { "a bus password that all can read",
      { BUS, "--bus-password-file=/proc/self/fd/105" },
      "bus_password_file can be read by others" },
    { "another broker with a password", { "--bus=nats://u:p@h" }, "nats://u:***@h" },
};
TEST_EACH(what_does_not_fit_together_is_refused_in_one_line, refused, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Plan plan;
    const char *line = read_plan(arena, c->flags, &plan);
    CHECK(line != NULL, c->label);
    CHECK(strstr(line, c->words) != NULL, line);
    CHECK(strchr(line, '\n') == line + strlen(line) - 1, c->label);
    CHECK(strstr(line, "u:p") == NULL, "a password is never printed");
}

TEST(all_services_need_nothing)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const char *flags[] = { NULL };
    Plan plan;
    assert_null(read_plan(arena, flags, &plan));
    assert_true(plan_is_whole(&plan));
    assert_int_equal(plan.db, DB_SQLITE);
}

TEST(a_part_knows_its_databases_and_where_the_others_are)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const char *flags[] = { "--services=message, group",       PGS, RDS, BUS, GRPC, SKEY,
                            "--auth-address=dns:///auth:7001", NULL };
    Plan plan;
    assert_null(read_plan(arena, flags, &plan));
    assert_false(plan.hosts[SERVICE_AUTH]);
    assert_true(plan.hosts[SERVICE_GROUP]);
    assert_true(plan.hosts[SERVICE_MESSAGE]);
    assert_string_equal(plan.database_urls[SERVICE_GROUP], "postgresql://molva_group@db/molva_group");
    assert_null(plan.database_urls[SERVICE_AUTH]);
    assert_string_equal(plan.targets[SERVICE_AUTH], "dns:///auth:7001");
    assert_null(plan.targets[SERVICE_NOTIFICATION]); /* nobody here calls it */
    assert_int_equal(plan.service_key.len, 40);
    assert_int_equal(plan.cache, CACHE_REDIS);
    assert_int_equal(plan.bus, BUS_RABBITMQ);
}

static int setup(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        ssize_t len = (ssize_t)strlen(files[i].content);
        int fd = memfd_create("secret", MFD_CLOEXEC);
        bool made = write(fd, files[i].content, (size_t)len) == len && fchmod(fd, files[i].mode) == 0 &&
                    dup2(fd, files[i].fd) == files[i].fd;
        close(fd);
        if (!made) return -1;
    }
    return 0;
}

int main(void)
{
    clearenv(); /* what is set there is a setting, or a mistake */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_together_is_refused_in_one_line),
        cmocka_unit_test(all_services_need_nothing),
        cmocka_unit_test(a_part_knows_its_databases_and_where_the_others_are),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
