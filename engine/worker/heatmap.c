#include "worker/heatmap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/gradcam.h"
#include "graph/predicted.h"
#include "net/definition.h"
#include "worker/shrink.h"

struct job {
    struct graph *graph;
    const struct net *net;
    const struct dataset *data;
    struct decode_memory *memory;
    const struct heatmap_request *request;
    struct heatmap *heatmap; /* maps[layers_n of the request] while in progress */
    bool failed;             /* an error in the tap, which cannot return it */
    struct error *e;
};

/* ---- The picture ---------------------------------------------------------------------------------- */

/* planes: [c][h][w] of 0..255. */
static int draw_picture(const struct job *j, const float *planes, struct error *e)
{
    struct heatmap *m = j->heatmap;
    struct net_shape in = j->net->in;
    shrink_size(in.w, in.h, j->request->side, &m->w, &m->h);
    size_t pixels = (size_t)m->w * (size_t)m->h;
    float *small = memory_try(pixels, sizeof *small);
    if (!small)
        return error_set(e, "no memory for %d x %d pixels", m->w, m->h);
    m->rgb = memory_new(pixels, 3);
    for (int c = 0; c < 3; c++) {
        const float *plane = planes + (size_t)(in.c == 3 ? c : 0) * (size_t)in.h * (size_t)in.w;
        shrink_plane(plane, in.w, in.h, small, m->w, m->h);
        for (size_t i = 0; i < pixels; i++)
            m->rgb[3 * i + (size_t)c] = (unsigned char)lroundf(fminf(fmaxf(small[i], 0), 255));
    }
    free(small);
    return 0;
}

/* Decodes the image twice: once with the options of the run, once for display. */
static int load_image(const struct job *j, struct error *e)
{
    struct pixels_options plain = run_options_default().pixels;
    plain.fit = j->request->run.pixels.fit;
    plain.exif = j->request->run.pixels.exif;
    plain.scale = 255;
    long image = j->request->image;
    struct error why;
    float *planes = memory_try((size_t)net_shape_size(j->net->in), sizeof *planes);
    if (!planes)
        return error_set(e, "no memory for an image of the network's size");
    int status =
        pixels_load(j->data, image, j->net->in, &j->request->run.pixels, j->memory, planes, NULL, &why);
    if (status >= 0) {
        graph_set_input(j->graph, 0, planes);
        status = pixels_load(j->data, image, j->net->in, &plain, j->memory, planes, NULL, &why);
    }
    if (status >= 0)
        status = draw_picture(j, planes, e);
    else
        error_set(e, "the image cannot be decoded: %s", why.text);
    free(planes);
    return status;
}

/* ---- The maps ------------------------------------------------------------------------------------- */

static void heatmap_quantise(const float *values, size_t n, struct heatmap_map *map)
{
    for (size_t i = 0; i < n; i++)
        map->max = fmaxf(map->max, values[i]);
    for (size_t i = 0; i < n && map->max > 0; i++)
        map->bytes[i] = (unsigned char)lround(255 * (double)values[i] / (double)map->max);
}

/* whole: [2][pixels], for the map and the smaller one; scratch: that of gradcam.h. */
static int fill_map(const struct job *j, struct heatmap_map *map, struct tensor t, const void *a,
                    const float *alpha, float *whole, void *scratch)
{
    enum reduce reduce = j->request->run.reduce;
    size_t pixels = tensor_pixels(t);
    float *small = whole + pixels;
    gradcam_weigh(t, 1, reduce, a, alpha, scratch, &map->importance);
    gradcam_weigh_map(t, 0, reduce, a, alpha, whole);
    for (size_t i = 0; i < pixels; i++)
        if (!isfinite(whole[i]))
            return -1;
    shrink_size(t.w, t.h, j->request->side, &map->w, &map->h);
    shrink_plane(whole, t.w, t.h, small, map->w, map->h);
    size_t n = (size_t)map->w * (size_t)map->h;
    map->bytes = memory_new(n, 1);
    heatmap_quantise(small, n, map);
    return isfinite(map->importance) ? 0 : -1;
}

static void heatmap_tap(void *user, int layer, struct tensor t, const void *a, const float *alpha,
                        const void *g)
{
    (void)g;
    struct job *j = user;
    const struct run_options *o = &j->request->run;
    int column = 0;
    while (column < o->layers_n && o->layers[column] != layer)
        column++;
    if (column == o->layers_n || j->failed) /* the graph may list more than was requested */
        return;
    struct heatmap_map *map = &j->heatmap->maps[column];
    map->layer = layer;
    float *whole = memory_try(tensor_pixels(t), sizeof(float[2]));
    void *scratch = memory_try(gradcam_scratch_bytes(t, 1), 1);
    bool found = whole && scratch;
    j->failed = !found || fill_map(j, map, t, a, alpha, whole, scratch) < 0;
    if (!found)
        error_set(j->e, "no memory for the map of layer %d", layer);
    else if (j->failed)
        error_set(j->e, "the importance in layer %d (%s) is not finite", layer, j->net->layers[layer].name);
    free(whole);
    free(scratch);
}

/* Closes the gaps of layers without a gradient, which the tap never gets. */
static void close_up(struct heatmap *m, int places)
{
    for (int i = 0; i < places; i++)
        if (m->maps[i].bytes)
            m->maps[m->maps_n++] = m->maps[i];
}

/* The classes with the highest scores, of equal ones the first. */
static void heatmap_likely(const struct job *j, const float *scores)
{
    struct heatmap *m = j->heatmap;
    double sum = 0, temperature = 1;
    if (!predicted_is_plain(j->net, &temperature))
        return;
    for (int c = 0; c < j->net->classes; c++)
        sum += exp((scores[c] - m->predicted_score) / temperature);
    for (int n = 0; n < HEATMAP_LIKELY && n < j->net->classes; n++) {
        int best = -1;
        for (int c = 0; c < j->net->classes; c++) {
            bool taken = false;
            for (int i = 0; i < n; i++)
                taken = taken || m->likely[i].class_index == c;
            if (!taken && (best < 0 || scores[c] > scores[best]))
                best = c;
        }
        double share = exp((scores[best] - m->predicted_score) / temperature) / sum;
        m->likely[m->likely_n++] = (struct heatmap_likely){best, scores[best], (float)share};
    }
}

static int heatmap_measure(struct job *j, struct error *e)
{
    struct heatmap *m = j->heatmap;
    const struct run_options *o = &j->request->run;
    if (graph_forward(j->graph, e) < 0)
        return -1;
    int bad = graph_not_finite(j->graph, 0);
    if (bad >= 0)
        return error_set(e, "the output of layer %d (%s) is not finite", bad, j->net->layers[bad].name);
    m->predicted = graph_predicted(j->graph, 0);
    int target = o->score == SCORE_TOP ? m->predicted : j->data->images[j->request->image].class_index;
    m->score = graph_scores(j->graph)[target];
    m->predicted_score = graph_scores(j->graph)[m->predicted];
    heatmap_likely(j, graph_scores(j->graph));
    int *targets = memory_new((size_t)graph_batch(j->graph), sizeof *targets);
    targets[0] = target;
    m->maps = memory_new((size_t)o->layers_n, sizeof *m->maps);
    int status = graph_backward(j->graph, targets, heatmap_tap, j, e);
    close_up(m, o->layers_n);
    free(targets);
    return status < 0 || j->failed ? -1 : 0;
}

int heatmap_make(struct graph *graph, const struct net *net, const struct dataset *data,
                 struct decode_memory *memory, const struct heatmap_request *request, struct heatmap *heatmap,
                 struct error *e)
{
    struct job j = {.graph = graph,
                    .net = net,
                    .data = data,
                    .memory = memory,
                    .request = request,
                    .heatmap = heatmap,
                    .e = e};
    *heatmap = (struct heatmap){0};
    int status = load_image(&j, e);
    if (status == 0)
        status = heatmap_measure(&j, e);
    if (status < 0)
        heatmap_free(heatmap);
    return status;
}
