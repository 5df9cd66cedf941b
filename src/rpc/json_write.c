/* Messages as JSON, written straight into the buffer, because this runs for every message and event sent. Any thread;
 * pure. */
#include <float.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "rpc/pb_field.h"
#include "rpc/rfc3339.h"
#include "rpc/transcode.h"

static void write_message(StrBuf *out, const ProtobufCMessage *message);

/* The character after the backslash; 'u': as \u00XX; 0: no escape needed. */
static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    [0x00] = 'u', [0x01] = 'u',  [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u', [0x06] = 'u',
    [0x07] = 'u', [0x0b] = 'u',  [0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u',
    [0x13] = 'u', [0x14] = 'u',  [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u',
    [0x1a] = 'u', [0x1b] = 'u',  [0x1c] = 'u', [0x1d] = 'u', [0x1e] = 'u', [0x1f] = 'u',
};

#define EACH_BYTE(b) (0x0101010101010101u * (b))

/* Whether any of eight bytes needs escaping. (Sean Eron Anderson, "Bit Twiddling Hacks": a byte less than n, a byte
 * equal to n. A byte above 0x7f is never reported.) */
static bool any_escape(uint64_t word)
{
    uint64_t quote = word ^ EACH_BYTE('"'), backslash = word ^ EACH_BYTE('\\');
    uint64_t hit = ((word - EACH_BYTE(0x20)) & ~word) | ((quote - EACH_BYTE(1)) & ~quote) |
                   ((backslash - EACH_BYTE(1)) & ~backslash);
    return hit & ~word & EACH_BYTE(0x80);
}

/* The length of the prefix without escapes. */
static size_t plain_run(Str text)
{
    size_t at = 0;
    while (at < text.len) {
        uint64_t word;
        if (text.len - at >= sizeof word) {
            memcpy(&word, text.ptr + at, sizeof word);
            if (!any_escape(word)) {
                at += sizeof word;
                continue;
            }
        }
        if (escapes[(unsigned char)text.ptr[at]]) break;
        at++;
    }
    return at;
}

void json_quote(StrBuf *out, Str text)
{
    char *at = strbuf_reserve(out, text.len + 2); /* enough if nothing needs an escape */
    *at = '"';
    out->len++;
    for (;;) {
        size_t plain = plain_run(text);
        strbuf_add(out, (Str){ text.ptr, plain });
        if (plain == text.len) break;
        unsigned char c = (unsigned char)text.ptr[plain];
        at = strbuf_reserve(out, 6);
        at[0] = '\\';
        at[1] = escapes[c];
        if (escapes[c] == 'u') {
            at[2] = at[3] = '0';
            at[4] = "01"[c >> 4];
            at[5] = "0123456789abcdef"[c & 15];
        }
        out->len += escapes[c] == 'u' ? 6 : 2;
        text = (Str){ text.ptr + plain + 1, text.len - plain - 1 };
    }
    strbuf_add_char(out, '"');
}

size_t json_quoted_len(Str text)
{
    size_t len = 2 + text.len;
    for (size_t i = 0; i < text.len; i++) {
        char escape = escapes[(unsigned char)text.ptr[i]];
        len += escape == 'u' ? 5 : escape ? 1 : 0;
    }
    return len;
}

/* The fewest digits that read back as the same number; infinities and NaN use the mapping's names. */
static void write_real(StrBuf *out, double value, bool single)
{
    char digits[32];
    Str text = { digits, 0 };

    if (isnan(value)) {
        text = STR("\"NaN\"");
    } else if (isinf(value)) {
        text = value < 0 ? STR("\"-Infinity\"") : STR("\"Infinity\"");
    } else if (value == 0 && signbit(value)) {
        text = STR("-0.0"); /* "-0" would read back as the integer 0 */
    } else {
        int count = single ? FLT_DIG : DBL_DIG, most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
        for (; count <= most; count++) {
            text.len = (size_t)snprintf(digits, sizeof digits, "%.*g", count, value);
            if (single ? strtof(digits, NULL) == (float)value : strtod(digits, NULL) == value) break;
        }
    }
    strbuf_add(out, text);
}

static void write_i64(StrBuf *out, int64_t value)
{
    if (value < 0) strbuf_add_char(out, '-');
    strbuf_add_u64(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void write_integer(StrBuf *out, ProtobufCType type, const void *value)
{
    if (type_is_64_bit(type)) {
        strbuf_add_char(out, '"');
        if (type_is_signed(type))
            write_i64(out, *(const int64_t *)value);
        else
            strbuf_add_u64(out, *(const uint64_t *)value);
        strbuf_add_char(out, '"');
    } else if (type_is_signed(type)) {
        write_i64(out, *(const int32_t *)value);
    } else {
        strbuf_add_u64(out, *(const uint32_t *)value);
    }
}

static void write_enum(StrBuf *out, const ProtobufCEnumDescriptor *descriptor, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(descriptor, number);
    if (value)
        json_quote(out, str_of(value->name));
    else
        write_i64(out, number); /* from a newer peer */
}

static void write_bytes(StrBuf *out, ProtobufCBinaryData bytes)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL); /* with a NUL */
    strbuf_add_char(out, '"');
    char *at = strbuf_reserve(out, size);
    sodium_bin2base64(at, size, bytes.data, bytes.len, sodium_base64_VARIANT_ORIGINAL);
    out->len += size - 1;
    strbuf_add_char(out, '"');
}

void json_time(StrBuf *out, const Google__Protobuf__Timestamp *timestamp)
{
    char text[RFC3339_LEN + 3] = "\"";
    rfc3339_format(timestamp, text + 1);
    text[RFC3339_LEN + 1] = '"';
    strbuf_add(out, (Str){ text, RFC3339_LEN + 2 });
}

/* value: address of the field's value, or of one element. */
static void write_value(StrBuf *out, const ProtobufCFieldDescriptor *field, const void *value)
{
    if (type_is_integer(field->type)) {
        write_integer(out, field->type, value);
        return;
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL: strbuf_add(out, *(const protobuf_c_boolean *)value ? STR("true") : STR("false")); return;
    case PROTOBUF_C_TYPE_FLOAT: write_real(out, (double)*(const float *)value, true); return;
    case PROTOBUF_C_TYPE_DOUBLE: write_real(out, *(const double *)value, false); return;
    case PROTOBUF_C_TYPE_ENUM: write_enum(out, field->descriptor, *(const int *)value); return;
    case PROTOBUF_C_TYPE_BYTES: write_bytes(out, *(const ProtobufCBinaryData *)value); return;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (field->descriptor == &google__protobuf__timestamp__descriptor)
            json_time(out, *(Google__Protobuf__Timestamp *const *)value);
        else
            write_message(out, *(ProtobufCMessage *const *)value);
        return;
    default: json_quote(out, str_of(*(char *const *)value)); return;
    }
}

static void write_list(StrBuf *out, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    size_t count = *field_count(message, field), size = field_value_size(field);
    const char *values = *(char *const *)field_member(message, field);

    strbuf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) strbuf_add_char(out, ',');
        write_value(out, field, values + i * size);
    }
    strbuf_add_char(out, ']');
}

/* JSON map keys are strings, whatever their type. */
static void write_map_key(StrBuf *out, const ProtobufCFieldDescriptor *key, const void *value)
{
    bool quoted = key->type == PROTOBUF_C_TYPE_STRING || (type_is_integer(key->type) && type_is_64_bit(key->type));
    if (!quoted) strbuf_add_char(out, '"');
    write_value(out, key, value);
    if (!quoted) strbuf_add_char(out, '"');
}

static void write_map(StrBuf *out, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    const ProtobufCFieldDescriptor *key = &entry->fields[0], *value = &entry->fields[1];
    ProtobufCMessage *const *entries = *(ProtobufCMessage ***)field_member(message, field);
    size_t count = *field_count(message, field);

    strbuf_add_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i) strbuf_add_char(out, ',');
        write_map_key(out, key, field_member(entries[i], key));
        strbuf_add_char(out, ':');
        write_value(out, value, field_member(entries[i], value));
    }
    strbuf_add_char(out, '}');
}

static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) return true;
    if (field_in_oneof(field) && *field_case(message, field) != field->id) return false;
    return field->type != PROTOBUF_C_TYPE_MESSAGE || *(void *const *)field_member(message, field);
}

/* `,"name":`; names of fields need no escape. */
static void write_name(StrBuf *out, bool first, const char *name)
{
    size_t len = strlen(name);
    char *at = strbuf_reserve(out, len + 4);
    if (!first) *at++ = ',';
    *at++ = '"';
    at = mempcpy(at, name, len);
    *at++ = '"';
    *at = ':';
    out->len += len + 3 + !first;
}

static void write_message(StrBuf *out, const ProtobufCMessage *message)
{
    bool first = true;
    strbuf_add_char(out, '{');
    /* NULL: a map value that the wire omitted */
    for (unsigned i = 0; message && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!is_set(message, field)) continue;
        write_name(out, first, field->name);
        first = false;
        if (field->label != PROTOBUF_C_LABEL_REPEATED)
            write_value(out, field, field_member(message, field));
        else if (field_is_map(field))
            write_map(out, message, field);
        else
            write_list(out, message, field);
    }
    strbuf_add_char(out, '}');
}

void transcode_to_json(StrBuf *out, const ProtobufCMessage *message)
{
    write_message(out, message);
}
