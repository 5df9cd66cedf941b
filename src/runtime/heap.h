/* Returns memory that a burst needed to the system. glibc keeps freed memory that lies below an allocation still in
 * use: after thousands of clients have signed in at once, that is more than what is in use. */
#pragma once

/* At startup. Few threads allocate at the same time, so two arenas serve them all and waste less than one per
 * thread. */
void heap_setup(void);
/* Returns free memory if there is enough of it; takes a few milliseconds then, and next to nothing otherwise. Call
 * every few seconds, from one thread that may block. */
void heap_tidy(void);
