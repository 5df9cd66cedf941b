#include "rpc/rfc3339.h"

#include "rpc/transcode.h"
#include "support/test.h"

static const struct {
    const char *label;
    const char *text;
    int64_t seconds;
    int32_t nanos;
    bool good;
} times[] = {
    { "epoch", "1970-01-01T00:00:00Z", 0, 0, true },
    { "milliseconds", "1970-01-01T00:00:00.250Z", 0, 250000000, true },
    { "one decimal", "1970-01-01T00:00:00.5Z", 0, 500000000, true },
    { "nine decimals", "1970-01-01T00:00:01.000000001Z", 1, 1, true },
    { "ten decimals", "1970-01-01T00:00:01.0000000001Z", 0, 0, false },
    { "no decimals behind the dot", "1970-01-01T00:00:01.Z", 0, 0, false },
    { "before the epoch", "1969-12-31T23:59:59.5Z", -1, 500000000, true },
    { "RFC 3339 section 5.8, first example", "1985-04-12T23:20:50.52Z", 482196050, 520000000, true },
    { "RFC 3339 section 5.8, offset", "1996-12-19T16:39:57-08:00", 851042397, 0, true },
    { "RFC 3339 section 5.8, Amsterdam", "1937-01-01T12:00:27.87+00:20", -1041337173, 870000000, true },
    { "first", "0001-01-01T00:00:00Z", -62135596800, 0, true },
    { "last", "9999-12-31T23:59:59.999999999Z", 253402300799, 999999999, true },
    { "before the first by its offset", "0001-01-01T00:00:00+00:01", 0, 0, false },
    { "after the last by its offset", "9999-12-31T23:59:59-00:01", 0, 0, false },
    { "year 0", "0000-12-31T23:59:59Z", 0, 0, false },
    { "leap day", "2024-02-29T00:00:00Z", 1709164800, 0, true },
    { "no leap day", "2023-02-29T00:00:00Z", 0, 0, false },
    { "leap day of a century that has one", "2000-02-29T00:00:00Z", 951782400, 0, true },
    { "leap day of a century that has none", "1900-02-29T00:00:00Z", 0, 0, false },
    { "31st of April", "2024-04-31T00:00:00Z", 0, 0, false },
    { "month 13", "2024-13-01T00:00:00Z", 0, 0, false },
    { "month 0", "2024-00-01T00:00:00Z", 0, 0, false },
    { "day 0", "2024-01-00T00:00:00Z", 0, 0, false },
    { "hour 24", "2024-01-01T24:00:00Z", 0, 0, false },
    { "minute 60", "2024-01-01T00:60:00Z", 0, 0, false },
    { "leap second", "2016-12-31T23:59:60Z", 0, 0, false },
    { "offset of 24 hours", "2024-01-01T00:00:00+24:00", 0, 0, false },
    { "offset with 60 minutes", "2024-01-01T00:00:00+00:60", 0, 0, false },
    { "offset without a colon", "2024-01-01T00:00:00+0100", 0, 0, false },
    { "offset cut off", "2024-01-01T00:00:00+01", 0, 0, false },
    { "no offset", "2024-01-01T00:00:00", 0, 0, false },
    { "small t", "2024-01-01t00:00:00Z", 0, 0, false },
    { "small z", "2024-01-01T00:00:00z", 0, 0, false },
    { "space for T", "2024-01-01 00:00:00Z", 0, 0, false },
    { "date only", "2024-01-01", 0, 0, false },
    { "something behind", "2024-01-01T00:00:00Z ", 0, 0, false },
    { "something before", " 2024-01-01T00:00:00Z", 0, 0, false },
    { "two-digit year", "24-01-01T00:00:00Z", 0, 0, false },
    { "five-digit year", "12024-01-01T00:00:00Z", 0, 0, false },
    { "sign among the digits", "2024-01-01T+1:00:00Z", 0, 0, false },
    { "empty", "", 0, 0, false },
};

TEST_EACH(a_time_is_read_as_rfc_3339_says, times, c)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    CHECK(rfc3339_parse(str_of(c->text), &time) == c->good, c->label);
    CHECK(time.seconds == c->seconds && time.nanos == c->nanos, c->label);
}

static const struct {
    const char *label;
    int64_t seconds;
    int32_t nanos;
    const char *text;
} written[] = {
    { "epoch", 0, 0, "1970-01-01T00:00:00.000Z" },
    { "decimals are cut, not rounded", 0, 999999999, "1970-01-01T00:00:00.999Z" },
    { "before the epoch", -1, 500000000, "1969-12-31T23:59:59.500Z" },
    { "leap day", 1709164800, 0, "2024-02-29T00:00:00.000Z" },
    { "day after a leap day", 1709251200, 0, "2024-03-01T00:00:00.000Z" },
    { "end of a leap year", 1735689599, 0, "2024-12-31T23:59:59.000Z" },
    { "first", -62135596800, 0, "0001-01-01T00:00:00.000Z" },
    { "last", 253402300799, 0, "9999-12-31T23:59:59.000Z" },
    { "too early", INT64_MIN, 0, "0001-01-01T00:00:00.000Z" },
    { "too late", INT64_MAX, 0, "9999-12-31T23:59:59.000Z" },
    { "negative nanoseconds", 0, -1, "1970-01-01T00:00:00.000Z" },
    { "too many nanoseconds", 0, INT32_MAX, "1970-01-01T00:00:00.999Z" },
};

TEST_EACH(a_time_is_written_in_utc_with_milliseconds, written, c)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = c->seconds;
    time.nanos = c->nanos;
    char text[RFC3339_LEN + 1];
    rfc3339_format(&time, text);
    assert_string_equal(text, c->text);
}

TEST(every_day_of_eight_centuries_reads_back)
{
    for (int64_t day = -150000; day < 150000; day++) {
        Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT, again = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
        time.seconds = day * 86400 + 43200;
        char text[RFC3339_LEN + 1];
        rfc3339_format(&time, text);
        assert_true(rfc3339_parse(str_of(text), &again));
        assert_int_equal(again.seconds, time.seconds);
    }
}

static const struct {
    const char *label;
    int64_t ms, seconds;
    int32_t nanos;
} moments[] = {
    { "zero", 0, 0, 0 },
    { "milliseconds", 1750000000123, 1750000000, 123000000 },
    { "one before the epoch", -1, -1, 999000000 },
    { "a second before the epoch", -1000, -1, 0 },
};

TEST_EACH(milliseconds_become_seconds_and_nanoseconds_and_back, moments, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Google__Protobuf__Timestamp *time = timestamp_new(arena, c->ms);
    CHECK(time->seconds == c->seconds && time->nanos == c->nanos, c->label);
    CHECK(timestamp_ms(time) == c->ms, c->label);
}

TEST(milliseconds_of_no_or_an_impossible_time_are_bounded)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    assert_int_equal(timestamp_ms(NULL), 0);
    time.seconds = INT64_MAX;
    assert_int_equal(timestamp_ms(&time), 253402300799000);
    time.seconds = INT64_MIN;
    assert_int_equal(timestamp_ms(&time), -62135596800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_read_as_rfc_3339_says),
        cmocka_unit_test(a_time_is_written_in_utc_with_milliseconds),
        cmocka_unit_test(every_day_of_eight_centuries_reads_back),
        cmocka_unit_test(milliseconds_become_seconds_and_nanoseconds_and_back),
        cmocka_unit_test(milliseconds_of_no_or_an_impossible_time_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
