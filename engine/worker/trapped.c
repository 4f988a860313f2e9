#include "worker/trapped.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/predicted.h"
#include "predict/patches.h"
#include "predict/spectrum.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "wire/message_trapped.h"
#include "worker/batch.h"

/* Streams of random numbers: two of each image, then those of the layers' patches. */
enum { STREAMS = TRAPPED_DRAWS };
#define LAYER_STREAMS ((uint64_t)1 << 48)

struct trapped_cut {
    struct trapped_geometry geometry;
    struct patches *activations, *gradients;
};

struct trapped_job {
    struct session *session;
    struct graph *graph;
    const struct run_options *run;
    uint64_t seed;
    struct predicted *predicted;
    struct batch *batch;
    struct trapped_cut *cuts; /* [layers_n of the net]; without patches where not listed */
    bool *wanted;             /* [batch] the slot holds an image all of whose numbers are finite */
    float *gradient;          /* [batch][classes] of log p by the scores */
    bool first;               /* the activations pass with the first of the draws */
    long images;
    int64_t told; /* as session_tell has it */
};

/* ---- Making ------------------------------------------------------------------------------------------- */

static int64_t passing(const struct trapped_geometry *g, long images)
{
    return g->patches * images;
}

int64_t trapped_bytes(const struct net *net, const struct run_options *run, long floats)
{
    int64_t patches = 0, most = 0;
    for (int i = 0; i < run->layers_n; i++) {
        struct trapped_geometry g = trapped_geometry(net->layers[run->layers[i]].out, floats);
        int64_t a = passing(&g, run->images_n), b = TRAPPED_DRAWS * a;
        int64_t spectrum = spectrum_bytes(&g, patches_kept(&g, a), patches_kept(&g, b));
        patches += patches_bytes(&g, a) + patches_bytes(&g, b);
        most = spectrum > most ? spectrum : most;
    }
    return patches + most;
}

static int trapped_begin_cut(struct trapped_job *t, int layer, long floats, struct error *e)
{
    struct trapped_cut *cut = &t->cuts[layer];
    uint64_t stream = LAYER_STREAMS + 2 * (uint64_t)layer;
    cut->geometry = trapped_geometry(t->session->net->layers[layer].out, floats);
    int64_t n = passing(&cut->geometry, t->run->images_n);
    cut->activations = patches_new(&cut->geometry, n, t->seed, stream);
    cut->gradients = patches_new(&cut->geometry, TRAPPED_DRAWS * n, t->seed, stream + 1);
    return cut->activations && cut->gradients ? 0
                                              : error_set(e, "no memory for the patches of layer %d", layer);
}

static void trapped_end_cut(struct trapped_cut *cut)
{
    patches_free(cut->activations);
    patches_free(cut->gradients);
    cut->activations = cut->gradients = NULL;
}

static int trapped_begin(struct trapped_job *t, long floats, struct error *e)
{
    size_t batch = (size_t)graph_batch(t->graph), classes = (size_t)t->session->net->classes;
    t->cuts = memory_new((size_t)t->session->net->layers_n, sizeof *t->cuts);
    t->wanted = memory_new(batch, sizeof *t->wanted);
    t->gradient = memory_new(memory_product(batch, classes), sizeof *t->gradient);
    t->predicted = predicted_make(t->session->net, e);
    int status = t->predicted ? 0 : -1;
    for (int i = 0; i < t->run->layers_n && status == 0; i++)
        if (graph_has_gradient(t->graph, t->run->layers[i]))
            status = trapped_begin_cut(t, t->run->layers[i], floats, e);
    if (status == 0)
        t->batch = batch_new(t->session, t->graph, t->run->images, t->run->images_n, &t->run->pixels, e);
    return t->batch ? 0 : -1;
}

static void trapped_end(struct trapped_job *t)
{
    batch_free(t->batch);
    graph_free(t->graph);
    predicted_free(t->predicted);
    for (int l = 0; t->cuts && l < t->session->net->layers_n; l++)
        trapped_end_cut(&t->cuts[l]);
    free(t->cuts);
    free(t->wanted);
    free(t->gradient);
}

static int trapped_tell(struct trapped_job *t, const char *doing, long done, long of, const char *what,
                        struct error *e)
{
    return session_tell(t->session, &t->told, e, "%s: %ld of %ld %s", doing, done, of, what);
}

/* ---- Images ------------------------------------------------------------------------------------------- */

static void trapped_tap(void *user, int layer, struct tensor shape, const void *a, const float *alpha,
                        const void *g)
{
    (void)alpha;
    struct trapped_job *t = user;
    struct trapped_cut *cut = &t->cuts[layer];
    size_t image = tensor_numbers(shape);
    for (int slot = 0; slot < batch_used(t->batch); slot++) {
        if (!t->wanted[slot])
            continue;
        if (t->first)
            patches_pass(cut->activations, shape, number_in(shape.type, a, (size_t)slot * image));
        patches_pass(cut->gradients, shape, number_in(shape.type, g, (size_t)slot * image));
    }
}

/* Each answer's numbers depend on its image and the seed alone, not on the batch. */
static int trapped_draw(struct trapped_job *t, int draw, struct error *e)
{
    size_t classes = (size_t)t->session->net->classes;
    for (int slot = 0; slot < graph_batch(t->graph); slot++) {
        float *gradient = t->gradient + (size_t)slot * classes;
        struct order_random random;
        for (size_t i = 0; i < classes; i++)
            gradient[i] = 0;
        if (slot >= batch_used(t->batch) || !t->wanted[slot])
            continue;
        uint64_t image = (uint64_t)batch_image(t->batch, slot);
        order_random_seed(&random, t->seed, STREAMS * image + (uint64_t)draw);
        predicted_draw(t->predicted, graph_scores(t->graph) + (size_t)slot * classes, &random, gradient);
    }
    t->first = draw == 0;
    return graph_backward_from(t->graph, t->gradient, trapped_tap, t, e);
}

static int trapped_choose_slots(struct trapped_job *t, struct error *e)
{
    for (int slot = 0; slot < batch_used(t->batch); slot++) {
        int bad = graph_not_finite(t->graph, slot);
        t->wanted[slot] = bad < 0;
        t->images += bad < 0;
        if (bad >= 0 &&
            session_send(t->session,
                         message_nonfinite(batch_image(t->batch, slot), bad, batch_content(t->batch, slot)),
                         e) < 0)
            return -1;
    }
    return 0;
}

static int trapped_batch(struct trapped_job *t, struct error *e)
{
    if (graph_forward(t->graph, e) < 0 || trapped_choose_slots(t, e) < 0)
        return -1;
    for (int draw = 0; draw < TRAPPED_DRAWS; draw++)
        if (trapped_draw(t, draw, e) < 0)
            return -1;
    return 0;
}

static int trapped_images(struct trapped_job *t, struct error *e)
{
    for (;;) {
        if (trapped_tell(t, "trapped energy", t->images, t->run->images_n, "images", e) < 0 ||
            batch_fill(t->batch, e) < 0)
            return -1;
        if (batch_used(t->batch) == 0 || session_stop_asked(t->session))
            return 0;
        if (trapped_batch(t, e) < 0)
            return -1;
    }
}

/* ---- Eigenvalues ------------------------------------------------------------------------------------------
 */

static int trapped_spectrum(struct trapped_job *t, int layer, struct error *e)
{
    struct trapped_cut *cut = &t->cuts[layer];
    double *lambda = NULL;
    int n = 0, status = 0;
    if (cut->activations)
        status = spectrum_of(cut->activations, cut->gradients, SPECTRUM_AUTO, &lambda, &n, e);
    trapped_end_cut(cut);
    if (status >= 0)
        status = session_send(t->session, message_trapped(layer, lambda, n), e);
    free(lambda);
    return status;
}

/* All of them, or none after a stop. */
static int trapped_spectra(struct trapped_job *t, struct error *e)
{
    for (int i = 0; i < t->run->layers_n && !session_stop_asked(t->session); i++)
        if (trapped_tell(t, "trapped energy", i, t->run->layers_n, "layers", e) < 0 ||
            trapped_spectrum(t, t->run->layers[i], e) < 0)
            return -1;
    return 0;
}

int trapped_run(struct session *s, struct graph *graph, const struct run_options *run, long floats,
                uint64_t seed, struct error *e)
{
    struct trapped_job t = {.session = s, .graph = graph, .run = run, .seed = seed};
    int status = trapped_begin(&t, floats, e);
    if (status == 0)
        status = trapped_images(&t, e);
    if (status == 0 && t.images == 0 && !session_stop_asked(s))
        status = error_set(e, "trapped energy: none of %ld images can be used", run->images_n);
    batch_free(t.batch);
    graph_free(t.graph); /* its memory is used again */
    t.batch = NULL;
    t.graph = NULL;
    t.told = 0;
    if (status == 0)
        status = trapped_spectra(&t, e);
    if (status == 0)
        status = session_send(s, message_done(t.images), e);
    trapped_end(&t);
    return status;
}
