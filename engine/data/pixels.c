#include "data/pixels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/build.h"
#include "data/decode.h"
#include "data/resample.h"
#include "data/source.h"

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

static int pixels_fit_size(const struct decode_picture *picture, struct net_shape net,
                           const struct pixels_options *options, float *out, struct error *e)
{
    int k = picture->c < 3 ? 1 : 3; /* alpha is dropped */
    struct placement p = place(picture->w, picture->h, net, options->fit);
    float *fitted =
        memory_try(memory_product(memory_product((size_t)p.x.n, (size_t)p.y.n), (size_t)k), sizeof *fitted);
    if (!fitted)
        return error_set(e, "no memory for %d x %d pixels", p.x.n, p.y.n);
    int failed = resample_run(picture->bytes, picture->w, picture->h, picture->c, k, p.x, p.y, fitted, e);
    size_t area = (size_t)net.h * (size_t)net.w;
    for (int c = 0; c < net.c && !failed; c++)
        fill_plane(fitted, k, &p, net, net.c == 3 && options->bgr ? 2 - c : c, options,
                   out + (size_t)c * area);
    free(fitted);
    return failed;
}

static int pixels_check(const struct dataset *d, long image, struct net_shape net,
                        const struct pixels_options *options, struct error *e)
{
    if (image < 0 || image >= d->images_n)
        return error_set(e, "there is no image %ld (expected 0..%ld)", image, d->images_n - 1);
    if (net.c != 1 && net.c != 3)
        return error_set(e, "the network reads %d channels (expected 1 or 3 for images)", net.c);
    if (net.w < 1 || net.h < 1)
        return error_set(e, "the network reads %d x %d pixels (expected at least 1 x 1)", net.w, net.h);
    if (!(options->scale > 0) || !isfinite(options->scale))
        return error_set(e, "scale is %g (expected above 0)", (double)options->scale);
    for (int c = 0; c < net.c; c++)
        if (!isfinite(options->mean[c]) || !isfinite(options->std[c]) || options->std[c] == 0)
            return error_set(e, "mean and std are %g and %g (expected numbers, std not 0)",
                             (double)options->mean[c], (double)options->std[c]);
    return 0;
}

static int decode_image(const struct dataset *d, long image, struct decode_picture *picture,
                        struct content *content, struct error *e)
{
    size_t length;
    unsigned char *bytes = source_read(d, image, &length, e);
    if (!bytes)
        return -1;
    *content = content_of(bytes, length);
    int failed = decode_bytes(bytes, length, picture, e);
    free(bytes);
    return failed;
}

int pixels_load(const struct dataset *d, long image, struct net_shape shape,
                const struct pixels_options *options, float *out, struct content *content, struct error *e)
{
    struct content unwanted;
    content = content ? content : &unwanted;
    *content = (struct content){0};
    if (pixels_check(d, image, shape, options, e) < 0)
        return -1;
    const struct idx_images *idx = d->store->idx;
    if (idx) {
        struct decode_picture view = {idx_pixels(idx, image), idx->w, idx->h, 1};
        *content = content_of_pixels(view.bytes, idx->w, idx->h);
        return pixels_fit_size(&view, shape, options, out, e);
    }
    struct decode_picture picture;
    if (decode_image(d, image, &picture, content, e) < 0)
        return -1;
    int failed = pixels_fit_size(&picture, shape, options, out, e);
    free(picture.bytes);
    return failed;
}
