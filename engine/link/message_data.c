#include "link/message.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "link/fields.h"

/* Outputs of a network: more than any has, few enough for one flag each. */
#define CLASSES_LIMIT ((int64_t)1 << 28)

json_t *message_images(const struct message_images *r)
{
    return json_pack("{ss so so so sb}", "type", "images", "data", fields_from_path(r->data), "split",
                     fields_from_text(r->split), "labels", fields_from_path(r->labels), "probe", r->probe);
}

int message_images_read(const json_t *message, struct message_images *r, struct error *e)
{
    struct fields f = fields_of(message, e, "images");
    *r = (struct message_images){0};
    r->data = fields_path(&f, "data", false);
    const char *split = fields_text(&f, "split", true);
    r->split = split ? memory_copy(split) : NULL;
    r->labels = fields_path(&f, "labels", true);
    r->probe = fields_bool(&f, "probe");
    if (f.failed)
        message_images_free(r);
    return f.failed ? -1 : 0;
}

void message_images_free(struct message_images *r)
{
    free(r->data);
    free(r->split);
    free(r->labels);
    *r = (struct message_images){0};
}

json_t *message_portion(const struct dataset *d, long first, long n)
{
    json_t *items = json_array();
    for (long i = first; i < first + n && i < d->images_n; i++) {
        const struct dataset_image *image = &d->images[i];
        json_array_append_new(items, json_pack("[oi]", fields_from_path(image->path), image->class_index));
    }
    return json_pack("{ss sI so}", "type", "images", "first", (json_int_t)first, "items", items);
}

int message_portion_read(const json_t *message, struct dataset *d, struct error *e)
{
    struct fields f = fields_of(message, e, "images");
    fields_integer(&f, "first", d->images_n, d->images_n);
    const json_t *items = fields_array(&f, "items", -1);
    size_t n = json_array_size(items);
    if (f.failed)
        return -1;
    d->images = memory_grow(d->images, (size_t)d->images_n + n, sizeof *d->images);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(items, i);
        const char *text = json_string_value(json_array_get(item, 0));
        char *path = text ? text_percent_decode(text) : NULL;
        int64_t index = 0;
        if (!path || json_array_size(item) != 2 ||
            fields_to_integer(json_array_get(item, 1), DATASET_NO_CLASS, CLASSES_LIMIT, &index) < 0) {
            free(path);
            return fields_fail(&f, "items", "pairs of a percent-encoded path and a class index");
        }
        d->images[d->images_n++] = (struct dataset_image){.path = path, .class_index = (int)index};
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
    return json_pack("{ss so so so sI so}", "type", "dataset", "root", fields_from_path(d->root), "layout",
                     fields_from_text(d->layout), "split", fields_from_text(d->split), "images",
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

/* Every labelled image must be of a class that was named. */
static int check_images(const struct dataset *d, struct fields *f)
{
    int outputs = d->classes_n ? d->classes[d->classes_n - 1].index + 1 : 0;
    bool *known = memory_new((size_t)outputs, sizeof *known);
    for (int i = 0; i < d->classes_n; i++)
        known[d->classes[i].index] = true;
    int status = 0;
    for (long i = 0; i < d->images_n && status == 0; i++) {
        int c = d->images[i].class_index;
        if (c != DATASET_NO_CLASS && (c >= outputs || !known[c]))
            status = fields_fail(f, "classes", "a class for every labelled image");
    }
    free(known);
    return status;
}

int message_dataset_read(const json_t *message, struct dataset *d, struct error *e)
{
    struct fields f = fields_of(message, e, "dataset");
    char *root = fields_path(&f, "root", false);
    const char *layout = fields_text(&f, "layout", false);
    const char *split = fields_text(&f, "split", false);
    fields_integer(&f, "images", d->images_n, d->images_n);
    const json_t *classes = fields_array(&f, "classes", -1);
    size_t n = json_array_size(classes);
    if (n > (size_t)CLASSES_LIMIT)
        fields_fail(&f, "classes", "fewer classes");
    if (f.failed) {
        free(root);
        return -1;
    }
    d->root = root;
    d->layout = memory_copy(layout);
    d->split = memory_copy(split);
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

void message_dataset_free(struct dataset *d)
{
    if (!d)
        return;
    for (long i = 0; i < d->images_n; i++)
        free(d->images[i].path);
    for (int i = 0; i < d->classes_n; i++) {
        free(d->classes[i].name);
        free(d->classes[i].folder);
    }
    free(d->images);
    free(d->classes);
    free(d->root);
    free(d->layout);
    free(d->split);
    free(d);
}
