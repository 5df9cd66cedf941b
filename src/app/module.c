/* dlopen. See module.h. */
#include "app/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The directory of the running program; empty if the system does not report it. */
static void program_folder(char out_path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", out_path, PATH_MAX - 1);
    out_path[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(out_path, '/');
    if (slash) *slash = '\0';
}

static void *load_from(const char *folder, const char *module, bool *out_exists)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/molva-%s.so", folder, module);
    if (!*folder || access(path, R_OK) != 0) return NULL;
    *out_exists = true;
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static Err load(Ctx *ctx, const char *module, void **out_handle)
{
    char beside[PATH_MAX], built[PATH_MAX + 64];
    bool exists = false;
    program_folder(beside);
    snprintf(built, sizeof built, "%s/../adapters/%s", beside, module); /* in a build folder */
    const char *named = getenv("MOLVA_MODULES");
    const char *const folders[] = { named ? named : "", beside, built, MOLVA_MODULES_DIR };
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        *out_handle = load_from(folders[i], module, &exists);
        if (*out_handle) return OK;
        if (exists) return ctx_fail(ctx, ERR_PRECONDITION, "molva-%s.so does not load: %s", module, dlerror());
    }
    return ctx_fail(
        ctx, ERR_PRECONDITION,
        "molva-%s.so is not installed; it belongs beside the program (%s) or into %s, from package molva-%s or "
        "`meson install`",
        module, beside, MOLVA_MODULES_DIR, module);
}

Err module_symbol(Ctx *ctx, const char *module, const char *symbol, void *out_pointer)
{
    void *handle;
    Err err = load(ctx, module, &handle);
    if (err) return err;
    void *found = dlsym(handle, symbol);
    if (!found)
        return ctx_fail(ctx, ERR_PRECONDITION, "molva-%s.so is of another version: it has no %s", module, symbol);
    memcpy(out_pointer, &found, sizeof found);
    return OK;
}
