#include "graph/kernels_blur.h"

#include <string.h>

#include "net/blur.h"

/* One side of the window on one side of the image: pixel `i` of the output has tap `k` at pixel
 * i * step - pad + k of the input. */
struct side {
    int window, pad, step, in, out;
};

struct planes {
    enum number type;
    struct side rows, columns;
    size_t block; /* numbers between two pixels */
};

static struct planes planes_of(const struct net_layer *l, struct tensor in, struct tensor out)
{
    int pad = blur_pad(l->blur);
    return (struct planes){
        .type = in.type,
        .rows = {l->blur, pad, l->stride, in.h, out.h},
        .columns = {l->blur, pad, l->stride_x, in.w, out.w},
        .block = (size_t)in.block,
    };
}

/* A pixel of the output from the plane x. */
static float blurred(const struct planes *p, const void *x, int row, int column)
{
    float sum = 0.0f;
    for (int i = 0; i < p->rows.window; i++) {
        int y = row * p->rows.step - p->rows.pad + i;
        for (int j = 0; y >= 0 && y < p->rows.in && j < p->columns.window; j++) {
            int at = column * p->columns.step - p->columns.pad + j;
            if (at >= 0 && at < p->columns.in)
                sum += blur_weight(p->rows.window, i) * blur_weight(p->columns.window, j) *
                       number_get(p->type, x, ((size_t)y * (size_t)p->columns.in + (size_t)at) * p->block);
        }
    }
    return sum;
}

/* The pixel of the output whose tap `k` is at pixel `at` of the input; -1: there is none. */
static int blur_reader(const struct side *s, int at, int k)
{
    int from = at + s->pad - k;
    return from >= 0 && from % s->step == 0 && from / s->step < s->out ? from / s->step : -1;
}

/* A pixel of the input's gradient from the plane dy. */
static float blur_spread(const struct planes *p, const void *dy, int row, int column)
{
    float sum = 0.0f;
    for (int i = 0; i < p->rows.window; i++) {
        int y = blur_reader(&p->rows, row, i);
        for (int j = 0; y >= 0 && j < p->columns.window; j++) {
            int at = blur_reader(&p->columns, column, j);
            if (at >= 0)
                sum += blur_weight(p->rows.window, i) * blur_weight(p->columns.window, j) *
                       number_get(p->type, dy, ((size_t)y * (size_t)p->columns.out + (size_t)at) * p->block);
        }
    }
    return sum;
}

typedef float blur_pixel(const struct planes *p, const void *from, int row, int column);

/* Every pixel of every channel of `to`; the padding channels become zero. */
static void blur_all(const struct planes *p, blur_pixel *pixel, int batch, struct tensor from, const void *x,
                     struct tensor to, void *y)
{
    size_t bytes = number_size(to.type), image = tensor_numbers(to);
    memset(y, 0, (size_t)batch * image * bytes);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int c = 0; c < to.c; c++) {
            const void *source =
                number_in(to.type, x, (size_t)n * tensor_numbers(from) + tensor_at(from, c, 0, 0));
            size_t at = (size_t)n * image + tensor_at(to, c, 0, 0);
            for (int row = 0; row < to.h; row++)
                for (int column = 0; column < to.w; column++, at += p->block)
                    number_put(to.type, y, at, pixel(p, source, row, column));
        }
}

void blur_forward(const struct net_layer *l, struct tensor in, struct tensor out, int batch, const void *x,
                  void *y)
{
    const struct planes p = planes_of(l, in, out);
    blur_all(&p, blurred, batch, in, x, out, y);
}

void blur_gradient(const struct net_layer *l, struct tensor in, struct tensor out, int batch, const void *dy,
                   void *dx)
{
    const struct planes p = planes_of(l, in, out);
    blur_all(&p, blur_spread, batch, out, dy, in, dx);
}
