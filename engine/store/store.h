/* Measured rows on disk, so that nothing is measured twice: an SQLite file that the front end owns (schema:
 * store_schema.c). A row is identified by its run key (network, weights, definition options, tuning) and by
 * the image's content and class; paths are only a cache of contents. In write-ahead-log mode two programs can
 * use it at once and a kill never damages it; on file systems without support for that (network file systems)
 * a rollback journal is used. Look-ups run in the caller's thread; with a log they wait for no other program,
 * without one until it has written (10 s at most). Opening waits for others a second at most, and not at all
 * with a log. Rows to keep are queued and written by the store's own thread, with a commit at least twice a
 * second unless another program locks the file: then it retries. */
#ifndef ISPLIT_STORE_STORE_H
#define ISPLIT_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "curve/excluded.h"
#include "data/content.h"
#include "data/dataset.h"

struct store;

enum store_access {
    STORE_READ,  /* the file must exist and is not changed; it may be on a read-only disk */
    STORE_WRITE, /* created if missing, in an existing folder */
};

/* The memory of SQLite's own is as base/memory.h has it: where none is left for a few bytes the program ends,
 * as a text that is missing would be taken for a fault of the file. Once, before any store is opened. */
void store_prepare(void);

/* rows.db in $XDG_CACHE_HOME/isplit or ~/.cache/isplit. New string; NULL where there is no home. */
char *store_default_path(void);
/* Whether nothing was ever kept in the file, as where the disk was full when it was made: the next program
 * that writes to it makes it a store. */
bool store_is_empty(const char *path);
/* Whether the folder of a named store exists: 0 or -1. */
int store_check_place(const char *path, struct error *e);

/* NULL on error. A damaged file (also one that is no database) is renamed to PATH.damaged, PATH.damaged-2,
 * ... when it is opened for writing, and *notice (a new string, else NULL; may be NULL for STORE_READ) says
 * so. Errors that leave the file unchanged: a store of a later version, another program's database, a damaged
 * file that another program uses. While a store is open its file must not be opened by other means: closing
 * that would drop SQLite's locks. */
struct store *store_open(const char *path, enum store_access access, char **notice, struct error *e);

/* Whether the file is an SQLite file, of any program. Asks SQLite, so the file may be a store that is open in
 * this process. 1, 0 (also: empty, or no regular file), or -1: it cannot be read. */
int store_is_database(const char *path, struct error *e);

/* Writes what is queued first (and so may take a moment). Renames the file if it turned out to be damaged. */
void store_close(struct store *s);

const char *store_path(const struct store *s);

/* ---- Run keys ---------------------------------------------------------------------------------------- */

/* What identifies a row besides the image. Texts belong to the caller. */
struct store_run_key {
    const char *cfg_xxh3, *weights_xxh3; /* 16 hex digits each */
    const char *row_key;                 /* options that define a row, as canonical JSON (store/row_key.h) */
    const char *tuning;                  /* 16 hex digits; "" where not known yet */
    const char *layers;        /* the worker's `layers` message as JSON: the network without its file */
    const char *cfg, *weights; /* the files' names, for display */
    const char *versions;      /* of the programs, for display: "isplit 0.1.0, oneDNN 2.6.3, ..." */
    const char *share; /* a share of the study is measured: what store_shares shall tell of that; or NULL */
};

/* The tuning last used for this network, row_key and `tuning_key` (batch, threads and whatever else may
 * choose a tuning). 1: found; 0: none; -1: error. */
int store_last_tuning(struct store *s, const struct store_run_key *run_key, const char *tuning_key,
                      char tuning[17], struct error *e);

/* The number of the run key in the file (> 0); 0: it has no rows yet; -1: error. */
int64_t store_find_run_key(struct store *s, const struct store_run_key *run_key, struct error *e);

/* The stored `versions` of a run key. New string; NULL where it cannot be read. */
char *store_versions(struct store *s, int64_t run_key, struct error *e);

/* ---- Looking up ---------------------------------------------------------------------------------------- */

/* The entry is invalid, *e says why: treated as absent, and replaced when it is kept again. The rest of the
 * store is not affected. */
enum { STORE_WRONG = -2 };

/* Look-ups between these two see one moment of the file and take its locks once. Not for long: where there is
 * no log, others wait to write meanwhile. */
void store_look_begin(struct store *s);
void store_look_end(struct store *s);

struct store_row {
    enum exclusion kind; /* EXCLUDED_NOT: measured */
    int predicted;       /* of a measured one */
    float score;
    int layer;        /* NONFINITE */
    char reason[200]; /* UNDECODABLE */
};

/* What is known of an image of the data set: its content, kept by path, size and time (else content->known is
 * false), and values[layers_n] of the row that this content has under the run key; 0: no row is looked for,
 * `row` and `values` may be NULL. 1: there is a row; 0, -1 or STORE_WRONG. */
int store_find_image(struct store *s, int64_t run_key, const struct dataset *d, long image,
                     struct content *content, struct store_row *row, float *values, int layers_n,
                     struct error *e);
/* The same of a content that the worker told. */
int store_find_row(struct store *s, int64_t run_key, const struct content *content, int class_index,
                   struct store_row *row, float *values, int layers_n, struct error *e);

/* ---- Keeping (store_write.c) ------------------------------------------------------------------------- */

/* What rows and contents are kept under: a run key and a data set, which are copied (the list of images is
 * written in the background). Several may be in use at once, each with its own number of layers. `tuning_key`
 * as in store_last_tuning. Rows of a data set whose place is unknown are kept, but no study shows them. For
 * store_end. NULL for STORE_READ: then nothing is kept. */
struct store_target;
struct store_target *store_begin(struct store *s, const struct store_run_key *run_key, const char *tuning_key,
                                 const struct dataset *d, int layers_n);

/* Ends a target; queued rows are still written. May be called after store_close, the keeping functions may
 * not. */
void store_end(struct store_target *t);

/* An image's content; nothing where its size is negative (unknown) or the data set's place is not known. */
void store_keep_content(struct store_target *t, long image, int64_t size, int64_t mtime_ns,
                        const struct content *content);
/* values[layers_n] of a measured row. */
void store_keep_row(struct store_target *t, const struct content *content, int class_index,
                    const struct store_row *row, const float *values);

/* A store that is deleted while it is in use is made anew at its path, with all that was in it and all that
 * is queued. True, once: that has happened, *e says so. Where another file has taken its place, or it cannot
 * be made anew, that is a failure as others are: store_flush, store_trouble. */
bool store_renewed(struct store *s, struct error *e);

/* Waits until everything queued is on disk. -1 with the reason if that failed: the first failure (a full
 * disk, a lost file), after which nothing more is kept. */
int store_flush(struct store *s, struct error *e);

/* The same without waiting: 0 if all is well so far, or -1 with the reason, reported once. */
int store_trouble(struct store *s, struct error *e);

/* Whether one of the two has reported a failure. */
bool store_trouble_is_told(struct store *s);

#endif
