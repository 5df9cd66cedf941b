/* One member taken out of a JSON object as text, so that what stands in it is parsed later, elsewhere, or never. Pure, any thread. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

/* The value of the member with this name at the top of an object: a piece of `text`, with no white space around it. *out_rest, in the
 * arena, is the object with null in its place. Empty, and *out_rest is `text`, when there is none, when the name is written with
 * escapes, or when `text` is so wrong that none can be found. What is wrong in the one or the other is left for their parsers to
 * find: both are well-formed if and only if `text` is. */
Str json_cut_member(Arena *arena, Str text, Str name, Str *out_rest);
