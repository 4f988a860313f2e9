#include "study/saved_rows.h"

#include <stdlib.h>

#include "base/memory.h"
#include "study/saved_rows_parts.h"

struct saved_rows *saved_rows_open(const char *path, long study, struct error *e)
{
    int store = store_is_database(path, e);
    if (store < 0)
        return NULL;
    if (!store && study) {
        error_at(e, path, 0, "is no store, so it has no studies to choose from");
        return NULL;
    }
    struct saved_rows *a = memory_new(1, sizeof *a);
    a->path = memory_copy(path);
    if ((store ? saved_rows_open_store(a, study, e) : saved_rows_open_csv(a, e)) == 0)
        return a;
    saved_rows_free(a);
    return NULL;
}

int saved_rows_step(struct saved_rows *a, int ms, long *done, long *of, struct error *e)
{
    if (a->curve) {
        *done = *of = 1;
        return 1;
    }
    return a->in_store ? saved_rows_step_store(a, ms, done, of, e) : saved_rows_step_csv(a, ms, done, of, e);
}

bool saved_rows_has_part(struct saved_rows *a, long rows)
{
    return a->in_store && !a->curve && saved_rows_store_has_part(a, rows);
}

struct curve *saved_rows_take_part(struct saved_rows *a)
{
    return saved_rows_store_take_part(a);
}

bool saved_rows_is_whole(const struct saved_rows *a, const struct curve *c, const long *order, long n,
                         struct excluded *lost)
{
    *lost = excluded_among(&a->excluded, order, n);
    long known = lost->n;
    for (long i = 0; i < n; i++)
        known += curve_find(c, order[i]) >= 0;
    return known >= n;
}

void saved_rows_free(struct saved_rows *a)
{
    if (!a)
        return;
    saved_rows_free_store(a);
    saved_rows_free_csv(a);
    dataset_free(a->dataset);
    curve_free(a->curve);
    excluded_free(&a->excluded);
    table_free(a->table);
    run_options_free(&a->run);
    provenance_free(a->made);
    free(a->path);
    free(a->cfg);
    free(a->weights);
    free(a->data);
    free(a);
}
