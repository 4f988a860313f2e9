/* Requests that speak of single images: which of them are awaited, and those that are left out. */
#include "study/request.h"

#include <stdlib.h>

#include "base/memory.h"

void request_await(struct connection *n, const long *images, long images_n)
{
    if (!n->awaited)
        n->awaited = memory_new((size_t)n->dataset->images_n, sizeof *n->awaited);
    for (long i = 0; i < images_n; i++)
        n->awaited[images[i]] = true;
}

/* The image's number must be one of the data set, while it is listed or known. */
static int request_is_image(const struct connection *n, long image, struct error *e)
{
    if (!n->dataset || image >= n->dataset->images_n)
        return error_set(e, "the worker speaks of image %ld, which does not exist", image);
    return 0;
}

int request_check_image(struct connection *n, long image, struct error *e)
{
    if (request_is_image(n, image, e) < 0)
        return -1;
    if (n->awaited ? !n->awaited[image] : n->skipped >= n->dataset->images_n)
        return error_set(e, "the worker speaks of image %ld, which was not asked for or is answered already",
                         image);
    if (n->awaited)
        n->awaited[image] = false;
    return 0;
}

int request_take_skipped(struct connection *n, const json_t *m, struct error *e)
{
    long image;
    const char *reason;
    struct content content;
    if (message_skipped_read(m, &image, &reason, &content, e) < 0 || request_check_image(n, image, e) < 0)
        return -1;
    n->skipped++;
    if (n->listener.skipped)
        n->listener.skipped(n->listener.data, image, reason, &content);
    return 0;
}

int request_take_nonfinite(struct connection *n, const json_t *m, struct error *e)
{
    long image;
    int layer;
    struct content content;
    if (message_nonfinite_read(m, &image, &layer, &content, e) < 0 || request_check_image(n, image, e) < 0)
        return -1;
    if (layer >= n->table->rows_n)
        return error_set(e, "the worker speaks of layer %d, which does not exist", layer);
    n->nonfinite++;
    if (n->listener.nonfinite)
        n->listener.nonfinite(n->listener.data, image, layer, &content);
    return 0;
}
