#include "worker/batch.h"

#include <stdlib.h>

#include "base/memory.h"
#include "data/loader.h"
#include "wire/message_result.h"

/* PROTOCOL.md says how far ahead it may decode. */
enum { LOADER_THREADS = 2 };

int batch_open(struct batch *b, struct net_shape in, const long *images, long n,
               const struct pixels_options *pixels, struct error *e)
{
    b->size = graph_batch(b->graph);
    b->image = memory_new((size_t)b->size, sizeof *b->image);
    b->content = memory_new((size_t)b->size, sizeof *b->content);
    b->pixels = memory_try((size_t)net_shape_size(in), sizeof *b->pixels);
    if (!b->pixels)
        return error_set(e, "no memory for an image of the network's size");
    b->loader = loader_start(b->data, images, n, in, pixels, LOADER_THREADS, 2 * b->size + LOADER_THREADS, e);
    return b->loader ? 0 : -1;
}

int batch_fill(struct batch *b, struct error *e)
{
    b->used = 0;
    while (b->used < b->size && !b->stop(b->user)) {
        struct error why;
        long image;
        struct content content;
        int status = loader_next(b->loader, &image, b->pixels, &content, &why);
        if (status == 0)
            break;
        if (status < 0) {
            if (channel_send(b->channel, message_skipped(image, why.text, &content), e) < 0)
                return -1;
            continue;
        }
        graph_set_input(b->graph, b->used, b->pixels);
        b->content[b->used] = content;
        b->image[b->used++] = image;
    }
    return 0;
}

void batch_close(struct batch *b)
{
    if (b->loader)
        loader_stop(b->loader);
    free(b->image);
    free(b->content);
    free(b->pixels);
}
