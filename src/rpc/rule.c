/* See rule.h. api/molva/options.proto defines the fields of FieldRule. */
#include "rpc/rule.h"

#include <assert.h>

#include "rpc/pb_field.h"

/* The position of a value, for error messages. */
typedef struct FieldPath {
    const char *field;
    ptrdiff_t index; /* in a list; -1: not in a list */
} FieldPath;

/* Fails with the text "field[index]: what". */
static Err refuse(Ctx *ctx, Err err, const FieldPath *path, Str what)
{
    if (path->index < 0) return ctx_fail(ctx, err, "%s: %.*s", path->field, STR_ARG(what));
    return ctx_fail(ctx, err, "%s[%td]: %.*s", path->field, path->index, STR_ARG(what));
}

static Err check_form(Ctx *ctx, const RpcRule *rule, const FieldPath *path, Str text)
{
    Id id;
    if (rule->form == RPC_FORM_ANY) return OK;
    if (!id_parse(text, &id)) return refuse(ctx, ERR_INVALID, path, STR("not a UUID"));
    if (rule->form == RPC_FORM_UUID || id_is_client_made(id)) return OK;
    return refuse(ctx, ERR_INVALID, path, STR("not a UUID of version 7 or 4"));
}

/* Checks a range, or only a maximum. */
static Err check_length(Ctx *ctx, const FieldPath *path, size_t length, uint32_t min, uint32_t max, const char *unit,
                        Err err_over)
{
    if (length >= min && (!max || length <= max)) return OK;
    if (min && max) return refuse(ctx, ERR_INVALID, path, str_fmt(ctx->arena, "must have %u to %u %s", min, max, unit));
    if (min) return refuse(ctx, ERR_INVALID, path, str_fmt(ctx->arena, "must have at least %u %s", min, unit));
    return refuse(ctx, err_over, path, str_fmt(ctx->arena, "must have at most %u %s", max, unit));
}

static bool is_choice(const RpcRule *rule, Str name)
{
    for (const char *const *choice = rule->choices; *choice; choice++)
        if (str_eq(name, str_of(*choice))) return true;
    return false;
}

static Err check_choice(Ctx *ctx, const RpcRule *rule, const FieldPath *path, Str name)
{
    if (!rule->choices || is_choice(rule, name)) return OK;
    StrBuf what;
    strbuf_init(&what, ctx->arena);
    strbuf_add(&what, STR("must be one of"));
    for (const char *const *choice = rule->choices; *choice; choice++)
        strbuf_fmt(&what, "%s %s", choice == rule->choices ? "" : ",", **choice ? *choice : "\"\"");
    return refuse(ctx, ERR_INVALID, path, strbuf_str(&what));
}

/* is_there: true even for an empty text that is present, such as an element of a list. */
static Err check_text(Ctx *ctx, const RpcRule *rule, const FieldPath *path, Str text, bool is_there)
{
    bool is_ranged = rule->min_chars || rule->min_bytes; /* the range check reports emptiness itself */
    if (!text.len && !is_there && !rule->required) return OK;
    if (!text.len && rule->required && !is_ranged && rule->form == RPC_FORM_ANY)
        return refuse(ctx, ERR_INVALID, path, STR("missing"));
    Err err = check_length(ctx, path, text.len, rule->min_bytes, rule->max_bytes, "bytes", ERR_TOO_LARGE);
    if (!err)
        err = check_length(ctx, path, utf8_count(text), rule->min_chars, rule->max_chars, "characters", ERR_INVALID);
    if (!err) err = check_form(ctx, rule, path, text);
    return err ? err : check_choice(ctx, rule, path, text);
}

static Err check_number(Ctx *ctx, const RpcRule *rule, const FieldPath *path, uint32_t number)
{
    if (!rule->max || number <= rule->max) return OK;
    return refuse(ctx, ERR_INVALID, path, str_fmt(ctx->arena, "must be at most %u", rule->max));
}

static Err check_enum(Ctx *ctx, const RpcRule *rule, const FieldPath *path, const ProtobufCEnumDescriptor *names,
                      int number, bool is_there)
{
    if (!number && !is_there && !rule->required) return OK;
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(names, number);
    return check_choice(ctx, rule, path, str_of(value ? value->name : ""));
}

static Err check_value(Ctx *ctx, const RpcRule *rule, const FieldPath *path, const ProtobufCFieldDescriptor *field,
                       const void *value, bool is_there)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: return check_text(ctx, rule, path, str_of(*(const char *const *)value), is_there);
    case PROTOBUF_C_TYPE_UINT32: return check_number(ctx, rule, path, *(const uint32_t *)value);
    case PROTOBUF_C_TYPE_ENUM: return check_enum(ctx, rule, path, field->descriptor, *(const int *)value, is_there);
    default: return OK; /* the generator permits only list lengths for other types */
    }
}

static Err check_list(Ctx *ctx, const RpcRule *rule, const ProtobufCFieldDescriptor *field,
                      const ProtobufCMessage *request)
{
    FieldPath path = { field->name, -1 };
    size_t n = *field_count(request, field), size = field_value_size(field);
    const char *values = *(char *const *)field_member(request, field);
    if (!n) return rule->required ? refuse(ctx, ERR_INVALID, &path, STR("missing")) : OK;
    Err err = check_length(ctx, &path, n, 0, rule->max_items, "elements", ERR_TOO_LARGE);
    for (size_t i = 0; !err && i < n; i++) {
        path.index = (ptrdiff_t)i;
        err = check_value(ctx, rule, &path, field, values + i * size, true);
    }
    return err;
}

static Err check_field(Ctx *ctx, const RpcRule *rule, const ProtobufCFieldDescriptor *field,
                       const ProtobufCMessage *request)
{
    FieldPath path = { field->name, -1 };
    if (field->label == PROTOBUF_C_LABEL_REPEATED) return check_list(ctx, rule, field, request);
    bool is_optional = field_in_oneof(field);
    if (is_optional && *field_case(request, field) != field->id) return OK;
    return check_value(ctx, rule, &path, field, field_member(request, field), is_optional);
}

Err rule_check(Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request)
{
    for (size_t i = 0; i < method->n_rules; i++) {
        const RpcRule *rule = &method->rules[i];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(request->descriptor, rule->field);
        assert(field);
        Err err = check_field(ctx, rule, field, request);
        if (err) return err;
    }
    return OK;
}
