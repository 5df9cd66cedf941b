/* JSON <-> protobuf-c structs through descriptors, in the protobuf JSON mapping with the field names of the .proto.
 * Strict on input: refuses unknown fields, wrong types, enums by number (the published documents list names), duplicate
 * keys, invalid UTF-8, U+0000, numbers out of range or not finite, and nesting over RPC_JSON_DEPTH_MAX. The error
 * begins with the path of the field ("members[2].role: ..."). Any thread. */
#pragma once
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "base/ctx.h"
#include "google/protobuf/timestamp.pb-c.h"

/* Parses one JSON object of at most RPC_JSON_VALUES_MAX values. The caller owns *out_json (json_decref). ERR_INVALID
 * gives line and cause. An empty text counts as {}. Strings in it may contain U+0000, so use their length. */
MUST_CHECK Err json_parse_object(Ctx *ctx, Str text, json_t **out_json);

/* Fills an initialised message of the descriptor from an object. Strings and sub-messages go into ctx->arena and may
 * outlive `json`. Fields in `skip` (NULL-terminated list, may be NULL) are ignored; null leaves a field unset.
 * google.protobuf messages other than Timestamp are refused: a caller that needs a Struct has the JSON itself. */
MUST_CHECK Err transcode_from_json(Ctx *ctx, const json_t *json, const char *const *skip,
                                   ProtobufCMessage *out_message);

/* Sets one top-level field from text in a path or query; repeated fields take one call per element. ERR_INVALID if the
 * field does not exist, the text does not fit, or a non-repeated field already has a value. */
MUST_CHECK Err transcode_set_field(Ctx *ctx, ProtobufCMessage *message, Str name, Str text);

/* Writes a message as JSON. Default values are written too; unset messages, oneofs and optional fields are not.
 * google.protobuf.Timestamp becomes RFC 3339 in UTC with milliseconds; 64-bit integers become strings. */
void transcode_to_json(StrBuf *out, const ProtobufCMessage *message);
/* A JSON string literal with its quotes. */
void json_quote(StrBuf *out, Str text);
/* The number of bytes that json_quote() writes. */
size_t json_quoted_len(Str text);
/* A time, as transcode_to_json() writes it. */
void json_time(StrBuf *out, const Google__Protobuf__Timestamp *timestamp);

/* A zeroed, initialised message of the descriptor, in the arena. */
ProtobufCMessage *message_new(Arena *arena, const ProtobufCMessageDescriptor *descriptor);
/* Encodes into the arena. */
Str message_pack(Arena *arena, const ProtobufCMessage *message);
/* Decodes into the arena; NULL if the bytes are not of this type, or a string is not valid UTF-8 or contains U+0000. */
ProtobufCMessage *message_unpack(Arena *arena, const ProtobufCMessageDescriptor *descriptor, Str bytes);

/* google.protobuf.Timestamp from milliseconds since the epoch, in the arena. */
Google__Protobuf__Timestamp *timestamp_new(Arena *arena, int64_t ms);
/* 0 for NULL. Times outside the years 1 to 9999 are clamped. */
int64_t timestamp_ms(const Google__Protobuf__Timestamp *timestamp);
