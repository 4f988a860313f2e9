/* Looking for most images of a data set: all its rows in one pass (store_recall.h), before those that this
 * does not find are looked up one by one. */
#include "study/row_cache_parts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/store_recall.h"

/* Images from which on it pays, if they are at least one in so many of the data set. */
enum { LEAST = 512, SHARE = 8 };

enum recalled { UNWANTED, WANTED, TAKEN };

struct row_cache_recall {
    struct store_recall *pass; /* NULL: it has not begun, rests, or is over */
    unsigned char *images;     /* [dataset->images_n] enum recalled */
    double progress;
};

bool row_cache_can_recall(const struct row_cache *r)
{
    const struct dataset *d = r->connection->dataset;
    return d->place && r->order_n >= LEAST && r->order_n >= d->images_n / SHARE;
}

static struct row_cache_recall *recall_new(const struct row_cache *r)
{
    struct row_cache_recall *c = memory_new(1, sizeof *c);
    c->images = memory_new((size_t)r->connection->dataset->images_n, sizeof *c->images);
    for (long i = 0; i < r->order_n; i++)
        if (curve_find(r->curve, r->order[i]) < 0)
            c->images[r->order[i]] = WANTED;
    return c;
}

void row_cache_forget_recall(struct row_cache *r)
{
    if (r->recall) {
        store_recall_free(r->recall->pass);
        free(r->recall->images);
    }
    free(r->recall);
    r->recall = NULL;
}

bool row_cache_is_recalled(const struct row_cache *r, long image)
{
    return r->recall && r->recall->images[image] == TAKEN;
}

double row_cache_recall_progress(const struct row_cache *r)
{
    return r->recall ? r->recall->progress : 0;
}

/* A row that can be none is met again when the image is looked up alone, and told then. */
static void recall_take(void *data, long image, const struct store_row *row, const float *values)
{
    struct row_cache *r = data;
    struct error why;
    unsigned char *state = &r->recall->images[image];
    if (*state == WANTED && row_cache_take(r, image, row, values, &why) == 0)
        *state = TAKEN;
}

void row_cache_rest(struct row_cache *r)
{
    if (!r || !r->recall)
        return;
    store_recall_free(r->recall->pass);
    r->recall->pass = NULL;
}

/* Whatever prevents it, or breaks it off, prevents the look-ups that follow too, which say so. */
void row_cache_recall_some(struct row_cache *r, int ms)
{
    if (!r->recall)
        r->recall = recall_new(r);
    struct row_cache_recall *c = r->recall;
    if (!c->pass)
        c->pass = store_recall_new(store_path(r->store), &r->run_key, r->connection->dataset,
                                   r->run->layers_n, NULL);
    if (c->pass && store_recall_step(c->pass, ms, recall_take, r, NULL) == 2) {
        c->progress = store_recall_progress(c->pass);
        return;
    }
    row_cache_rest(r);
    row_cache_go(r, STAGE_LOOK, 0);
}
