/* Decodes untrusted JSON into messages. Any thread; pure. */
#include "base/limits.h"
#include "rpc/json_scalar.h"
#include "rpc/pb_field.h"
#include "rpc/rfc3339.h"
#include "rpc/transcode.h"

/* The path of a value in the JSON, linked outwards; for error messages. */
typedef struct JsonPath {
    const struct JsonPath *outer; /* NULL: the message itself */
    enum { PATH_FIELD, PATH_ELEMENT, PATH_KEY } kind;
    const char *name; /* of the field, or the key */
    size_t index;     /* of the element */
} JsonPath;

static Err read_message(Ctx *ctx, const JsonPath *path, const json_t *json, const char *const *skip,
                        ProtobufCMessage *message);

#define NAME_SHOWN_MAX 64 /* bytes of an untrusted name repeated in an error */

static Str shown(const char *name)
{
    Str text = str_of(name);
    if (text.len <= NAME_SHOWN_MAX) return text;
    text.len = NAME_SHOWN_MAX;
    while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80) text.len--; /* never split a character */
    return text;
}

static void write_path(StrBuf *out, const JsonPath *path)
{
    if (path->outer) write_path(out, path->outer);
    Str name = shown(path->name);
    switch (path->kind) {
    case PATH_FIELD:
        if (path->outer) strbuf_add_char(out, '.');
        strbuf_add(out, name);
        break;
    case PATH_ELEMENT: strbuf_fmt(out, "[%zu]", path->index); break;
    case PATH_KEY: strbuf_fmt(out, "[\"%.*s\"]", STR_ARG(name)); break;
    }
}

static Err refuse(Ctx *ctx, const JsonPath *path, Str reason)
{
    if (!path) return ctx_fail(ctx, ERR_INVALID, "the request %.*s", STR_ARG(reason));
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    write_path(&text, path);
    return ctx_fail(ctx, ERR_INVALID, "%.*s: %.*s", STR_ARG(strbuf_str(&text)), STR_ARG(reason));
}

/* jansson recurses for every level, so the depth is checked first: a 256 KiB stack cannot hold the 2048 levels that it
 * permits. Each value costs it over a hundred bytes, so values are counted first too: one more than there are commas,
 * including nested ones. Mismatched brackets are left to jansson. */
static Err check_shape(Ctx *ctx, Str text)
{
    unsigned depth = 0, values = 1;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            values++;
            if (++depth > RPC_JSON_DEPTH_MAX)
                return ctx_fail(ctx, ERR_INVALID, "JSON: nested deeper than %d levels", RPC_JSON_DEPTH_MAX);
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        } else if (c == ',') {
            values++;
        }
        if (values > RPC_JSON_VALUES_MAX)
            return ctx_fail(ctx, ERR_INVALID, "JSON: more than %d values", RPC_JSON_VALUES_MAX);
    }
    return OK;
}

/* jansson's own messages quote the input, which may contain a password. */
static const char *parse_failure(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8: return "invalid UTF-8";
    case json_error_null_byte_in_key:
    case json_error_null_character: return "U+0000 is not allowed";
    case json_error_duplicate_key: return "a name stands twice in one object";
    case json_error_numeric_overflow: return "a number is too large";
    case json_error_premature_end_of_input: return "it ends too early";
    case json_error_end_of_input_expected: return "something follows its end";
    default: return "syntax error";
    }
}

Err json_parse_object(Ctx *ctx, Str text, json_t **out_json)
{
    if (!text.len) {
        *out_json = json_object();
        if (!*out_json) abort();
        return OK;
    }
    if (check_shape(ctx, text)) return ctx->err;

    json_error_t error;
    /* U+0000 is allowed here, so that the decoder can name the field in its error; a socket would otherwise have to
     * close. */
    json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json)
        return ctx_fail(ctx, ERR_INVALID, "JSON: line %d, column %d: %s", error.line, error.column,
                        parse_failure(&error));
    if (!json_is_object(json)) {
        json_decref(json);
        return ctx_fail(ctx, ERR_INVALID, "JSON: must be an object");
    }
    *out_json = json;
    return OK;
}

/* google.protobuf.Timestamp is the only message that JSON writes as a string. */
static bool is_timestamp(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &google__protobuf__timestamp__descriptor;
}

static bool is_foreign(const ProtobufCMessageDescriptor *descriptor)
{
    return strcmp(descriptor->package_name, "google.protobuf") == 0;
}

static bool read_timestamp(Arena *arena, Str text, ProtobufCMessage **out)
{
    ProtobufCMessage *message = message_new(arena, &google__protobuf__timestamp__descriptor);
    if (!rfc3339_parse(text, (Google__Protobuf__Timestamp *)(void *)message)) return false;
    *out = message;
    return true;
}

/* Stores one value, alone or as an element, at `out`. */
static Err read_value(Ctx *ctx, const JsonPath *path, const ProtobufCFieldDescriptor *field, const json_t *json,
                      void *out)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        if (scalar_from_json(ctx->arena, field, json, out)) return OK;
        return refuse(ctx, path, scalar_expectation(ctx->arena, field));
    }
    if (is_timestamp(field)) {
        Str text = { json_string_value(json), json_string_length(json) };
        if (json_is_string(json) && read_timestamp(ctx->arena, text, out)) return OK;
        return refuse(ctx, path, STR("must be a time such as \"2026-11-22T12:00:00Z\""));
    }
    if (is_foreign(field->descriptor)) return refuse(ctx, path, STR("is not accepted here"));

    ProtobufCMessage *message = message_new(ctx->arena, field->descriptor);
    Err err = read_message(ctx, path, json, NULL, message);
    if (err) return err;
    *(ProtobufCMessage **)out = message;
    return OK;
}

static Err read_list(Ctx *ctx, const JsonPath *path, const ProtobufCFieldDescriptor *field, const json_t *json,
                     ProtobufCMessage *message)
{
    if (!json_is_array(json)) return refuse(ctx, path, STR("must be a list"));
    size_t count = json_array_size(json), size = field_value_size(field);
    if (!count) return OK;

    char *values = arena_alloc(ctx->arena, count * size);
    for (size_t i = 0; i < count; i++) {
        JsonPath element = { .outer = path, .kind = PATH_ELEMENT, .index = i };
        Err err = read_value(ctx, &element, field, json_array_get(json, i), values + i * size);
        if (err) return err;
    }
    *(char **)field_member(message, field) = values;
    *field_count(message, field) = count;
    return OK;
}

static Err read_map(Ctx *ctx, const JsonPath *path, const ProtobufCFieldDescriptor *field, const json_t *json,
                    ProtobufCMessage *message)
{
    if (!json_is_object(json)) return refuse(ctx, path, STR("must be an object"));
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    const ProtobufCFieldDescriptor *key_field = &descriptor->fields[0], *value_field = &descriptor->fields[1];
    ProtobufCMessage **entries = arena_new_array(ctx->arena, ProtobufCMessage *, json_object_size(json));
    size_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)json, key, value)
    { /* jansson's iterators take no const */
        JsonPath entry_path = { .outer = path, .kind = PATH_KEY, .name = key };
        ProtobufCMessage *entry = message_new(ctx->arena, descriptor);
        if (!scalar_from_text(ctx->arena, key_field, str_of(key), field_member(entry, key_field)))
            return refuse(ctx, &entry_path, scalar_expectation(ctx->arena, key_field));
        Err err = read_value(ctx, &entry_path, value_field, value, field_member(entry, value_field));
        if (err) return err;
        entries[count++] = entry;
    }
    *(ProtobufCMessage ***)field_member(message, field) = entries;
    *field_count(message, field) = count;
    return OK;
}

static Err read_field(Ctx *ctx, const JsonPath *path, const ProtobufCFieldDescriptor *field, const json_t *json,
                      ProtobufCMessage *message)
{
    if (json_is_null(json)) return OK; /* the mapping's notation for an unset field */
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return (field_is_map(field) ? read_map : read_list)(ctx, path, field, json, message);
    if (field_in_oneof(field) && *field_case(message, field))
        return refuse(ctx, path, STR("excludes another field that is set"));

    Err err = read_value(ctx, path, field, json, field_member(message, field));
    if (err) return err;
    if (field_in_oneof(field)) *field_case(message, field) = field->id;
    return OK;
}

static bool is_skipped(const char *const *skip, const char *name)
{
    for (; skip && *skip; skip++)
        if (strcmp(*skip, name) == 0) return true;
    return false;
}

static Err read_message(Ctx *ctx, const JsonPath *path, const json_t *json, const char *const *skip,
                        ProtobufCMessage *message)
{
    if (!json_is_object(json)) return refuse(ctx, path, STR("must be an object"));
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)json, name, value)
    {
        if (is_skipped(skip, name)) continue;
        JsonPath here = { .outer = path, .kind = PATH_FIELD, .name = name };
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
        if (!field) return refuse(ctx, &here, STR("there is no such field"));
        Err err = read_field(ctx, &here, field, value, message);
        if (err) return err;
    }
    return OK;
}

Err transcode_from_json(Ctx *ctx, const json_t *json, const char *const *skip, ProtobufCMessage *out_message)
{
    return read_message(ctx, NULL, json, skip, out_message);
}

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessageDescriptor *descriptor, Str name)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (str_eq(str_of(descriptor->fields[i].name), name)) return &descriptor->fields[i];
    return NULL;
}

/* Grows a list by one element: its capacity doubles whenever its length is a power of two. */
static void *list_grow(Arena *arena, const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    size_t count = *field_count(message, field), size = field_value_size(field);
    char **values = field_member(message, field);
    if ((count & (count - 1)) == 0) {
        char *more = arena_alloc(arena, (count ? count * 2 : 1) * size);
        if (count) memcpy(more, *values, count * size);
        *values = more;
    }
    return *values + count * size;
}

/* Whether a field without presence already has a value. A duplicate parameter is refused, so that it never depends on
 * the parser which one counts. */
static bool has_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *member = field_member(message, field);
    if (field_in_oneof(field)) return *field_case(message, field) != 0;
    if (field->type == PROTOBUF_C_TYPE_STRING) return *(const char *const *)member && **(const char *const *)member;
    if (field->type == PROTOBUF_C_TYPE_BYTES) return ((const ProtobufCBinaryData *)member)->len != 0;
    static const char zero[sizeof(uint64_t)];
    return memcmp(member, zero, field_value_size(field)) != 0;
}

Err transcode_set_field(Ctx *ctx, ProtobufCMessage *message, Str name, Str text)
{
    JsonPath path = { .kind = PATH_FIELD, .name = str_cstr(ctx->arena, name) };
    const ProtobufCFieldDescriptor *field = field_named(message->descriptor, name);
    if (!field) return refuse(ctx, &path, STR("there is no such parameter"));
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && !is_timestamp(field))
        return refuse(ctx, &path, STR("cannot stand in a path or query"));

    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (!list && has_value(message, field)) return refuse(ctx, &path, STR("is given twice"));

    void *out = list ? list_grow(ctx->arena, field, message) : field_member(message, field);
    if (is_timestamp(field)) {
        if (!read_timestamp(ctx->arena, text, out)) return refuse(ctx, &path, STR("must be a time in RFC 3339"));
    } else if (!scalar_from_text(ctx->arena, field, text, out)) {
        return refuse(ctx, &path, scalar_expectation(ctx->arena, field));
    }
    if (list) ++*field_count(message, field);
    if (field_in_oneof(field)) *field_case(message, field) = field->id;
    return OK;
}
