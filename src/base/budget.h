/* Limits on a scarce resource (bytes, connections): a maximum per holder and a maximum in total. Any thread. */
#pragma once
#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

typedef struct Budget Budget;

#define BUDGET_KEY_MAX 32 /* bytes */

/* Units held by somebody; zeroed: none. It has one owner, who passes it on with charge_move() or returns it with
 * charge_release(). */
typedef struct Charge {
    struct BudgetShare *share;
    size_t units;
} Charge;

typedef enum BudgetAnswer {
    BUDGET_OK,
    BUDGET_SHARE_FULL, /* this holder is at its maximum */
    BUDGET_FULL,       /* the total is at its maximum */
} BudgetAnswer;

/* share_max: units per holder; total_max: units in total. SIZE_MAX: no limit. */
Budget *budget_new(size_t share_max, size_t total_max);
/* Requires that nothing is held any more. Accepts NULL. */
void budget_free(Budget *budget);

/* Takes units for the holder `key`, of at most BUDGET_KEY_MAX bytes, into a charge that is empty or has the same key. A
 * refusal changes nothing. */
MUST_CHECK BudgetAnswer budget_take(Budget *budget, Str key, size_t units, Charge *charge);
/* The same for units that are already in use: never refused, so the holder may exceed its maximum. */
void budget_spend(Budget *budget, Str key, size_t units, Charge *charge);
/* Whether the holder could take one unit now. */
BudgetAnswer budget_ask(Budget *budget, Str key);
/* Units held in total. */
size_t budget_held(const Budget *budget);

/* Returns the units beyond this number. */
void charge_shrink(Charge *charge, size_t units);
/* Returns all units; the charge is zeroed. */
void charge_release(Charge *charge);
/* Adds `from` to `to`, which is empty or has the same holder and budget; `from` is zeroed. */
void charge_move(Charge *to, Charge *from);
