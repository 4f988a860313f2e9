#include "features/rate_curves.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "features/measured_pictures.h"

/* ---- The marks ----------------------------------------------------------------------------------------- */

static void rate_add(struct rate_curve *curve, struct rate_mark mark)
{
    if (!(mark.at.cost > 0) || isnan(mark.at.gain))
        return;
    curve->marks = memory_grow(curve->marks, (size_t)curve->n + 1, sizeof *curve->marks);
    curve->marks[curve->n++] = mark;
}

static int rate_compare_marks(const void *a, const void *b)
{
    const struct rate_mark *p = a, *q = b;
    return (p->at.cost > q->at.cost) - (p->at.cost < q->at.cost);
}

static void rate_sort(struct rate_curve *curve)
{
    if (curve->n > 0)
        qsort(curve->marks, (size_t)curve->n, sizeof *curve->marks, rate_compare_marks);
}

static struct rate_curve rate_pictures_curve(const struct features *f, bool agreement)
{
    struct rate_curve curve = {.layer = RATE_PICTURES, .jpeg = {NAN, NAN, NAN}};
    for (int i = 0; i < f->pictures_n; i++) {
        const struct picture_rate *p = &f->pictures[i];
        rate_add(&curve,
                 (struct rate_mark){.at = {p->bytes.value, agreement ? p->agrees.value : p->correct.value},
                                    .quality = p->quality});
    }
    rate_sort(&curve);
    return curve;
}

/* Of each dtype the coder that takes the fewest bytes. */
static struct rate_curve rate_cut_curve(const struct features *f, int layer, bool agreement)
{
    struct rate_curve curve = {.layer = layer, .jpeg = {NAN, NAN, NAN}};
    for (int t = 0; t < DTYPES; t++) {
        const struct feature *least = NULL;
        for (int i = 0; i < f->rows_n; i++) {
            const struct feature *row = &f->rows[i];
            if (row->layer == layer && row->type == (enum dtype)t && row->coded.value > 0 &&
                (!least || row->coded.value < least->coded.value))
                least = row;
        }
        if (least)
            rate_add(&curve,
                     (struct rate_mark){.at = {least->coded.value,
                                               agreement ? least->agrees.value : features_right(f, least)},
                                        .type = (enum dtype)t,
                                        .coder = least->coder});
    }
    rate_sort(&curve);
    return curve;
}

/* ---- The curves ---------------------------------------------------------------------------------------- */

static void rate_curves_add(struct rate_curves *c, struct rate_curve curve)
{
    if (curve.n == 0)
        return;
    c->curves = memory_grow(c->curves, (size_t)c->n + 1, sizeof *c->curves);
    c->curves[c->n++] = curve;
}

/* The next layer that was measured, after `layer`; -1: none. */
static int rate_next_layer(const struct features *f, int layer)
{
    int next = -1;
    for (int i = 0; i < f->rows_n; i++)
        if (f->rows[i].layer > layer && (next < 0 || f->rows[i].layer < next))
            next = f->rows[i].layer;
    return next;
}

/* The points of a curve that count for Bjontegaard's difference: of the pictures those of JPEG. */
static struct tradeoff *rate_curve_front(const struct rate_curve *curve, int *n)
{
    struct tradeoff *points = memory_new((size_t)curve->n, sizeof *points);
    *n = 0;
    for (int i = 0; i < curve->n; i++)
        if (curve->layer != RATE_PICTURES || curve->marks[i].quality != PICTURES_STORED)
            points[(*n)++] = curve->marks[i].at;
    *n = rate_front(points, *n);
    return points;
}

static void rate_compare_with_jpeg(struct rate_curves *c)
{
    int jpeg_n, n;
    if (c->n == 0 || c->curves[0].layer != RATE_PICTURES)
        return;
    struct tradeoff *jpeg = rate_curve_front(&c->curves[0], &jpeg_n);
    for (int i = 1; i < c->n; i++) {
        struct tradeoff *points = rate_curve_front(&c->curves[i], &n);
        c->curves[i].jpeg = rate_bjontegaard(points, n, jpeg, jpeg_n);
        free(points);
    }
    free(jpeg);
}

/* Of all curves, one behind the other; a new array. */
static struct tradeoff *rate_all_points(const struct rate_curves *c, int *n)
{
    struct tradeoff *all;
    *n = 0;
    for (int i = 0; i < c->n; i++)
        *n += c->curves[i].n;
    all = memory_new((size_t)*n, sizeof *all);
    *n = 0;
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < c->curves[i].n; k++)
            all[(*n)++] = c->curves[i].marks[k].at;
    return all;
}

int rate_curves_front(const struct rate_curves *c, struct tradeoff **front)
{
    int n;
    *front = rate_all_points(c, &n);
    return rate_front(*front, n);
}

static void rate_find_front(struct rate_curves *c)
{
    int n, at = 0;
    struct tradeoff *all = rate_all_points(c, &n);
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < c->curves[i].n; k++)
            c->curves[i].marks[k].front = !rate_is_dominated(all, n, at++);
    free(all);
}

struct rate_curves rate_curves_make(const struct features *f, bool agreement)
{
    struct rate_curves c = {.agreement = agreement, .whole = agreement ? 1 : features_whole(f)};
    if (!f)
        return c;
    rate_curves_add(&c, rate_pictures_curve(f, agreement));
    for (int layer = -1; (layer = rate_next_layer(f, layer)) >= 0;)
        rate_curves_add(&c, rate_cut_curve(f, layer, agreement));
    rate_compare_with_jpeg(&c);
    rate_find_front(&c);
    return c;
}

void rate_curves_free(struct rate_curves *c)
{
    for (int i = 0; i < c->n; i++)
        free(c->curves[i].marks);
    free(c->curves);
    *c = (struct rate_curves){0};
}

const struct rate_curve *rate_curves_find(const struct rate_curves *c, int layer)
{
    for (int i = 0; i < c->n; i++)
        if (c->curves[i].layer == layer)
            return &c->curves[i];
    return NULL;
}

const struct rate_mark *rate_curve_find(const struct rate_curve *curve, enum dtype type)
{
    for (int i = 0; curve && i < curve->n; i++)
        if (curve->marks[i].type == type)
            return &curve->marks[i];
    return NULL;
}

const struct rate_mark *rate_curves_picture(const struct rate_curves *c, double share)
{
    const struct rate_curve *pictures = rate_curves_find(c, RATE_PICTURES);
    double wanted = share > c->whole ? c->whole : share; /* NaN: none is */
    for (int i = 0; pictures && i < pictures->n; i++)    /* ascending in bytes */
        if (pictures->marks[i].at.gain >= wanted)
            return &pictures->marks[i];
    return NULL;
}
