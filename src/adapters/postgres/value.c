#include "adapters/postgres/value.h"

#include <limits.h>

static void put_number(unsigned char *at, uint64_t number, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, number >>= 8) at[i] = (unsigned char)number;
}

static int width_of(Oid type)
{
    switch (type) {
    case OID_BOOL: return 1;
    case OID_INT2: return 2;
    case OID_INT4: return 4;
    case OID_INT8: return 8;
    default: return 0;
    }
}

static bool fits(int64_t number, int width)
{
    int64_t max = width == 1 ? 1 : width == 2 ? INT16_MAX : width == 4 ? INT32_MAX : INT64_MAX;
    return number <= max && number >= (width == 1 ? 0 : -max - 1);
}

bool type_is_known(Oid type)
{
    return width_of(type) || type == OID_TEXT || type == OID_BYTEA || type == OID_UUID || type == OID_UUIDS ||
           type == OID_INT8S;
}

static bool add_number(ParamList *list, int at, int64_t number, Oid type)
{
    int width = width_of(type);
    if (width == 0 || !fits(number, width)) return false;
    put_number(list->numbers[at], (uint64_t)number, width);
    list->values[at] = (const char *)list->numbers[at];
    list->lengths[at] = width;
    return true;
}

/* The binary form of a one-dimensional array (array_recv): dimensions, whether there are NULLs, the type of the
 * elements, their number, the index of the first; then each with its length before it. Without elements there is no
 * dimension. */
static bool add_array(ParamList *list, int at, const DbValue *value, Oid type)
{
    bool is_ids = value->type == DB_IDS;
    size_t width = is_ids ? sizeof(Id) : 8, size = 20 + value->count * (4 + width);
    uint64_t header[] = { value->count > 0, 0, is_ids ? OID_UUID : OID_INT8, value->count, 1 };
    if (type != (is_ids ? OID_UUIDS : OID_INT8S) || size > INT_MAX) return false;
    unsigned char *bytes = arena_alloc(list->arena, size), *end = bytes;
    for (size_t i = 0; i < (value->count ? ARRAY_LEN(header) : 3); i++, end += 4) put_number(end, header[i], 4);
    for (size_t i = 0; i < value->count; i++, end += 4 + width) {
        put_number(end, width, 4);
        if (is_ids)
            memcpy(end + 4, value->ids[i].bytes, width);
        else
            put_number(end + 4, (uint64_t)value->numbers[i], 8);
    }
    list->values[at] = (const char *)bytes;
    list->lengths[at] = (int)(end - bytes);
    return true;
}

bool param_add(ParamList *list, const DbValue *value, Oid type)
{
    int at = list->n++;
    list->formats[at] = 1;
    switch (value->type) {
    case DB_NULL: list->values[at] = NULL; return true;
    case DB_INT: return add_number(list, at, value->number, type);
    case DB_ID:
        list->values[at] = (const char *)value->id.bytes;
        list->lengths[at] = sizeof value->id.bytes;
        return type == OID_UUID;
    case DB_IDS:
    case DB_INTS: return add_array(list, at, value, type);
    case DB_TEXT:
    case DB_BLOB:
        /* libpq reads a NULL pointer as NULL, but an empty Str is an empty value. */
        list->values[at] = value->bytes.ptr ? value->bytes.ptr : "";
        list->lengths[at] = (int)value->bytes.len;
        return value->bytes.len < INT_MAX && type == (value->type == DB_TEXT ? OID_TEXT : OID_BYTEA);
    }
    return false;
}

Str column_bytes(const PGresult *result, int row, int column)
{
    return (Str){ PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column) };
}

int64_t column_int(const PGresult *result, int row, int column)
{
    Str bytes = column_bytes(result, row, column);
    if (bytes.len == 0 || bytes.len > 8) return 0;
    uint64_t number = bytes.ptr[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.len; i++) number = number << 8 | (unsigned char)bytes.ptr[i];
    return (int64_t)number;
}
