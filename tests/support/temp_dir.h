/* A temporary directory for a test, in TMPDIR or /tmp, removed with its contents. */
#pragma once
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"

typedef struct TempDir {
    char path[64];
} TempDir;

/* Aborts if it cannot be created. */
static inline TempDir temp_dir_new(void)
{
    TempDir dir;
    const char *parent = getenv("TMPDIR");
    int len = snprintf(dir.path, sizeof dir.path, "%s/molva-case-XXXXXX", parent ? parent : "/tmp");
    if (len >= (int)sizeof dir.path || !mkdtemp(dir.path)) abort();
    return dir;
}

static inline int temp_dir_remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

static inline void temp_dir_done(TempDir *dir)
{
    if (dir->path[0]) nftw(dir->path, temp_dir_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    dir->path[0] = '\0';
}
