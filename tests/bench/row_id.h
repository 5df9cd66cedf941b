/* Ids for the rows that a bare reference writes: time-ordered, as the service's are (UUIDv7), so that indexes grow alike. */
#pragma once

typedef struct RowId {
    char bytes[16];
} RowId;

/* A new one. Any thread. */
RowId row_id_new(void);
