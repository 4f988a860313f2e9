/* What isplit store verify looks for among the features. */
#include "store/store_features.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/table.h"
#include "store/store_keep.h"
#include "wire/message_result.h"
#include "wire/message_table.h"

struct feature_checking {
    struct sql *q;
    void (*say)(void *data, const char *text);
    void *data;
    int64_t run;
    struct feature_part_frame frame;
};

static void feature_fault(const struct feature_checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void feature_fault(const struct feature_checking *c, const char *format, ...)
{
    struct error e;
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    error_at(&e, c->q->path, 0, "%s", text);
    c->say(c->data, e.text);
    free(text);
}

/* Columns: 0 content, 1 name, 2 words. */
static const char *feature_part_wrong(const struct feature_checking *c, sqlite3_stmt *row, const char *name)
{
    struct content content;
    size_t n, hash_n = (size_t)sqlite3_column_bytes(row, 0);
    bool of_image = keep_hash_read(sqlite3_column_blob(row, 0), hash_n, &content);
    if (!of_image && hash_n > 0)
        return "is of a content that is not 16 bytes long";
    uint32_t *words = feature_part_read(name, of_image ? &content : NULL, sqlite3_column_blob(row, 2),
                                        (size_t)sqlite3_column_bytes(row, 2), &n);
    const char *why = words ? feature_part_fault(name, words, n, &c->frame) : "is not as it was written";
    free(words);
    return why;
}

static int feature_check_parts(const struct feature_checking *c, struct error *e)
{
    sqlite3_stmt *row =
        sql_use(c->q, e, "SELECT content, name, words FROM feature_part WHERE run = ?", "i", c->run);
    int status;
    while ((status = sql_step(c->q, row, e)) == 1) {
        const char *name = (const char *)sqlite3_column_text(row, 1);
        const char *why = name ? feature_part_wrong(c, row, name) : "has no name";
        if (why)
            feature_fault(c, "the part '%.90s' of features %lld %s", name ? name : "", (long long)c->run,
                          why);
    }
    return status;
}

static const char *feature_text_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* Columns: 0 id, 1 question, 2 plan, 3 layers. */
static int feature_check_run(struct feature_checking *c, sqlite3_stmt *s, struct error *e)
{
    struct error why;
    char cfg[17], weights[17];
    c->run = sqlite3_column_int64(s, 0);
    if (!message_is_xxh3(feature_text_at(s, 2)))
        feature_fault(c, "features %lld do not say their tuning (expected 16 hex digits)", (long long)c->run);
    json_t *question = json_loads(feature_text_at(s, 1), JSON_REJECT_DUPLICATES, NULL);
    json_t *layers = json_loads(feature_text_at(s, 3), JSON_REJECT_DUPLICATES, NULL);
    struct table *table = layers ? message_layers_read(layers, cfg, weights, &why) : NULL;
    int status = 0;
    if (!question || !table) {
        feature_fault(c, "features %lld do not say their layers and classes", (long long)c->run);
    } else {
        c->frame = (struct feature_part_frame){(int)json_array_size(json_object_get(question, "layers")),
                                               table->classes, table->rows_n};
        status = feature_check_parts(c, e);
    }
    table_free(table);
    json_decref(question);
    json_decref(layers);
    return status;
}

int feature_check(struct sql *q, void (*fault)(void *data, const char *text), void *data, struct error *e)
{
    struct feature_checking c = {.q = q, .say = fault, .data = data};
    int status = feature_is_there(q, e);
    if (status <= 0)
        return status;
    sqlite3_stmt *s = sql_use(q, e, "SELECT id, question, plan, layers FROM feature_run", "");
    while ((status = sql_step(q, s, e)) == 1)
        if (feature_check_run(&c, s, e) < 0)
            return -1;
    return status;
}
