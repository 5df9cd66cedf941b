/* Units of something scarce, bytes or connections, that many hold: so many each, so many in all. Any thread. */
#pragma once
#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

typedef struct Budget Budget;

#define BUDGET_KEY_MAX 32 /* bytes */

/* What somebody holds; zeroed: nothing. It has one owner, who gives it on with charge_move() or back with charge_release(). */
typedef struct Charge {
    struct BudgetShare *share;
    size_t units;
} Charge;

typedef enum BudgetAnswer {
    BUDGET_OK,
    BUDGET_SHARE_FULL, /* this holder has as much as one may */
    BUDGET_FULL,       /* all together have */
} BudgetAnswer;

/* share_max: units that one holder may have; total_max: all of them. SIZE_MAX: no limit. */
Budget *budget_new(size_t share_max, size_t total_max);
/* When nothing is held any more. Accepts NULL. */
void budget_free(Budget *budget);

/* Takes units for the holder with this key, of at most BUDGET_KEY_MAX bytes, into a charge that is empty or of the same key. On
 * refusal nothing changes. */
MUST_CHECK BudgetAnswer budget_take(Budget *budget, Str key, size_t units, Charge *charge);
/* The same of units that are spent already: never refused, though the holder may come to have more than one may. */
void budget_spend(Budget *budget, Str key, size_t units, Charge *charge);
/* Whether the holder could take a unit now. */
BudgetAnswer budget_ask(Budget *budget, Str key);
/* Units that all hold together. */
size_t budget_held(const Budget *budget);

/* Gives back what goes beyond so many units. */
void charge_shrink(Charge *charge, size_t units);
/* Gives back all of it; the charge is zeroed. */
void charge_release(Charge *charge);
/* Adds to `to`, which is empty or of the same holder and budget; `from` is zeroed. */
void charge_move(Charge *to, Charge *from);
