/* RFC 3339 times to and from google.protobuf.Timestamp. Calendar arithmetic after Howard Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms": the year begins in March, so that the leap day is its last. */
#include "rpc/rfc3339.h"

#include "rpc/transcode.h"

#define SECONDS_MIN (-62135596800) /* 0001-01-01T00:00:00Z */
#define SECONDS_MAX 253402300799   /* 9999-12-31T23:59:59Z */
#define DAY_S       86400

typedef struct Date {
    int64_t year;
    unsigned month, day;
} Date;

static int64_t days_from_date(Date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

static Date date_from_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day_of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march_month = (5 * day_of_year + 2) / 153;
    Date date = { .day = day_of_year - (153 * march_month + 2) / 5 + 1,
                  .month = march_month < 10 ? march_month + 3 : march_month - 9 };
    date.year = (int64_t)year_of_era + era * 400 + (date.month <= 2);
    return date;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Cuts exactly `count` digits and the character after them. */
static bool take_digits(Str *rest, size_t count, char then, unsigned *out_value)
{
    uint64_t value;
    if (rest->len < count || !str_to_u64((Str){ rest->ptr, count }, UINT32_MAX, &value)) return false;
    rest->ptr += count;
    rest->len -= count;
    *out_value = (unsigned)value;
    if (!then) return true;
    if (!rest->len || rest->ptr[0] != then) return false;
    rest->ptr++;
    rest->len--;
    return true;
}

/* ".5" -> 500000000; nothing -> 0. */
static bool take_fraction(Str *rest, int32_t *out_nanos)
{
    int32_t nanos = 0, unit = 100000000;
    if (rest->len && rest->ptr[0] == '.') {
        size_t at = 1;
        for (; at < rest->len && rest->ptr[at] >= '0' && rest->ptr[at] <= '9'; at++, unit /= 10)
            nanos += (rest->ptr[at] - '0') * unit;
        if (at == 1 || at > 10) return false;
        rest->ptr += at;
        rest->len -= at;
    }
    *out_nanos = nanos;
    return true;
}

/* "Z", "+02:00". */
static bool parse_offset(Str text, int64_t *out_seconds)
{
    *out_seconds = 0;
    if (str_eq(text, STR("Z"))) return true;
    if (!text.len || (text.ptr[0] != '+' && text.ptr[0] != '-')) return false;
    unsigned hours, minutes;
    Str rest = { text.ptr + 1, text.len - 1 };
    if (!take_digits(&rest, 2, ':', &hours) || !take_digits(&rest, 2, 0, &minutes) || rest.len) return false;
    if (hours > 23 || minutes > 59) return false;
    *out_seconds = (int64_t)(hours * 3600 + minutes * 60) * (text.ptr[0] == '-' ? -1 : 1);
    return true;
}

bool rfc3339_parse(Str text, Google__Protobuf__Timestamp *out_time)
{
    unsigned year, month, day, hour, minute, second;
    int32_t nanos;
    int64_t offset_s;

    if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) || !take_digits(&text, 2, 'T', &day))
        return false;
    if (!take_digits(&text, 2, ':', &hour) || !take_digits(&text, 2, ':', &minute) ||
        !take_digits(&text, 2, 0, &second) || !take_fraction(&text, &nanos) || !parse_offset(text, &offset_s))
        return false;
    /* Neither POSIX time nor the protobuf mapping can represent a leap second. */
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
        second > 59)
        return false;

    int64_t days = days_from_date((Date){ year, month, day });
    int64_t seconds = days * DAY_S + (int64_t)(hour * 3600 + minute * 60 + second) - offset_s;
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) return false;
    out_time->seconds = seconds;
    out_time->nanos = nanos;
    return true;
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

Google__Protobuf__Timestamp *timestamp_new(Arena *arena, int64_t ms)
{
    Google__Protobuf__Timestamp *timestamp = arena_new_of(arena, Google__Protobuf__Timestamp);
    google__protobuf__timestamp__init(timestamp);
    int64_t rest = ms % 1000;
    if (rest < 0) rest += 1000; /* nanos count forward even before 1970 */
    timestamp->seconds = (ms - rest) / 1000;
    timestamp->nanos = (int32_t)rest * 1000000;
    return timestamp;
}

int64_t timestamp_ms(const Google__Protobuf__Timestamp *timestamp)
{
    if (!timestamp) return 0;
    return clamp(timestamp->seconds, SECONDS_MIN, SECONDS_MAX) * 1000 + timestamp->nanos / 1000000;
}

static char *put_digits(char *at, uint64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--, value /= 10) at[i] = (char)('0' + value % 10);
    return at + count;
}

void rfc3339_format(const Google__Protobuf__Timestamp *time, char out_text[RFC3339_LEN + 1])
{
    int64_t seconds = clamp(time->seconds, SECONDS_MIN, SECONDS_MAX) - SECONDS_MIN; /* never negative */
    Date date = date_from_days(seconds / DAY_S + SECONDS_MIN / DAY_S);
    uint64_t second_of_day = (uint64_t)(seconds % DAY_S);

    char *at = put_digits(out_text, (uint64_t)date.year, 4);
    *at++ = '-';
    at = put_digits(at, date.month, 2);
    *at++ = '-';
    at = put_digits(at, date.day, 2);
    *at++ = 'T';
    at = put_digits(at, second_of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day % 60, 2);
    *at++ = '.';
    at = put_digits(at, (uint64_t)clamp(time->nanos, 0, 999999999) / 1000000, 3);
    *at++ = 'Z';
    *at = '\0';
}
