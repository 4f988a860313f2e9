#include "report/device_file.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "csv/provenance.h"
#include "csv/sheet_rows.h"

/* ---- A speed ---------------------------------------------------------------------------------------- */

/* The end of a decimal number at the start of the text; NULL if there is none. */
static const char *device_file_number_end(const char *text)
{
    char *end;
    const char *digits = text + (*text == '-' || *text == '+');
    if (!isdigit((unsigned char)*digits) && *digits != '.')
        return NULL;
    strtod(text, &end);
    return end == text ? NULL : end;
}

/* The GFLOP/s of a unit; 0: not a unit. */
static double device_file_speed_unit(const char *unit)
{
    static const struct {
        const char *name;
        double gflop_s;
    } units[] = {{"", 1}, {"GFLOP/s", 1}, {"MFLOP/s", 1e-3}, {"TFLOP/s", 1e3}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].gflop_s;
    return 0;
}

/* 1: a speed; 0: not a speed, perhaps a file. */
static int device_file_read_speed(const char *text, double *gflop_s, struct error *e)
{
    const char *end = device_file_number_end(text);
    if (!end)
        return 0;
    char *number = memory_copy_n(text, (size_t)(end - text));
    double unit = device_file_speed_unit(end + strspn(end, " "));
    bool good = text_to_double(number, gflop_s) && isfinite(*gflop_s *= unit) && *gflop_s > 0;
    free(number);
    if (good)
        return 1;
    if (unit == 0 && access(text, F_OK) == 0)
        return 0;
    char *shown = text_escape(text);
    error_set(
        e, "the device '%.100s' is neither a speed nor a file (expected a number above 0, as in 20GFLOP/s)",
        shown);
    free(shown);
    return -1;
}

/* ---- A file ----------------------------------------------------------------------------------------- */

enum column { LAYER, MEDIAN, NAME, TYPE, COLUMNS };
const char *const device_file_columns[] = {"layer", "median_ms", "name", "type", NULL};
static_assert(sizeof device_file_columns / sizeof device_file_columns[0] == COLUMNS + 1,
              "a name for every column");

struct reading {
    const struct table *table;
    const char *cfg;
    struct device *device;
    long *lines; /* [rows_n] line of each layer; 0: none yet */
};

static int device_file_check_word(const struct reading *r, char **cells, enum column c,
                                  const struct table_row *row, struct error *e)
{
    const char *here = cells[c], *there = c == NAME ? row->name : row->type;
    if (!*here || strcmp(here, there) == 0)
        return 0;
    char *shown = text_escape(here);
    error_set(e, "layer %d has the %s '%.60s' here, but '%s' in %s (expected a profile of this network)",
              row->layer, device_file_columns[c], shown, there, r->cfg);
    free(shown);
    return -1;
}

static int device_file_take_layer(void *data, char **cells, long line, struct error *e)
{
    struct reading *r = data;
    const struct table *table = r->table;
    long layer;
    double ms;
    if (!text_to_long(cells[LAYER], &layer) || layer < 0)
        return sheet_rows_bad_cell(e, device_file_columns, cells, LAYER, "a whole number, 0 or more");
    if (layer >= table->rows_n)
        return error_set(e, "refers to layer %ld, but %s has layers 0 to %d", layer, r->cfg,
                         table->rows_n - 1);
    const struct table_row *row = &table->rows[layer];
    if (device_file_check_word(r, cells, NAME, row, e) < 0 ||
        device_file_check_word(r, cells, TYPE, row, e) < 0)
        return -1;
    if (r->lines[layer])
        return error_set(e, "layer %ld (%s) occurs a second time (first in line %ld)", layer, row->name,
                         r->lines[layer]);
    if (!text_to_double(cells[MEDIAN], &ms) || ms < 0)
        return sheet_rows_bad_cell(e, device_file_columns, cells, MEDIAN, "milliseconds, 0 or more");
    r->device->layer_ms[layer] = ms;
    r->lines[layer] = line;
    return 0;
}

static int device_file_check_all(const struct reading *r, const char *path, struct error *e)
{
    int missing = 0, first = -1;
    for (int l = r->table->rows_n - 1; l >= 0; l--)
        if (!r->lines[l]) {
            missing++;
            first = l;
        }
    if (missing == 0)
        return 0;
    return error_at(
        e, path, 0, "has no row for layer %d (%s)%s (expected one for each of the layers 0 to %d of %s)",
        first, r->table->rows[first].name, missing > 1 ? " and others" : "", r->table->rows_n - 1, r->cfg);
}

static int device_file_read_file(const char *path, const struct table *table, const char *cfg,
                                 struct device *d, struct error *e)
{
    struct reading r = {.table = table, .cfg = cfg, .device = d};
    r.lines = memory_new((size_t)table->rows_n, sizeof *r.lines);
    d->source = memory_copy(path);
    int status =
        sheet_rows_read(path, device_file_columns, MEDIAN + 1, NULL, "a profile as isplit profile writes it",
                        NULL, device_file_take_layer, &r, e);
    if (status == 0)
        status = device_file_check_all(&r, path, e);
    free(r.lines);
    return status;
}

int device_read(const char *text, const struct table *table, const char *cfg, struct device *device,
                struct error *e)
{
    double gflop_s;
    int is_speed = device_file_read_speed(text, &gflop_s, e);
    if (is_speed < 0)
        return -1;
    if (is_speed) {
        *device = device_of_speed(gflop_s, table);
        return 0;
    }
    *device = (struct device){.layers_n = table->rows_n};
    device->layer_ms = memory_new((size_t)table->rows_n, sizeof *device->layer_ms);
    int status = device_file_read_file(text, table, cfg, device, e);
    if (status < 0)
        device_free(device);
    return status;
}

/* ---- Whether it is to be trusted ---------------------------------------------------------------------- */

#define SUM_TOLERANCE 0.05 /* of the whole network's median */

char *device_sum_off(double sum_ms, double whole_ms)
{
    double off = whole_ms > 0 ? sum_ms / whole_ms - 1 : 0;
    if (fabs(off) <= SUM_TOLERANCE)
        return NULL;
    return memory_format("%.3g %% %s", 100 * fabs(off), off > 0 ? "above" : "below");
}

static char *device_doubt_of(const char *text, const struct provenance *p)
{
    const char *sum = provenance_find(p, "sum_ms"), *whole = provenance_find(p, "whole_ms");
    double sum_ms, whole_ms;
    if (!sum || !whole || !text_to_double(sum, &sum_ms) || !text_to_double(whole, &whole_ms))
        return NULL;
    char *off = device_sum_off(sum_ms, whole_ms);
    char *doubt =
        off ? memory_format("%s: the layers' sum is %s the whole network's time (expected at most 5 "
                            "%%: was the machine busy?)",
                            text, off)
            : NULL;
    free(off);
    return doubt;
}

char *device_doubt(const char *text)
{
    struct error why;
    struct provenance *p = provenance_own(text, &why);
    char *doubt = *why.text ? memory_copy(why.text) : device_doubt_of(text, p);
    provenance_free(p);
    return doubt;
}

int device_check(const char *text, struct error *e)
{
    double gflop_s;
    int is_speed = device_file_read_speed(text, &gflop_s, e);
    if (is_speed == 0 && access(text, R_OK) < 0)
        return error_at(e, text, 0, "%s", strerror(errno));
    return is_speed < 0 ? -1 : 0;
}
