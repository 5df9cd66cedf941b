/* Parameters and columns in PostgreSQL's binary format. */
#pragma once
#include <libpq-fe.h>

#include "ports/db.h"

#define QUERY_PARAMS_MAX 32

/* Types by their fixed numbers (pg_type.dat). */
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

/* Parameters as libpq takes them. Points into the values it was made from, and into `arena`. */
typedef struct ParamList {
    Arena *arena; /* of arrays; NULL: there are none */
    int n;
    const char *values[QUERY_PARAMS_MAX];
    int lengths[QUERY_PARAMS_MAX], formats[QUERY_PARAMS_MAX];
    unsigned char numbers[QUERY_PARAMS_MAX][8];
} ParamList;

/* Adds the next parameter, which the server takes as a value of `type`. False when it does not fit. */
bool param_add(ParamList *list, const DbValue *value, Oid type);
/* Whether columns and parameters of the type are understood here. */
bool type_is_known(Oid type);

int64_t column_int(const PGresult *result, int row, int column);
/* Of the result itself. */
Str column_bytes(const PGresult *result, int row, int column);
