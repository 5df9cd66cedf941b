/* Messages in arenas: made, packed, unpacked. The JSON side is in json_read.c and json_write.c, times in rfc3339.c. */
#include "rpc/transcode.h"

#include "rpc/pb_field.h"

ProtobufCMessage *message_new(Arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

Str message_pack(Arena *arena, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc_raw(arena, size);
    return (Str){ (const char *)bytes, protobuf_c_message_pack(message, bytes) };
}

static void *alloc_in_arena(void *arena, size_t size)
{
    return arena_alloc_raw(arena, size);
}

static void free_with_arena(void *arena, void *ptr)
{
}

static bool strings_ok(const ProtobufCMessage *message);

/* One value, alone or an element. */
static bool value_ok(const ProtobufCFieldDescriptor *field, const void *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) return utf8_valid(str_of(*(const char *const *)value));
    const ProtobufCMessage *message = *(ProtobufCMessage *const *)value;
    return !message || strings_ok(message);
}

/* protobuf-c takes any bytes for a string; the protobuf specification asks for UTF-8. */
static bool strings_ok(const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        const void *member = field_member(message, field);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            const char *values = *(char *const *)member;
            for (size_t n = 0; n < *field_count(message, field); n++)
                if (!value_ok(field, values + n * field_value_size(field))) return false;
        } else if (!field_in_oneof(field) || *field_case(message, field) == field->id) {
            if (!value_ok(field, member)) return false;
        }
    }
    return true;
}

ProtobufCMessage *message_unpack(Arena *arena, const ProtobufCMessageDescriptor *descriptor, Str bytes)
{
    ProtobufCAllocator allocator = { .alloc = alloc_in_arena, .free = free_with_arena, .allocator_data = arena };
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &allocator, bytes.len, (const uint8_t *)bytes.ptr);
    return message && strings_ok(message) ? message : NULL;
}
