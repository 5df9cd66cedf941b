/* Memory that a burst needed and nobody uses any more goes back to the system. glibc keeps freed memory that lies below
 * something still in use: after thousands of clients have signed in at once that is more than they hold. */
#pragma once

/* Few threads allocate at a time: two arenas serve them all and waste less than one for each. At start. */
void heap_setup(void);
/* Gives back what is worth it; costs a few milliseconds then, and next to nothing otherwise. Every few seconds, from one
 * thread that may block. */
void heap_tidy(void);
