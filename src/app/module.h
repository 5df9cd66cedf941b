/* Drivers that need a heavy library are modules, molva-NAME.so, which are loaded only when a setting asks for them: who
 * runs everything in one process neither needs nor pays for libpq, hiredis, librabbitmq, librdkafka and libgrpc. A module
 * takes what it uses of ours from the program. On the main thread, at start. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

/* A function or a struct of the module, by name, into the pointer at out_pointer. The module stays loaded. It is looked for in MOLVA_MODULES (for tests),
 * beside the program, and where `meson install` puts it.
 *   ERR_PRECONDITION  the module is not installed, needs a library that is not, or is of another version; the text says
 *                     which and what to install */
MUST_CHECK Err module_symbol(Ctx *ctx, const char *module, const char *symbol, void *out_pointer);
