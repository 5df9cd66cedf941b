/* The files of the web client as they lie in the program, made by tools/embed_web.py; none in a build without it. */
#pragma once
#include "base/str.h"

typedef struct WebFile {
    Str path;         /* "/assets/index-BxK3.js" */
    Str content_type; /* with its charset */
    Str hash;         /* of `plain`, for entity tags */
    bool immutable;   /* the name changes with the content */
    Str plain;
    Str gzip, brotli; /* empty: not smaller than `plain` */
} WebFile;

typedef struct WebFiles {
    const WebFile *files; /* by path, bytewise */
    size_t n_files;
} WebFiles;

extern const WebFiles web_files;
