#include "wire/message_data.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "wire/fields.h"

/* Limit of a network's outputs: more than any has, few enough for one flag each. */
#define CLASSES_LIMIT ((int64_t)1 << 28)

/* For a field that is left out where it is not given: a worker of an earlier version does not know it. */
static json_t *path_or_none(const char *path)
{
    return path ? fields_from_path(path) : NULL;
}

json_t *message_images_request(const struct images_request *r)
{
    return json_pack("{ss so so so sb sb so* so* so* so* so*}", "type", "images", "data",
                     fields_from_path(r->data), "split", fields_from_text(r->split), "labels",
                     fields_from_path(r->labels), "probe", r->probe, "stamps", r->stamps, "truth",
                     path_or_none(r->truth), "root", path_or_none(r->root), "names", path_or_none(r->names),
                     "unlabelled", r->unlabelled ? json_true() : NULL, "keeps",
                     r->keeps ? json_true() : NULL);
}

static char *read_path_or_none(struct fields *f, const char *key)
{
    return json_object_get(f->object, key) ? fields_path(f, key, true) : NULL;
}

int message_images_request_read(const json_t *message, struct images_request *r, struct error *e)
{
    struct fields f = fields_of(message, e, "images");
    *r = (struct images_request){0};
    r->data = fields_path(&f, "data", false);
    const char *split = fields_text(&f, "split", true);
    r->split = split ? memory_copy(split) : NULL;
    r->labels = fields_path(&f, "labels", true);
    r->probe = fields_bool(&f, "probe");
    if (json_object_get(message, "stamps"))
        r->stamps = fields_bool(&f, "stamps");
    r->truth = read_path_or_none(&f, "truth");
    r->root = read_path_or_none(&f, "root");
    r->names = read_path_or_none(&f, "names");
    if (json_object_get(message, "unlabelled"))
        r->unlabelled = fields_bool(&f, "unlabelled");
    if (json_object_get(message, "keeps"))
        r->keeps = fields_bool(&f, "keeps");
    if (f.failed)
        images_request_free(r);
    return f.failed ? -1 : 0;
}

void images_request_free(struct images_request *r)
{
    free(r->data);
    free(r->split);
    free(r->labels);
    free(r->truth);
    free(r->root);
    free(r->names);
    *r = (struct images_request){0};
}

json_t *message_portion(const struct dataset *d, long first, long n, bool stamps)
{
    json_t *items = json_array();
    for (long i = first; i < first + n && i < d->images_n; i++) {
        const struct dataset_image *image = &d->images[i];
        json_t *item = json_pack("[oi]", fields_from_path(image->path), image->class_index);
        bool known = image->size >= 0;
        if (stamps) {
            json_array_append_new(item, known ? json_integer(image->size) : json_null());
            json_array_append_new(item, known ? json_integer(image->mtime_ns) : json_null());
        }
        json_array_append_new(items, item);
    }
    return json_pack("{ss sI so}", "type", "images", "first", (json_int_t)first, "items", items);
}

/* Both or neither of size and time. */
static int read_stamps(const json_t *size, const json_t *mtime_ns, struct dataset_image *image)
{
    if (json_is_null(size) && json_is_null(mtime_ns))
        return 0;
    if (fields_to_integer(size, 0, INT64_MAX, &image->size) < 0)
        return -1;
    return fields_to_integer(mtime_ns, INT64_MIN, INT64_MAX, &image->mtime_ns);
}

/* The path read is new. */
static int read_item(const json_t *item, bool stamps, struct dataset_image *image)
{
    const char *text = json_string_value(json_array_get(item, 0));
    int64_t index;
    *image = (struct dataset_image){.size = -1, .mtime_ns = -1};
    if (!text || json_array_size(item) != (stamps ? 4 : 2) ||
        fields_to_integer(json_array_get(item, 1), DATASET_NO_CLASS, CLASSES_LIMIT, &index) < 0 ||
        (stamps && read_stamps(json_array_get(item, 2), json_array_get(item, 3), image) < 0))
        return -1;
    image->class_index = (int)index;
    image->path = text_percent_decode(text);
    return image->path ? 0 : -1;
}

int message_portion_read(const json_t *message, struct dataset *d, bool stamps, struct error *e)
{
    struct fields f = fields_of(message, e, "images");
    fields_integer(&f, "first", d->images_n, d->images_n);
    const json_t *items = fields_array(&f, "items", -1);
    size_t n = json_array_size(items);
    if (f.failed)
        return -1;
    d->images = memory_grow(d->images, (size_t)d->images_n + n, sizeof *d->images);
    for (size_t i = 0; i < n; i++) {
        if (read_item(json_array_get(items, i), stamps, &d->images[d->images_n]) < 0)
            return fields_fail(&f, "items",
                               stamps ? "a percent-encoded path, a class index, size and time of each"
                                      : "pairs of a percent-encoded path and a class index");
        d->images_n++;
    }
    return 0;
}

json_t *message_dataset(const struct dataset *d)
{
    json_t *classes = json_array();
    for (int i = 0; i < d->classes_n; i++) {
        const struct dataset_class *c = &d->classes[i];
        json_array_append_new(
            classes, json_pack("{si so so sI}", "index", c->index, "name", fields_from_text(c->name),
                               "folder", fields_from_text(c->folder), "images", (json_int_t)c->images));
    }
    return json_pack("{ss so so so so so sI so}", "type", "dataset", "root", fields_from_path(d->root),
                     "place", fields_from_path(d->place), "layout", fields_from_text(d->layout), "split",
                     fields_from_text(d->split), "labelled", fields_from_text(d->labelled), "images",
                     (json_int_t)d->images_n, "classes", classes);
}

static int read_class(const json_t *object, int i, int64_t least, struct dataset_class *c, struct error *e)
{
    struct fields f = fields_of(object, e, "dataset: classes[%d]", i);
    c->index = (int)fields_integer(&f, "index", least, CLASSES_LIMIT);
    const char *name = fields_text(&f, "name", false);
    const char *folder = fields_text(&f, "folder", true);
    c->images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    if (f.failed)
        return -1;
    c->name = memory_copy(name);
    c->folder = folder ? memory_copy(folder) : NULL;
    return 0;
}

static bool is_listed(const struct dataset *d, int class_index)
{
    int low = 0, high = d->classes_n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (d->classes[middle].index < class_index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->classes_n && d->classes[low].index == class_index;
}

/* The class of every labelled image must be listed. */
static int check_images(const struct dataset *d, struct fields *f)
{
    for (long i = 0; i < d->images_n; i++) {
        int c = d->images[i].class_index;
        if (c != DATASET_NO_CLASS && !is_listed(d, c))
            return fields_fail(f, "classes", "a class for every labelled image");
    }
    return 0;
}

int message_dataset_read(const json_t *message, struct dataset *d, struct error *e)
{
    struct fields f = fields_of(message, e, "dataset");
    char *root = fields_path(&f, "root", false);
    char *place = fields_path(&f, "place", true);
    const char *layout = fields_text(&f, "layout", false);
    const char *split = fields_text(&f, "split", false);
    /* A worker of an earlier version does not tell. */
    const char *labelled = json_object_get(message, "labelled") ? fields_text(&f, "labelled", true) : NULL;
    fields_integer(&f, "images", d->images_n, d->images_n);
    const json_t *classes = fields_array(&f, "classes", -1);
    size_t n = json_array_size(classes);
    if (n > (size_t)CLASSES_LIMIT)
        fields_fail(&f, "classes", "fewer classes");
    if (f.failed) {
        free(root);
        free(place);
        return -1;
    }
    d->root = root;
    d->place = place;
    d->layout = memory_copy(layout);
    d->split = memory_copy(split);
    d->labelled = labelled ? memory_copy(labelled) : NULL;
    d->classes = memory_new(n, sizeof *d->classes);
    int64_t least = 0;
    for (int i = 0; i < (int)n; i++) {
        if (read_class(json_array_get(classes, (size_t)i), i, least, &d->classes[i], e) < 0)
            return -1;
        d->classes_n = i + 1;
        least = d->classes[i].index + 1;
    }
    return check_images(d, &f);
}
