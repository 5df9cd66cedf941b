/* Reads single values of the protobuf JSON mapping that are no messages: numbers, enums, strings, bytes.
 * Any thread; pure. */
#pragma once
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* Stores a value of field->type, which is not MESSAGE, at `out`. False, and `out` stays as it is, when it does not fit. */
bool scalar_from_json(Arena *arena, const ProtobufCFieldDescriptor *field, const json_t *json, void *out);
/* As scalar_from_json(), from text as paths, queries and map keys carry it: numbers in decimal, true and false. */
bool scalar_from_text(Arena *arena, const ProtobufCFieldDescriptor *field, Str text, void *out);
/* What would have fitted: "must be true or false". */
Str scalar_expectation(Arena *arena, const ProtobufCFieldDescriptor *field);
