#include "data/pixels.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/build.h"
#include "data/decode.h"
#include "data/exif.h"
#include "data/fit.h"
#include "data/source.h"

#define MEGABYTE ((int64_t)1 << 20)
/* A file that grew between two readings is read once more, but not for ever. */
enum { READS_MAX = 4 };

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

/* ---- Memory --------------------------------------------------------------------------------------- */

/* Bytes that decoding and fitting take at the most, beside the encoded image. `turned`: it is fitted on its
 * side. */
static int64_t loading_bytes(struct decode_picture need, bool turned, struct net_shape net,
                             const struct pixels_options *options)
{
    if (need.w == 0)
        return 0;
    int64_t pixels = (int64_t)need.w * need.h * need.c;
    int64_t fitting =
        pixels + fit_bytes(turned ? need.h : need.w, turned ? need.w : need.h, need.c, net, options);
    return fitting > need.takes ? fitting : need.takes;
}

/* `what` takes too much. */
static int pixels_too_large(const struct decode_memory *m, int64_t bytes, const char *what, struct error *e)
{
    char allowed[32];
    const char *by;
    int64_t most = decode_memory_most(m, &by);
    if (most < MEGABYTE)
        text_bytes(allowed, most);
    else
        snprintf(allowed, sizeof allowed, "%" PRId64 " MB", most / MEGABYTE);
    error_set(e, "%s %" PRId64 " MB of memory (allowed: %s%s)", what, (bytes + MEGABYTE - 1) / MEGABYTE,
              allowed, by);
    return DECODE_NO_MEMORY;
}

struct encoded {
    unsigned char *bytes;
    size_t length;
    int64_t taken; /* of the memory, for all that is done with it */
    int orientation;
};

static void encoded_free(struct encoded *f, struct decode_memory *m)
{
    free(f->bytes);
    decode_memory_give(m, f->taken);
    *f = (struct encoded){0};
}

/* Reads the file into memory that was taken, `taken` bytes. Returns what is missing to decode it. */
static int64_t read_and_measure(const struct dataset *d, long image, struct net_shape net,
                                const struct pixels_options *options, struct encoded *f,
                                struct decode_picture *need, struct error *e)
{
    f->bytes = source_read(d, image, &f->length, e);
    if (!f->bytes)
        return -1;
    *need = decode_measure(f->bytes, f->length);
    f->orientation = exif_orientation(f->bytes, f->length);
    bool turned = options->exif && exif_is_swapped(f->orientation);
    int64_t more = (int64_t)f->length + loading_bytes(*need, turned, net, options) - f->taken;
    return more > 0 ? more : 0;
}

/* Reads the file when there is memory for it and for what it becomes. That is known only when it has been
 * read: where not enough is left then, its own is given back before more is waited for, and it is read again.
 */
static int read_within(const struct dataset *d, long image, struct net_shape net,
                       const struct pixels_options *options, struct decode_memory *m, struct encoded *f,
                       struct error *e)
{
    int64_t wanted = source_size(d, image);
    for (int reads = 0; reads < READS_MAX; reads++) {
        struct decode_picture need;
        if (!decode_memory_take(m, wanted))
            return pixels_too_large(m, wanted, "its file alone takes", e);
        *f = (struct encoded){.taken = wanted};
        int64_t more = read_and_measure(d, image, net, options, f, &need, e);
        if (more < 0) {
            encoded_free(f, m);
            return -1;
        }
        if (decode_memory_try(m, more)) {
            f->taken += more;
            return 0;
        }
        wanted += more;
        encoded_free(f, m);
        if (wanted > decode_memory_most(m, NULL)) {
            char what[64];
            snprintf(what, sizeof what, "has %d x %d pixels, which take", need.w, need.h);
            return pixels_too_large(m, wanted, what, e);
        }
    }
    return error_set(e, "its file grows while it is read");
}

/* ---- All of it ------------------------------------------------------------------------------------ */

static int load_file(const struct dataset *d, long image, struct net_shape shape,
                     const struct pixels_options *options, struct decode_memory *memory, float *out,
                     struct content *content, struct error *e)
{
    struct encoded f;
    int status = read_within(d, image, shape, options, memory, &f, e);
    if (status < 0)
        return status;
    struct decode_picture picture = {0};
    *content = content_of(f.bytes, f.length);
    status = decode_bytes(f.bytes, f.length, &picture, e);
    free(f.bytes); /* before fitting takes memory */
    f.bytes = NULL;
    bool upright = f.orientation == EXIF_UPRIGHT;
    picture.orientation = options->exif ? f.orientation : EXIF_UPRIGHT;
    if (status == 0)
        status = fit_picture(&picture, shape, options, out, e);
    free(picture.bytes);
    encoded_free(&f, memory);
    return status == 0 && !upright && !options->exif ? PIXELS_NOT_TURNED : status;
}

static int load_idx(const struct idx_images *idx, long image, struct net_shape shape,
                    const struct pixels_options *options, struct decode_memory *memory, float *out,
                    struct content *content, struct error *e)
{
    struct decode_picture view = {.c = 1, .orientation = EXIF_UPRIGHT};
    view.bytes = idx_pixels(idx, image, &view.w, &view.h);
    int64_t bytes = fit_bytes(view.w, view.h, 1, shape, options);
    *content = content_of_pixels(view.bytes, view.w, view.h);
    if (!decode_memory_take(memory, bytes))
        return pixels_too_large(memory, bytes, "fitting it takes", e);
    int status = fit_picture(&view, shape, options, out, e);
    decode_memory_give(memory, bytes);
    return status;
}

char *pixels_words(const struct pixels_options *p)
{
    return memory_format("%d %a %a %a %a %a %a %a %d %d", (int)p->fit, (double)p->scale, (double)p->mean[0],
                         (double)p->mean[1], (double)p->mean[2], (double)p->std[0], (double)p->std[1],
                         (double)p->std[2], p->bgr, p->exif);
}

int pixels_load(const struct dataset *d, long image, struct net_shape shape,
                const struct pixels_options *options, struct decode_memory *memory, float *out,
                struct content *content, struct error *e)
{
    struct content unwanted;
    content = content ? content : &unwanted;
    *content = (struct content){0};
    if (pixels_check(d, image, shape, options, e) < 0)
        return -1;
    const struct idx_images *idx = d->store->idx;
    int status = idx ? load_idx(idx, image, shape, options, memory, out, content, e)
                     : load_file(d, image, shape, options, memory, out, content, e);
    if (status == DECODE_NO_MEMORY)
        *content = (struct content){0};
    return status < 0 ? -1 : status;
}

int pixels_size(const struct dataset *d, long image, bool exif, int *w, int *h, struct error *e)
{
    const struct idx_images *idx = d->store->idx;
    size_t length = 0;
    unsigned char *bytes = idx ? NULL : source_read(d, image, &length, e);
    if (!idx && !bytes)
        return -1;
    struct decode_picture stored = {0};
    if (idx)
        idx_pixels(idx, image, &stored.w, &stored.h);
    else
        stored = decode_measure(bytes, length);
    bool turned = !idx && exif && exif_is_swapped(exif_orientation(bytes, length));
    *w = turned ? stored.h : stored.w;
    *h = turned ? stored.w : stored.h;
    free(bytes);
    return *w > 0 ? 0 : error_set(e, "its header gives no size");
}
