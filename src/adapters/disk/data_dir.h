/* The server's data directory, held by one server at a time. */
#pragma once
#include <stdbool.h>

#include "base/ctx.h"

typedef struct DataDir DataDir;

/* Creates the directory (mode 0700) and its parents if missing, checks that it is writable, and locks it until
 * data_dir_close() or the end of the process, in whatever way. An existing one that holds only our files is made
 * private, including the files; read access for a group stays. For any other that is open to others a warning is
 * logged.
 *   ERR_PRECONDITION  another server uses it; the text has its process id
 *   ERR_STORAGE_FULL, ERR_UNAVAILABLE  it cannot be created or written; the text has the reason */
ON_WORKER MUST_CHECK Err data_dir_open(Ctx *ctx, const char *path, DataDir **out_dir);
/* Without a trailing slash; valid as long as the directory is open. */
const char *data_dir_path(const DataDir *dir);
/* Accepts NULL. */
void data_dir_close(DataDir *dir);

/* Sends the signal to the server that holds the directory. False if there is none. */
bool data_dir_signal_holder(const char *path, int signal_number);
