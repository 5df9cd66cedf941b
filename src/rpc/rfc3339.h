/* RFC 3339 times to and from google.protobuf.Timestamp. Any thread; pure. */
#pragma once
#include <stdbool.h>

#include "base/str.h"
#include "google/protobuf/timestamp.pb-c.h"

/* Requires upper-case T and Z; accepts up to nine decimals, years 1 to 9999. */
bool rfc3339_parse(Str text, Google__Protobuf__Timestamp *out_time);
/* In UTC with milliseconds, 24 characters: "2026-11-22T12:00:00.000Z". Times outside the years 1 to 9999 are
 * clamped. */
#define RFC3339_LEN 24
void rfc3339_format(const Google__Protobuf__Timestamp *time, char out_text[RFC3339_LEN + 1]);
