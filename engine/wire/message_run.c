#include "wire/message_run.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/pixels.h"
#include "net/definition.h"
#include "wire/message_parts.h"

static json_t *three(const float *v)
{
    return json_pack("[fff]", (double)v[0], (double)v[1], (double)v[2]);
}

json_t *message_pixels(const struct pixels_options *p)
{
    return json_pack("{ss so so si sb so*}", "fit", pixels_fit_words[p->fit], "mean", three(p->mean), "std",
                     three(p->std), "scale", (int)p->scale, "bgr", p->bgr, "exif",
                     p->exif ? json_true() : NULL); /* left out, as in older run keys, where it is false */
}

json_t *message_joined(json_t *request, json_t *more)
{
    bool joined = json_object_update(request, more) == 0;
    json_decref(more);
    if (joined)
        return request;
    json_decref(request);
    return NULL;
}

void message_pixels_read(struct fields *f, struct pixels_options *p)
{
    p->fit = (enum pixels_fit)fields_word(f, "fit", pixels_fit_words);
    fields_floats(f, "mean", p->mean, 3);
    fields_floats(f, "std", p->std, 3);
    for (int i = 0; i < 3; i++)
        if (!(p->std[i] > 0))
            fields_fail(f, "std", "numbers above 0");
    p->scale = fields_float(f, "scale");
    if (p->scale != 1 && p->scale != 255)
        fields_fail(f, "scale", "1 or 255");
    p->bgr = fields_bool(f, "bgr");
    if (json_object_get(f->object, "exif"))
        p->exif = fields_bool(f, "exif");
}

json_t *message_listed(const int *layers, int n)
{
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, json_integer(layers[i]));
    return array;
}

/* Adds the fields common to run and heatmap to the request; returns it, or NULL. */
json_t *message_options(json_t *request, const struct run_options *o)
{
    json_t *options = json_pack(
        "{so ss ss ss si si sb ss sI so}", "layers", message_listed(o->layers, o->layers_n), "score",
        score_words[o->score], "reduce", reduce_words[o->reduce], "tap", tap_words[o->tap], "batch", o->batch,
        "threads", o->threads, "exact", o->exact, "precision", precision_words[o->precision], "memory",
        (json_int_t)o->memory, "plan_file", fields_from_path(o->tuning_file[0] ? o->tuning_file : NULL));
    if (options && o->bn_epsilon == EPSILON_FORK) /* rows without the word are Darknet's */
        json_object_set_new(options, "bn_epsilon", json_string(epsilon_words[EPSILON_FORK]));
    if (options && o->images_all > 0)
        json_object_set_new(options, "images_all", json_integer(o->images_all));
    return message_joined(message_joined(request, options), message_pixels(&o->pixels));
}

json_t *message_run(const struct run_options *o)
{
    json_t *images = fields_from_longs(o->images, o->images_n);
    return message_options(json_pack("{ss so}", "type", "run", "images", images), o);
}

int *message_listed_read(struct fields *f, int *n)
{
    const json_t *array = fields_array(f, "layers", -1);
    size_t size = json_array_size(array);
    *n = 0;
    if (size == 0 || size > INT_MAX) {
        fields_fail(f, "layers", "at least one layer");
        return NULL;
    }
    int *layers = memory_new(size, sizeof *layers);
    *n = (int)size;
    int64_t previous = -1;
    for (size_t i = 0; i < size; i++) {
        if (fields_to_integer(json_array_get(array, i), previous + 1, INT_MAX - 1, &previous) < 0) {
            fields_fail(f, "layers", "layer numbers, ascending");
            break;
        }
        layers[i] = (int)previous;
    }
    return layers;
}

static void read_tuning_file(struct fields *f, struct run_options *o)
{
    char *path = fields_path(f, "plan_file", true);
    if (path && (path[0] == '\0' || strlen(path) >= sizeof o->tuning_file))
        fields_fail(f, "plan_file", "the path of a file");
    else if (path)
        strcpy(o->tuning_file, path);
    free(path);
}

/* Optional fields: absent ones have their defaults. */
static void read_extras(struct fields *f, struct run_options *o)
{
    if (json_object_get(f->object, "exact"))
        o->exact = fields_bool(f, "exact");
    if (json_object_get(f->object, "precision"))
        o->precision = (enum precision)fields_word(f, "precision", precision_words);
    if (json_object_get(f->object, "bn_epsilon"))
        o->bn_epsilon = (enum epsilon)fields_word(f, "bn_epsilon", epsilon_words);
    if (json_object_get(f->object, "images_all"))
        o->images_all = (long)fields_integer(f, "images_all", 0, LONG_MAX);
    if (json_object_get(f->object, "memory"))
        o->memory = fields_integer(f, "memory", 0, INT64_MAX);
    if (json_object_get(f->object, "plan_file"))
        read_tuning_file(f, o);
}

void message_options_read(struct fields *f, struct run_options *o)
{
    o->layers = message_listed_read(f, &o->layers_n);
    o->score = (enum score)fields_word(f, "score", score_words);
    o->reduce = (enum reduce)fields_word(f, "reduce", reduce_words);
    o->tap = (enum tap)fields_word(f, "tap", tap_words);
    message_pixels_read(f, &o->pixels);
    o->batch = (int)fields_integer(f, "batch", 0, INT_MAX);
    o->threads = (int)fields_integer(f, "threads", 0, INT_MAX);
    read_extras(f, o);
    if (f->failed)
        run_options_free(o);
}

int message_run_read(const json_t *message, struct run_options *o, struct error *e)
{
    struct fields f = fields_of(message, e, "run");
    *o = run_options_default();
    o->images = fields_longs(&f, "images", &o->images_n);
    message_options_read(&f, o);
    return f.failed ? -1 : 0;
}
