/* Parameters and columns in PostgreSQL's binary format. */
#pragma once
#include <libpq-fe.h>

#include "ports/db.h"

#define QUERY_PARAMS_MAX 32

/* Type OIDs, which are fixed (pg_type.dat). */
#define OID_BOOL  16
#define OID_BYTEA 17
#define OID_INT8  20
#define OID_INT2  21
#define OID_INT4  23
#define OID_TEXT  25
#define OID_UUID  2950
/* Arrays of OID_INT8 and OID_UUID. */
#define OID_INT8S 1016
#define OID_UUIDS 2951

/* Parameters in libpq's form. Points into the values it was built from, and into `arena`. */
typedef struct ParamList {
    Arena *arena; /* of arrays; NULL: there are none */
    int n;
    const char *values[QUERY_PARAMS_MAX];
    int lengths[QUERY_PARAMS_MAX], formats[QUERY_PARAMS_MAX];
    unsigned char numbers[QUERY_PARAMS_MAX][8];
} ParamList;

/* Adds the next parameter, which the server expects as `type`. False if it does not fit. */
bool param_add(ParamList *list, const DbValue *value, Oid type);
/* Whether the type is supported. */
bool type_is_known(Oid type);

int64_t column_int(const PGresult *result, int row, int column);
/* Of the result itself. */
Str column_bytes(const PGresult *result, int row, int column);
