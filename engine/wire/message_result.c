#include "wire/message_result.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "wire/fields.h"

bool message_is_xxh3(const char *text)
{
    return strlen(text) == 16 && text[strspn(text, "0123456789abcdef")] == '\0';
}

json_t *message_tuning(uint64_t hash, int batch, int threads)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_pack("{ss ss si si}", "type", "plan", "hash", text, "batch", batch, "threads", threads);
}

int message_tuning_read(const json_t *message, struct message_tuning *tuning, struct error *e)
{
    struct fields f = fields_of(message, e, "plan");
    const char *hash = fields_text(&f, "hash", false);
    if (!message_is_xxh3(hash))
        fields_fail(&f, "hash", "16 hex digits");
    snprintf(tuning->hash, sizeof tuning->hash, "%s", hash);
    tuning->batch = (int)fields_integer(&f, "batch", 1, INT_MAX);
    tuning->threads = (int)fields_integer(&f, "threads", 1, INT_MAX);
    return f.failed ? -1 : 0;
}

json_t *message_result(const struct curve_row *row, const struct content *content, const float *values, int n)
{
    json_t *list = json_array();
    bool finite = isfinite(row->score);
    for (int i = 0; i < n; i++) {
        finite = finite && !isinf(values[i]);
        json_array_append_new(list, isnan(values[i]) ? json_null()
                                                     : json_real(isinf(values[i]) ? 0 : (double)values[i]));
    }
    if (!finite) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{ss sI si sf so so}", "type", "result", "image", (json_int_t)row->image, "top",
                     row->predicted, "score", (double)row->score, "row", list, "content",
                     fields_from_content(content));
}

int message_result_read(const json_t *message, struct curve_row *row, struct content *content, float *values,
                        int n, struct error *e)
{
    struct fields f = fields_of(message, e, "result");
    *row = (struct curve_row){.image = (int)fields_integer(&f, "image", 0, INT_MAX)};
    row->predicted = (int)fields_integer(&f, "top", 0, INT_MAX);
    row->score = fields_float(&f, "score");
    const json_t *list = fields_array(&f, "row", n);
    for (int i = 0; list && i < n; i++) {
        const json_t *value = json_array_get(list, (size_t)i);
        if (json_is_null(value))
            values[i] = NAN;
        else if (fields_to_float(value, &values[i]) < 0 || values[i] < 0)
            fields_fail(&f, "row", "numbers that are not negative");
    }
    *content = fields_content(&f, "content");
    return f.failed ? -1 : 0;
}

json_t *message_skipped(long image, const char *reason, const struct content *content)
{
    return json_pack("{ss sI so so}", "type", "skipped", "image", (json_int_t)image, "reason",
                     fields_from_text(reason), "content", fields_from_content(content));
}

int message_skipped_read(const json_t *message, long *image, const char **reason, struct content *content,
                         struct error *e)
{
    struct fields f = fields_of(message, e, "skipped");
    *image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    *reason = fields_text(&f, "reason", false);
    *content = fields_content(&f, "content");
    return f.failed ? -1 : 0;
}

json_t *message_nonfinite(long image, int layer, const struct content *content)
{
    return json_pack("{ss sI si so}", "type", "nonfinite", "image", (json_int_t)image, "layer", layer,
                     "content", fields_from_content(content));
}

int message_nonfinite_read(const json_t *message, long *image, int *layer, struct content *content,
                           struct error *e)
{
    struct fields f = fields_of(message, e, "nonfinite");
    *image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    *layer = (int)fields_integer(&f, "layer", 0, INT_MAX);
    *content = fields_content(&f, "content");
    return f.failed ? -1 : 0;
}

json_t *message_done(long images)
{
    return json_pack("{ss sI}", "type", "done", "images", (json_int_t)images);
}

int message_done_read(const json_t *message, long *images, struct error *e)
{
    struct fields f = fields_of(message, e, "done");
    *images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    return f.failed ? -1 : 0;
}
