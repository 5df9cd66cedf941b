/* A service is one row: what the tables of src/app make of one more, `media`, whose folder is media/ here. Compiled with
 * media/app/services.def in the place of the product's. */
#include "app/services.h"

#include <stdlib.h>
#include <unistd.h>

#include "api_types.h"
#include "app/hosts.h"
#include "media_queries.h"
#include "support/temp_dir.h"
#include "support/test.h"

/* --- the service --- */

static const OutboxQueries media_outbox_queries = OUTBOX_QUERIES(MEDIA);
static const char *const media_topics[] = { "file.*", NULL };

static const RpcMethod media_methods[] = {
    { .name = "media.GetFile",
      .full_path = "/molva.media.v1.MediaService/GetFile",
      .input = &get_jwks_request__descriptor,
      .output = &get_jwks_response__descriptor,
      .access = RPC_USER },
};
static const RpcService media_rpc = {
    .name = "media", .full_name = "molva.media.v1.MediaService", .methods = media_methods, .n_methods = 1
};

typedef struct MediaService {
    bool has_auth, has_group; /* their clients */
    int n_heard;
} MediaService;

static Err media_on_event(void *svc, Ctx *ctx, Str payload)
{
    ((MediaService *)svc)->n_heard++;
    return OK;
}

static Err media_open(Ctx *ctx, const ServiceDeps *deps, void **out_service)
{
    MediaService *svc = calloc(1, sizeof *svc);
    assert_non_null(svc);
    svc->has_auth = service_client(deps, "auth");
    svc->has_group = service_client(deps, "group");
    *out_service = svc;
    return db_check(deps->db, ctx);
}

extern const ServiceSpec media_spec;
const ServiceSpec media_spec = {
    .contract = &media_rpc,
    .schema = &media_schema,
    .outbox_queries = &media_outbox_queries,
    .topics = media_topics,
    .on_event = media_on_event,
    .open = media_open,
    .close = free,
};

/* --- settings and plan --- */

#define SHARED                                                                                                     \
    "--database=postgresql://molva_{service}@db/molva_{service}", "--redis=redis://r", "--bus=amqp://u@b/v",       \
        "--grpc-listen=127.0.0.1:7001", "--service-key-file=/proc/self/fd/100", "--auth-address=dns:///auth:7001", \
        "--group-address=dns:///group:7001"

/* The line on the error stream, "" when the plan is good. */
static const char *read_plan(Arena *arena, const char *const *flags, Plan *out_plan)
{
    Settings *settings = arena_new_of(arena, Settings);
    char **rest, *text = NULL;
    int n_rest, n = 0;
    size_t len = 0;
    while (flags[n]) n++;
    FILE *err = open_memstream(&text, &len);
    assert_true(settings_read(arena, n, (char **)flags, err, settings, &rest, &n_rest));
    assert_int_equal(n_rest, 0);
    (void)plan_read(arena, settings, err, out_plan);
    fclose(err);
    const char *line = str_cstr(arena, (Str){ text, len });
    free(text);
    return line;
}

static const struct {
    const char *label, *flags[12], *line;
} refused[] = {
    { "an unknown service",
      { "--services=mail" },
      "molva: services takes all, or a list of auth, group, message, notification, media, not \"mail\"\n" },
    { "the WebSocket's host calls every service",
      { "--services=notification", SHARED, "--message-address=dns:///message:7001" },
      "molva: media_address is needed: media does not run in this process; set it to where it does, such as "
      "dns:///media:7001\n" },
    { "it calls nobody but those of its row", { "--services=media", SHARED }, "" },
    { "nobody else calls it", { "--services=group", SHARED }, "" },
};

TEST_EACH(a_row_gives_a_service_its_place_in_the_plan, refused, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Plan plan;
    CHECK_STR(str_of(read_plan(arena, c->flags, &plan)), str_of(c->line), c->label);
}

TEST(a_row_gives_a_service_its_settings_its_database_and_its_queue)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    RabbitmqQueue queues[SERVICES];
    Plan plan;
    const char *const here[] = { "--services=media", SHARED, NULL };
    assert_string_equal(read_plan(arena, here, &plan), "");
    assert_true(plan.hosts[SERVICE_MEDIA]);
    assert_string_equal(plan.database_urls[SERVICE_MEDIA], "postgresql://molva_media@db/molva_media");
    assert_string_equal(plan.targets[SERVICE_AUTH], "dns:///auth:7001");
    assert_null(plan.targets[SERVICE_MESSAGE]);

    const char *const elsewhere[] = { "--services=notification", SHARED, "--message-address=dns:///message:7001",
                                      "--media-address=dns:///media:7001", NULL };
    assert_string_equal(read_plan(arena, elsewhere, &plan), "");
    assert_string_equal(plan.targets[SERVICE_MEDIA], "dns:///media:7001");
    assert_int_equal(drivers_queues_elsewhere(&plan, queues), 3);
    assert_string_equal(queues[0].consumer, "group");
    assert_string_equal(queues[1].consumer, "message");
    assert_string_equal(queues[2].consumer, "media");
    assert_ptr_equal(queues[2].topics, media_topics);
}

TEST(a_row_gives_a_service_its_lines_of_help)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    settings_print_markdown(out);
    fclose(out);
    assert_non_null(strstr(text, "| `media_address` | `MOLVA_MEDIA_ADDRESS` | `--media-address` |"));
    assert_non_null(strstr(text, "a list of auth, group, message, notification, media, or all"));
    free(text);
}

/* --- a process that hosts it --- */

static void check_hosted(Hosts *hosts, Ctx *ctx, const char *data)
{
    const Host *host = &hosts->of[SERVICE_MEDIA];
    const MediaService *svc = host->service;
    assert_true(svc->has_auth && svc->has_group);
    assert_non_null(host->client);
    assert_non_null(rpc_find(hosts->rpc, STR("media.GetFile")));
    assert_int_equal(access(str_fmt(ctx->arena, "%s/media.db", data).ptr, R_OK), 0);
    CHECK_ERR(bus_publish(hosts->drivers->bus, ctx, STR("file.added"), STR("")), OK, "publish");
    assert_int_equal(svc->n_heard, 1);
}

TEST(a_service_of_one_more_row_is_opened_with_database_outbox_consumer_and_methods)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    TempDir dir = temp_dir_new();
    const char *const flags[] = { "--data", dir.path, NULL };
    const char *what = "";
    Drivers drivers = { 0 };
    Plan plan;
    assert_string_equal(read_plan(ctx->arena, flags, &plan), "");
    assert_true(plan_is_whole(&plan));
    CHECK_ERR(drivers_open(ctx, &plan, &drivers), OK, "drivers");
    Identity *identity = identity_new();
    WorkerPool *workers = worker_pool_new("worker", 2, 10);
    Hosts hosts = { .plan = &plan, .drivers = &drivers, .identity = identity, .rpc = rpc_new(workers, identity, NULL) };
    CHECK_ERR(hosts_open(&hosts, ctx, &what), OK, what);
    hosts_start_outboxes(&hosts);
    check_hosted(&hosts, ctx, dir.path);
    hosts_stop_outboxes(&hosts);
    worker_pool_free(workers);
    hosts_close(&hosts);
    rpc_free(hosts.rpc);
    drivers_close(&drivers);
    identity_free(identity);
    temp_dir_done(&dir);
}

static int setup(void **state)
{
    if (clearenv()) return -1; /* settings are those of the flags, whoever runs this */
    FILE *key = tmpfile();
    if (!key || fputs("0123456789012345678901234567890123456789", key) < 0 || fflush(key)) return -1;
    return fchmod(fileno(key), 0400) || dup2(fileno(key), 100) != 100;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_gives_a_service_its_place_in_the_plan),
        cmocka_unit_test(a_row_gives_a_service_its_settings_its_database_and_its_queue),
        cmocka_unit_test(a_row_gives_a_service_its_lines_of_help),
        cmocka_unit_test(a_service_of_one_more_row_is_opened_with_database_outbox_consumer_and_methods),
    };
    return cmocka_run_group_tests_name("app/services", tests, setup, NULL);
}
