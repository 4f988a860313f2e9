#include "data/fit.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/resample.h"

const char *const pixels_fit_words[] = {
    [PIXELS_CROP] = "crop", [PIXELS_STRETCH] = "stretch", [PIXELS_LETTERBOX] = "letterbox", NULL};

/* The part of the image that is used, and the rectangle of the network's input that it fills. */
struct placement {
    struct resample_axis x, y;
    int left, top;
};

/* The shorter side fits, the longer one is cut on both ends alike. Where the shorter side has the
 * network's size already, the cut falls between pixels, so that nothing is resampled. */
static struct placement place_crop(int w, int h, struct net_shape net)
{
    double across = (double)w / net.w, down = (double)h / net.h;
    double step = across < down ? across : down;
    double left = (w - step * net.w) / 2, top = (h - step * net.h) / 2;
    if (step == 1) {
        left = floor(left);
        top = floor(top);
    }
    return (struct placement){{left, step, net.w}, {top, step, net.h}, 0, 0};
}

/* The geometry of Darknet's letterbox_image, rounding included. */
static struct placement place_letterbox(int w, int h, struct net_shape net)
{
    int64_t inner_w = net.w, inner_h = net.h;
    if ((int64_t)net.w * h < (int64_t)net.h * w)
        inner_h = (int64_t)h * net.w / w;
    else
        inner_w = (int64_t)w * net.h / h;
    inner_w = inner_w < 1 ? 1 : inner_w;
    inner_h = inner_h < 1 ? 1 : inner_h;
    return (struct placement){{0, (double)w / (double)inner_w, (int)inner_w},
                              {0, (double)h / (double)inner_h, (int)inner_h},
                              (net.w - (int)inner_w) / 2,
                              (net.h - (int)inner_h) / 2};
}

static struct placement place(int w, int h, struct net_shape net, enum pixels_fit fit)
{
    if (fit == PIXELS_CROP)
        return place_crop(w, h, net);
    if (fit == PIXELS_LETTERBOX)
        return place_letterbox(w, h, net);
    return (struct placement){{0, (double)w / net.w, net.w}, {0, (double)h / net.h, net.h}, 0, 0};
}

/* Rec. 601 luma, the weights of JPEG and of Pillow's "L". Whole numbers keep grey pixels exact. */
static float luma(const float *rgb)
{
    return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000;
}

/* One plane of the network's input from fitted[y.n][x.n][k]; `colour` is 0..2 for R, G, B. */
static void fill_plane(const float *fitted, int k, const struct placement *p, struct net_shape net,
                       int colour, const struct pixels_options *options, float *plane)
{
    float divisor = 255 / options->scale;
    float mean = options->mean[colour], std = options->std[colour];
    float border = (127.5f / divisor - mean) / std; /* Darknet's letterbox grey: 0.5 of 0..1 */
    for (int y = 0; y < net.h; y++)
        for (int x = 0; x < net.w; x++) {
            float *to = plane + (size_t)y * (size_t)net.w + (size_t)x;
            int column = x - p->left, row = y - p->top;
            if (column < 0 || row < 0 || column >= p->x.n || row >= p->y.n) {
                *to = border;
                continue;
            }
            const float *pixel = fitted + ((size_t)row * (size_t)p->x.n + (size_t)column) * (size_t)k;
            float value = k == 1 ? pixel[0] : net.c == 1 ? luma(pixel) : pixel[colour];
            *to = (value / divisor - mean) / std;
        }
}

/* Channels that are fitted: alpha is dropped. */
static int fitted_channels(int c)
{
    return c < 3 ? 1 : 3;
}

static int64_t fitted_bytes(const struct placement *p, int k)
{
    return (int64_t)p->x.n * p->y.n * k * (int64_t)sizeof(float);
}

/* Resamples the picture as it is shown, reading the stored one in another order: the same sums as of a
 * picture that was stored upright, and no copy of it. */
static int fit_turned(const struct decode_picture *picture, int k, const struct placement *p, float *fitted,
                      struct error *e)
{
    int o = picture->orientation;
    ptrdiff_t column = picture->c, row = column * picture->w;
    const unsigned char *first = picture->bytes;
    if (exif_is_from_right(o)) {
        first += column * (picture->w - 1);
        column = -column;
    }
    if (exif_is_from_bottom(o)) {
        first += row * (picture->h - 1);
        row = -row;
    }
    return exif_is_swapped(o)
               ? resample_steps(first, row, column, picture->h, picture->w, k, p->x, p->y, fitted, e)
               : resample_steps(first, column, row, picture->w, picture->h, k, p->x, p->y, fitted, e);
}

int fit_picture(const struct decode_picture *picture, struct net_shape net,
                const struct pixels_options *options, float *out, struct error *e)
{
    int k = fitted_channels(picture->c);
    bool swapped = exif_is_swapped(picture->orientation);
    struct placement p =
        place(swapped ? picture->h : picture->w, swapped ? picture->w : picture->h, net, options->fit);
    float *fitted = memory_try((size_t)fitted_bytes(&p, k), 1);
    int failed = 0;
    if (!fitted)
        error_set(e, "no memory for %d x %d pixels", p.x.n, p.y.n);
    if (!fitted || fit_turned(picture, k, &p, fitted, e) < 0)
        failed = DECODE_NO_MEMORY;
    size_t area = (size_t)net.h * (size_t)net.w;
    for (int c = 0; c < net.c && !failed; c++)
        fill_plane(fitted, k, &p, net, net.c == 3 && options->bgr ? 2 - c : c, options,
                   out + (size_t)c * area);
    free(fitted);
    return failed;
}

int64_t fit_bytes(int w, int h, int c, struct net_shape net, const struct pixels_options *options)
{
    struct placement p = place(w, h, net, options->fit);
    int k = fitted_channels(c);
    return fitted_bytes(&p, k) + resample_bytes(w, k, p.x, p.y);
}
