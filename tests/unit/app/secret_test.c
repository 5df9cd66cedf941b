/* Secrets stay with those they are for: files by their mode, passwords in URLs behind a mask. */
#include "app/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.h"
#include "support/test.h"

static const struct {
    const char *label;
    mode_t mode;
    Str content;
    const char *words; /* of the reason; NULL: it is read */
} files[] = {
    { "for its owner", 0600, STR("a secret"), NULL },
    { "for its owner to read", 0400, STR("a secret"), NULL },
    { "for a group to read", 0640, STR("a secret"), NULL },
    { "for all to read", 0644, STR("a secret"), "can be read by others on this machine (mode 0644)" },
    { "for others, not for the group", 0604, STR("a secret"), "can be read by others on this machine (mode 0604)" },
    { "for a group to write", 0660, STR("a secret"), "can be changed by others on this machine (mode 0660)" },
    { "for all to write", 0602, STR("a secret"), "can be changed by others on this machine (mode 0602)" },
    { "empty", 0600, STR(""), "names an empty file" },
};
TEST_EACH(a_secret_that_others_can_get_at_is_refused, files, c)
{
    _cleanup_(temp_dir_done) TempDir dir = temp_dir_new();
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const char *path = str_fmt(arena, "%s/secret", dir.path).ptr, *why;
    Str secret;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, c->content.ptr, c->content.len) == (ssize_t)c->content.len, c->label);
    CHECK(fchmod(fd, c->mode) == 0, c->label);
    close(fd);
    bool is_read = secret_read(arena, path, &secret, &why);
    CHECK(is_read == !c->words, c->label);
    if (is_read) CHECK_STR(secret, c->content, c->label);
    if (!is_read) CHECK(strstr(why, c->words) && strstr(why, path), c->label);
}

static const struct {
    const char *label, *url, *shown;
} urls[] = {
    { "none", "", "" },
    { "nobody named", "redis://cache:6379/0", "redis://cache:6379/0" },
    { "a user", "amqp://molva@broker:5672/vhost", "amqp://molva@broker:5672/vhost" },
    { "an IPv6 host", "redis://molva@[::1]:6379", "redis://molva@[::1]:6379" },
    { "several hosts", "kafka://molva@a:9092,b:9092", "kafka://molva@a:9092,b:9092" },
    { "a password", "postgresql://molva:s3cret@db:5432/molva", "postgresql://molva:***@db:5432/molva" },
    { "a password alone", "redis://:s3cret@cache", "redis://:***@cache" },
    { "a slash in it", "redis://u:s3c/ret@cache", "redis://u:***@cache" },
    { "a question mark in it", "redis://u:s3c?ret@cache", "redis://u:***@cache" },
    { "an at sign in it", "amqp://u:s3c@ret@broker/v", "amqp://u:***@broker/v" },
    { "a colon in it", "amqp://u:s3c:ret@broker/v", "amqp://u:***@broker/v" },
    { "without a scheme", "u:s3cret@host", "u:***@host" },
    { "another scheme", "mysql://u:s3cret@h/d", "mysql://u:***@h/d" },
    { "as a parameter", "postgresql://u@h/d?sslmode=require&password=s3cret&x=1",
      "postgresql://u@h/d?sslmode=require&password=***&x=1" },
    { "the last parameter", "postgresql://u@h/d?sslpassword=s3cret", "postgresql://u@h/d?sslpassword=***" },
    { "in capitals", "postgresql://u@h/d?PASSWORD=s3cret", "postgresql://u@h/d?PASSWORD=***" },
    { "in words, as libpq takes it too", "host=h password=s3cret user=u", "host=h password=*** user=u" },
    { "an empty one", "postgresql://u@h/d?password=", "postgresql://u@h/d?password=" },
    { "twice", "postgresql://u:s3cret@h/d?password=s3cret", "postgresql://u:***@h/d?password=***" },
};
TEST_EACH(a_password_in_a_url_is_not_shown, urls, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    CHECK_STR(str_of(secret_masked_url(arena, c->url)), str_of(c->shown), c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_that_others_can_get_at_is_refused),
        cmocka_unit_test(a_password_in_a_url_is_not_shown),
    };
    return cmocka_run_group_tests_name("app/secret", tests, NULL, NULL);
}
