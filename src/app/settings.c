/* One table drives parsing, printing and documentation. */
#include "app/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "app/secret.h"

typedef enum RowKind { ROW_TEXT, ROW_URL, ROW_INT, ROW_CHOICE } RowKind;

typedef struct Row {
    const char *name;
    RowKind kind;
    size_t offset;
    const char *text; /* default */
    int64_t number;   /* default */
    int64_t min, max;
    const char *choices; /* "a|b" */
    const char *help;
} Row;

/* Of the setting that lists them. */
static const char services_help[] = "which services this process runs: a list of "
#define SERVICE(name, NAME, calls, copies) #name ", "
#include "app/services.def"
#undef SERVICE
                                    "or all";

static const Row rows[] = {
#define TEXT(name_, default_, help_) \
    { .name = #name_, .kind = ROW_TEXT, .offset = offsetof(Settings, name_), .text = default_, .help = help_ },
#define URL(name_, default_, help_) \
    { .name = #name_, .kind = ROW_URL, .offset = offsetof(Settings, name_), .text = default_, .help = help_ },
#define INT(name_, default_, min_, max_, help_) \
    { .name = #name_,                           \
      .kind = ROW_INT,                          \
      .offset = offsetof(Settings, name_),      \
      .number = default_,                       \
      .min = min_,                              \
      .max = max_,                              \
      .help = help_ },
#define CHOICE(name_, default_, choices_, help_) \
    { .name = #name_,                            \
      .kind = ROW_CHOICE,                        \
      .offset = offsetof(Settings, name_),       \
      .text = default_,                          \
      .choices = choices_,                       \
      .help = help_ },
#include "app/settings.def"
#undef TEXT
#undef URL
#undef INT
#undef CHOICE
};
_Static_assert(ARRAY_LEN(rows) <= 64, "Settings.origins is too short");

static const char **text_at(Settings *settings, const Row *row)
{
    return (const char **)(void *)((char *)settings + row->offset);
}

static int64_t *number_at(Settings *settings, const Row *row)
{
    return (int64_t *)(void *)((char *)settings + row->offset);
}

/* "rate_limits", "rate-limits" and "RATE_LIMITS" are one name. */
static bool same_name(Str given, const char *name)
{
    Str want = str_of(name);
    if (given.len != want.len) return false;
    for (size_t i = 0; i < want.len; i++) {
        char c = given.ptr[i];
        if (c == '-') c = '_';
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if (c != want.ptr[i]) return false;
    }
    return true;
}

static const Row *find_row(Str name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (same_name(name, rows[i].name)) return &rows[i];
    return NULL;
}

/* --- mistyped names --- */

#define TYPED_MAX 40 /* bytes; a longer name is not a typo of ours */

/* Omitted, inserted or replaced letters (Levenshtein distance), one row of the table at a time. */
static size_t count_slips(Str given, Str name)
{
    size_t costs[TYPED_MAX + 1];
    for (size_t j = 0; j <= name.len; j++) costs[j] = j;
    for (size_t i = 1; i <= given.len; i++) {
        size_t diagonal = costs[0];
        costs[0] = i;
        for (size_t j = 1; j <= name.len; j++) {
            bool is_same = same_name((Str){ given.ptr + i - 1, 1 }, (char[]){ name.ptr[j - 1], '\0' });
            size_t exchanged = diagonal + !is_same, least = costs[j] < costs[j - 1] ? costs[j] : costs[j - 1];
            diagonal = costs[j];
            costs[j] = exchanged < least + 1 ? exchanged : least + 1;
        }
    }
    return costs[name.len];
}

/* Permits a quarter of the letters to be wrong: "registraton", but not any short word for any other. */
const char *settings_nearest(Str name)
{
    const char *nearest = NULL;
    if (str_starts_with(name, STR("--"))) name = (Str){ name.ptr + 2, name.len - 2 };
    size_t least = name.len / 4 + 1;
    if (name.len > TYPED_MAX) return NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t slips = count_slips(name, str_of(rows[i].name));
        if (slips >= least) continue;
        least = slips;
        nearest = rows[i].name;
    }
    return nearest;
}

/* "; did you mean MOLVA_LISTEN?", or nothing. */
static const char *advice(Arena *arena, Str name, const char *prefix, bool in_capitals)
{
    const char *nearest = settings_nearest(name);
    if (!nearest) return "";
    char *text = str_cstr(arena, str_fmt(arena, "; did you mean %s%s?", prefix, nearest));
    for (char *c = text + strlen(text) - strlen(nearest) - 1; in_capitals && *c; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 32);
    return text;
}

static bool is_choice(const char *choices, Str value)
{
    Str rest = str_of(choices);
    while (rest.len)
        if (str_eq(str_cut(&rest, '|'), value)) return true;
    return false;
}

static bool set_value(Arena *arena, Settings *settings, const Row *row, Str value, const char *origin, FILE *err)
{
    uint64_t number;
    switch (row->kind) {
    case ROW_TEXT:
    case ROW_URL: *text_at(settings, row) = str_cstr(arena, value); break;
    case ROW_INT:
        if (!str_to_u64(value, (uint64_t)row->max, &number) || (int64_t)number < row->min) {
            fprintf(err, "molva: %s: %s takes a whole number from %lld to %lld, not \"%.*s\"\n", origin, row->name,
                    (long long)row->min, (long long)row->max, STR_ARG(value));
            return false;
        }
        *number_at(settings, row) = (int64_t)number;
        break;
    case ROW_CHOICE:
        if (!is_choice(row->choices, value)) {
            fprintf(err, "molva: %s: %s is one of %s, not \"%.*s\"\n", origin, row->name, row->choices, STR_ARG(value));
            return false;
        }
        *text_at(settings, row) = str_cstr(arena, value);
        break;
    }
    settings->origins[row - rows] = origin;
    return true;
}

static void set_defaults(Settings *settings)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].kind == ROW_INT)
            *number_at(settings, &rows[i]) = rows[i].number;
        else
            *text_at(settings, &rows[i]) = rows[i].text;
        settings->origins[i] = "default";
    }
}

/* Lines of "name = value"; '#' starts a comment; a value may be in double quotes. */
static bool read_line(Arena *arena, Settings *settings, Str line, const char *origin, FILE *err)
{
    line = str_trim(line);
    if (!line.len || line.ptr[0] == '#') return true;
    if (str_find(line, '=') < 0) {
        fprintf(err, "molva: %s: expected \"name = value\"\n", origin);
        return false;
    }
    Str value = line, name = str_trim(str_cut(&value, '='));
    value = str_trim(value);
    if (value.len >= 2 && value.ptr[0] == '"') {
        ptrdiff_t end = str_find((Str){ value.ptr + 1, value.len - 1 }, '"');
        if (end >= 0) value = (Str){ value.ptr + 1, (size_t)end };
    } else if (str_find(value, '#') >= 0) {
        value = str_trim(str_cut(&value, '#'));
    }
    const Row *row = find_row(name);
    if (!row) {
        fprintf(err, "molva: %s: there is no setting \"%.*s\"; `molva config` lists them%s\n", origin, STR_ARG(name),
                advice(arena, name, "", false));
        return false;
    }
    return set_value(arena, settings, row, value, origin, err);
}

static bool read_file(Arena *arena, Settings *settings, const char *path, FILE *err)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(err, "molva: cannot read %s: %s\n", path, strerror(errno));
        return false;
    }
    char *line = NULL;
    size_t cap = 0;
    bool ok = true;
    for (int number = 1; ok && getline(&line, &cap, file) >= 0; number++)
        ok = read_line(arena, settings, str_of(line), str_fmt(arena, "%s:%d", path, number).ptr, err);
    free(line);
    fclose(file);
    return ok;
}

static bool read_environment(Arena *arena, Settings *settings, FILE *err)
{
    extern char **environ;
    for (char **entry = environ; entry && *entry; entry++) {
        Str value = str_of(*entry), name = str_cut(&value, '=');
        if (!str_starts_with(name, STR("MOLVA_")) || str_eq(name, STR("MOLVA_CONFIG"))) continue;
        Str key = { name.ptr + 6, name.len - 6 };
        const Row *row = find_row(key);
        if (!row) {
            fprintf(err, "molva: warning: %.*s in the environment is no setting, it changes nothing%s\n", STR_ARG(name),
                    advice(arena, key, "MOLVA_", true));
            continue;
        }
        if (!set_value(arena, settings, row, value, str_cstr(arena, name), err)) return false;
    }
    return true;
}

/* --name value and --name=value; "--config" was taken before. */
static bool read_flags(Arena *arena, Settings *settings, int argc, char **argv, FILE *err, char ***out_rest,
                       int *out_n_rest)
{
    char **rest = arena_new_array(arena, char *, (size_t)argc + 1);
    int n_rest = 0;
    for (int i = 0; i < argc; i++) {
        Str arg = str_of(argv[i]);
        if (!str_starts_with(arg, STR("--"))) {
            rest[n_rest++] = argv[i];
            continue;
        }
        Str value = { arg.ptr + 2, arg.len - 2 }, name = str_cut(&value, '=');
        bool inline_value = name.len + 2 < arg.len;
        bool is_config = str_eq(name, STR("config"));
        const Row *row = is_config ? NULL : find_row(name);
        if (!row && !is_config) { /* it may be a flag of the command */
            rest[n_rest++] = argv[i];
            continue;
        }
        if (!inline_value) {
            if (++i == argc) {
                fprintf(err, "molva: --%.*s needs a value\n", STR_ARG(name));
                return false;
            }
            value = str_of(argv[i]);
        }
        const char *origin = str_fmt(arena, "--%.*s", STR_ARG(name)).ptr;
        if (row && !set_value(arena, settings, row, value, origin, err)) return false;
    }
    *out_rest = rest;
    *out_n_rest = n_rest;
    return true;
}

static const char *config_path(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) return argv[i + 1];
        if (strncmp(argv[i], "--config=", 9) == 0) return argv[i] + 9;
    }
    return getenv("MOLVA_CONFIG");
}

bool settings_read(Arena *arena, int argc, char **argv, FILE *err, Settings *out_settings, char ***out_rest,
                   int *out_n_rest)
{
    *out_settings = (Settings){ 0 };
    set_defaults(out_settings);
    const char *path = config_path(argc, argv);
    if (path && !read_file(arena, out_settings, path, err)) return false;
    if (!read_environment(arena, out_settings, err)) return false;
    return read_flags(arena, out_settings, argc, argv, err, out_rest, out_n_rest);
}

void settings_print(const Settings *settings, FILE *out)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings *readable = (Settings *)(void *)settings;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].kind == ROW_INT)
            fprintf(out, "%s = %lld", rows[i].name, (long long)*number_at(readable, &rows[i]));
        else if (rows[i].kind == ROW_URL)
            fprintf(out, "%s = \"%s\"", rows[i].name, secret_masked_url(arena, *text_at(readable, &rows[i])));
        else
            fprintf(out, "%s = \"%s\"", rows[i].name, *text_at(readable, &rows[i]));
        fprintf(out, "  # %s\n", settings->origins[i]);
    }
}

void settings_print_markdown(FILE *out)
{
    fputs("# Settings\n\nMade by `molva config --markdown` from `src/app/settings.def`.\n\n"
          "A setting comes from, the later the stronger: its default, the file that `--config FILE` or `MOLVA_CONFIG` "
          "names\n"
          "(lines of `name = value`, `#` for comments), the environment, the command line. `molva config` prints each "
          "value with\n"
          "where it came from.\n\n"
          "| file | environment | flag | default | values | meaning |\n|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const Row *row = &rows[i];
        fprintf(out, "| `%s` | `MOLVA_", row->name);
        for (const char *c = row->name; *c; c++) fputc(*c >= 'a' && *c <= 'z' ? *c - 32 : *c, out);
        fputs("` | `--", out);
        for (const char *c = row->name; *c; c++) fputc(*c == '_' ? '-' : *c, out);
        if (row->kind == ROW_INT)
            fprintf(out, "` | `%lld` | %lld to %lld", (long long)row->number, (long long)row->min, (long long)row->max);
        else
            fprintf(out, "` | %s%s%s |", *row->text ? "`" : "", row->text, *row->text ? "`" : "");
        if (row->kind == ROW_CHOICE) {
            Str rest = str_of(row->choices);
            for (const char *sep = " "; rest.len; sep = ", ") {
                Str choice = str_cut(&rest, '|');
                fprintf(out, "%s`%.*s`", sep, STR_ARG(choice));
            }
        }
        if (row->kind == ROW_TEXT) fputs(" text", out);
        if (row->kind == ROW_URL) fputs(" URL", out);
        fprintf(out, " | %s |\n", row->help);
    }
}

void settings_print_help(FILE *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char flag[40];
        snprintf(flag, sizeof flag, "--%s", rows[i].name);
        for (char *c = flag + 2; *c; c++)
            if (*c == '_') *c = '-';
        fprintf(out, "  %-24s %s", flag, rows[i].help);
        if (rows[i].kind == ROW_INT)
            fprintf(out, " [%lld]", (long long)rows[i].number);
        else if (*rows[i].text)
            fprintf(out, " [%s]", rows[i].text);
        fputc('\n', out);
    }
}
