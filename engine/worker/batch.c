#include "worker/batch.h"

#include <stdlib.h>

#include "base/memory.h"
#include "data/loader.h"
#include "wire/message_result.h"

/* PROTOCOL.md says how far ahead it may decode. */
enum { LOADER_THREADS = 2 };

struct batch {
    struct session *session;
    struct graph *graph;
    int size;                /* slots of the graph */
    int used;                /* of them are filled */
    long *image;             /* [size] number of the image in each slot, */
    struct content *content; /* [size] and its content */
    struct loader *loader;
    float *pixels;                      // [c][h][w] of one image
    long turned, first_turned, decoded; /* images that should have been turned, the first, and all */
};

struct batch *batch_new(struct session *s, struct graph *graph, const long *images, long n,
                        const struct pixels_options *pixels, struct error *e)
{
    struct net_shape in = s->net->in;
    struct batch *b = memory_new(1, sizeof *b);
    b->session = s;
    b->graph = graph;
    b->size = graph_batch(graph);
    b->image = memory_new((size_t)b->size, sizeof *b->image);
    b->content = memory_new((size_t)b->size, sizeof *b->content);
    b->pixels = memory_try((size_t)net_shape_size(in), sizeof *b->pixels);
    if (!b->pixels)
        error_set(e, "no memory for an image of the network's size");
    else {
        session_decode_beside(s, graph);
        b->loader = loader_start(s->data, images, n, in, pixels, s->decoding, LOADER_THREADS,
                                 2 * b->size + LOADER_THREADS, e);
    }
    if (b->loader)
        return b;
    batch_free(b);
    return NULL;
}

/* Once, when there are no more images to come. */
static int tell_turned(struct batch *b, struct error *e)
{
    long turned = b->turned;
    b->turned = 0;
    return session_tell_turned(b->session, turned, b->decoded, b->first_turned, e);
}

int batch_fill(struct batch *b, struct error *e)
{
    b->used = 0;
    while (b->used < b->size && !session_stop_asked(b->session)) {
        struct error why;
        long image;
        struct content content;
        int status = loader_next(b->loader, &image, b->pixels, &content, &why);
        if (status == 0)
            return tell_turned(b, e);
        if (status < 0) {
            if (session_send(b->session, message_skipped(image, why.text, &content), e) < 0)
                return -1;
            continue;
        }
        b->decoded++;
        if (status == 1 + PIXELS_NOT_TURNED && b->turned++ == 0)
            b->first_turned = image;
        graph_set_input(b->graph, b->used, b->pixels);
        b->content[b->used] = content;
        b->image[b->used++] = image;
    }
    return session_stop_asked(b->session) ? tell_turned(b, e) : 0;
}

int batch_used(const struct batch *b)
{
    return b->used;
}

long batch_image(const struct batch *b, int slot)
{
    return b->image[slot];
}

const struct content *batch_content(const struct batch *b, int slot)
{
    return &b->content[slot];
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    if (b->loader)
        loader_stop(b->loader);
    free(b->image);
    free(b->content);
    free(b->pixels);
    free(b);
}
