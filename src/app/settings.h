/* Settings: defaults, then the configuration file, then the environment, then flags; each value knows where it came from.
 * Read once at start, on the main thread; constant afterwards. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"

typedef struct Settings {
#define TEXT(name, default_, help)            const char *name;
#define URL(name, default_, help)             const char *name;
#define INT(name, default_, min, max, help)   int64_t name;
#define CHOICE(name, default_, choices, help) const char *name;
#include "app/settings.def"
#undef TEXT
#undef URL
#undef INT
#undef CHOICE
    /* Where each value came from, by row: "default", "molva.conf:3", "MOLVA_LISTEN", "--listen". */
    const char *origins[64];
} Settings;

/* argv: the flags after the command; "--config FILE" names the file. What is no setting is left, in order, in
 * *out_rest (n_rest of them). False, with a line on `err` that says what is wrong and where, for unknown keys, bad values and
 * unreadable files. Unknown MOLVA_ names in the environment are only warned of: orchestrators inject such. Both name the
 * setting that was probably meant. */
bool settings_read(Arena *arena, int argc, char **argv, FILE *err, Settings *out_settings, char ***out_rest,
                   int *out_n_rest);
/* The setting that a mistyped name comes closest to, "registration" for "--registraton"; NULL when none is close. */
const char *settings_nearest(Str name);
/* "name = value  # origin", one line each: a configuration file that would give the same, but for passwords in URLs. */
void settings_print(const Settings *settings, FILE *out);
/* The table of docs/settings.md. */
void settings_print_markdown(FILE *out);
/* The flags, for --help. */
void settings_print_help(FILE *out);

static inline bool setting_on(const char *value)
{
    return str_eq(str_of(value), STR("on"));
}
