#include "store/store_study.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_join.h"
#include "store/store_parts.h"

/* ---- The list ------------------------------------------------------------------------------------ */

static void copy_hash(char to[17], sqlite3_stmt *row, int column)
{
    sqlite3_snprintf(17, to, "%s", (const char *)sqlite3_column_text(row, column));
}

static struct store_study read_study(sqlite3_stmt *row)
{
    struct store_study study = {
        .id = sqlite3_column_int64(row, 0),
        .changed = sqlite3_column_int64(row, 1),
        .row_key = sql_string(row, 2),
        .versions = sql_string(row, 4),
        .cfg = sql_string(row, 7),
        .weights = sql_string(row, 8),
        .layers = sql_string(row, 9),
        .split = sql_string(row, 10),
        .images = (long)sqlite3_column_int64(row, 11),
        .complete = sqlite3_column_int(row, 12),
        .place = sql_string(row, 13),
        .tuning_key = sql_string(row, 14),
        .rows = -1,
        .skipped = -1,
        .nonfinite = -1,
    };
    copy_hash(study.tuning, row, 3);
    copy_hash(study.cfg_xxh3, row, 5);
    copy_hash(study.weights_xxh3, row, 6);
    return study;
}

struct store_study *store_studies(struct store *s, int *n, struct error *e)
{
    static const char text[] =
        "SELECT t.id, t.changed, s.question, s.plan, s.versions, n.cfg_xxh3, n.weights_xxh3, n.cfg, "
        "n.weights,"
        " n.layers, d.split, d.images, d.complete, r.place, (SELECT c.asked FROM choice c"
        " WHERE c.network = s.network AND c.question = s.question AND c.plan = s.plan"
        " ORDER BY length(c.asked), c.asked LIMIT 1) FROM study t JOIN series s ON s.id = t.series"
        " JOIN network n ON n.id = s.network JOIN dataset d ON d.id = t.dataset JOIN root r ON r.id = d.root"
        " ORDER BY t.id";
    struct store_study *studies = memory_new(1, sizeof *studies);
    sqlite3_stmt *row = sql_use(&s->sql, e, text, "");
    int status;
    *n = 0;
    while ((status = sql_step(&s->sql, row, e)) == 1) {
        studies = memory_grow(studies, (size_t)*n + 1, sizeof *studies);
        studies[(*n)++] = read_study(row);
    }
    if (status == 0)
        return studies;
    store_studies_free(studies, *n);
    *n = 0;
    return NULL;
}

void store_studies_free(struct store_study *studies, int n)
{
    for (int i = 0; i < n; i++) {
        struct store_study *t = &studies[i];
        char *texts[] = {t->cfg,     t->weights, t->place,    t->split,
                         t->row_key, t->layers,  t->versions, t->tuning_key};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            free(texts[k]);
    }
    free(studies);
}

/* ---- Counting ------------------------------------------------------------------------------------ */

static void count_kind(struct store_study *study, int kind, long n)
{
    study->rows += kind == EXCLUDED_NOT ? n : 0;
    study->skipped += kind == EXCLUDED_UNDECODABLE ? n : 0;
    study->nonfinite += kind == EXCLUDED_NONFINITE ? n : 0;
}

static int count_row(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e)
{
    (void)image;
    (void)class_index;
    (void)e;
    count_kind(data, sqlite3_column_int(row, 2), 1);
    return 0;
}

static int count_images(struct store *s, int64_t dataset, int64_t run_key, struct store_study *study,
                        struct error *e)
{
    const struct join_listener listener = {.data = study, .row = count_row};
    return join_run(&s->sql, dataset, study->images, run_key, &listener, e);
}

static int count_run_key(struct store *s, int64_t run_key, struct store_study *study, struct error *e)
{
    sqlite3_stmt *row = sql_use(
        &s->sql, e, "SELECT kind, count(*) FROM measured WHERE series = ? GROUP BY kind", "i", run_key);
    int status;
    while ((status = sql_step(&s->sql, row, e)) == 1)
        count_kind(study, sqlite3_column_int(row, 0), (long)sqlite3_column_int64(row, 1));
    return status;
}

static int count(struct store *s, struct store_study *study, struct error *e)
{
    sqlite3_stmt *row = sql_use(&s->sql, e, "SELECT series, dataset FROM study WHERE id = ?", "i", study->id);
    int status = sql_step(&s->sql, row, e);
    if (status != 1) /* another program may have removed it: then it has none */
        return status;
    int64_t run_key = sqlite3_column_int64(row, 0), dataset = sqlite3_column_int64(row, 1);
    sqlite3_reset(row);
    return study->complete ? count_images(s, dataset, run_key, study, e)
                           : count_run_key(s, run_key, study, e);
}

int store_study_count(struct store *s, struct store_study *study, struct error *e)
{
    study->rows = study->skipped = study->nonfinite = 0;
    if (sql_script(&s->sql, "BEGIN", e) < 0)
        return -1;
    int status = count(s, study, e);
    sql_rollback(&s->sql);
    return status;
}
