#include "link/message.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "link/fields.h"
#include "link/version.h"

static const char *const type_words[] = {
    "hello",     "open",     "images",   "run",     "stop",    "heatmap", "hash",     "split",
    "profile",   "features", "layers",   "skipped", "dataset", "plan",    "progress", "result",
    "nonfinite", "done",     "contents", "hashed",  "log",     "error",   NULL,
};

json_t *message_parse(const char *line, size_t length, enum message_type *type, struct error *e)
{
    json_error_t fault;
    json_t *message = json_loadb(line, length, JSON_REJECT_DUPLICATES, &fault);
    if (!message) {
        char *shown = text_escape(line);
        error_set(e, "not a message: %.60s%s (%.100s)", shown, strlen(shown) > 60 ? "..." : "", fault.text);
        free(shown);
        return NULL;
    }
    struct fields f = fields_of(message, e, "from the pipe");
    int word = fields_word(&f, "type", type_words);
    if (f.failed) {
        json_decref(message);
        return NULL;
    }
    *type = (enum message_type)word;
    return message;
}

json_t *message_hello(void)
{
    return json_pack("{ss si}", "type", "hello", "protocol", ISPLIT_PROTOCOL);
}

int message_hello_read(const json_t *message, int *protocol, struct error *e)
{
    struct fields f = fields_of(message, e, "hello");
    *protocol = (int)fields_integer(&f, "protocol", 0, INT_MAX);
    return f.failed ? -1 : 0;
}

json_t *message_versions(const struct message_versions *v)
{
    return json_pack("{ss si so so so so so}", "type", "hello", "protocol", v->protocol, "version",
                     fields_from_text(v->version), "darknet", fields_from_text(v->darknet), "onednn",
                     fields_from_text(v->onednn), "stb", fields_from_text(v->stb), "isa",
                     fields_from_text(v->isa));
}

int message_versions_read(const json_t *message, struct message_versions *v, struct error *e)
{
    struct fields f = fields_of(message, e, "hello");
    struct {
        const char *key;
        char *out;
    } texts[] = {
        {"version", v->version}, {"darknet", v->darknet}, {"onednn", v->onednn},
        {"stb", v->stb},         {"isa", v->isa},
    };
    v->protocol = (int)fields_integer(&f, "protocol", 0, INT_MAX);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        snprintf(texts[i].out, sizeof v->version, "%s", fields_text(&f, texts[i].key, false));
    return f.failed ? -1 : 0;
}

json_t *message_open(const char *cfg, const char *weights)
{
    return json_pack("{ss so so}", "type", "open", "cfg", fields_from_path(cfg), "weights",
                     fields_from_path(weights));
}

int message_open_read(const json_t *message, char **cfg, char **weights, struct error *e)
{
    struct fields f = fields_of(message, e, "open");
    *cfg = fields_path(&f, "cfg", false);
    *weights = fields_path(&f, "weights", true);
    if (!f.failed)
        return 0;
    free(*cfg);
    free(*weights);
    return -1;
}

json_t *message_stop(void)
{
    return json_pack("{ss}", "type", "stop");
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

json_t *message_plan(uint64_t hash, int batch, int threads)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_pack("{ss ss si si}", "type", "plan", "hash", text, "batch", batch, "threads", threads);
}

int message_plan_read(const json_t *message, struct message_plan *plan, struct error *e)
{
    struct fields f = fields_of(message, e, "plan");
    const char *hash = fields_text(&f, "hash", false);
    if (strlen(hash) != 16 || hash[strspn(hash, "0123456789abcdef")])
        fields_fail(&f, "hash", "16 hex digits");
    snprintf(plan->hash, sizeof plan->hash, "%s", hash);
    plan->batch = (int)fields_integer(&f, "batch", 1, INT_MAX);
    plan->threads = (int)fields_integer(&f, "threads", 1, INT_MAX);
    return f.failed ? -1 : 0;
}

json_t *message_progress(const char *what)
{
    return json_pack("{ss so}", "type", "progress", "what", fields_from_text(what));
}

int message_progress_read(const json_t *message, const char **what, struct error *e)
{
    struct fields f = fields_of(message, e, "progress");
    *what = fields_text(&f, "what", false);
    return f.failed ? -1 : 0;
}

json_t *message_result(const struct message_result *result, const float *row, int row_n)
{
    json_t *values = json_array();
    bool finite = isfinite(result->score);
    for (int i = 0; i < row_n; i++) {
        finite = finite && !isinf(row[i]);
        json_array_append_new(values,
                              isnan(row[i]) ? json_null() : json_real(isinf(row[i]) ? 0 : (double)row[i]));
    }
    if (!finite) {
        json_decref(values);
        return NULL;
    }
    return json_pack("{ss sI si sf so so}", "type", "result", "image", (json_int_t)result->image, "top",
                     result->top, "score", (double)result->score, "row", values, "content",
                     fields_from_content(&result->content));
}

int message_result_read(const json_t *message, struct message_result *result, float *row, int row_n,
                        struct error *e)
{
    struct fields f = fields_of(message, e, "result");
    result->image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    result->top = (int)fields_integer(&f, "top", 0, INT_MAX);
    result->score = fields_float(&f, "score");
    const json_t *values = fields_array(&f, "row", row_n);
    for (int i = 0; values && i < row_n; i++) {
        const json_t *value = json_array_get(values, (size_t)i);
        if (json_is_null(value))
            row[i] = NAN;
        else if (fields_to_float(value, &row[i]) < 0 || row[i] < 0)
            fields_fail(&f, "row", "numbers that are not negative");
    }
    result->content = fields_content(&f, "content");
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

json_t *message_log(bool warning, const char *text)
{
    return json_pack("{ss ss so}", "type", "log", "level", warning ? "warning" : "note", "text",
                     fields_from_text(text));
}

int message_log_read(const json_t *message, bool *warning, const char **text, struct error *e)
{
    static const char *const levels[] = {"note", "warning", NULL};
    struct fields f = fields_of(message, e, "log");
    *warning = fields_word(&f, "level", levels) == 1;
    *text = fields_text(&f, "text", false);
    return f.failed ? -1 : 0;
}

json_t *message_error(const char *text)
{
    return json_pack("{ss so}", "type", "error", "text", fields_from_text(text));
}

int message_error_read(const json_t *message, const char **text, struct error *e)
{
    struct fields f = fields_of(message, e, "error");
    *text = fields_text(&f, "text", false);
    return f.failed ? -1 : 0;
}
