#include "wire/message_features.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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

/* ---- Ranges -------------------------------------------------------------------------------------------- */

enum { SCALES = 1 + FEATURES_DRAWS }; /* of a cut in a dtype: the whole's, then each draw's */

static const struct encode_affine *scale_at(const struct sent_scales *s, int i)
{
    return i == 0 ? &s->whole : &s->drawn[i - 1];
}

static json_t *ranges_object(const struct sent_ranges *ranges, int cuts)
{
    json_t *scales = json_object(), *zeros = json_object();
    for (int t = 0; t < DTYPES; t++) {
        if (!ranges->scales[t])
            continue;
        json_t *scale = json_array(), *zero = json_array();
        for (int i = 0; i < cuts * SCALES; i++) {
            const struct encode_affine *a = scale_at(&ranges->scales[t][i / SCALES], i % SCALES);
            json_array_append_new(scale, json_real((double)a->scale));
            json_array_append_new(zero, json_integer(a->zero));
        }
        json_object_set_new(scales, dtype_words[t], scale);
        json_object_set_new(zeros, dtype_words[t], zero);
    }
    return json_pack("{sI si so so}", "calibrated", (json_int_t)ranges->calibrated, "draws", ranges->draws,
                     "scales", scales, "zeros", zeros);
}

json_t *message_ranges(const struct sent_ranges *ranges, int cuts)
{
    return message_joined(json_pack("{ss}", "type", "ranges"), ranges_object(ranges, cuts));
}

static void scales_read(struct fields *scales, struct fields *zeros, enum dtype type, int cuts,
                        const struct sent_ranges *ranges)
{
    size_t n = (size_t)cuts * SCALES;
    float *scale = memory_new(n, sizeof *scale);
    int64_t *zero = memory_new(n, sizeof *zero);
    fields_floats(scales, dtype_words[type], scale, n);
    fields_integers(zeros, dtype_words[type], zero, n, 0, (1 << dtype_bits(type)) - 1);
    for (int i = 0; i < (int)n; i++) {
        struct sent_scales *s = &ranges->scales[type][i / SCALES];
        int draw = i % SCALES;
        /* Of a draw that there is not, both are 0. */
        if (!(draw <= ranges->draws ? scale[i] > 0 : scale[i] == 0))
            fields_fail(scales, dtype_words[type], "numbers above 0, and 0 where there is no draw");
        *(draw ? &s->drawn[draw - 1] : &s->whole) = (struct encode_affine){scale[i], (int)zero[i]};
    }
    free(scale);
    free(zero);
}

static int ranges_object_read(struct fields *f, int cuts, struct sent_ranges *ranges)
{
    struct fields scales = fields_of(json_object_get(f->object, "scales"), f->e, "ranges: scales");
    struct fields zeros = fields_of(json_object_get(f->object, "zeros"), f->e, "ranges: zeros");
    *ranges = (struct sent_ranges){0};
    ranges->calibrated = (long)fields_integer(f, "calibrated", 1, LONG_MAX);
    ranges->draws = (int)fields_integer(f, "draws", 0, FEATURES_DRAWS);
    for (int t = 0; t < DTYPES && !f->failed && !scales.failed && !zeros.failed; t++)
        if (dtype_is_affine((enum dtype)t) && json_object_get(scales.object, dtype_words[t])) {
            ranges->scales[t] = memory_new((size_t)cuts, sizeof *ranges->scales[t]);
            scales_read(&scales, &zeros, (enum dtype)t, cuts, ranges);
        }
    bool failed = f->failed || scales.failed || zeros.failed;
    if (failed)
        sent_ranges_free(ranges);
    return failed ? -1 : 0;
}

int message_ranges_read(const json_t *message, int cuts, struct sent_ranges *ranges, struct error *e)
{
    struct fields f = fields_of(message, e, "ranges");
    return ranges_object_read(&f, cuts, ranges);
}

/* ---- The request ------------------------------------------------------------------------------------- */

static json_t *message_needs(const struct features_request *r)
{
    json_t *needs = json_array();
    for (long i = 0; i < r->images_n; i++)
        json_array_append_new(needs, json_integer((json_int_t)r->needs[i]));
    return needs;
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
    if (request && r->needs)
        json_object_set_new(request, "needs", message_needs(r));
    if (request && r->tuning[0])
        json_object_set_new(request, "plan", json_string(r->tuning));
    if (request && r->ranges)
        json_object_set_new(request, "ranges", ranges_object(r->ranges, r->layers_n));
    return message_joined(request, message_pixels(&r->pixels));
}

static void message_needs_read(struct fields *f, struct features_request *r)
{
    const json_t *needs = fields_array(f, "needs", r->images_n);
    uint32_t all = sent_needs_all(r), any = 0;
    r->needs = memory_new((size_t)r->images_n, sizeof *r->needs);
    for (long i = 0; i < r->images_n && needs && !f->failed; i++) {
        int64_t need;
        if (fields_to_integer(json_array_get(needs, (size_t)i), 0, UINT32_MAX, &need) < 0 ||
            ((uint32_t)need & ~all) != 0)
            fields_fail(f, "needs", "a sum of what is asked for, for each image");
        else
            any |= r->needs[i] = (uint32_t)need;
    }
    if (!f->failed && !any)
        fields_fail(f, "needs", "something of one image at least");
}

/* What a front end that keeps rows sends beside the rest. */
static void message_known_read(struct fields *f, struct features_request *r)
{
    if (!f->failed && json_object_get(f->object, "needs"))
        message_needs_read(f, r);
    if (!f->failed && json_object_get(f->object, "plan"))
        message_xxh3_read(f, "plan", false, r->tuning);
    if (!f->failed && json_object_get(f->object, "ranges")) {
        struct fields own = fields_of(json_object_get(f->object, "ranges"), f->e, "features: ranges");
        r->ranges = memory_new(1, sizeof *r->ranges);
        f->failed = ranges_object_read(&own, r->layers_n, r->ranges) < 0;
    }
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
    message_known_read(&f, r);
    if (f.failed)
        features_request_free(r);
    return f.failed ? -1 : 0;
}

/* ---- Rows ---------------------------------------------------------------------------------------------- */

static json_t *answers_object(const struct sent_row *row, int cuts)
{
    json_t *answers = json_object();
    for (int t = 0; t < DTYPES; t++) {
        if (!row->answers[t])
            continue;
        json_t *list = json_array();
        for (int i = 0; i < cuts; i++) {
            json_array_append_new(list, json_integer(row->answers[t][i].predicted));
            json_array_append_new(list, json_integer((json_int_t)row->answers[t][i].clipped));
        }
        json_object_set_new(answers, dtype_words[t], list);
    }
    return answers;
}

static json_t *sizes_list(const struct sent_size *sizes, int cuts)
{
    json_t *list = json_array();
    for (int i = 0; i < cuts; i++) {
        json_array_append_new(list, json_integer((json_int_t)sizes[i].bytes));
        for (int d = 0; d < FEATURES_DRAWS; d++)
            json_array_append_new(list, json_integer((json_int_t)sizes[i].drawn[d]));
    }
    return list;
}

/* An object of coders, each an object of dtypes: a list of each that make_list makes; NULL where there is
 * none. */
static json_t *coded_object(json_t *(*make_list)(const void *of, enum coder c, enum dtype t, int cuts),
                            const void *of, int cuts)
{
    json_t *coders = json_object();
    for (int c = 0; c < CODERS; c++) {
        json_t *types = json_object();
        for (int t = 0; t < DTYPES; t++) {
            json_t *list = make_list(of, (enum coder)c, (enum dtype)t, cuts);
            if (list)
                json_object_set_new(types, dtype_words[t], list);
        }
        if (json_object_size(types) > 0)
            json_object_set(coders, coder_words[c], types);
        json_decref(types);
    }
    return coders;
}

static json_t *row_sizes_list(const void *of, enum coder c, enum dtype t, int cuts)
{
    const struct sent_row *row = of;
    return row->sizes[c][t] ? sizes_list(row->sizes[c][t], cuts) : NULL;
}

json_t *message_sent(const struct sent_row *row, int cuts)
{
    return json_pack("{ss sI so si so so}", "type", "sent", "image", (json_int_t)row->image, "content",
                     fields_from_content(&row->content), "top", row->own, "answers",
                     answers_object(row, cuts), "sizes", coded_object(row_sizes_list, row, cuts));
}

/* So many whole numbers of 32 bits as that list of the object has. New array; NULL on a fault. */
static uint32_t *words_read(struct fields *f, const char *key, size_t n)
{
    int64_t *numbers = memory_new(n, sizeof *numbers);
    uint32_t *words = memory_new(n, sizeof *words);
    fields_integers(f, key, numbers, n, 0, UINT32_MAX);
    for (size_t i = 0; i < n; i++)
        words[i] = (uint32_t)numbers[i];
    free(numbers);
    if (f->failed) {
        free(words);
        return NULL;
    }
    return words;
}

static void sent_answers_read(struct fields *f, int cuts, struct sent_row *row)
{
    struct fields own = fields_of(json_object_get(f->object, "answers"), f->e, "sent: answers");
    for (int t = 0; t < DTYPES && !own.failed; t++) {
        uint32_t *words = json_object_get(own.object, dtype_words[t])
                              ? words_read(&own, dtype_words[t], (size_t)cuts * SENT_ANSWER_WORDS)
                              : NULL;
        if (!words)
            continue;
        row->answers[t] = memory_new((size_t)cuts, sizeof *row->answers[t]);
        for (int i = 0; i < cuts; i++) {
            const uint32_t *answer = words + (size_t)i * SENT_ANSWER_WORDS;
            if (answer[0] > INT32_MAX)
                fields_fail(&own, dtype_words[t], "classes");
            row->answers[t][i] = (struct sent_answer){(int32_t)(answer[0] & INT32_MAX), answer[1]};
        }
        free(words);
    }
    f->failed = f->failed || own.failed;
}

static void row_sizes_read(struct fields *f, enum coder c, enum dtype t, int cuts, void *to)
{
    struct sent_row *row = to;
    uint32_t *words = words_read(f, dtype_words[t], (size_t)cuts * SENT_SIZE_WORDS);
    if (!words)
        return;
    row->sizes[c][t] = memory_new((size_t)cuts, sizeof *row->sizes[c][t]);
    memcpy(row->sizes[c][t], words, (size_t)cuts * sizeof *row->sizes[c][t]);
    free(words);
}

/* Calls `read` for each list of a field that coded_object made. */
static void coded_object_read(struct fields *f, const char *key, int cuts,
                              void (*read)(struct fields *f, enum coder c, enum dtype t, int cuts, void *to),
                              void *to)
{
    struct fields coders = fields_of(json_object_get(f->object, key), f->e, "%.20s: %s", f->where, key);
    for (int c = 0; c < CODERS && !coders.failed; c++) {
        const json_t *list = json_object_get(coders.object, coder_words[c]);
        if (!list)
            continue;
        struct fields types = fields_of(list, f->e, "%.44s: %s", coders.where, coder_words[c]);
        for (int t = 0; t < DTYPES && !types.failed; t++)
            if (json_object_get(types.object, dtype_words[t]))
                read(&types, (enum coder)c, (enum dtype)t, cuts, to);
        coders.failed = types.failed;
    }
    f->failed = f->failed || coders.failed;
}

int message_sent_read(const json_t *message, int cuts, struct sent_row *row, struct error *e)
{
    struct fields f = fields_of(message, e, "sent");
    *row = (struct sent_row){0};
    row->image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    row->content = fields_content(&f, "content");
    row->own = (int)fields_integer(&f, "top", 0, INT_MAX);
    if (!f.failed)
        sent_answers_read(&f, cuts, row);
    if (!f.failed)
        coded_object_read(&f, "sizes", cuts, row_sizes_read, row);
    if (f.failed)
        sent_row_free(row);
    return f.failed ? -1 : 0;
}

/* ---- Times, and the end
 * ------------------------------------------------------------------------------------------- */

static json_t *times_list(const void *of, enum coder c, enum dtype t, int cuts)
{
    const struct sent_times *times = of;
    if (!times->of[c][t])
        return NULL;
    json_t *list = json_array();
    for (int i = 0; i < cuts; i++) {
        json_array_append_new(list, json_real((double)times->of[c][t][i].encode_ms));
        json_array_append_new(list, json_real((double)times->of[c][t][i].decode_ms));
    }
    return list;
}

json_t *message_times(const struct sent_times *times, int cuts)
{
    return json_pack("{ss so}", "type", "times", "times", coded_object(times_list, times, cuts));
}

static void times_read(struct fields *f, enum coder c, enum dtype t, int cuts, void *to)
{
    struct sent_times *times = to;
    size_t n = (size_t)cuts * SENT_TIME_WORDS;
    float *numbers = memory_new(n, sizeof *numbers);
    fields_floats(f, dtype_words[t], numbers, n);
    for (size_t i = 0; i < n; i++)
        if (!(numbers[i] >= 0))
            fields_fail(f, dtype_words[t], "numbers from 0 up");
    times->of[c][t] = memory_new((size_t)cuts, sizeof *times->of[c][t]);
    memcpy(times->of[c][t], numbers, n * sizeof *numbers);
    free(numbers);
}

int message_times_read(const json_t *message, int cuts, struct sent_times *times, struct error *e)
{
    struct fields f = fields_of(message, e, "times");
    *times = (struct sent_times){0};
    coded_object_read(&f, "times", cuts, times_read, times);
    if (f.failed)
        sent_times_free(times);
    return f.failed ? -1 : 0;
}

json_t *message_features(long images)
{
    return json_pack("{ss sI}", "type", "features", "images", (json_int_t)images);
}

int message_features_read(const json_t *message, long *images, struct error *e)
{
    struct fields f = fields_of(message, e, "features");
    *images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    return f.failed ? -1 : 0;
}
