/* Provenance, how a file was made: keys and values, written as FILE.meta.csv next to it. */
#ifndef ISPLIT_CSV_PROVENANCE_H
#define ISPLIT_CSV_PROVENANCE_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

struct report;

struct provenance;

struct provenance *provenance_new(void);    /* an empty one, for provenance_free */
void provenance_free(struct provenance *p); /* NULL is allowed */

void provenance_add(struct provenance *p, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The arguments as a shell command line. */
void provenance_add_arguments(struct provenance *p, int argc, char **argv);
void provenance_add_time(struct provenance *p); /* now, UTC, ISO 8601 */

/* What another file's provenance says: its program, version, arguments and time as from_program and so on,
 * the rest as it is. NULL is allowed. */
void provenance_add_origin(struct provenance *p, const struct provenance *from);

/* The value of a key; NULL where there is none, or no provenance. */
const char *provenance_find(const struct provenance *p, const char *key);

/* Reads a provenance file. NULL on error. */
struct provenance *provenance_read(const char *path, struct error *e);

/* The path of a file's provenance. New string. */
char *provenance_path(const char *path);

/* The provenance of a file, for provenance_free. NULL where it has none that can be read, as a file written
 * by hand, and where that is not its own (provenance_check). */
struct provenance *provenance_of(const char *path);
/* The same; why->text says that there is one which is not its own, and is "" else. */
struct provenance *provenance_own(const char *path, struct error *why);

/* A provenance holds the hash of the rows that it was written with (sheet_reader_xxh3): that of another run
 * may say anything. -1 with the reason where a file's is not its own; 0 also where it has none, or one
 * without the hash. */
int provenance_check(const char *path, struct error *e);
int provenance_check_hash(const struct provenance *p, const char *path, uint64_t xxh3, struct error *e);

/* Writes a report to `path` (NULL or "-": standard output) and, next to a file, its provenance: both appear
 * whole, or the report alone where the program is killed; on failure an earlier pair is left unchanged. A
 * device or a FIFO is written in place, without provenance. */
int provenance_write(const struct provenance *p, const char *path,
                     void (*report)(FILE *, const struct report *), const struct report *r, struct error *e);

#endif
