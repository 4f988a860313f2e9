#include "store/store_jobs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "store/store_features.h"
#include "store/store_keep.h"
#include "store/store_share.h"

/* ---- Targets and jobs ---------------------------------------------------------------------------- */

struct store_target *store_job_target_new(struct writer *w, const struct store_run_key *s,
                                          const char *tuning_key, const struct dataset *d, int layers_n)
{
    struct store_target *t = memory_new(1, sizeof *t);
    t->writer = w;
    atomic_init(&t->holders, 2);
    t->run_key = (struct store_run_key){.cfg_xxh3 = memory_copy(s->cfg_xxh3),
                                        .weights_xxh3 = memory_copy(s->weights_xxh3),
                                        .row_key = memory_copy(s->row_key),
                                        .tuning = memory_copy(s->tuning),
                                        .layers = memory_copy(s->layers),
                                        .cfg = memory_copy(s->cfg),
                                        .weights = memory_copy(s->weights),
                                        .versions = memory_copy(s->versions),
                                        .share = s->share ? memory_copy(s->share) : NULL};
    t->tuning_key = memory_copy(tuning_key);
    t->layers_n = layers_n;
    t->image_list = image_list_new(d);
    return t;
}

void store_job_target_let_go(struct store_target *t)
{
    if (atomic_fetch_sub(&t->holders, 1) > 1)
        return;
    const char *texts[] = {t->run_key.cfg_xxh3, t->run_key.weights_xxh3, t->run_key.row_key,
                           t->run_key.tuning,   t->run_key.layers,       t->run_key.cfg,
                           t->run_key.weights,  t->run_key.versions,     t->run_key.share};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)texts[i]);
    free(t->tuning_key);
    image_list_drop(t->image_list);
    free(t);
}

void store_job_free_all(struct job *first, const struct job *end)
{
    while (first != end) {
        struct job *next = first->next;
        free(first);
        first = next;
    }
}

long store_job_count(const struct job *first, const struct job *end)
{
    long n = 0;
    for (; first != end; first = first->next)
        n++;
    return n;
}

/* ---- Jobs -------------------------------------------------------------------------------------------- */

struct job *store_job_new(struct store_target *t, enum job_kind kind, size_t bytes)
{
    struct job *job = memory_new(1, sizeof *job + bytes);
    job->kind = kind;
    job->target = t;
    return job;
}

struct job *store_job_new_content(struct store_target *t, long image, int64_t size, int64_t mtime_ns,
                                  const struct content *content)
{
    struct job *job = store_job_new(t, JOB_CONTENT, 0);
    job->content = *content;
    job->file.image = image;
    job->file.size = size;
    job->file.mtime_ns = mtime_ns;
    return job;
}

struct job *store_job_new_row(struct store_target *t, const struct content *content, int class_index,
                              const struct store_row *row, const float *values)
{
    int n = row->kind == EXCLUDED_NOT ? t->layers_n : 0;
    size_t reason = row->kind == EXCLUDED_UNDECODABLE ? strlen(row->reason) + 1 : 0;
    struct job *job = store_job_new(t, JOB_ROW, (n ? keep_cells_size(n) : 0) + reason);
    job->content = *content;
    job->class_index = class_index;
    job->row.kind = row->kind;
    job->row.predicted = row->predicted;
    job->row.layer = row->layer;
    job->row.score = row->score;
    const struct curve_row adjacent = {
        .class_index = class_index, .predicted = row->predicted, .score = row->score};
    if (n)
        keep_cells_bytes(values, n, &adjacent, job->bytes);
    memcpy(job->bytes, row->reason, reason);
    return job;
}

struct job *store_job_new_part(struct store_target *t, const struct content *content, const char *name,
                               const uint32_t *words, size_t n)
{
    size_t length = feature_part_bytes_size(n), named = strlen(name) + 1;
    struct job *job = store_job_new(t, JOB_PART, named + length);
    if (content)
        job->content = *content;
    job->length = length;
    memcpy(job->bytes, name, named);
    feature_part_bytes(name, content, words, n, job->bytes + named);
    return job;
}

/* ---- In a transaction ---------------------------------------------------------------------------- */

/* The list of images serves to find files only, and is not kept. */
static int resolve_features(struct sql *q, long transaction, struct store_target *t, struct error *e)
{
    struct feature_about about = {"", "", 0};
    if (t->image_list) {
        image_list_about(t->image_list, &about.place, &about.split, &about.images);
        if (keep_root(q, about.place, &t->listed.root, e) < 0)
            return -1;
        t->listed.complete = true;
    }
    if (feature_keep_run(q, &t->run_key, t->tuning_key, &about, &t->run_id, e) < 0)
        return -1;
    t->resolved = transaction;
    return 0;
}

/* Looks everything up in each transaction: another program may have removed it. */
int store_job_resolve(struct sql *q, long transaction, struct store_target *t, struct error *e)
{
    if (t->resolved == transaction)
        return 0;
    if (t->features)
        return resolve_features(q, transaction, t, e);
    if (t->image_list)
        image_list_hash(t->image_list);
    if (keep_run_key(q, &t->run_key, &t->network_id, &t->run_id, e) < 0 ||
        sql_run(q, e, "INSERT OR REPLACE INTO choice(network, question, asked, plan) VALUES(?, ?, ?, ?)",
                "ittt", t->network_id, t->run_key.row_key, t->tuning_key, t->run_key.tuning) < 0)
        return -1;
    if (t->image_list && (image_list_keep(q, t->image_list, &t->listed, e) < 0 ||
                          keep_study(q, t->run_id, t->listed.dataset, &t->study, e) < 0 ||
                          (t->run_key.share && share_keep(q, t->study, t->run_key.share, e) < 0)))
        return -1;
    t->resolved = transaction;
    return 0;
}

static int write_content(struct sql *q, const struct job *j, struct error *e)
{
    static const char text[] =
        "INSERT INTO file(root, path, size, mtime_ns, content) VALUES(?, ?, ?, ?, ?) ON CONFLICT(root, path)"
        " DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, content = excluded.content";
    const struct image_list *l = j->target->image_list;
    const char *path = l ? image_list_path(l, j->file.image) : NULL;
    int64_t content;
    if (!path)
        return 0;
    if (keep_content(q, &j->content, &content, e) < 0)
        return -1;
    return sql_run(q, e, text, "ipiii", j->target->listed.root, path, j->file.size, j->file.mtime_ns,
                   content);
}

static int write_row(struct sql *q, const struct job *j, struct error *e)
{
    int64_t content;
    struct store_row row = {j->row.kind, j->row.predicted, j->row.score, j->row.layer, ""};
    if (row.kind == EXCLUDED_UNDECODABLE)
        sqlite3_snprintf(sizeof row.reason, row.reason, "%s", (const char *)j->bytes);
    if (keep_content(q, &j->content, &content, e) < 0)
        return -1;
    return keep_row(q, j->target->run_id, content, j->class_index, &row, j->bytes,
                    keep_cells_size(j->target->layers_n), e);
}

static int write_part(struct sql *q, const struct job *j, struct error *e)
{
    const char *name = (const char *)j->bytes;
    return feature_keep_part(q, j->target->run_id, j->content.known ? &j->content : NULL, name,
                             j->bytes + strlen(name) + 1, j->length, e);
}

/* Called once in a transaction. */
static int date_target(struct sql *q, long transaction, struct store_target *t, struct error *e)
{
    if (t->dated == transaction || (!t->study && !t->features))
        return 0;
    t->dated = transaction;
    if (t->features)
        return feature_date_run(q, t->run_id, e);
    return keep_study_changed(q, t->study, (int64_t)time(NULL), e);
}

int store_job_write(struct sql *q, long transaction, const struct job *j, struct error *e)
{
    if (j->kind == JOB_LOOK)
        return 0;
    if (store_job_resolve(q, transaction, j->target, e) < 0)
        return -1;
    if (j->kind == JOB_CONTENT)
        return write_content(q, j, e);
    if (j->kind != JOB_PART && j->kind != JOB_ROW)
        return 0;
    int status = j->kind == JOB_PART ? write_part(q, j, e) : write_row(q, j, e);
    return status < 0 ? -1 : date_target(q, transaction, j->target, e);
}
