/* Extracts one member of a JSON object as text, so that it can be parsed later, elsewhere, or never. Pure, any
 * thread. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

/* The value of the top-level member with this name: a slice of `text` without surrounding white space. *out_rest, in
 * the arena, is the object with null in its place. Empty, with *out_rest set to `text`, if there is no such member, if
 * its name is written with escapes, or if `text` is too malformed to find it. Errors in either part are left to their
 * parsers: both are well-formed if and only if `text` is. */
Str json_cut_member(Arena *arena, Str text, Str name, Str *out_rest);
