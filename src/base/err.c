/* The table behind Err. */
#include "base/err.h"

static const ErrInfo infos[ERR_COUNT_] = {
#include "err_table.inc" /* generated */
};

const ErrInfo *err_info(Err err)
{
    unsigned at = (unsigned)err;
    return &infos[at < ERR_COUNT_ ? at : ERR_INTERNAL];
}
