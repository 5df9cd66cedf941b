/* Settings: defaults, then the configuration file, then the environment, then flags; each value records its source.
 * Read once at startup, on the main thread; constant afterwards. */
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
    /* The source of each value, by row: "default", "molva.conf:3", "MOLVA_LISTEN", "--listen". */
    const char *origins[64];
} Settings;

/* argv: the flags after the command; "--config FILE" selects the file. Arguments that are not settings are returned, in
 * order, in *out_rest (n_rest of them). False, with a line on `err` that says what is wrong and where, for unknown
 * keys, bad values and unreadable files. Unknown MOLVA_ variables in the environment only cause a warning, because
 * orchestrators inject such. Both messages suggest the closest setting. */
bool settings_read(Arena *arena, int argc, char **argv, FILE *err, Settings *out_settings, char ***out_rest,
                   int *out_n_rest);
/* The setting closest to a mistyped name, "registration" for "--registraton"; NULL if none is close. */
const char *settings_nearest(Str name);
/* "name = value  # origin", one line each: a configuration file with the same effect, except for passwords in URLs. */
void settings_print(const Settings *settings, FILE *out);
/* The table of docs/settings.md. */
void settings_print_markdown(FILE *out);
/* The flags, for --help. */
void settings_print_help(FILE *out);

static inline bool setting_on(const char *value)
{
    return str_eq(str_of(value), STR("on"));
}
