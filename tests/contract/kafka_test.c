/* What is special about the bus on Kafka, on a cluster that librdkafka plays. */
#include "base/log.h"
#include "heard.h"
#include "kafka_fixture.h"

static const char *const everything[] = { "*", NULL };

static Err hear(void *arg, Ctx *own, Str payload)
{
    heard_add(arg, payload);
    return OK;
}

static Err hear_and_fail(void *arg, Ctx *own, Str payload)
{
    heard_add(arg, payload);
    return ctx_fail(own, ERR_UNAVAILABLE, "as the test wants it");
}

static Err refuse_poison(void *arg, Ctx *own, Str payload)
{
    if (str_eq(payload, STR("poison"))) return ctx_fail(own, ERR_INVALID, "as the test wants it");
    heard_add(arg, payload);
    return OK;
}

static void publish(Bus *bus, const char *payload)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, bus_publish(bus, ctx, STR("a.test"), str_of(payload)), payload);
}

TEST(what_a_consumer_had_not_handled_goes_to_the_next)
{
    Heard first, next;
    heard_init(&first);
    heard_init(&next);
    Bus *bus = kafka_fixture_open_as("next");
    bus_consume(bus, "test", everything, hear_and_fail, &first);
    publish(bus, "1");
    publish(bus, "2");
    latch_wait(&first.latch, 2); /* the first one, twice */
    bus_free(bus);

    bus = kafka_fixture_open_as("next");
    bus_consume(bus, "test", everything, hear, &next);
    heard_check(&next, 2, "1\n2\n", "both, in order");
    bus_free(bus);
    heard_done(&first);
    heard_done(&next);
}

/* The first message of a topic, as another client reads it. */
static void read_topic(const char *name, char *payload, size_t size)
{
    char why[200];
    int64_t until_ms = clock_monotonic_ms() + 20000;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(kafka_fixture_cluster()), why,
                      sizeof why);
    rd_kafka_conf_set(conf, "group.id", "reader", why, sizeof why);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    assert_non_null(client);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *from = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(from, name, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, from);
    rd_kafka_topic_partition_list_destroy(from);
    *payload = '\0';
    while (!*payload && clock_monotonic_ms() < until_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 200);
        if (message && !message->err) snprintf(payload, size, "%.*s", (int)message->len, (char *)message->payload);
        if (message) rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
}

TEST(what_can_never_be_handled_is_set_aside_and_stands_in_nobodys_way)
{
    Heard heard;
    char dead[32];
    heard_init(&heard);
    Bus *bus = kafka_fixture_open_as("poison");
    bus_consume(bus, "test", everything, refuse_poison, &heard);
    publish(bus, "first");
    publish(bus, "poison");
    publish(bus, "last");
    heard_check(&heard, 2, "first\nlast\n", "what can be handled");
    read_topic("poison.test.dead", dead, sizeof dead);
    assert_string_equal(dead, "poison");
    bus_free(bus);
    heard_done(&heard);
}

TEST(a_kafka_that_is_away_takes_nothing)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    KafkaConfig config = { .url = STR("kafka://127.0.0.1:1"), .publish_timeout_ms = 300 };
    Bus *bus = NULL;
    CHECK_OK(ctx, kafka_open(ctx, &config, &bus), "open");
    CHECK_ERR(bus_publish(bus, ctx, STR("a.test"), STR("x")), ERR_UNAVAILABLE, "publish");
    CHECK_ERR(bus_check(bus, ctx), ERR_UNAVAILABLE, "ready");
    bus_free(bus);
}

static const struct {
    const char *label, *url;
} bad_urls[] = {
    { "another scheme", "amqp://localhost" },
    { "no broker", "kafka://" },
    { "a path", "kafka://localhost:9092/topic" },
    { "a password", "kafka://me:secret@localhost:9092" },
};
TEST_EACH(a_url_that_cannot_work_is_refused, bad_urls, c)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    KafkaConfig config = { .url = str_of(c->url) };
    Bus *bus = NULL;
    CHECK_ERR(kafka_open(own, &config, &bus), ERR_INVALID, c->label);
    CHECK(strstr(own->err_text, "secret") == NULL, "the password is not told");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_never_be_handled_is_set_aside_and_stands_in_nobodys_way),
        cmocka_unit_test(what_a_consumer_had_not_handled_goes_to_the_next),
        cmocka_unit_test(a_kafka_that_is_away_takes_nothing),
        cmocka_unit_test(a_url_that_cannot_work_is_refused),
    };
    log_setup(LOG_OFF, false);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
