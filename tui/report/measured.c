#include "report/measured.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet_rows.h"
#include "net/possible.h"
#include "partition/partition_folder.h"
#include "report/report.h"

enum column {
    LAYER,
    NAME,
    FLOATS,
    BYTES,
    BEFORE,
    UNTRAINED,
    ACCURACY,
    LOW,
    HIGH,
    STAGES,
    STEPS,
    STATE,
    SET,
    BOTTLENECK, /* earlier versions have not written it */
    COLUMNS
};
const char *const measured_columns[] = {"layer",
                                        "name",
                                        "floats_sent",
                                        "bytes_sent",
                                        "accuracy_before",
                                        "accuracy_untrained",
                                        "accuracy",
                                        "accuracy_low",
                                        "accuracy_high",
                                        "stages",
                                        "steps",
                                        "state",
                                        "in_set",
                                        "bottleneck",
                                        NULL};
static_assert(sizeof measured_columns / sizeof measured_columns[0] == COLUMNS + 1, "a name for every column");

struct measured {
    const struct table *table;
    const char *cfg; /* while it is read */
    struct measured_cut *cuts;
    long *lines;   /* [n] of each cut in the file */
    char **names;  /* [n] */
    int n, leader; /* leader -1: none */
    char *sheet;
    struct bottleneck bottleneck;
    struct measured_layers {
        struct table *table; /* NULL: not known */
        int encoder;
    } * inserted; /* [n] the layers of the bottleneck */
};

/* ---- A row -----------------------------------------------------------------------------------------------
 */

static int measured_bad_cell(char **cells, enum column c, const char *expected, struct error *e)
{
    return sheet_rows_bad_cell(e, measured_columns, cells, c, expected);
}

static int measured_take_integer(char **cells, enum column c, long *out, struct error *e)
{
    if (text_to_long(cells[c], out) && *out >= 0)
        return 0;
    return measured_bad_cell(cells, c, "a whole number, 0 or more", e);
}

/* A cut of this network, by number and name. */
static int measured_take_layer(const struct measured *m, char **cells, struct measured_cut *cut,
                               struct error *e)
{
    long layer;
    if (measured_take_integer(cells, LAYER, &layer, e) < 0)
        return -1;
    cut->layer = (int)layer;
    if (!m->table)
        return layer <= INT_MAX ? 0 : measured_bad_cell(cells, LAYER, "the number of a layer", e);
    if (layer >= m->table->rows_n)
        return error_set(e, "refers to layer %ld, but %s has layers 0 to %d", layer, m->cfg,
                         m->table->rows_n - 1);
    const char *here = cells[NAME], *there = m->table->rows[layer].name;
    if (strcmp(here, there) != 0) {
        char *shown = text_escape(here);
        error_set(e,
                  "layer %ld has the name '%.60s' here, but '%s' in %s (expected an evaluation of this "
                  "network)",
                  layer, shown, there, m->cfg);
        free(shown);
        return -1;
    }
    return partition_possible(m->table, cut->layer, e);
}

/* An empty cell is unknown. */
static int measured_take_share(char **cells, enum column c, double *out, struct error *e)
{
    *out = NAN;
    if (!*cells[c] || (text_to_double(cells[c], out) && *out >= 0 && *out <= 1))
        return 0;
    return measured_bad_cell(cells, c, "a share from 0 to 1", e);
}

/* The interval must hold the accuracy. */
static int measured_take_shares(char **cells, struct measured_cut *cut, struct error *e)
{
    const struct {
        enum column column;
        double *to;
    } shares[] = {{BEFORE, &cut->before},
                  {UNTRAINED, &cut->untrained},
                  {ACCURACY, &cut->accuracy},
                  {LOW, &cut->low},
                  {HIGH, &cut->high}};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        if (measured_take_share(cells, shares[i].column, shares[i].to, e) < 0)
            return -1;
    if (cut->low > cut->accuracy)
        return measured_bad_cell(cells, LOW, "no more than the accuracy", e);
    if (cut->high < cut->accuracy)
        return measured_bad_cell(cells, HIGH, "no less than the accuracy", e);
    return 0;
}

static int measured_take_state(const struct measured *m, char **cells, struct measured_cut *cut,
                               struct error *e)
{
    int state = 0;
    while (evaluated_state_words[state] && strcmp(cells[STATE], evaluated_state_words[state]) != 0)
        state++;
    if (!evaluated_state_words[state])
        return measured_bad_cell(cells, STATE, "leader, racing, stopped or outside", e);
    cut->state = (enum evaluated_state)state;
    if (strcmp(cells[SET], "0") != 0 && strcmp(cells[SET], "1") != 0)
        return measured_bad_cell(cells, SET, "0 or 1", e);
    cut->in_set = *cells[SET] == '1' && !isnan(cut->accuracy);
    if (cut->state != EVALUATED_LEADER)
        return 0;
    if (m->leader >= 0)
        return error_set(e, "has a second leader (the first is in line %ld)", m->lines[m->leader]);
    if (isnan(cut->accuracy))
        return error_set(e, "has a leader without an accuracy");
    return 0;
}

static int measured_check_new(const struct measured *m, const struct measured_cut *cut, struct error *e)
{
    const struct measured_cut *first = measured_find(m, cut->layer);
    if (!first)
        return 0;
    return error_set(e, "layer %d (%s) occurs a second time (first in line %ld)", cut->layer,
                     measured_name(m, (int)(first - m->cuts)), m->lines[first - m->cuts]);
}

/* The same in all rows. */
static int measured_take_bottleneck(struct measured *m, char **cells, struct error *e)
{
    struct bottleneck b = {BOTTLENECK_NONE, 0};
    if (*cells[BOTTLENECK] && bottleneck_read(cells[BOTTLENECK], &b, e) < 0)
        return -1;
    if (m->n > 0 && (b.form != m->bottleneck.form || b.n != m->bottleneck.n))
        return measured_bad_cell(cells, BOTTLENECK, "that of the rows before", e);
    m->bottleneck = b;
    return 0;
}

/* Room for one more, and what is known of it beside its own numbers. */
static void measured_keep(struct measured *m, const struct measured_cut *cut, const char *name)
{
    size_t n = (size_t)m->n + 1;
    m->cuts = memory_grow(m->cuts, n, sizeof *m->cuts);
    m->names = memory_grow(m->names, n, sizeof *m->names);
    m->inserted = memory_grow(m->inserted, n, sizeof *m->inserted);
    m->cuts[m->n] = *cut;
    m->names[m->n] = memory_copy(name);
    m->inserted[m->n] = (struct measured_layers){0};
    if (m->table)
        m->inserted[m->n].table =
            bottleneck_table(&m->bottleneck, m->table->rows[cut->layer].out, &m->inserted[m->n].encoder);
    m->n++;
}

static int measured_take(void *data, char **cells, long line, struct error *e)
{
    struct measured *m = data;
    struct measured_cut cut = {0};
    if (measured_take_layer(m, cells, &cut, e) < 0 || measured_check_new(m, &cut, e) < 0 ||
        measured_take_integer(cells, FLOATS, &cut.floats, e) < 0 ||
        measured_take_integer(cells, BYTES, &cut.bytes, e) < 0 || measured_take_shares(cells, &cut, e) < 0 ||
        measured_take_integer(cells, STAGES, &cut.stages, e) < 0 ||
        measured_take_integer(cells, STEPS, &cut.steps, e) < 0 ||
        measured_take_state(m, cells, &cut, e) < 0 || measured_take_bottleneck(m, cells, e) < 0)
        return -1;
    m->lines = memory_grow(m->lines, (size_t)m->n + 1, sizeof *m->lines);
    if (cut.state == EVALUATED_LEADER)
        m->leader = m->n;
    m->lines[m->n] = line;
    measured_keep(m, &cut, cells[NAME]);
    return 0;
}

/* ---- The whole -------------------------------------------------------------------------------------------
 */

enum { MEASURED_SHEET_MOST = 64 << 20 }; /* bytes */

struct measured *measured_read(const char *folder, const struct table *table, const char *cfg,
                               struct error *e)
{
    struct measured *m = memory_new(1, sizeof *m);
    size_t length;
    *m = (struct measured){.table = table, .cfg = cfg, .leader = -1};
    char *path = partition_folder_path(folder, MEASURED_CSV);
    m->sheet = file_read(path, MEASURED_SHEET_MOST, &length, e);
    int status = m->sheet ? sheet_rows_read(path, measured_columns, BOTTLENECK, NULL,
                                            "a file that isplit evaluate wrote", NULL, measured_take, m, e)
                          : -1;
    if (status == 0 && m->n == 0)
        status = error_at(e, path, 0, "holds no row (expected a file that isplit evaluate wrote)");
    free(path);
    if (status == 0)
        return m;
    measured_free(m);
    return NULL;
}

static char *measured_write(const struct evaluated *v, const struct table *table)
{
    const struct report report = {.table = table, .evaluated = v};
    char *text;
    size_t size;
    FILE *out = memory_stream(&text, &size);
    report_evaluate(out, &report);
    fclose(out);
    return text;
}

struct measured *measured_here(const struct evaluated *v, const struct table *table)
{
    struct measured *m = memory_new(1, sizeof *m);
    *m = (struct measured){.table = table, .leader = v->best, .bottleneck = v->bottleneck};
    m->sheet = measured_write(v, table);
    for (int i = 0; i < v->n; i++) {
        const struct race_cut *c = &v->cuts[i];
        bool known = c->stage >= 0;
        long floats = (long)net_shape_size(bottleneck_code(&v->bottleneck, table->rows[v->layers[i]].out));
        const struct measured_cut cut = {
            .layer = v->layers[i],
            .before = v->before < 0 ? NAN : (double)v->before / (double)v->images,
            .untrained = v->untrained[i] < 0 ? NAN : (double)v->untrained[i] / (double)v->images,
            .accuracy = known ? c->accuracy : NAN,
            .low = known ? c->low : NAN,
            .high = known ? c->high : NAN,
            .floats = floats,
            .bytes = v->bottleneck.form == BOTTLENECK_BYTES ? floats : 4 * floats,
            .stages = c->stage + 1,
            .steps = c->steps,
            .state = evaluated_state_of(v, i),
            .in_set = c->in_set && known,
        };
        measured_keep(m, &cut, table->rows[cut.layer].name);
    }
    return m;
}

void measured_free(struct measured *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->n; i++) {
        table_free(m->inserted[i].table);
        free(m->names[i]);
    }
    free(m->sheet);
    free(m->inserted);
    free(m->names);
    free(m->cuts);
    free(m->lines);
    free(m);
}

const char *measured_sheet(const struct measured *m)
{
    return m->sheet;
}

int measured_cuts(const struct measured *m, const struct measured_cut **cuts)
{
    *cuts = m->cuts;
    return m->n;
}

const char *measured_name(const struct measured *m, int cut)
{
    return m->names[cut];
}

const struct table *measured_inserted(const struct measured *m, const struct measured_cut *cut, int *encoder)
{
    const struct measured_layers *layers = &m->inserted[cut - m->cuts];
    *encoder = layers->encoder;
    return layers->table;
}

bool measured_sends_int8(const struct measured *m)
{
    return m->bottleneck.form == BOTTLENECK_BYTES;
}

const struct measured_cut *measured_find(const struct measured *m, int layer)
{
    for (int i = 0; m && i < m->n; i++)
        if (m->cuts[i].layer == layer)
            return &m->cuts[i];
    return NULL;
}

const struct measured_cut *measured_leader(const struct measured *m)
{
    return m && m->leader >= 0 ? &m->cuts[m->leader] : NULL;
}

int measured_known(const struct measured *m)
{
    int known = 0;
    for (int i = 0; m && i < m->n; i++)
        known += !isnan(m->cuts[i].accuracy);
    return known;
}

int measured_in_set(const struct measured *m)
{
    int n = 0;
    for (int i = 0; m && i < m->n; i++)
        n += m->cuts[i].in_set;
    return n;
}
