/* Tags, lengths and values by the encoding page of the protobuf documentation; parsed the way protobuf-c does, so that
 * both see the same strings. */
#include "rpc/wire.h"

#define VARINT_MAX 10 /* bytes */
#define SHORT_MAX  5  /* of a tag, and of a length */

/* False if it is truncated or longer than `max` bytes. */
static bool cut_varint(Str *rest, size_t max, uint64_t *out_value)
{
    *out_value = 0;
    for (size_t i = 0; i < max && i < rest->len; i++) {
        unsigned char byte = (unsigned char)rest->ptr[i];
        *out_value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        *rest = (Str){ rest->ptr + i + 1, rest->len - i - 1 };
        return true;
    }
    return false;
}

static bool cut(Str *rest, uint64_t len, Str *out_bytes)
{
    if (len > rest->len) return false;
    *out_bytes = (Str){ rest->ptr, (size_t)len };
    *rest = (Str){ rest->ptr + len, rest->len - (size_t)len };
    return true;
}

/* The value after a tag; *out_bytes is its content if it is length-delimited. */
static bool cut_value(Str *rest, int type, Str *out_bytes)
{
    uint64_t number;
    *out_bytes = (Str){ 0 };
    switch (type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT: return cut_varint(rest, VARINT_MAX, &number);
    case PROTOBUF_C_WIRE_TYPE_64BIT: return cut(rest, 8, out_bytes);
    case PROTOBUF_C_WIRE_TYPE_32BIT: return cut(rest, 4, out_bytes);
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        return cut_varint(rest, SHORT_MAX, &number) && cut(rest, number, out_bytes);
    default: return false; /* proto3 has no groups */
    }
}

static bool text_ok(Str text)
{
    return utf8_valid(text) && str_find(text, '\0') < 0;
}

static WireVerdict check(const ProtobufCMessageDescriptor *descriptor, Str bytes, int depth, const char **out_field)
{
    if (depth > WIRE_DEPTH_MAX) return WIRE_MALFORMED;
    while (bytes.len) {
        uint64_t tag;
        Str value;
        if (!cut_varint(&bytes, SHORT_MAX, &tag)) return WIRE_MALFORMED;
        int type = (int)(tag & 7);
        if (!cut_value(&bytes, type, &value)) return WIRE_MALFORMED;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, (uint32_t)(tag >> 3));
        if (!field || type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) continue;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            WireVerdict verdict = check(field->descriptor, value, depth + 1, out_field);
            if (verdict) return verdict;
        } else if (field->type == PROTOBUF_C_TYPE_STRING && !text_ok(value)) {
            *out_field = field->name;
            return WIRE_BAD_TEXT;
        }
    }
    return WIRE_OK;
}

WireVerdict wire_check(const ProtobufCMessageDescriptor *descriptor, Str bytes, const char **out_field)
{
    *out_field = NULL;
    return check(descriptor, bytes, 1, out_field);
}
