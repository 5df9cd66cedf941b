/* Decodes single values of the protobuf JSON mapping other than messages: numbers, enums, strings, bytes. Any thread;
 * pure. */
#pragma once
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* Stores a value of field->type, which is not MESSAGE, at `out`. False, with `out` unchanged, if it does not fit. */
bool scalar_from_json(Arena *arena, const ProtobufCFieldDescriptor *field, const json_t *json, void *out);
/* As scalar_from_json(), but from the text in paths, queries and map keys: numbers in decimal, true and false. */
bool scalar_from_text(Arena *arena, const ProtobufCFieldDescriptor *field, Str text, void *out);
/* Describes acceptable values: "must be true or false". */
Str scalar_expectation(Arena *arena, const ProtobufCFieldDescriptor *field);
