#include "worker/retrain_whole.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "worker/retrain_shelf.h"

struct retrain_whole {
    struct session *session;
    struct graph *graph;
    int layer;      /* the cut is after it */
    bool pixels;    /* the trained network takes pixels, else the tensor at the cut */
    size_t floats;  /* as the functions of that name say */
    size_t outputs; /* likewise */
    float *image;   // [c][h][w] that was decoded
    float *fresh;   /* [batch][floats + outputs] */
};

size_t retrain_whole_floats(const struct net *net, const struct retrain_request *r)
{
    return (size_t)net_shape_size(r->trains == RETRAIN_ALL ? net->in : net->layers[r->layer].out);
}

size_t retrain_whole_scores_n(const struct net *net)
{
    return net_is_single(net) ? 1 : (size_t)net->classes;
}

size_t retrain_whole_outputs(const struct net *net, const struct retrain_request *r)
{
    return r->loss == RETRAIN_LABELS ? 0 : retrain_whole_scores_n(net);
}

/* No layer is listed: there is no gradient. No timing, so that the same command gives the same bytes. */
static struct graph *whole_compile(struct session *s, const struct retrain_request *r, size_t held,
                                   struct error *e)
{
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    const struct graph_options options = {
        .batch = r->batch,
        .threads = r->threads,
        .listed = listed,
        .algorithms = r->exact ? GRAPH_EXACT : GRAPH_BY_SHAPE,
        .memory = r->memory,
        .held = (int64_t)held,
    };
    struct graph *graph = session_compile(s, &options, e);
    free(listed);
    return graph;
}

struct retrain_whole *retrain_whole_new(struct session *s, const struct retrain_request *r, size_t held,
                                        struct error *e)
{
    struct retrain_whole *w = memory_new(1, sizeof *w);
    w->session = s;
    w->layer = r->layer;
    w->pixels = r->trains == RETRAIN_ALL;
    w->floats = retrain_whole_floats(s->net, r);
    w->outputs = retrain_whole_outputs(s->net, r);
    w->graph = retrain_shelf_take_graph(s, r);
    if (!w->graph)
        w->graph = whole_compile(s, r, held, e);
    if (w->graph) {
        w->image = memory_try((size_t)net_shape_size(s->net->in), sizeof *w->image);
        w->fresh = memory_try(memory_product((size_t)r->batch, w->floats + w->outputs), sizeof *w->fresh);
        if (w->image && w->fresh)
            return w;
        error_set(e, "no memory for a batch of %d images", r->batch);
    }
    retrain_whole_free(w);
    return NULL;
}

void retrain_whole_free(struct retrain_whole *w)
{
    if (!w)
        return;
    graph_free(w->graph);
    free(w->image);
    free(w->fresh);
    free(w);
}

void retrain_whole_put_away(struct retrain_whole *w, const struct retrain_request *r)
{
    retrain_shelf_put_graph(w->session, r, w->graph);
    w->graph = NULL;
    retrain_whole_free(w);
}

struct graph *retrain_whole_graph(const struct retrain_whole *w)
{
    return w->graph;
}

float *retrain_whole_image(const struct retrain_whole *w)
{
    return w->image;
}

void retrain_whole_put(const struct retrain_whole *w, int slot)
{
    graph_set_input(w->graph, slot, w->image);
    if (w->pixels)
        memcpy(retrain_whole_item(w, slot), w->image, w->floats * sizeof *w->image);
}

void retrain_whole_finish(const struct retrain_whole *w, int slot)
{
    float *item = retrain_whole_item(w, slot);
    if (!w->pixels)
        graph_get(w->graph, w->layer, slot, item);
    if (w->outputs > 0)
        memcpy(item + w->floats, retrain_whole_scores(w, slot), w->outputs * sizeof *item);
}

float *retrain_whole_item(const struct retrain_whole *w, int slot)
{
    return w->fresh + (size_t)slot * (w->floats + w->outputs);
}

/* One number where the network has one output, of which the graph makes the scores -y and y of two classes.
 */
const float *retrain_whole_scores(const struct retrain_whole *w, int slot)
{
    const struct net *net = w->session->net;
    const float *scores = graph_scores(w->graph) + (size_t)slot * (size_t)net->classes;
    return net_is_single(net) ? scores + 1 : scores;
}
