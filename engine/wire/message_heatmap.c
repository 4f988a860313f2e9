#include "wire/message_heatmap.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/memory.h"
#include "wire/message_parts.h"

json_t *message_heatmap_request(const struct heatmap_request *r)
{
    json_t *request =
        json_pack("{ss sI si}", "type", "heatmap", "image", (json_int_t)r->image, "side", r->side);
    return message_options(request, &r->run);
}

int message_heatmap_request_read(const json_t *message, struct heatmap_request *r, struct error *e)
{
    struct fields f = fields_of(message, e, "heatmap");
    *r = (struct heatmap_request){.run = run_options_default()};
    r->image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    r->side = (int)fields_integer(&f, "side", 1, HEATMAP_SIDE_LIMIT);
    message_options_read(&f, &r->run);
    return f.failed ? -1 : 0;
}

static json_t *picture(int w, int h, int bytes_a_pixel, const unsigned char *bytes)
{
    char *text = base64_encode(bytes, (size_t)w * (size_t)h * (size_t)bytes_a_pixel);
    json_t *p = json_pack("{si si ss}", "w", w, "h", h, "data", text);
    free(text);
    return p;
}

static json_t *map_message(const struct heatmap_map *map)
{
    /* json_pack refuses a number that is not finite, and the whole message is NULL then. */
    json_t *m = json_pack("{si sf sf}", "layer", map->layer, "importance", (double)map->importance, "max",
                          (double)map->max);
    json_t *bytes = picture(map->w, map->h, 1, map->bytes);
    json_object_update(m, bytes);
    json_decref(bytes);
    return m;
}

static json_t *likely_message(const struct heatmap *h)
{
    json_t *likely = json_array();
    for (int i = 0; i < h->likely_n; i++)
        json_array_append_new(likely, json_pack("{si sf sf}", "class", h->likely[i].class_index, "score",
                                                (double)h->likely[i].score, "probability",
                                                (double)h->likely[i].probability));
    return likely;
}

json_t *message_heatmap(const struct heatmap *h)
{
    if (h->error)
        return json_pack("{ss sI so}", "type", "heatmap", "image", (json_int_t)h->image, "error",
                         fields_from_text(h->error));
    json_t *maps = json_array();
    int failed = 0;
    for (int i = 0; i < h->maps_n; i++)
        failed |= json_array_append_new(maps, map_message(&h->maps[i]));
    if (failed) {
        json_decref(maps);
        return NULL;
    }
    return json_pack("{ss sI sn si sf sf so so so}", "type", "heatmap", "image", (json_int_t)h->image,
                     "error", "top", h->predicted, "score", (double)h->score, "top_score",
                     (double)h->predicted_score, "pixels", picture(h->w, h->h, 3, h->rgb), "maps", maps,
                     "likely", likely_message(h));
}

/* The fields w, h and data of a picture; NULL on a fault. */
static unsigned char *read_picture(struct fields *f, int bytes_a_pixel, int *w, int *h)
{
    *w = (int)fields_integer(f, "w", 1, HEATMAP_SIDE_LIMIT);
    *h = (int)fields_integer(f, "h", 1, HEATMAP_SIDE_LIMIT);
    const char *text = fields_text(f, "data", false);
    if (f->failed)
        return NULL;
    size_t n = (size_t)*w * (size_t)*h * (size_t)bytes_a_pixel;
    unsigned char *bytes = memory_new(n, 1);
    if (base64_decode(text, bytes, n) == 0)
        return bytes;
    free(bytes);
    fields_fail(f, "data", "base64 of w x h pixels");
    return NULL;
}

static int read_map(const json_t *object, int i, int least, struct heatmap_map *map, struct error *e)
{
    struct fields f = fields_of(object, e, "heatmap: maps[%d]", i);
    map->layer = (int)fields_integer(&f, "layer", least, INT_MAX - 1);
    map->importance = fields_float(&f, "importance");
    map->max = fields_float(&f, "max");
    if (map->importance < 0)
        fields_fail(&f, "importance", "a number that is not negative");
    if (map->max < 0)
        fields_fail(&f, "max", "a number that is not negative");
    map->bytes = read_picture(&f, 1, &map->w, &map->h);
    return f.failed ? -1 : 0;
}

/* Counts each map only when complete, so that a fault leaves nothing half read. */
static int read_maps(const json_t *array, struct heatmap *h, struct error *e)
{
    size_t n = json_array_size(array);
    h->maps = memory_new(n, sizeof *h->maps);
    int least = 0;
    for (size_t i = 0; i < n; i++) {
        struct heatmap_map *map = &h->maps[i];
        if (read_map(json_array_get(array, i), (int)i, least, map, e) < 0)
            return -1;
        least = map->layer + 1;
        h->maps_n++;
    }
    return 0;
}

static int read_likely(const json_t *array, struct heatmap *h, struct error *e)
{
    for (size_t i = 0; i < json_array_size(array) && i < HEATMAP_LIKELY; i++) {
        struct fields f = fields_of(json_array_get(array, i), e, "heatmap: likely[%d]", (int)i);
        struct heatmap_likely *one = &h->likely[i];
        one->class_index = (int)fields_integer(&f, "class", 0, INT_MAX);
        one->score = fields_float(&f, "score");
        one->probability = fields_float(&f, "probability");
        if (!(one->probability >= 0 && one->probability <= 1))
            fields_fail(&f, "probability", "from 0 to 1");
        if (f.failed)
            return -1;
        h->likely_n++;
    }
    return 0;
}

static int read_whole(struct fields *f, struct heatmap *h, struct error *e)
{
    h->predicted = (int)fields_integer(f, "top", 0, INT_MAX);
    h->score = fields_float(f, "score");
    h->predicted_score = fields_float(f, "top_score");
    const json_t *maps = fields_array(f, "maps", -1), *likely = fields_array(f, "likely", -1);
    if (f->failed)
        return -1;
    struct fields pixels = fields_of(json_object_get(f->object, "pixels"), e, "heatmap: pixels");
    h->rgb = read_picture(&pixels, 3, &h->w, &h->h);
    return pixels.failed || read_likely(likely, h, e) < 0 ? -1 : read_maps(maps, h, e);
}

int message_heatmap_read(const json_t *message, struct heatmap *h, struct error *e)
{
    struct fields f = fields_of(message, e, "heatmap");
    *h = (struct heatmap){0};
    h->image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    const char *text = fields_text(&f, "error", true);
    h->error = text ? memory_copy(text) : NULL;
    int status = f.failed ? -1 : h->error ? 0 : read_whole(&f, h, e);
    if (status < 0)
        heatmap_free(h);
    return status;
}
