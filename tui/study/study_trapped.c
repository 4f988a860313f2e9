/* Trapped Fisher energy of a study's cuts, beside the curve. */
#include "study/study_parts.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/order.h"

/* Classes have the streams from 0 on (curve/order.h). */
#define TRAPPED_STREAM UINT64_MAX

/* At most TRAPPED_IMAGES different ones of all images, whatever their class; new. */
static long *draw_images(const struct study *s, long *n)
{
    long all = s->dataset->images_n;
    long *images = memory_new((size_t)all, sizeof *images);
    struct order_random random;
    order_random_seed(&random, (uint64_t)s->options.input.seed, TRAPPED_STREAM);
    for (long i = 0; i < all; i++)
        images[i] = i;
    *n = all < TRAPPED_IMAGES ? all : TRAPPED_IMAGES;
    for (long i = 0; i < *n; i++) {
        long j = i + (long)order_random_below(&random, (uint64_t)(all - i)), kept = images[i];
        images[i] = images[j];
        images[j] = kept;
    }
    return images;
}

/* The listed layers that a single tensor leaves; new. */
static int *clean_layers(const struct study *s, int *n)
{
    int *layers = memory_new((size_t)s->layer_list.n, sizeof *layers);
    *n = 0;
    for (int i = 0; i < s->layer_list.n; i++)
        if (s->table->rows[s->layer_list.layers[i]].clean)
            layers[(*n)++] = s->layer_list.layers[i];
    return layers;
}

int study_ask_trapped(struct study *s, struct error *e)
{
    struct run_options run = study_run_options(s);
    run.images = draw_images(s, &run.images_n);
    run.layers = clean_layers(s, &run.layers_n);
    int status = run.layers_n > 0 ? connection_trapped(s->connection, &run, s->trapped.floats,
                                                       (uint64_t)s->options.input.seed, e)
                                  : error_set(e, "trapped energy: no clean cut is listed");
    s->trapped.asked = run.images_n;
    free(run.images);
    free(run.layers);
    return status;
}

void study_take_trapped(struct study *s)
{
    const struct trapped *got = connection_trapped_answer(s->connection);
    if (!got)
        return;
    struct trapped *own = &s->trapped.answer;
    trapped_free(own);
    trapped_make(own, got->layers_n);
    own->images = got->images;
    for (int l = 0; l < got->layers_n; l++) {
        if (!got->lambda[l])
            continue;
        own->lambda_n[l] = got->lambda_n[l];
        own->lambda[l] = memory_new((size_t)got->lambda_n[l], sizeof *own->lambda[l]);
        for (int i = 0; i < own->lambda_n[l]; i++)
            own->lambda[l][i] = got->lambda[l][i];
    }
}

double study_trapped_nats(const struct study *s, int position)
{
    const struct trapped *t = &s->trapped.answer;
    int layer = s->layer_list.layers[position];
    if (t->images == 0 || layer >= t->layers_n || !t->lambda[layer])
        return NAN;
    struct trapped_geometry g = trapped_geometry(s->table->rows[layer].out, s->trapped.floats);
    return trapped_energy(&g, g.rank, t->lambda[layer], t->lambda_n[layer]);
}
