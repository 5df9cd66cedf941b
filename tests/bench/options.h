/* Arguments of the load generators: all are --name=value, none is optional without a default. Errors end the program.
 */
#pragma once
#include <stdint.h>

/* Remembers the arguments; once, at the start of main(). */
void options_read(int argc, char **argv);
/* The value of --name; the program ends with a message when it is not there. */
const char *option_text(const char *name);
/* The value of --name, or `otherwise`. */
const char *option_text_or(const char *name, const char *otherwise);
uint64_t option_number(const char *name, uint64_t otherwise);

/* Prints why and ends the program with status 1. */
_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
