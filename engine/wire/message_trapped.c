#include "wire/message_trapped.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "wire/message_parts.h"

json_t *message_trapped_request(const struct run_options *r, long floats, uint64_t seed)
{
    json_t *request =
        json_pack("{ss so so sI sI si si sb sI}", "type", "trapped", "layers",
                  message_listed(r->layers, r->layers_n), "images", fields_from_longs(r->images, r->images_n),
                  "floats", (json_int_t)floats, "seed", (json_int_t)seed, "batch", r->batch, "threads",
                  r->threads, "exact", r->exact, "memory", (json_int_t)r->memory);
    return message_joined(request, message_pixels(&r->pixels));
}

int message_trapped_request_read(const json_t *message, struct run_options *r, long *floats, uint64_t *seed,
                                 struct error *e)
{
    struct fields f = fields_of(message, e, "trapped");
    *r = run_options_default();
    r->layers = message_listed_read(&f, &r->layers_n);
    r->images = fields_longs(&f, "images", &r->images_n);
    *floats = (long)fields_integer(&f, "floats", 0, LONG_MAX);
    *seed = (uint64_t)fields_integer(&f, "seed", 0, INT64_MAX);
    r->batch = (int)fields_integer(&f, "batch", 0, INT_MAX);
    r->threads = (int)fields_integer(&f, "threads", 0, INT_MAX);
    r->exact = fields_bool(&f, "exact");
    r->memory = fields_integer(&f, "memory", 0, INT64_MAX);
    message_pixels_read(&f, &r->pixels);
    if (r->images_n == 0)
        fields_fail(&f, "images", "at least one image");
    if (f.failed)
        run_options_free(r);
    return f.failed ? -1 : 0;
}

json_t *message_trapped(int layer, const double *lambda, int n)
{
    json_t *values = lambda ? json_array() : json_null();
    for (int i = 0; lambda && i < n; i++)
        json_array_append_new(values, json_real(lambda[i]));
    return json_pack("{ss si so}", "type", "trapped", "layer", layer, "lambda", values);
}

int message_trapped_read(const json_t *message, int *layer, double **lambda, int *n, struct error *e)
{
    struct fields f = fields_of(message, e, "trapped");
    *lambda = NULL;
    *n = 0;
    *layer = (int)fields_integer(&f, "layer", 0, INT_MAX - 1);
    if (json_is_null(json_object_get(message, "lambda")))
        return f.failed ? -1 : 0;
    const json_t *values = fields_array(&f, "lambda", -1);
    size_t size = json_array_size(values);
    double last = INFINITY;
    *lambda = memory_new(size, sizeof **lambda);
    for (size_t i = 0; i < size && !f.failed; i++) {
        const json_t *value = json_array_get(values, i);
        double v = json_is_number(value) ? json_number_value(value) : -1;
        if (!(v >= 0 && v <= last && v < INFINITY))
            fields_fail(&f, "lambda", "numbers from 0 up, descending");
        (*lambda)[i] = last = v;
    }
    *n = (int)size;
    if (f.failed) {
        free(*lambda);
        *lambda = NULL;
    }
    return f.failed ? -1 : 0;
}
