/* The data directory belongs to one server. */
#include "adapters/disk/data_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixture.h"

static TempDir dir;
static Ctx *ctx;

static int set_up(void **state)
{
    dir = temp_dir_new();
    ctx = test_ctx_new();
    return 0;
}

static int tear_down(void **state)
{
    temp_dir_done(&dir);
    ctx_freep(&ctx);
    return 0;
}

TEST(a_missing_directory_is_made_for_its_owner_only)
{
    DataDir *data;
    struct stat info;
    const char *path = str_fmt(ctx->arena, "%s/a/b", dir.path).ptr;
    CHECK_OK(ctx, data_dir_open(ctx, str_fmt(ctx->arena, "%s//", path).ptr, &data), "open");
    assert_string_equal(data_dir_path(data), path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    data_dir_close(data);
}

static const struct {
    const char *label, *file;
    mode_t mode, file_mode, mode_then, file_mode_then;
} folders[] = {
    { "an empty one", NULL, 0755, 0, 0700, 0 },
    { "ours, from a backup", "auth.db", 0755, 0644, 0700, 0600 },
    { "ours, with a log of SQLite", "auth.db-wal", 0777, 0666, 0700, 0600 },
    { "ours, that a group may read", "auth.db", 0750, 0640, 0750, 0640 },
    { "closed, with a file that is not", "auth.db", 0700, 0644, 0700, 0600 },
    { "one of many things", "notes.txt", 0755, 0644, 0755, 0644 },
    { "one for all", "auth.db", 01777, 0644, 01700, 0600 },
};
TEST_EACH(others_are_shut_out_of_a_folder_that_is_ours, folders, c)
{
    static int n_folders;
    DataDir *data;
    struct stat info;
    const char *path = str_fmt(ctx->arena, "%s/%d", dir.path, n_folders++).ptr;
    const char *file = str_fmt(ctx->arena, "%s/%s", path, c->file ? c->file : "").ptr;
    CHECK(mkdir(path, 0700) == 0 && chmod(path, c->mode) == 0, c->label);
    if (c->file) {
        int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        CHECK(fd >= 0 && fchmod(fd, c->file_mode) == 0, c->label);
        close(fd);
    }
    CHECK_OK(ctx, data_dir_open(ctx, path, &data), c->label);
    data_dir_close(data);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 07777) == c->mode_then, c->label);
    if (c->file) CHECK(stat(file, &info) == 0 && (info.st_mode & 07777) == c->file_mode_then, c->label);
}

TEST(a_second_server_is_refused_until_the_first_has_ended)
{
    DataDir *first, *second = NULL;
    CHECK_OK(ctx, data_dir_open(ctx, dir.path, &first), "first");
    CHECK_ERR(data_dir_open(ctx, dir.path, &second), ERR_PRECONDITION, "second");
    assert_null(second);
    assert_non_null(strstr(ctx->err_text, str_fmt(ctx->arena, "already in use by pid %d", (int)getpid()).ptr));
    data_dir_close(first);
    CHECK_OK(ctx, data_dir_open(ctx, dir.path, &second), "after the first");
    data_dir_close(second);
}

TEST(a_killed_server_leaves_no_lock)
{
    int pipe_fds[2];
    char byte;
    DataDir *data;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        if (data_dir_open(ctx, dir.path, &data) == OK && write(pipe_fds[1], "x", 1) == 1) pause();
        _exit(1);
    }
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    CHECK_ERR(data_dir_open(ctx, dir.path, &data), ERR_PRECONDITION, "while it runs");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK_OK(ctx, data_dir_open(ctx, dir.path, &data), "after its end");
    data_dir_close(data);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

static volatile sig_atomic_t hangups;

static void on_hangup(int signal_number)
{
    hangups++;
}

TEST(the_holder_can_be_signalled_and_nobody_else)
{
    DataDir *data;
    hangups = 0;
    signal(SIGHUP, on_hangup);
    assert_false(data_dir_signal_holder(dir.path, SIGHUP));
    CHECK_OK(ctx, data_dir_open(ctx, dir.path, &data), "open");
    assert_true(data_dir_signal_holder(dir.path, SIGHUP));
    assert_int_equal(hangups, 1);
    data_dir_close(data);
    assert_false(data_dir_signal_holder(dir.path, SIGHUP)); /* the pid is still in the file */
    assert_int_equal(hangups, 1);
}

static const struct {
    const char *label;
    bool inside; /* the test's own folder, in which `file` is a file */
    const char *path, *word;
    Err want;
} bad_paths[] = {
    { "no name", false, "", "no name", ERR_INVALID },
    { "a file", true, "/file", "Not a directory", ERR_UNAVAILABLE },
    { "below a file", true, "/file/below", "Not a directory", ERR_UNAVAILABLE },
    { "where nothing can be made", false, "/proc/molva", "/proc/molva", ERR_UNAVAILABLE },
};
TEST_EACH(a_directory_that_cannot_be_used_is_refused_with_the_reason, bad_paths, c)
{
    DataDir *data = NULL;
    const char *path = str_fmt(ctx->arena, "%s%s", c->inside ? dir.path : "", c->path).ptr;
    int fd = open(str_fmt(ctx->arena, "%s/file", dir.path).ptr, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    CHECK_ERR(data_dir_open(ctx, path, &data), c->want, c->label);
    assert_null(data);
    if (!strstr(ctx->err_text, c->word)) fail_msg("%s: %s", c->label, ctx->err_text);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_missing_directory_is_made_for_its_owner_only),
        EACH(others_are_shut_out_of_a_folder_that_is_ours),
        EACH(a_second_server_is_refused_until_the_first_has_ended),
        EACH(a_killed_server_leaves_no_lock),
        EACH(the_holder_can_be_signalled_and_nobody_else),
        EACH(a_directory_that_cannot_be_used_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
