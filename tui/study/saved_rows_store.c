#include "study/saved_rows_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "study/saved_rows_words.h"
#include "store/row_key.h"

struct saved_rows_store {
    struct store *store;
    struct store_load load;
    bool loading; /* load is to be freed */
};

char *saved_rows_list_studies(struct store *s, struct store_study *studies, int n)
{
    enum { CAPACITY = 1000 }; /* bytes: the rest of the sentence must fit into struct error */
    saved_rows_words_count(s, studies, n);
    struct saved_rows_words *words = saved_rows_words_new(studies, n);
    char *list = memory_copy("");
    for (int i = 0; i < n; i++) {
        char *line = saved_rows_words_line(words, n, i);
        char *longer = memory_format("%s%s%" PRId64 " (%s)", list, i ? ", " : "", studies[i].id, line);
        free(line);
        if (i > 0 && strlen(longer) > CAPACITY) {
            free(longer);
            longer = memory_format("%s, and %d more (isplit store ls --store FILE shows all)", list, n - i);
            i = n;
        }
        free(list);
        list = longer;
    }
    saved_rows_words_free(words, n);
    return list;
}

/* The study of this number, or the only one. NULL with why there is none. */
static const struct store_study *saved_rows_store_choose(const struct saved_rows *a,
                                                         struct store_study *studies, int n, long study,
                                                         struct error *e)
{
    const char *path = a->path;
    for (int i = 0; i < n; i++)
        if (studies[i].id == study)
            return &studies[i];
    if (n == 0) {
        error_at(e, path, 0, "holds no measured rows");
        return NULL;
    }
    if (n == 1 && study == 0)
        return studies;
    char *list = saved_rows_list_studies(a->in_store->store, studies, n);
    if (study)
        error_at(e, path, 0, "holds no study %ld (there %s %s)", study, n == 1 ? "is" : "are", list);
    else
        error_at(e, path, 0, "holds %d studies; choose one with --study: %s", n, list);
    free(list);
    return NULL;
}

static int take_study(struct saved_rows *a, const struct store_study *s, struct error *e)
{
    struct error why;
    a->study = (long)s->id;
    a->cfg = memory_copy(s->cfg);
    a->weights = memory_copy(s->weights);
    a->data = memory_copy(s->place);
    memcpy(a->tuning.hash, s->tuning, sizeof a->tuning.hash);
    row_key_versions_read(s->versions, &a->versions, &a->tuning);
    if (row_key_read_texts(s->row_key, s->layers, &a->run, &a->table, a->cfg_xxh3, a->weights_xxh3, &why) < 0)
        return error_at(e, a->path, 0, "study %ld: %s", a->study, why.text);
    struct saved_rows_store *r = a->in_store;
    if (store_load_begin(r->store, s, a->run.layers_n, a->table->classes, &r->load, e) < 0)
        return -1;
    r->loading = true;
    return 0;
}

int saved_rows_open_store(struct saved_rows *a, long study, struct error *e)
{
    int n = 0;
    a->in_store = memory_new(1, sizeof *a->in_store);
    a->in_store->store = store_open(a->path, STORE_READ, NULL, e);
    struct store_study *studies = a->in_store->store ? store_studies(a->in_store->store, &n, e) : NULL;
    if (!studies)
        return -1;
    const struct store_study *chosen = saved_rows_store_choose(a, studies, n, study, e);
    int status = chosen ? take_study(a, chosen, e) : -1;
    store_studies_free(studies, n);
    return status;
}

/* The images are known before the first row comes. */
static void take_dataset(struct saved_rows *a, struct store_load *load)
{
    a->dataset = load->dataset;
    load->dataset = NULL;
    free(a->data);
    a->data = memory_copy(a->dataset->root);
}

bool saved_rows_store_has_part(struct saved_rows *a, long rows)
{
    struct store_load *load = &a->in_store->load;
    if (load->curve->rows_n < rows)
        return false;
    if (!a->dataset)
        take_dataset(a, load);
    return true;
}

struct curve *saved_rows_store_take_part(struct saved_rows *a)
{
    a->in_store->load.lent = true;
    return a->in_store->load.curve;
}

int saved_rows_step_store(struct saved_rows *a, int ms, long *done, long *of, struct error *e)
{
    struct saved_rows_store *r = a->in_store;
    int status = store_load_step(&r->load, ms, done, of, e);
    if (status != 1)
        return status;
    if (!a->dataset)
        take_dataset(a, &r->load);
    a->curve = r->load.curve;
    a->excluded = r->load.excluded;
    r->load.curve = NULL;
    r->load.excluded = (struct excluded){0};
    store_load_free(&r->load); /* what reading took, so that it is not held beside what was read */
    r->loading = false;
    return 1;
}

void saved_rows_free_store(struct saved_rows *a)
{
    struct saved_rows_store *r = a->in_store;
    if (!r)
        return;
    if (r->loading)
        store_load_free(&r->load);
    store_close(r->store);
    free(r);
}
