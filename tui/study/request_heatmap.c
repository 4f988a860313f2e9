/* One image with its maps, next to whatever else is asked for. */
#include "study/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "wire/message_heatmap.h"

/* What is kept is the request; its layers are ours. */
static void request_heatmap_free(void *kept)
{
    heatmap_request_free(kept);
    free(kept);
}

static bool heatmap_has_layer(const struct run_options *o, int layer)
{
    for (int i = 0; i < o->layers_n; i++)
        if (o->layers[i] == layer)
            return true;
    return false;
}

static int heatmap_check(const struct connection *n, const struct heatmap_request *r, const struct heatmap *m,
                         struct error *e)
{
    if (m->image != r->image)
        return error_set(e, "the worker sent a heatmap of image %ld (expected %ld)", m->image, r->image);
    if (m->error)
        return 0;
    bool fits = m->w <= r->side && m->h <= r->side && n->table && m->predicted < n->table->classes;
    for (int i = 0; i < m->likely_n && fits; i++)
        fits = m->likely[i].class_index < n->table->classes;
    for (int i = 0; i < m->maps_n && fits; i++)
        fits = m->maps[i].w <= r->side && m->maps[i].h <= r->side &&
               heatmap_has_layer(&r->run, m->maps[i].layer);
    return fits ? 0 : error_set(e, "the worker sent a heatmap that was not asked for in this form");
}

/* It is answered before the listener hears of it, who may ask for the next one. */
static int heatmap_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    struct heatmap heatmap;
    if (type != MESSAGE_HEATMAP)
        return REQUEST_FOREIGN;
    if (message_heatmap_read(m, &heatmap, e) < 0)
        return -1;
    int status = heatmap_check(n, n->heatmap, &heatmap, e);
    heatmap.of_predicted = ((const struct heatmap_request *)n->heatmap)->run.score == SCORE_TOP;
    request_heatmap_free(n->heatmap);
    n->heatmap = NULL;
    if (status == 0 && n->listener.heatmap)
        n->listener.heatmap(n->listener.data, &heatmap);
    heatmap_free(&heatmap);
    return status < 0 ? -1 : 1;
}

const struct request_kind request_heatmap = {.accept = heatmap_accept, .free = request_heatmap_free};

int request_check_no_heatmap(const struct connection *n, struct error *e)
{
    return n->heatmap ? error_set(e, "still waiting for a heatmap") : 0;
}

int connection_heatmap(struct connection *n, const struct heatmap_request *asked, struct error *e)
{
    if (request_check_no_heatmap(n, e) < 0)
        return -1;
    if (n->state != CONNECTION_IDLE && !connection_can_stop(n))
        return error_set(e, "the worker is busy with something else than images");
    if (channel_queue(child_channel(n->child), message_heatmap_request(asked), e) < 0)
        return -1;
    struct heatmap_request *r = memory_new(1, sizeof *r);
    *r = *asked;
    r->run.images = NULL;
    r->run.images_n = 0;
    r->run.layers = memory_new((size_t)asked->run.layers_n, sizeof(int));
    memcpy(r->run.layers, asked->run.layers, (size_t)asked->run.layers_n * sizeof(int));
    n->heatmap = r;
    if (n->state == CONNECTION_IDLE)
        n->heard_ms = clock_ms();
    return 0;
}
