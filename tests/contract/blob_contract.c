/* The promises of ports/blob.h, once per driver. A new driver is a row of `drivers`. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "adapters/disk/blob.h"
#include "fixture.h"

typedef struct Driver {
    const char *name;
    Err (*open)(Ctx *ctx, const char *dir, Blob **out_blob);
} Driver;

static const Driver drivers[] = {
    { "disk", disk_blob_open },
};

static const Driver *driver;
static TempDir dir;
static Blob *blob;
static Ctx *ctx;

static int set_up(void **state)
{
    ctx = test_ctx_new();
    dir = temp_dir_new();
    CHECK_OK(ctx, driver->open(ctx, dir.path, &blob), driver->name);
    return 0;
}

static int tear_down(void **state)
{
    blob_free(blob);
    temp_dir_done(&dir);
    ctx_freep(&ctx);
    return 0;
}

static const struct {
    const char *label;
    uint64_t offset;
    size_t max;
    Str want;
} ranges[] = {
    { "all", 0, 100, STR("0123456789") },         { "exactly all", 0, 10, STR("0123456789") },
    { "the beginning", 0, 3, STR("012") },        { "the middle", 4, 2, STR("45") },
    { "past the end", 8, 100, STR("89") },        { "at the end", 10, 100, { "", 0 } },
    { "far behind", UINT64_MAX, 100, { "", 0 } }, { "nothing", 5, 0, { "", 0 } },
};
TEST_EACH(a_range_is_read_as_far_as_it_goes, ranges, c)
{
    Str bytes;
    Id key = id_new(clock_now_ms());
    CHECK_OK(ctx, blob_put(blob, ctx, key, STR("0123456789")), c->label);
    CHECK_OK(ctx, blob_get(blob, ctx, key, c->offset, c->max, &bytes), c->label);
    CHECK_STR(bytes, c->want, c->label);
}

TEST(large_and_empty_blobs_come_back)
{
    enum { BYTES = 3 * 1000 * 1000 };
    Str bytes, large = { arena_alloc(ctx->arena, BYTES), BYTES };
    Id a = id_new(clock_now_ms()), b = id_new(clock_now_ms());
    memset((char *)large.ptr, 0xd0, BYTES / 2);
    CHECK_OK(ctx, blob_put(blob, ctx, a, large), "large");
    CHECK_OK(ctx, blob_put(blob, ctx, b, (Str){ NULL, 0 }), "empty");
    CHECK_OK(ctx, blob_get(blob, ctx, a, 0, BYTES + 1, &bytes), "large");
    assert_true(str_eq(bytes, large));
    CHECK_OK(ctx, blob_get(blob, ctx, b, 0, 100, &bytes), "empty");
    assert_int_equal(bytes.len, 0);
}

TEST(a_key_is_put_once)
{
    Str bytes;
    Id key = id_new(clock_now_ms());
    CHECK_OK(ctx, blob_put(blob, ctx, key, STR("first")), "first");
    CHECK_ERR(blob_put(blob, ctx, key, STR("second")), ERR_CONFLICT, "second");
    CHECK_OK(ctx, blob_get(blob, ctx, key, 0, 100, &bytes), "get");
    CHECK_STR(bytes, STR("first"), "unchanged");
}

TEST(a_deleted_blob_is_gone_and_may_be_deleted_again)
{
    Str bytes;
    Id key = id_new(clock_now_ms());
    CHECK_ERR(blob_get(blob, ctx, key, 0, 1, &bytes), ERR_NOT_FOUND, "never there");
    CHECK_OK(ctx, blob_delete(blob, ctx, key), "never there");
    CHECK_OK(ctx, blob_put(blob, ctx, key, STR("x")), "put");
    CHECK_OK(ctx, blob_delete(blob, ctx, key), "delete");
    CHECK_ERR(blob_get(blob, ctx, key, 0, 1, &bytes), ERR_NOT_FOUND, "deleted");
    CHECK_OK(ctx, blob_delete(blob, ctx, key), "again");
}

static int n_files;

static int count_file(const char *path, const struct stat *info, int type, struct FTW *where)
{
    if (type == FTW_F) n_files++;
    return 0;
}

static int count_files(void)
{
    n_files = 0;
    nftw(dir.path, count_file, 16, FTW_PHYS);
    return n_files;
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Only for the driver on disk: what stands in its folders. */
TEST(a_put_without_room_leaves_nothing)
{
    Str bytes, large = { arena_alloc(ctx->arena, 200000), 200000 };
    Id key = id_new(clock_now_ms());
    if (!str_eq(str_of(driver->name), STR("disk"))) skip();
    limit_files(100000);
    Err err = blob_put(blob, ctx, key, large);
    limit_files(RLIM_INFINITY);
    CHECK_ERR(err, ERR_STORAGE_FULL, "no room");
    assert_int_equal(count_files(), 0);
    CHECK_ERR(blob_get(blob, ctx, key, 0, 1, &bytes), ERR_NOT_FOUND, "not half there");
    CHECK_OK(ctx, blob_put(blob, ctx, key, large), "room again");
}

TEST(what_an_interrupted_put_left_is_removed_at_open)
{
    Str bytes;
    Id key = id_new(clock_now_ms());
    if (!str_eq(str_of(driver->name), STR("disk"))) skip();
    CHECK_OK(ctx, blob_put(blob, ctx, key, STR("whole")), "put");
    blob_free(blob);
    blob = NULL;
    int fd = open(str_fmt(ctx->arena, "%s/tmp/stray", dir.path).ptr, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(count_files(), 2);

    CHECK_OK(ctx, driver->open(ctx, dir.path, &blob), "reopen");
    assert_int_equal(count_files(), 1);
    CHECK_OK(ctx, blob_get(blob, ctx, key, 0, 100, &bytes), "get");
    CHECK_STR(bytes, STR("whole"), "kept");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_range_is_read_as_far_as_it_goes),
        EACH(large_and_empty_blobs_come_back),
        EACH(a_key_is_put_once),
        EACH(a_deleted_blob_is_gone_and_may_be_deleted_again),
        EACH(a_put_without_room_leaves_nothing),
        EACH(what_an_interrupted_put_left_is_removed_at_open),
    };
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        driver = &drivers[i];
        failed += cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
    }
    return failed;
}
