/* Decodes single values of the protobuf JSON mapping. */
#include "rpc/json_scalar.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <sodium.h>

#include "rpc/pb_field.h"

/* An integer that fits one of the protobuf types, not necessarily the target's. */
typedef struct Integer {
    bool negative;
    uint64_t magnitude;
} Integer;

static bool integer_from_text(Str text, Integer *out)
{
    out->negative = text.len && text.ptr[0] == '-';
    if (out->negative) text = (Str){ text.ptr + 1, text.len - 1 };
    return str_to_u64(text, UINT64_MAX, &out->magnitude);
}

static Integer integer_from_i64(int64_t value)
{
    return (Integer){ value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value };
}

/* The mapping accepts 1.0 and 1e3 as integers. Above 2^53 a double is no longer exact: refused. */
static bool integer_from_real(double value, Integer *out)
{
    if (!(fabs(value) <= 9007199254740992.0) || value != trunc(value)) return false;
    *out = integer_from_i64((int64_t)value);
    return true;
}

static bool integer_from_json(const json_t *json, Integer *out)
{
    if (json_is_integer(json)) {
        *out = integer_from_i64(json_integer_value(json));
        return true;
    }
    if (json_is_real(json)) return integer_from_real(json_real_value(json), out);
    if (!json_is_string(json)) return false;
    return integer_from_text((Str){ json_string_value(json), json_string_length(json) }, out);
}

static bool store_integer(ProtobufCType type, Integer value, void *out)
{
    unsigned bits = type_is_64_bit(type) ? 64 : 32;
    uint64_t max = type_is_signed(type) ? UINT64_MAX >> (65 - bits) : UINT64_MAX >> (64 - bits);
    uint64_t min_magnitude = type_is_signed(type) ? max + 1 : 0;
    if (value.magnitude > (value.negative ? min_magnitude : max)) return false;

    /* Two's complement: the same bits for signed and unsigned. */
    uint64_t raw = value.negative ? 0 - value.magnitude : value.magnitude;
    if (bits == 64) {
        memcpy(out, &raw, sizeof raw);
    } else {
        uint32_t low = (uint32_t)raw;
        memcpy(out, &low, sizeof low);
    }
    return true;
}

static bool store_real(ProtobufCType type, double value, void *out)
{
    assert(isfinite(value)); /* jansson produces no others */
    if (type == PROTOBUF_C_TYPE_DOUBLE) {
        memcpy(out, &value, sizeof value);
        return true;
    }
    if (fabs(value) > (double)FLT_MAX) return false;
    float single = (float)value;
    memcpy(out, &single, sizeof single);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Accepts exactly the text of a JSON number. */
static bool real_from_text(Str text, double *out)
{
    if (!text.len || !(text.ptr[0] == '-' || is_digit(text.ptr[0])) || !is_digit(text.ptr[text.len - 1])) return false;
    json_t *json = json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    bool ok = json_is_real(json);
    if (ok) *out = json_real_value(json);
    json_decref(json);
    return ok;
}

/* By name only, as the published documents have it: what a number means is a matter of the wire. */
static bool store_enum(const ProtobufCEnumDescriptor *descriptor, Str name, void *out)
{
    char key[128];
    if (name.len >= sizeof key || str_find(name, '\0') >= 0) return false;
    memcpy(key, name.ptr, name.len);
    key[name.len] = '\0';
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, key);
    if (!value) return false;
    memcpy(out, &value->value, sizeof value->value);
    return true;
}

/* Accepts the standard and the URL alphabet, with or without padding, as the mapping requires. */
static bool store_bytes(Arena *arena, Str text, void *out)
{
    if (text.len % 4 == 0)
        for (int i = 0; i < 2 && text.len && text.ptr[text.len - 1] == '='; i++) text.len--;
    char *standard = arena_copy(arena, text.ptr, text.len);
    for (size_t i = 0; i < text.len; i++) {
        if (standard[i] == '-') standard[i] = '+';
        if (standard[i] == '_') standard[i] = '/';
    }
    ProtobufCBinaryData bytes = { .data = arena_alloc_raw(arena, text.len) };
    if (sodium_base642bin(bytes.data, text.len, standard, text.len, NULL, &bytes.len, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return false;
    memcpy(out, &bytes, sizeof bytes);
    return true;
}

/* A NUL would truncate the text, because protobuf-c's strings end at a NUL. */
static bool store_string(Arena *arena, Str text, void *out)
{
    if (!utf8_valid(text) || str_find(text, '\0') >= 0) return false;
    char *copy = str_cstr(arena, text);
    memcpy(out, &copy, sizeof copy);
    return true;
}

static void store_bool(bool value, void *out)
{
    protobuf_c_boolean stored = value;
    memcpy(out, &stored, sizeof stored);
}

bool scalar_from_text(Arena *arena, const ProtobufCFieldDescriptor *field, Str text, void *out)
{
    Integer integer;
    double real;

    if (type_is_integer(field->type))
        return integer_from_text(text, &integer) && store_integer(field->type, integer, out);
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        if (!str_eq(text, STR("true")) && !str_eq(text, STR("false"))) return false;
        store_bool(text.ptr[0] == 't', out);
        return true;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: return real_from_text(text, &real) && store_real(field->type, real, out);
    case PROTOBUF_C_TYPE_ENUM: return store_enum(field->descriptor, text, out);
    case PROTOBUF_C_TYPE_STRING: return store_string(arena, text, out);
    case PROTOBUF_C_TYPE_BYTES: return store_bytes(arena, text, out);
    default: return false;
    }
}

bool scalar_from_json(Arena *arena, const ProtobufCFieldDescriptor *field, const json_t *json, void *out)
{
    Integer integer;

    if (type_is_integer(field->type))
        return integer_from_json(json, &integer) && store_integer(field->type, integer, out);
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(json)) return false;
        store_bool(json_is_true(json), out);
        return true;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        if (json_is_number(json)) return store_real(field->type, json_number_value(json), out);
        break;
    default: break;
    }
    if (!json_is_string(json)) return false;
    return scalar_from_text(arena, field, (Str){ json_string_value(json), json_string_length(json) }, out);
}

/* Without 0, which every enum of the contract has for what was not stated: nobody is to choose it. */
static Str enum_expectation(Arena *arena, const ProtobufCEnumDescriptor *descriptor)
{
    StrBuf text;
    const char *separator = "";
    strbuf_init(&text, arena);
    strbuf_add(&text, STR("must be one of"));
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        if (descriptor->values[i].value == 0) continue;
        strbuf_fmt(&text, "%s %s", separator, descriptor->values[i].name);
        separator = ",";
    }
    return strbuf_str(&text);
}

Str scalar_expectation(Arena *arena, const ProtobufCFieldDescriptor *field)
{
    if (type_is_integer(field->type)) {
        unsigned bits = type_is_64_bit(field->type) ? 64 : 32;
        if (!type_is_signed(field->type))
            return str_fmt(arena, "must be an integer from 0 to %" PRIu64, UINT64_MAX >> (64 - bits));
        int64_t max = INT64_MAX >> (64 - bits);
        return str_fmt(arena, "must be an integer from %" PRId64 " to %" PRId64, -max - 1, max);
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL: return STR("must be true or false");
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: return STR("must be a number");
    case PROTOBUF_C_TYPE_ENUM: return enum_expectation(arena, field->descriptor);
    case PROTOBUF_C_TYPE_BYTES: return STR("must be a string in base64");
    default: return STR("must be a string of valid UTF-8 without U+0000");
    }
}
