#include "wire/message_table.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "wire/message_parts.h"
#include "wire/message_result.h"

/* Bounds far beyond real networks, below which no product of sizes overflows 64 bits. */
#define SIDE_LIMIT ((int64_t)1 << 28)
#define FLOATS_LIMIT ((int64_t)1 << 44)
#define COUNT_LIMIT ((int64_t)1 << 60)
#define LAYERS_LIMIT 100000

static json_t *shape(struct net_shape s)
{
    return json_pack("[iii]", s.c, s.h, s.w);
}

static json_t *side_of_cut(int64_t params, int64_t macs, int64_t peak)
{
    return json_pack("[III]", (json_int_t)params, (json_int_t)macs, (json_int_t)peak);
}

static json_t *row_message(const struct table_row *r)
{
    json_t *crossing = json_array();
    for (int i = 0; i < r->cut_tensors; i++)
        json_array_append_new(crossing, json_integer(r->crossing[i]));
    return json_pack("{si so so so sI sI s[iii] so sI so so sb sb}", "layer", r->layer, "name",
                     fields_from_text(r->name), "kind", fields_from_text(r->type), "out", shape(r->out),
                     "params", (json_int_t)r->params, "macs", (json_int_t)r->macs, "window", r->kernel,
                     r->stride, r->filters, "crossing", crossing, "cut_bytes", (json_int_t)r->cut_bytes,
                     "head", side_of_cut(r->head_params, r->head_macs, r->head_peak_bytes), "tail",
                     side_of_cut(r->tail_params, r->tail_macs, r->tail_peak_bytes), "clean", r->clean,
                     "feature", r->backbone);
}

/* Only where there is something. */
static void add_lacks(json_t *message, const struct table *table)
{
    if (!table->lacks)
        return;
    json_object_set_new(message, "lacks", fields_from_text(table->lacks));
    json_object_set_new(message, "runs_in", json_string(net_runs_words[table->runs_in]));
}

static void read_lacks(struct fields *f, struct table *table)
{
    if (f->failed || !json_object_get(f->object, "lacks"))
        return;
    table->lacks = text_escape(fields_text(f, "lacks", false));
    table->runs_in = (enum net_runs)fields_word(f, "runs_in", net_runs_words);
}

static const char *const code_words[] = {"int8", NULL};

/* Only where it is int8. */
static bool read_int8(struct fields *f)
{
    if (f->failed || !json_object_get(f->object, "code"))
        return false;
    fields_word(f, "code", code_words);
    return true;
}

json_t *message_layers(const struct table *table, uint64_t cfg_xxh3, const uint64_t *weights_xxh3)
{
    char cfg[17], weights[17];
    snprintf(cfg, sizeof cfg, "%016" PRIx64, cfg_xxh3);
    if (weights_xxh3)
        snprintf(weights, sizeof weights, "%016" PRIx64, *weights_xxh3);
    json_t *rows = json_array();
    for (int i = 0; i < table->rows_n; i++)
        json_array_append_new(rows, row_message(&table->rows[i]));
    json_t *message = json_pack("{ss ss ss? so sI si so}", "type", "layers", "cfg_xxh3", cfg, "weights_xxh3",
                                weights_xxh3 ? weights : NULL, "input", shape(table->in), "input_bytes",
                                (json_int_t)table->input_bytes, "classes", table->classes, "rows", rows);
    add_lacks(message, table);
    if (table->int8)
        json_object_set_new(message, "code", json_string(code_words[0]));
    return message;
}

void message_layers_add_epsilon(json_t *message, enum epsilon epsilon)
{
    bool any = epsilon != EPSILON_HEADER;
    json_object_set_new(message, "bn_epsilon", any ? fields_from_text(epsilon_words[epsilon]) : json_null());
}

int message_layers_epsilon(const json_t *message, enum epsilon *epsilon, struct error *e)
{
    struct fields f = fields_of(message, e, "layers");
    const json_t *said = json_object_get(message, "bn_epsilon");
    *epsilon = said ? EPSILON_HEADER : EPSILON_DARKNET;
    if (said && !json_is_null(said))
        *epsilon = (enum epsilon)fields_word(&f, "bn_epsilon", epsilon_words);
    return f.failed ? -1 : 0;
}

void message_xxh3_read(struct fields *f, const char *key, bool nullable, char out[17])
{
    out[0] = '\0';
    const char *text = fields_text(f, key, nullable);
    if (!text || f->failed)
        return;
    if (!message_is_xxh3(text))
        fields_fail(f, key, "16 hex digits");
    else
        memcpy(out, text, 17);
}

static struct net_shape read_shape(struct fields *f, const char *key)
{
    int64_t v[3] = {1, 1, 1};
    fields_integers(f, key, v, 3, 1, SIDE_LIMIT);
    if (v[0] > FLOATS_LIMIT / v[1] / v[2])
        fields_fail(f, key, "a shape that fits into memory");
    return (struct net_shape){(int)v[0], (int)v[1], (int)v[2]};
}

static void read_crossing(struct fields *f, struct table_row *r)
{
    const json_t *array = fields_array(f, "crossing", -1);
    size_t n = json_array_size(array);
    if (n > (size_t)r->layer + 2) {
        fields_fail(f, "crossing", "layers of the head, each once");
        return;
    }
    r->crossing = memory_new(n, sizeof *r->crossing);
    r->cut_tensors = (int)n;
    int64_t previous = NET_INPUT - 1;
    for (size_t i = 0; i < n; i++) {
        if (fields_to_integer(json_array_get(array, i), previous + 1, r->layer, &previous) < 0) {
            fields_fail(f, "crossing", "layers of the head, ascending");
            return;
        }
        r->crossing[i] = (int)previous;
    }
}

/* As names_assign and layer_kinds have them: so they may stand wherever a text is made of them. */
static void read_name(struct fields *f, const char *key, char *out, size_t capacity)
{
    const char *text = fields_text(f, key, false);
    if (strlen(text) >= capacity)
        fields_fail(f, key, "a shorter name");
    else if (!*text || text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")])
        fields_fail(f, key, "a name of the characters a-z, 0-9 and _");
    else
        memcpy(out, text, strlen(text) + 1);
}

static int message_table_read_row(const json_t *object, int layer, struct table_row *r, struct error *e)
{
    struct fields f = fields_of(object, e, "layers: rows[%d]", layer);
    int64_t window[3] = {0}, head[3] = {0}, tail[3] = {0};
    r->layer = (int)fields_integer(&f, "layer", layer, layer);
    read_name(&f, "name", r->name, sizeof r->name);
    read_name(&f, "kind", r->type, sizeof r->type);
    r->out = read_shape(&f, "out");
    r->out_bytes = net_shape_size(r->out) * (int64_t)sizeof(float);
    r->params = fields_integer(&f, "params", 0, COUNT_LIMIT);
    r->macs = fields_integer(&f, "macs", 0, COUNT_LIMIT);
    if (!f.failed && json_object_get(f.object, "window")) /* earlier stores have none */
        fields_integers(&f, "window", window, 3, 0, SIDE_LIMIT);
    r->kernel = (int)window[0];
    r->stride = (int)window[1];
    r->filters = (int)window[2];
    read_crossing(&f, r);
    r->cut_bytes = fields_integer(&f, "cut_bytes", 0, COUNT_LIMIT);
    fields_integers(&f, "head", head, 3, 0, COUNT_LIMIT);
    fields_integers(&f, "tail", tail, 3, 0, COUNT_LIMIT);
    r->head_params = head[0];
    r->head_macs = head[1];
    r->head_peak_bytes = head[2];
    r->tail_params = tail[0];
    r->tail_macs = tail[1];
    r->tail_peak_bytes = tail[2];
    r->clean = fields_bool(&f, "clean");
    r->backbone = fields_bool(&f, "feature");
    return f.failed ? -1 : 0;
}

struct table *message_layers_read(const json_t *message, char cfg_xxh3[17], char weights_xxh3[17],
                                  struct error *e)
{
    struct fields f = fields_of(message, e, "layers");
    struct table *table = memory_new(1, sizeof *table);
    message_xxh3_read(&f, "cfg_xxh3", false, cfg_xxh3);
    message_xxh3_read(&f, "weights_xxh3", true, weights_xxh3);
    table->in = read_shape(&f, "input");
    table->input_bytes = fields_integer(&f, "input_bytes", 1, COUNT_LIMIT);
    table->classes = (int)fields_integer(&f, "classes", 1, SIDE_LIMIT);
    read_lacks(&f, table);
    table->int8 = read_int8(&f);
    const json_t *rows = fields_array(&f, "rows", -1);
    size_t n = json_array_size(rows);
    if (n == 0 || n > LAYERS_LIMIT)
        fields_fail(&f, "rows", "a row for every layer");
    if (!f.failed) {
        table->rows = memory_new(n, sizeof *table->rows);
        table->rows_n = (int)n;
    }
    for (int i = 0; i < table->rows_n && !f.failed; i++)
        f.failed = message_table_read_row(json_array_get(rows, (size_t)i), i, &table->rows[i], e) < 0;
    if (!f.failed && table->classes > table_outputs(table) && !table_is_single(table))
        fields_fail(&f, "classes", "at most the numbers of the layer that computes the scores");
    if (f.failed) {
        table_free(table);
        return NULL;
    }
    return table;
}
