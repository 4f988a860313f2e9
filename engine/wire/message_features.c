#include "wire/message_features.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "wire/message_parts.h"

/* The words of those that are wanted, in their order, and back. */
static json_t *wanted_words(const bool *wanted, const char *const *words)
{
    json_t *list = json_array();
    for (int i = 0; words[i]; i++)
        if (wanted[i])
            json_array_append_new(list, json_string(words[i]));
    return list;
}

static void wanted_words_read(struct fields *f, const char *key, const char *const *words, bool *wanted)
{
    const json_t *list = fields_array(f, key, -1);
    int last = -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        int word = last + 1;
        while (words[word] && !(text && strcmp(text, words[word]) == 0))
            word++;
        if (!words[word]) {
            fields_fail(f, key, "known words, each once and in their order");
            return;
        }
        wanted[word] = true;
        last = word;
    }
    if (list && last < 0)
        fields_fail(f, key, "at least one word");
}

json_t *message_features_request(const struct features_request *r)
{
    json_t *request =
        json_pack("{ss so so so so so si sI si si sb sI}", "type", "features", "layers",
                  message_listed(r->layers, r->layers_n), "images", fields_from_longs(r->images, r->images_n),
                  "calibration", fields_from_longs(r->calibration, r->calibration_n), "dtypes",
                  wanted_words(r->dtypes, dtype_words), "coders", wanted_words(r->coders, coder_words),
                  "level", r->level, "sample", (json_int_t)r->sample, "batch", r->batch, "threads",
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
    wanted_words_read(&f, "dtypes", dtype_words, r->dtypes);
    wanted_words_read(&f, "coders", coder_words, r->coders);
    r->level = (int)fields_integer(&f, "level", 1, FEATURES_LEVEL_LIMIT);
    r->sample = (long)fields_integer(&f, "sample", 1, LONG_MAX);
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

static json_t *coded_sizes(const struct measured_features *m, const struct measured_feature *r)
{
    json_t *sizes = json_object();
    for (int c = 0; c < CODERS; c++)
        if (m->coders[c])
            json_object_set_new(sizes, coder_words[c],
                                json_pack("{sI sI sf sf sf sf}", "images", (json_int_t)r->coded[c].images,
                                          "bytes", (json_int_t)r->coded[c].bytes, "deviation",
                                          (double)r->coded[c].deviation, "spread", (double)r->coded[c].spread,
                                          "encode_ms", (double)r->coded[c].encode_ms, "decode_ms",
                                          (double)r->coded[c].decode_ms));
    return sizes;
}

json_t *message_features(const struct measured_features *m)
{
    json_t *rows = json_array(), *versions = json_object();
    for (int c = 0; c < CODERS; c++)
        if (m->coders[c])
            json_object_set_new(versions, coder_words[c], fields_from_text(m->versions[c]));
    for (int i = 0; i < m->rows_n; i++) {
        const struct measured_feature *r = &m->rows[i];
        json_array_append_new(
            rows, json_pack("{si ss so sI sI sI sI sI sI sf si}", "layer", r->layer, "as",
                            dtype_words[r->type], "coded", coded_sizes(m, r), "images", (json_int_t)r->images,
                            "clipped", (json_int_t)r->clipped, "correct", (json_int_t)r->correct, "agrees",
                            (json_int_t)r->agrees, "gained", (json_int_t)r->gained, "lost",
                            (json_int_t)r->lost, "scale", (double)r->scale, "zero", r->zero));
    }
    return json_pack("{ss sI sI si sI so so}", "type", "features", "images", (json_int_t)m->images,
                     "calibrated", (json_int_t)m->calibrated, "draws", m->draws, "correct",
                     (json_int_t)m->correct, "coders", versions, "rows", rows);
}

static float coded_number_read(struct fields *f, const char *key)
{
    float x = fields_float(f, key);
    if (!(x >= 0))
        fields_fail(f, key, "a number from 0 up");
    return x;
}

/* An object of the row: for each coder that was measured its sizes. */
static void coded_sizes_read(struct fields *row, const bool *coders, struct measured_feature *r)
{
    const json_t *sizes = json_object_get(row->object, "coded");
    for (int c = 0; c < CODERS && !row->failed; c++) {
        if (!coders[c])
            continue;
        struct fields f = fields_of(json_object_get(sizes, coder_words[c]), row->e, "%.44s: %s", row->where,
                                    coder_words[c]);
        r->coded[c].images = (long)fields_integer(&f, "images", 1, LONG_MAX);
        r->coded[c].bytes = fields_integer(&f, "bytes", 0, INT64_MAX);
        r->coded[c].deviation = coded_number_read(&f, "deviation");
        r->coded[c].spread = coded_number_read(&f, "spread");
        r->coded[c].encode_ms = coded_number_read(&f, "encode_ms");
        r->coded[c].decode_ms = coded_number_read(&f, "decode_ms");
        row->failed = f.failed;
    }
}

static void row_read(struct fields *f, const struct measured_features *m, struct measured_feature *r)
{
    r->layer = (int)fields_integer(f, "layer", 0, INT_MAX - 1);
    r->type = (enum dtype)fields_word(f, "as", dtype_words);
    coded_sizes_read(f, m->coders, r);
    r->images = (long)fields_integer(f, "images", 1, m->images > 0 ? m->images : 1);
    r->clipped = fields_integer(f, "clipped", 0, INT64_MAX);
    r->correct = (long)fields_integer(f, "correct", 0, r->images);
    r->agrees = (long)fields_integer(f, "agrees", 0, r->images);
    r->gained = (long)fields_integer(f, "gained", 0, r->correct);
    r->lost = (long)fields_integer(f, "lost", 0, r->images - r->correct);
    r->scale = fields_float(f, "scale");
    r->zero = (int)fields_integer(f, "zero", 0, UCHAR_MAX);
    if (!(r->scale > 0))
        fields_fail(f, "scale", "a number above 0");
}

/* Which coders were measured, with their versions. */
static void versions_read(struct fields *f, struct measured_features *m)
{
    struct fields own = fields_of(json_object_get(f->object, "coders"), f->e, "features: coders");
    for (int c = 0; c < CODERS && !own.failed; c++) {
        m->coders[c] = json_object_get(own.object, coder_words[c]) != NULL;
        if (!m->coders[c])
            continue;
        char *version = text_escape(fields_text(&own, coder_words[c], false));
        snprintf(m->versions[c], sizeof m->versions[c], "%s", version);
        free(version);
    }
    f->failed = f->failed || own.failed;
}

int message_features_read(const json_t *message, struct measured_features *m, struct error *e)
{
    struct fields f = fields_of(message, e, "features");
    *m = (struct measured_features){0};
    m->images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    m->calibrated = (long)fields_integer(&f, "calibrated", 0, LONG_MAX);
    m->draws = (int)fields_integer(&f, "draws", 0, FEATURES_DRAWS);
    m->correct = (long)fields_integer(&f, "correct", 0, m->images);
    if (!f.failed)
        versions_read(&f, m);
    const json_t *rows = fields_array(&f, "rows", -1);
    m->rows_n = rows ? (int)json_array_size(rows) : 0;
    m->rows = memory_new((size_t)m->rows_n, sizeof *m->rows);
    for (int i = 0; i < m->rows_n && !f.failed; i++) {
        struct fields row = fields_of(json_array_get(rows, (size_t)i), e, "features: rows[%d]", i);
        row_read(&row, m, &m->rows[i]);
        f.failed = row.failed;
    }
    if (f.failed)
        measured_features_free(m);
    return f.failed ? -1 : 0;
}
