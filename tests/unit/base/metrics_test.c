#include "base/metrics.h"

#include "support/test.h"

static Metric plain = METRIC_COUNTER_INIT("t_total", "A counter.");
static Metric labelled = METRIC_COUNTER_INIT("t_total", "A counter.");
static Metric other = METRIC_GAUGE_INIT("t_gauge", "A gauge.");
static Metric seconds = METRIC_HISTOGRAM_INIT("t_seconds", "A histogram.", 1e-6);

static bool contains(Str text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

TEST(metrics_are_written_as_prometheus_text)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    StrBuf out;
    labelled.labels = "kind=\"x\"";
    metric_register(&plain);
    metric_register(&other);
    metric_register(&labelled);
    metric_register(&plain); /* twice is once */
    metric_register(&seconds);
    metric_add(&plain, 3);
    metric_add(&labelled, 4);
    metric_set(&other, -5);
    metric_observe(&seconds, 1);
    metric_observe(&seconds, 3);
    metric_observe(&seconds, INT64_MAX / 2);

    strbuf_init(&out, arena);
    metrics_write(&out);
    Str text = strbuf_str(&out);
    assert_true(contains(text, "# TYPE t_total counter\nt_total 3\nt_total{kind=\"x\"} 4\n"));
    assert_true(contains(text, "\nt_gauge -5\n"));
    assert_true(contains(text, "t_seconds_bucket{le=\"1e-06\"} 1\n"));
    assert_true(contains(text, "t_seconds_bucket{le=\"2e-06\"} 1\n"));
    assert_true(contains(text, "t_seconds_bucket{le=\"4e-06\"} 2\n"));
    assert_true(contains(text, "t_seconds_bucket{le=\"+Inf\"} 3\n"));
    assert_true(contains(text, "t_seconds_count 3\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(metrics_are_written_as_prometheus_text) };
    return cmocka_run_group_tests_name("base/metrics", tests, NULL, NULL);
}
