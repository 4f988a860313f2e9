#include "wire/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "wire/fields.h"

static const char *const type_words[] = {
    [MESSAGE_HELLO] = "hello",
    [MESSAGE_OPEN] = "open",
    [MESSAGE_IMAGES] = "images",
    [MESSAGE_RUN] = "run",
    [MESSAGE_STOP] = "stop",
    [MESSAGE_HEATMAP] = "heatmap",
    [MESSAGE_HASH] = "hash",
    [MESSAGE_PARTITION] = "split",
    [MESSAGE_PROFILE] = "profile",
    [MESSAGE_FEATURES] = "features",
    [MESSAGE_RANGES] = "ranges",
    [MESSAGE_SENT] = "sent",
    [MESSAGE_TIMES] = "times",
    [MESSAGE_PICTURES] = "pictures",
    [MESSAGE_PICTURE] = "picture",
    [MESSAGE_TRAPPED] = "trapped",
    [MESSAGE_RETRAIN] = "retrain",
    [MESSAGE_LAYERS] = "layers",
    [MESSAGE_SKIPPED] = "skipped",
    [MESSAGE_DATASET] = "dataset",
    [MESSAGE_TUNING] = "plan",
    [MESSAGE_PROGRESS] = "progress",
    [MESSAGE_RESULT] = "result",
    [MESSAGE_NONFINITE] = "nonfinite",
    [MESSAGE_DONE] = "done",
    [MESSAGE_CONTENTS] = "contents",
    [MESSAGE_HASHED] = "hashed",
    [MESSAGE_STEP] = "step",
    [MESSAGE_CHECK] = "check",
    [MESSAGE_RETRAINED] = "retrained",
    [MESSAGE_WORKERS] = "workers",
    [MESSAGE_REVIVE] = "revive",
    [MESSAGE_LOG] = "log",
    [MESSAGE_ERROR] = "error",
    NULL,
};
static_assert(sizeof type_words / sizeof *type_words == MESSAGE_ERROR + 2, "one word a type");

static void *message_memory(size_t bytes)
{
    return memory_grow(NULL, bytes, 1);
}

void message_begin(void)
{
    json_set_alloc_funcs(message_memory, free);
}

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

json_t *message_open(const char *cfg, const char *weights, enum epsilon epsilon)
{
    return json_pack("{ss so so ss}", "type", "open", "cfg", fields_from_path(cfg), "weights",
                     fields_from_path(weights), "bn_epsilon", epsilon_words[epsilon]);
}

int message_open_read(const json_t *message, char **cfg, char **weights, enum epsilon *epsilon,
                      struct error *e)
{
    struct fields f = fields_of(message, e, "open");
    *cfg = fields_path(&f, "cfg", false);
    *weights = fields_path(&f, "weights", true);
    *epsilon = EPSILON_HEADER;
    if (json_object_get(message, "bn_epsilon"))
        *epsilon = (enum epsilon)fields_word(&f, "bn_epsilon", epsilon_words);
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

json_t *message_revive(void)
{
    return json_pack("{ss}", "type", "revive");
}

json_t *message_workers(const char *text, bool whole)
{
    return json_pack("{ss so sb}", "type", "workers", "text", fields_from_text(text), "whole", whole);
}

int message_workers_read(const json_t *message, const char **text, bool *whole, struct error *e)
{
    struct fields f = fields_of(message, e, "workers");
    *text = fields_text(&f, "text", false);
    *whole = fields_bool(&f, "whole");
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

json_t *message_error(const char *text, bool diverged)
{
    json_t *error = json_pack("{ss so}", "type", "error", "text", fields_from_text(text));
    if (diverged)
        json_object_set_new(error, "diverged", json_true());
    return error;
}

int message_error_read(const json_t *message, const char **text, bool *diverged, struct error *e)
{
    struct fields f = fields_of(message, e, "error");
    *text = fields_text(&f, "text", false);
    *diverged = json_object_get(message, "diverged") && fields_bool(&f, "diverged");
    return f.failed ? -1 : 0;
}
