/* What the harnesses share: the input as files, in parts, and one small network. A harness is one function;
 * it checks nothing but what must hold of any input, and leaves the rest to the sanitizers. */
#ifndef ISPLIT_TESTS_FUZZ_H
#define ISPLIT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "curve/subset.h"
#include "net/table.h"

/* Called by libFuzzer. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process so that libFuzzer keeps the input. */
#define FUZZ_CHECK(holds) ((holds) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #holds))
_Noreturn void fuzz_fail(const char *file, int line, const char *what);

/* Where FUZZ_SEEDS is set, ends the process at an input that was refused: run.py has seeds of messages read
 * so before it changes them, as a seed that the program no longer writes leads no deeper than its first
 * lines. */
void fuzz_taken(const struct error *e);

/* The bytes as a file without a name of its own; its path is good until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* As a file of this name in this process's folder, and its path, or that of the folder where `name` is "".
 * Kept until the end, so a harness asks once for each name. */
char *fuzz_path(const char *name);
void fuzz_write(const char *path, const uint8_t *data, size_t size);

/* Cuts the input at lines "=====". Parts that are not there are empty. */
struct fuzz_part {
    const uint8_t *data;
    size_t size;
};
void fuzz_parts(const uint8_t *data, size_t size, struct fuzz_part *parts, int n);
/* The next line of what is left, as a pipe gives it: without its LF, with a NUL, to be freed. NULL: no more.
 */
char *fuzz_line(struct fuzz_part *left, size_t *length);
/* A part as a string, to be freed; NUL bytes end it. */
char *fuzz_text(struct fuzz_part part);

/* A network of six layers and two classes, that of the seeds. */
const struct net *fuzz_net(void);
const struct table *fuzz_table(void);
const struct subset_names *fuzz_names(void);

#endif
