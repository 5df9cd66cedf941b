/* Drivers that need a heavy library are modules, molva-NAME.so, loaded only if a setting asks for them: a
 * single-process server neither needs nor pays for libpq, hiredis, librabbitmq, librdkafka and libgrpc. A module uses
 * symbols of the program. On the main thread, at startup. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

/* Stores a function or struct of the module, by name, in the pointer at out_pointer. The module stays loaded. Searched
 * in MOLVA_MODULES (for tests), next to the program, and in the directory of `meson install`.
 *   ERR_PRECONDITION  the module is not installed, lacks a library, or has another version; the text says what to
 * install */
MUST_CHECK Err module_symbol(Ctx *ctx, const char *module, const char *symbol, void *out_pointer);
