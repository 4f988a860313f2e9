/* Trapped Fisher energy of a study's cuts, beside the curve. */
#include "study/study_parts.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/order.h"

struct study_trapping {
    bool wanted;     /* asked of the worker as soon as it is idle */
    bool then_run;   /* it is to stop for a run */
    const int *only; /* [only_n] of these cuts alone, the caller's; NULL: of all that are listed */
    int only_n;
};

struct study_trapping *study_trapping_new(void)
{
    return memory_new(1, sizeof(struct study_trapping));
}

void study_trap_only(struct study *s, const int *layers, int n)
{
    s->trapped.work->only = layers;
    s->trapped.work->only_n = n;
}

/* Classes have the streams from 0 on (curve/order.h). */
#define TRAPPED_STREAM UINT64_MAX

int study_trapped_rate(const struct options *options, long *floats, struct error *e)
{
    struct error why;
    if (trapped_rate_read(options->bottleneck ? options->bottleneck : "ratio", floats, &why) == 0)
        return 0;
    return error_set(e, "--bottleneck %s", why.text);
}

long *study_trapped_images(const struct study *s, long *n)
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

static bool trapped_is_wanted(const struct study *s, int layer)
{
    bool wanted = s->trapped.work->only == NULL;
    for (int i = 0; i < s->trapped.work->only_n && !wanted; i++)
        wanted = s->trapped.work->only[i] == layer;
    return wanted && s->table->rows[layer].clean;
}

/* The listed layers that a single tensor leaves, as far as they are wanted; new. */
static int *clean_layers(const struct study *s, int *n)
{
    int *layers = memory_new((size_t)s->layer_list.n, sizeof *layers);
    *n = 0;
    for (int i = 0; i < s->layer_list.n; i++)
        if (trapped_is_wanted(s, s->layer_list.layers[i]))
            layers[(*n)++] = s->layer_list.layers[i];
    return layers;
}

int study_ask_trapped(struct study *s, struct error *e)
{
    struct run_options run = study_run_options(s);
    run.images = study_trapped_images(s, &run.images_n);
    run.layers = clean_layers(s, &run.layers_n);
    int status = run.layers_n > 0 ? connection_trapped(s->connection, &run, s->trapped.floats,
                                                       (uint64_t)s->options.input.seed, e)
                                  : error_set(e, "trapped energy: no clean cut is listed");
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

/* ---- On the screen ------------------------------------------------------------------------------------ */

bool study_wants_trapped(const struct study *s)
{
    return s->trapped.work->wanted;
}

bool study_is_trapping(const struct study *s)
{
    return s->connection && connection_waits_for(s->connection, &request_trapped);
}

int study_want_trapped(struct study *s, struct error *e)
{
    if (s->saved_rows)
        return error_set(e, "trapped energy needs a worker: the rows come from %s", s->inputs.named);
    if (s->state == STUDY_LOST || s->state == STUDY_FAILED)
        return error_set(e, "trapped energy needs a worker, and there is none (R starts it again)");
    s->trapped.work->wanted = true;
    study_step_trapped(s);
    return 0;
}

static bool can_ask_trapped(const struct study *s)
{
    bool rests = s->state == STUDY_DONE || s->state == STUDY_PAUSED;
    return s->trapped.work->wanted && rests && !s->next && s->connection &&
           s->connection->state == CONNECTION_IDLE && s->heatmap_image < 0;
}

bool study_step_trapped(struct study *s)
{
    struct error e;
    if (!can_ask_trapped(s))
        return false;
    snprintf(s->doing, sizeof s->doing, "preparing the network");
    if (study_ask_trapped(s, &e) < 0)
        study_end_trapped(s, CONNECTION_REFUSED, &e);
    return true;
}

void study_end_trapped(struct study *s, enum connection_end end, const struct error *why)
{
    bool then_run = s->trapped.work->then_run;
    s->doing[0] = '\0';
    s->trapped.work->then_run = false;
    if (end == CONNECTION_DONE)
        study_take_trapped(s);
    else if (end == CONNECTION_REFUSED)
        study_say(s, STUDY_ERROR, "%s", why->text);
    if (end != CONNECTION_DONE || s->trapped.answer.images > 0)
        s->trapped.work->wanted = false;
    s->version++;
    if (then_run && end != CONNECTION_GONE)
        study_next_run(s);
}

void study_go_on(struct study *s)
{
    struct error e;
    s->trapped.work->then_run = study_is_trapping(s);
    if (!s->trapped.work->then_run)
        study_next_run(s);
    else if (connection_stop(s->connection, &e) < 0)
        study_say(s, STUDY_ERROR, "%s", e.text);
}

/* The layer at the position; -1: nothing is known of it. */
static int trapped_layer(const struct study *s, int position)
{
    const struct trapped *t = &s->trapped.answer;
    int layer = s->layer_list.layers[position];
    return t->images == 0 || layer >= t->layers_n || !t->lambda[layer] ? -1 : layer;
}

double study_trapped_nats(const struct study *s, int position)
{
    const struct trapped *t = &s->trapped.answer;
    int layer = trapped_layer(s, position);
    if (layer < 0)
        return NAN;
    struct trapped_geometry g = trapped_geometry(s->table->rows[layer].out, s->trapped.floats);
    return trapped_energy(&g, g.rank, t->lambda[layer], t->lambda_n[layer]);
}

double study_trapped_at(const struct study *s, int position, double times, int64_t *floats)
{
    const struct trapped *t = &s->trapped.answer;
    int layer = trapped_layer(s, position);
    if (layer < 0)
        return NAN;
    struct trapped_geometry g = trapped_geometry(s->table->rows[layer].out, s->trapped.floats);
    double rank = floor((double)g.rank * times);
    if (!(rank >= 1 && rank < (double)g.numbers))
        return NAN;
    *floats = (int64_t)rank * g.patches;
    return trapped_energy(&g, (int64_t)rank, t->lambda[layer], t->lambda_n[layer]);
}

double *study_trapped_list(const struct study *s)
{
    double *nats = memory_new((size_t)s->layer_list.n, sizeof *nats);
    for (int i = 0; i < s->layer_list.n; i++)
        nats[i] = study_trapped_nats(s, i);
    return nats;
}
