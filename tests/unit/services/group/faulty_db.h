/* A database that fails when told to, in front of a real one. Any thread. */
#pragma once
#include "ports/db.h"

/* Takes the inner one over. */
Db *faulty_db_new(Db *inner);
/* The real one behind it. */
Db *faulty_db_inner(Db *faulty);

/* The nth statement or commit from now on fails, once, with ERR_UNAVAILABLE. 0: none. */
void faulty_db_arm(Db *faulty, int nth);
/* For loops whose body runs with the 1st call failing, the 2nd, ... until none fails:
 * `for (int nth = 0; faulty_db_next(db, &nth);)`. A body that succeeds may leave by `break`; then disarm. */
bool faulty_db_next(Db *faulty, int *nth);
/* How many writes were committed so far, however many statements each had. */
int faulty_db_writes(const Db *faulty);
