#include "wire/message_features.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "wire/message_parts.h"

json_t *message_features_request(const struct features_request *r)
{
    json_t *request = json_pack(
        "{ss so so so si si si sb sI}", "type", "features", "layers", message_listed(r->layers, r->layers_n),
        "images", fields_from_longs(r->images, r->images_n), "calibration",
        fields_from_longs(r->calibration, r->calibration_n), "level", r->level, "batch", r->batch, "threads",
        r->threads, "exact", r->exact, "memory", (json_int_t)r->memory);
    return message_joined(request, message_pixels(&r->pixels));
}

int message_features_request_read(const json_t *message, struct features_request *r, struct error *e)
{
    struct fields f = fields_of(message, e, "features");
    *r = (struct features_request){0};
    r->layers = message_listed_read(&f, &r->layers_n);
    r->images = fields_longs(&f, "images", &r->images_n);
    r->calibration = fields_longs(&f, "calibration", &r->calibration_n);
    r->level = (int)fields_integer(&f, "level", 1, FEATURES_LEVEL_LIMIT);
    r->batch = (int)fields_integer(&f, "batch", 0, INT_MAX);
    r->threads = (int)fields_integer(&f, "threads", 0, INT_MAX);
    r->exact = fields_bool(&f, "exact");
    r->memory = fields_integer(&f, "memory", 0, INT64_MAX);
    message_pixels_read(&f, &r->pixels);
    if (r->images_n == 0)
        fields_fail(&f, "images", "at least one image");
    if (r->calibration_n == 0)
        fields_fail(&f, "calibration", "at least one image");
    if (f.failed)
        features_request_free(r);
    return f.failed ? -1 : 0;
}

json_t *message_features(const struct measured_features *m)
{
    json_t *rows = json_array();
    for (int i = 0; i < m->rows_n; i++) {
        const struct measured_feature *r = &m->rows[i];
        json_array_append_new(
            rows, json_pack("{si ss sI sf sI sI sI sf si}", "layer", r->layer, "as", dtype_words[r->type],
                            "packed", (json_int_t)r->compressed, "deviation", (double)r->deviation, "clipped",
                            (json_int_t)r->clipped, "correct", (json_int_t)r->correct, "agrees",
                            (json_int_t)r->agrees, "scale", (double)r->scale, "zero", r->zero));
    }
    return json_pack("{ss sI sI sI so so}", "type", "features", "images", (json_int_t)m->images, "calibrated",
                     (json_int_t)m->calibrated, "correct", (json_int_t)m->correct, "zstd",
                     fields_from_text(m->zstd), "rows", rows);
}

static void row_read(struct fields *f, long images, struct measured_feature *r)
{
    r->layer = (int)fields_integer(f, "layer", 0, INT_MAX - 1);
    r->type = (enum dtype)fields_word(f, "as", dtype_words);
    r->compressed = fields_integer(f, "packed", 0, INT64_MAX);
    r->deviation = fields_float(f, "deviation");
    r->clipped = fields_integer(f, "clipped", 0, INT64_MAX);
    r->correct = (long)fields_integer(f, "correct", 0, images);
    r->agrees = (long)fields_integer(f, "agrees", 0, images);
    r->scale = fields_float(f, "scale");
    r->zero = (int)fields_integer(f, "zero", 0, UCHAR_MAX);
    if (!(r->deviation >= 0))
        fields_fail(f, "deviation", "a number from 0 up");
    if (!(r->scale > 0))
        fields_fail(f, "scale", "a number above 0");
}

int message_features_read(const json_t *message, struct measured_features *m, struct error *e)
{
    struct fields f = fields_of(message, e, "features");
    *m = (struct measured_features){0};
    m->images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    m->calibrated = (long)fields_integer(&f, "calibrated", 0, LONG_MAX);
    m->correct = (long)fields_integer(&f, "correct", 0, m->images);
    char *zstd = text_escape(fields_text(&f, "zstd", false));
    snprintf(m->zstd, sizeof m->zstd, "%s", zstd);
    free(zstd);
    const json_t *rows = fields_array(&f, "rows", -1);
    m->rows_n = rows ? (int)json_array_size(rows) : 0;
    m->rows = memory_new((size_t)m->rows_n, sizeof *m->rows);
    for (int i = 0; i < m->rows_n && !f.failed; i++) {
        struct fields row = fields_of(json_array_get(rows, (size_t)i), e, "features: rows[%d]", i);
        row_read(&row, m->images, &m->rows[i]);
        f.failed = row.failed;
    }
    if (f.failed)
        measured_features_free(m);
    return f.failed ? -1 : 0;
}
