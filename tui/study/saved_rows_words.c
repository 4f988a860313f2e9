#include "study/saved_rows_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/layer_list.h"
#include "store/row_key.h"
#include "data/pixels.h"
#include "net/definition.h"
#include "wire/message_table.h"

struct saved_rows_words {
    char *words[SAVED_WORDS];
};

/* ---- Options --------------------------------------------------------------------------------------- */

/* Puts the new string `more` behind a comma or another separator. */
static void saved_rows_words_append(char **text, const char *separator, char *more)
{
    char *longer = memory_format("%s%s%s", *text, **text && *more ? separator : "", more);
    free(*text);
    free(more);
    *text = longer;
}

/* Appends " --NAME VALUE". */
static void saved_rows_words_add_option(char **text, const char *name, const char *value)
{
    saved_rows_words_append(text, " ", memory_format("--%s%s%s", name, *value ? " " : "", value));
}

static void add_number(char **text, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    if (value)
        saved_rows_words_add_option(text, name, digits);
}

static void add_three(char **text, const char *name, const float *v, const float *usual)
{
    char value[64];
    snprintf(value, sizeof value, "%.9g,%.9g,%.9g", (double)v[0], (double)v[1], (double)v[2]);
    if (v[0] != usual[0] || v[1] != usual[1] || v[2] != usual[2])
        saved_rows_words_add_option(text, name, value);
}

/* The network's layers that are listed, as --layers has it. New string; "" for those of the default. */
static char *saved_rows_words_layers_of(const struct store_study *s, const struct run_options *run)
{
    struct error e;
    json_error_t fault;
    char cfg[17], weights[17];
    json_t *message = json_loads(s->layers, 0, &fault);
    struct table *table = message_layers_read(message, cfg, weights, &e);
    json_decref(message);
    char *name = table ? layer_list_name(table, run->layers, run->layers_n) : memory_copy("?");
    table_free(table);
    if (strcmp(name, table_list_words[TABLE_BACKBONE]) == 0)
        name[0] = '\0';
    return name;
}

/* What defines a row. */
static void add_definition(char **text, const struct store_study *s, const struct run_options *run)
{
    struct run_options usual = run_options_default();
    char *layers = saved_rows_words_layers_of(s, run);
    if (*layers && !strstr(s->row_key, "\"pictures\""))
        saved_rows_words_add_option(text, "layers", layers);
    if (run->score != usual.score)
        saved_rows_words_add_option(text, "score", score_words[run->score]);
    if (run->reduce != usual.reduce)
        saved_rows_words_add_option(text, "reduce", reduce_words[run->reduce]);
    if (run->tap != usual.tap)
        saved_rows_words_add_option(text, "tap", tap_words[run->tap]);
    if (run->precision != usual.precision)
        saved_rows_words_add_option(text, "precision", precision_words[run->precision]);
    if (run->bn_epsilon == EPSILON_FORK)
        saved_rows_words_add_option(text, "bn-epsilon", epsilon_words[run->bn_epsilon]);
    if (run->pixels.fit != usual.pixels.fit)
        saved_rows_words_add_option(text, "fit", pixels_fit_words[run->pixels.fit]);
    if (run->pixels.scale != usual.pixels.scale)
        saved_rows_words_add_option(text, "scale", "255");
    add_three(text, "mean", run->pixels.mean, usual.pixels.mean);
    add_three(text, "std", run->pixels.std, usual.pixels.std);
    if (run->pixels.bgr)
        saved_rows_words_add_option(text, "bgr", "");
    if (run->pixels.exif)
        saved_rows_words_add_option(text, "exif", "");
    free(layers);
}

/* What chose the tuning. */
static void add_choosers(char **text, const struct run_options *run)
{
    add_number(text, "batch", run->batch);
    add_number(text, "threads", run->threads);
    if (run->exact)
        saved_rows_words_add_option(text, "exact", "");
    add_number(text, "memory", run->memory);
    if (run->tuning_file[0])
        saved_rows_words_add_option(text, "tuning", run->tuning_file);
}

static char *options_of(const struct store_study *s)
{
    struct error e;
    struct run_options run;
    if (row_key_read_tuning(s->row_key, s->tuning_key, &run, &e) < 0)
        return memory_copy("?");
    bool pictures = s->features && strstr(s->row_key, "\"pictures\"");
    char *text = memory_copy(pictures ? "pictures" : s->features ? "features" : "");
    add_definition(&text, s, &run);
    add_choosers(&text, &run);
    run_options_free(&run);
    char *shown = text_escape(text);
    free(text);
    return shown;
}

/* ---- The others ------------------------------------------------------------------------------------ */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static bool has_same_stem(const char *a, const char *b)
{
    const char *x = base_name(a), *y = base_name(b);
    const char *x_dot = strrchr(x, '.'), *y_dot = strrchr(y, '.');
    size_t n = x_dot ? (size_t)(x_dot - x) : strlen(x);
    return n == (y_dot ? (size_t)(y_dot - y) : strlen(y)) && memcmp(x, y, n) == 0;
}

/* Names are for people and need not be unique: where two networks of the store have the same ones, what they
 * hold tells them apart. */
static char *network_of(const struct store_study *studies, int n, const struct store_study *s)
{
    bool other_weights = false, other_cfg = false;
    for (int i = 0; i < n; i++) {
        const struct store_study *o = &studies[i];
        if (strcmp(base_name(o->cfg), base_name(s->cfg)) != 0 ||
            strcmp(base_name(o->weights), base_name(s->weights)) != 0)
            continue;
        other_cfg = other_cfg || strcmp(o->cfg_xxh3, s->cfg_xxh3) != 0;
        other_weights = other_weights || strcmp(o->weights_xxh3, s->weights_xxh3) != 0;
    }
    bool same = has_same_stem(s->cfg, s->weights) && !other_weights;
    char *plain = memory_copy(base_name(s->cfg));
    if (other_cfg)
        saved_rows_words_append(&plain, " ", memory_format("(%s)", s->cfg_xxh3));
    if (!same)
        saved_rows_words_append(&plain, " + ", memory_copy(base_name(s->weights)));
    if (other_weights)
        saved_rows_words_append(&plain, " ", memory_format("(%s)", s->weights_xxh3));
    char *shown = text_escape(plain);
    free(plain);
    return shown;
}

static char *data_of(const struct store_study *s)
{
    char *plain = *s->split ? memory_format("%s (%s)", s->place, s->split) : memory_copy(s->place);
    char *shown = text_escape(plain);
    free(plain);
    return shown;
}

/* A run of isplit features holds images of every set that it was measured on, and tells the last one. */
static char *measured_of(const struct store_study *s)
{
    char *text = s->rows < 0           ? memory_format("%ld", s->images)
                 : s->rows > s->images ? memory_format("%ld of several sets", s->rows)
                                       : memory_format("%ld of %ld", s->rows, s->images);
    if (s->rows >= 0 && s->skipped + s->nonfinite > 0)
        saved_rows_words_append(&text, ", ", memory_format("%ld lost", s->skipped + s->nonfinite));
    if (!s->complete)
        saved_rows_words_append(&text, ", ", memory_copy("list not complete"));
    return text;
}

static char *saved_rows_words_tuning_of(const struct store_study *s)
{
    struct message_versions versions;
    struct message_tuning tuning = {.hash = ""};
    char *text = memory_copy(s->tuning);
    row_key_versions_read(s->versions, &versions, &tuning);
    if (tuning.batch)
        saved_rows_words_append(&text, ", ", memory_format("batch %d", tuning.batch));
    if (tuning.threads)
        saved_rows_words_append(&text, ", ",
                                memory_format("%d thread%s", tuning.threads, tuning.threads == 1 ? "" : "s"));
    return text;
}

static char *changed_of(const struct store_study *s)
{
    char text[CLOCK_DATE];
    clock_date(s->changed, text);
    return memory_copy(text);
}

struct saved_rows_words *saved_rows_words_new(const struct store_study *studies, int n)
{
    struct saved_rows_words *words = memory_new((size_t)n, sizeof *words);
    for (int i = 0; i < n; i++)
        words[i] = (struct saved_rows_words){
            {[SAVED_ID] = memory_format("%s%" PRId64, studies[i].features ? "f" : "", studies[i].id),
             [SAVED_NETWORK] = network_of(studies, n, &studies[i]),
             [SAVED_DATA] = data_of(&studies[i]),
             [SAVED_MEASURED] = measured_of(&studies[i]),
             [SAVED_OPTIONS] = options_of(&studies[i]),
             [SAVED_TUNING] = saved_rows_words_tuning_of(&studies[i]),
             [SAVED_CHANGED] = changed_of(&studies[i])}};
    return words;
}

void saved_rows_words_free(struct saved_rows_words *words, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < SAVED_WORDS; k++)
            free(words[i].words[k]);
    free(words);
}

const char *saved_rows_word(const struct saved_rows_words *words, int i, enum saved_rows_word which)
{
    return words[i].words[which];
}

/* ---- Lines ----------------------------------------------------------------------------------------- */

static bool is_alike(const struct saved_rows_words *a, const struct saved_rows_words *b, bool with_tuning)
{
    static const enum saved_rows_word told[] = {SAVED_NETWORK, SAVED_DATA, SAVED_OPTIONS, SAVED_TUNING};
    bool alike = true;
    for (int i = 0; i < (with_tuning ? 4 : 3); i++)
        alike = alike && strcmp(a->words[told[i]], b->words[told[i]]) == 0;
    return alike;
}

/* Whether another study is told in the same words. */
static bool has_twin(const struct saved_rows_words *all, int n, int i, bool with_tuning)
{
    for (int k = 0; k < n; k++)
        if (k != i && is_alike(&all[k], &all[i], with_tuning))
            return true;
    return false;
}

char *saved_rows_words_line(const struct saved_rows_words *all, int n, int i)
{
    char *const *w = all[i].words;
    bool one = strcmp(w[SAVED_MEASURED], "1") == 0;
    char *line = memory_format("%s on %s, %s image%s", w[SAVED_NETWORK], w[SAVED_DATA], w[SAVED_MEASURED],
                               one ? "" : "s");
    saved_rows_words_append(&line, ", ", memory_copy(w[SAVED_OPTIONS]));
    if (has_twin(all, n, i, false))
        saved_rows_words_append(&line, ", ", memory_format("tuning %s", w[SAVED_TUNING]));
    if (has_twin(all, n, i, true))
        saved_rows_words_append(&line, ", ", memory_format("changed %s", w[SAVED_CHANGED]));
    return line;
}

void saved_rows_words_count(struct store *s, struct store_study *studies, int n)
{
    long left = 200000; /* images */
    struct error ignored;
    for (int i = 0; i < n && studies[i].images <= left; i++) {
        left -= studies[i].images;
        if (store_study_count(s, &studies[i], &ignored) < 0)
            studies[i].rows = -1;
    }
}

char **saved_rows_lines(const char *path, int *n, struct error *e)
{
    *n = 0;
    struct store *s = store_open(path, STORE_READ, NULL, e);
    struct store_study *studies = s ? store_studies(s, n, e) : NULL;
    char **lines = NULL;
    if (studies) {
        saved_rows_words_count(s, studies, *n);
        struct saved_rows_words *words = saved_rows_words_new(studies, *n);
        lines = memory_new((size_t)*n + 1, sizeof *lines);
        for (int i = 0; i < *n; i++) {
            char *line = saved_rows_words_line(words, *n, i);
            lines[i] = memory_format("%" PRId64 ": %s", studies[i].id, line);
            free(line);
        }
        saved_rows_words_free(words, *n);
        store_studies_free(studies, *n);
    }
    store_close(s);
    return lines;
}

void saved_rows_lines_free(char **lines)
{
    for (int i = 0; lines && lines[i]; i++)
        free(lines[i]);
    free(lines);
}
