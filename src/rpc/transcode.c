/* Creates, packs and unpacks messages in arenas. JSON is in json_read.c and json_write.c, times in rfc3339.c. */
#include "rpc/transcode.h"

#include "rpc/wire.h"

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

ProtobufCMessage *message_unpack(Arena *arena, const ProtobufCMessageDescriptor *descriptor, Str bytes)
{
    ProtobufCAllocator allocator = { .alloc = alloc_in_arena, .free = free_with_arena, .allocator_data = arena };
    const char *field;
    if (wire_check(descriptor, bytes, &field) != WIRE_OK) return NULL;
    return protobuf_c_message_unpack(descriptor, &allocator, bytes.len, (const uint8_t *)bytes.ptr);
}
