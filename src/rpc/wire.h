/* Checks the Protocol Buffers binary form before it is decoded. protobuf-c accepts any bytes as a string and ends it at
 * the first NUL, so only the encoded bytes show what a string really contains. Pure, any thread. */
#pragma once
#include <protobuf-c/protobuf-c.h>

#include "base/str.h"

/* Maximum nesting of messages, as in other implementations. */
#define WIRE_DEPTH_MAX 100

typedef enum WireVerdict {
    WIRE_OK,
    WIRE_MALFORMED, /* truncated, too deep, or an unknown wire type */
    WIRE_BAD_TEXT,  /* a string with invalid UTF-8 or U+0000 */
} WireVerdict;

/* Checks every string of a message, including those that a later occurrence of the field would replace. *out_field is
 * the name of the offending field, else NULL. WIRE_OK does not guarantee that the bytes decode. */
WireVerdict wire_check(const ProtobufCMessageDescriptor *descriptor, Str bytes, const char **out_field);
