#include "batch/store_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/text.h"
#include "client/listing.h"
#include "client/question.h"
#include "output/sheet.h"

/* ---- Cells ----------------------------------------------------------------------------------------- */

/* Appends " --NAME VALUE". */
static void add_option(char **text, const char *name, const char *value)
{
    char *longer = memory_format("%s%s--%s%s%s", *text, **text ? " " : "", name, *value ? " " : "", value);
    free(*text);
    *text = longer;
}

static void add_three(char **text, const char *name, const float *v, const float *usual)
{
    char value[64];
    snprintf(value, sizeof value, "%.9g,%.9g,%.9g", (double)v[0], (double)v[1], (double)v[2]);
    if (v[0] != usual[0] || v[1] != usual[1] || v[2] != usual[2])
        add_option(text, name, value);
}

/* The network's layers that are listed, as --layers has it. New string; "" for those of the default. */
static char *layers_of(const struct store_study *s, const struct run_options *run)
{
    struct error e;
    json_error_t fault;
    char cfg[17], weights[17];
    json_t *message = json_loads(s->layers, 0, &fault);
    struct table *table = message_layers_read(message, cfg, weights, &e);
    json_decref(message);
    char *name = table ? listing_name(table, run->layers, run->layers_n) : memory_copy("?");
    table_free(table);
    if (strcmp(name, "features") == 0)
        name[0] = '\0';
    return name;
}

/* Options that are not the default, as the command line has them. New string. */
static char *options_of(const struct store_study *s)
{
    struct error e;
    struct run_options run, usual = run_options_default();
    if (question_read(s->question, &run, &e) < 0)
        return memory_copy("?");
    char *text = memory_copy("");
    char *layers = layers_of(s, &run);
    if (*layers)
        add_option(&text, "layers", layers);
    if (run.score != usual.score)
        add_option(&text, "score", run_score_words[run.score]);
    if (run.reduce != usual.reduce)
        add_option(&text, "reduce", run_reduce_words[run.reduce]);
    if (run.tap != usual.tap)
        add_option(&text, "tap", run_tap_words[run.tap]);
    if (run.precision != usual.precision)
        add_option(&text, "precision", run_precision_words[run.precision]);
    if (run.pixels.fit != usual.pixels.fit)
        add_option(&text, "fit", run_fit_words[run.pixels.fit]);
    if (run.pixels.scale != usual.pixels.scale)
        add_option(&text, "scale", "255");
    add_three(&text, "mean", run.pixels.mean, usual.pixels.mean);
    add_three(&text, "std", run.pixels.std, usual.pixels.std);
    if (run.pixels.bgr)
        add_option(&text, "bgr", "");
    free(layers);
    run_options_free(&run);
    return text;
}

static void when(const struct store_study *s, char out[32])
{
    time_t changed = (time_t)s->changed;
    struct tm utc;
    out[0] = '\0';
    if (gmtime_r(&changed, &utc))
        strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Where the images are, with the split where the layout has one. New string. */
static char *data_of(const struct store_study *s)
{
    return *s->split ? memory_format("%s (%s)", s->place, s->split) : memory_copy(s->place);
}

static char *measured_of(const struct store_study *s)
{
    char lost[40] = "";
    if (s->skipped + s->nonfinite > 0)
        snprintf(lost, sizeof lost, ", %ld lost", s->skipped + s->nonfinite);
    return memory_format("%ld of %ld%s%s", s->rows, s->images, lost,
                         s->complete ? "" : ", list not complete");
}

/* ---- The table ------------------------------------------------------------------------------------- */

enum { ID, NETWORK, DATA, MEASURED, PLAN, WHEN, OPTIONS, COLUMNS };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* New strings, printable. */
static void make_row(const struct store_study *s, char *cells[COLUMNS])
{
    char changed[32];
    when(s, changed);
    char *data = data_of(s);
    cells[ID] = memory_format("%" PRId64, s->id);
    cells[NETWORK] = text_escape(base_name(s->cfg));
    cells[DATA] = text_escape(data);
    cells[MEASURED] = measured_of(s);
    cells[PLAN] = memory_copy(s->plan);
    cells[WHEN] = memory_copy(changed);
    cells[OPTIONS] = options_of(s);
    free(data);
}

static int width_of(const char *text)
{
    int width = 0;
    for (int length; *text; text += length, width++)
        text_decode(text, &length);
    return width;
}

static void print_row(FILE *out, char *const cells[COLUMNS], const int widths[COLUMNS])
{
    int last = COLUMNS - 1;
    while (last > 0 && !*cells[last])
        last--;
    for (int i = 0; i <= last; i++)
        fprintf(out, "%s%*s", cells[i], i < last ? widths[i] - width_of(cells[i]) + 2 : 0, "");
    fputc('\n', out);
}

void store_list_table(FILE *out, const struct store_study *studies, int n)
{
    static char *const header[COLUMNS] = {"id", "network", "data", "images", "plan", "changed", "options"};
    char *(*rows)[COLUMNS] = memory_new((size_t)n, sizeof *rows);
    int widths[COLUMNS];
    for (int k = 0; k < COLUMNS; k++)
        widths[k] = width_of(header[k]);
    for (int i = 0; i < n; i++) {
        make_row(&studies[i], rows[i]);
        for (int k = 0; k < COLUMNS; k++) {
            int width = width_of(rows[i][k]);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    print_row(out, header, widths);
    for (int i = 0; i < n; i++) {
        print_row(out, rows[i], widths);
        for (int k = 0; k < COLUMNS; k++)
            free(rows[i][k]);
    }
    free(rows);
}

void store_list_csv(FILE *out, const struct store_study *studies, int n)
{
    struct sheet sheet = {.out = out};
    sheet_names(&sheet,
                "id,cfg,cfg_xxh3,weights,weights_xxh3,data,split,images,measured,undecodable,not_finite,"
                "plan,changed,options");
    sheet_end_row(&sheet);
    for (int i = 0; i < n; i++) {
        const struct store_study *s = &studies[i];
        const char *const names[] = {s->cfg, s->cfg_xxh3, s->weights, s->weights_xxh3, s->place, s->split};
        const long counts[] = {s->images, s->rows, s->skipped, s->nonfinite};
        char changed[32];
        char *options = options_of(s);
        when(s, changed);
        sheet_integer(&sheet, s->id);
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            sheet_text(&sheet, names[k]);
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            sheet_integer(&sheet, counts[k]);
        sheet_text(&sheet, s->plan);
        sheet_text(&sheet, changed);
        sheet_text(&sheet, options);
        sheet_end_row(&sheet);
        free(options);
    }
}
