/* What is queued to be kept, and how it gets into a transaction. Shared by the files of the store only:
 * store_write.c has the queue and its thread. */
#ifndef ISPLIT_STORE_STORE_JOBS_H
#define ISPLIT_STORE_STORE_JOBS_H

#include <stdatomic.h>

#include "store/sql.h"
#include "store/store.h"
#include "store/store_image_list.h"

struct writer;

/* What rows belong to. The caller may finish with it before the queue is written, or after the store is
 * closed: the last user frees it. */
struct store_target {
    struct store_target *next;
    struct writer *writer;
    atomic_int holders;           /* the caller until store_end, and the writer */
    struct store_run_key run_key; /* copies */
    char *tuning_key;
    int layers_n;
    bool features; /* the run is one of isplit features: it has parts, and no study shows it */
    struct image_list *image_list; /* NULL: nothing is known of files */
    int64_t network_id, run_id;    /* as of this transaction */
    struct image_list_ids listed;
    int64_t study;
    long resolved; /* the number of the transaction; 0: never */
    long dated;    /* the same, of the last in which the study or the run was marked as changed */
};

enum job_kind {
    JOB_BEGIN,
    JOB_CONTENT,
    JOB_ROW,
    JOB_PART,
    JOB_LOOK /* of no target: is the file still there? */
};

/* Kept small: a million may be queued. */
struct job {
    struct job *next;
    struct store_target *target;
    struct content content; /* CONTENT, ROW, PART (not known: of no image) */
    enum job_kind kind;
    int class_index; /* ROW */
    union {
        struct {
            long image;
            int64_t size, mtime_ns;
        } file; /* CONTENT */
        struct {
            enum exclusion kind;
            int predicted, layer;
            float score;
        } row;         /* ROW */
        size_t length; /* PART: of its bytes */
    };
    unsigned char bytes[]; /* cells of a measured row; of an excluded one the reason with its NUL; of a part
                              its name with its NUL, then its bytes */
};

/* Copies all of it. */
struct store_target *store_job_target_new(struct writer *w, const struct store_run_key *s,
                                          const char *tuning_key, const struct dataset *d, int layers_n);
void store_job_target_let_go(struct store_target *t); /* by one of its holders; the last one frees it */

/* New ones, for whoever pushes them. `bytes` behind it. */
struct job *store_job_new(struct store_target *t, enum job_kind kind, size_t bytes);
struct job *store_job_new_content(struct store_target *t, long image, int64_t size, int64_t mtime_ns,
                                  const struct content *content);
struct job *store_job_new_row(struct store_target *t, const struct content *content, int class_index,
                              const struct store_row *row, const float *values);
struct job *store_job_new_part(struct store_target *t, const struct content *content, const char *name,
                               const uint32_t *words, size_t n);

/* Those from `first` on, up to `end`. */
void store_job_free_all(struct job *first, const struct job *end);
long store_job_count(const struct job *first, const struct job *end);

/* ---- In a transaction, which has that number: 0, or -1 with why ---- */

/* Looks up what the target's rows belong to, once in each. */
int store_job_resolve(struct sql *q, long transaction, struct store_target *t, struct error *e);
int store_job_write(struct sql *q, long transaction, const struct job *j, struct error *e);

#endif
