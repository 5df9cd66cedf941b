/* The binary form of Protocol Buffers, seen before it is decoded. protobuf-c takes any bytes for a string and ends them at the
 * first NUL: what a string really holds can be seen in the bytes only. Pure, any thread. */
#pragma once
#include <protobuf-c/protobuf-c.h>

#include "base/str.h"

/* How deep messages may lie in each other, as in other implementations. */
#define WIRE_DEPTH_MAX 100

typedef enum WireVerdict {
    WIRE_OK,
    WIRE_MALFORMED, /* cut off, too deep, or no such form */
    WIRE_BAD_TEXT,  /* a string that is no UTF-8, or has U+0000 in it */
} WireVerdict;

/* Looks at every string of a message, those included that later ones of the same field would replace. *out_field is the name of
 * the field with the bad text, else NULL. WIRE_OK does not promise that the bytes can be decoded. */
WireVerdict wire_check(const ProtobufCMessageDescriptor *descriptor, Str bytes, const char **out_field);
