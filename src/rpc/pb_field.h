/* How protobuf-c stores a field inside a message's struct, and the kind of a field. Any thread; pure. */
#pragma once
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void *field_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (char *)message + field->offset;
}

/* The number of elements of a repeated field. The member is then a pointer to the array. */
static inline size_t *field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (size_t *)(void *)((char *)message + field->quantifier_offset);
}

/* proto3 "optional" is a oneof of one field. */
static inline bool field_in_oneof(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

/* The number of the field that is set in a field's oneof, or 0. */
static inline uint32_t *field_case(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint32_t *)(void *)((char *)message + field->quantifier_offset);
}

/* protobuf-c represents a map as a repeated message. The contract permits no other message of this shape and name. */
static inline bool field_is_map(const ProtobufCFieldDescriptor *field)
{
    if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE) return false;
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    size_t len = strlen(entry->short_name);
    return entry->n_fields == 2 && strcmp(entry->fields[0].name, "key") == 0 &&
           strcmp(entry->fields[1].name, "value") == 0 && len > 5 && strcmp(entry->short_name + len - 5, "Entry") == 0;
}

_Static_assert(PROTOBUF_C_TYPE_INT32 == 0 && PROTOBUF_C_TYPE_SFIXED64 == 5 && PROTOBUF_C_TYPE_UINT32 == 6 &&
                   PROTOBUF_C_TYPE_FIXED64 == 9,
               "integers come first, signed ones before unsigned ones");

static inline bool type_is_integer(ProtobufCType type)
{
    return type <= PROTOBUF_C_TYPE_FIXED64;
}

/* For integer types. */
static inline bool type_is_signed(ProtobufCType type)
{
    return type <= PROTOBUF_C_TYPE_SFIXED64;
}

/* For integer types. */
static inline bool type_is_64_bit(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: return true;
    default: return false;
    }
}

/* The size of one value, alone or as an element. */
static inline size_t field_value_size(const ProtobufCFieldDescriptor *field)
{
    if (type_is_integer(field->type)) return type_is_64_bit(field->type) ? sizeof(uint64_t) : sizeof(uint32_t);
    switch (field->type) {
    case PROTOBUF_C_TYPE_DOUBLE: return sizeof(double);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING: return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(ProtobufCMessage *);
    default: return sizeof(uint32_t); /* float, enum */
    }
}
