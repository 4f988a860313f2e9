#include "report/features_file.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet_rows.h"
#include "features/frame.h"
#include "features/measured_pictures.h"
#include "net/possible.h"
#include "report/report_pictures.h"

/* The first ones are required; without the others intervals are unknown, and the coder is zstd. */
enum column {
    LAYER,
    NAME,
    DTYPE,
    BYTES,
    CODED,
    CORRECT,
    AGREES,
    IMAGES,
    CODER,
    CODED_LOW,
    CODED_HIGH,
    CORRECT_LOW,
    CORRECT_HIGH,
    AGREES_LOW,
    AGREES_HIGH,
    SCALE,
    ZERO,
    GAINED,
    LOST,
    ENCODE,
    DECODE,
    COLUMNS
};
const char *const features_file_columns[] = {
    "layer",         "name",          "dtype",          "bytes",     "coded_bytes", "accuracy",
    "agreement",     "images",        "coder",          "coded_low", "coded_high",  "accuracy_low",
    "accuracy_high", "agreement_low", "agreement_high", "scale",     "zero_point",  "gained",
    "lost",          "encode_ms",     "decode_ms",      NULL};
/* As files were written that knew zstd alone. */
static const char *const former_columns[] = {
    "type", "dtype", "zstd_bytes", "coded_bytes", "zstd_low", "coded_low", "zstd_high", "coded_high", NULL};
static_assert(sizeof features_file_columns / sizeof features_file_columns[0] == COLUMNS + 1,
              "a name for every column");

struct reading {
    const struct table *table;
    const char *cfg;
    struct features *features;
    long *lines;      /* [rows_n] line of each row of the features */
    long images_line; /* the first row that says how many images all stand on; 0: none yet */
};

static int features_file_bad_cell(char **cells, enum column c, const char *expected, struct error *e)
{
    return sheet_rows_bad_cell(e, features_file_columns, cells, c, expected);
}

static int features_file_take_integer(char **cells, enum column c, long min, long *out, struct error *e)
{
    if (text_to_long(cells[c], out) && *out >= min)
        return 0;
    return features_file_bad_cell(cells, c, min ? "a whole number, 1 or more" : "a whole number, 0 or more",
                                  e);
}

/* The layer of a row: a cut of this network, by number and name. */
static int features_file_take_layer(const struct reading *r, char **cells, struct feature *f, struct error *e)
{
    const struct table *table = r->table;
    long layer;
    if (features_file_take_integer(cells, LAYER, 0, &layer, e) < 0)
        return -1;
    if (layer >= table->rows_n)
        return error_set(e, "refers to layer %ld, but %s has layers 0 to %d", layer, r->cfg,
                         table->rows_n - 1);
    const char *here = cells[NAME], *there = table->rows[layer].name;
    if (strcmp(here, there) != 0) {
        char *shown = text_escape(here);
        error_set(e,
                  "layer %ld has the name '%.60s' here, but '%s' in %s (expected features of this network)",
                  layer, shown, there, r->cfg);
        free(shown);
        return -1;
    }
    f->layer = (int)layer;
    return partition_possible(table, f->layer, e);
}

static int features_file_take_word(char **cells, enum column c, const char *const *words, int *out,
                                   struct error *e)
{
    char *expected = memory_copy("");
    for (int i = 0; words[i]; i++) {
        if (strcmp(cells[c], words[i]) == 0) {
            free(expected);
            *out = i;
            return 0;
        }
        char *longer = memory_format("%s%s%s", expected,
                                     i == 0         ? ""
                                     : words[i + 1] ? ", "
                                                    : " or ",
                                     words[i]);
        free(expected);
        expected = longer;
    }
    features_file_bad_cell(cells, c, expected, e);
    free(expected);
    return -1;
}

static int features_file_take_type(char **cells, struct feature *f, struct error *e)
{
    int type, coder = CODER_ZSTD;
    if (features_file_take_word(cells, DTYPE, dtype_words, &type, e) < 0 ||
        (*cells[CODER] && features_file_take_word(cells, CODER, coder_words, &coder, e) < 0))
        return -1;
    f->type = (enum dtype)type;
    f->coder = (enum coder)coder;
    return 0;
}

static int features_file_take_bytes(const struct reading *r, char **cells, struct feature *f, struct error *e)
{
    const struct table_row *row = &r->table->rows[f->layer];
    long bytes;
    if (features_file_take_integer(cells, BYTES, 0, &bytes, e) < 0)
        return -1;
    /* Files without the column coder come from when there were no frames. */
    f->bytes = dtype_bytes(f->type, row->cut_bytes) + (*cells[CODER] ? FRAME_EXTRA : 0);
    if (bytes == f->bytes)
        return 0;
    return error_set(e, "layer %d (%s) sends %ld bytes as %s here, but %lld in %s", f->layer, row->name,
                     bytes, dtype_words[f->type], (long long)f->bytes, r->cfg);
}

/* A number from 0 to `most`; an empty cell is unknown. */
static int features_file_take_number(char **cells, enum column c, double most, double *out, struct error *e)
{
    const char *text = cells[c];
    *out = NAN;
    if (!*text || (text_to_double(text, out) && *out >= 0 && *out <= most))
        return 0;
    return features_file_bad_cell(cells, c,
                                  most <= 1 ? "a share from 0 to 1" : "a number of bytes, 0 or more", e);
}

/* A value with its interval, which must contain it. */
static int features_file_take_value(char **cells, const enum column at[3], double most, struct estimate *out,
                                    struct error *e)
{
    double *const numbers[] = {&out->value, &out->low, &out->high};
    for (int i = 0; i < 3; i++)
        if (features_file_take_number(cells, at[i], most, numbers[i], e) < 0)
            return -1;
    if (out->low > out->value)
        return features_file_bad_cell(cells, at[1], "no more than the value", e);
    if (out->high < out->value)
        return features_file_bad_cell(cells, at[2], "no less than the value", e);
    return 0;
}

static const enum column features_file_coded[] = {CODED, CODED_LOW, CODED_HIGH},
                         features_file_correct[] = {CORRECT, CORRECT_LOW, CORRECT_HIGH},
                         features_file_agrees[] = {AGREES, AGREES_LOW, AGREES_HIGH};

static int features_file_take_values(char **cells, double most, struct feature *f, struct error *e)
{
    if (features_file_take_value(cells, features_file_coded, INFINITY, &f->coded, e) < 0 ||
        features_file_take_value(cells, features_file_correct, 1, &f->correct, e) < 0)
        return -1;
    if (f->coded.value > most + FRAME_EXTRA)
        return features_file_bad_cell(cells, CODED, "what a coder can make of these bytes", e);
    return features_file_take_value(cells, features_file_agrees, 1, &f->agrees, e);
}

/* Scale and zero point, which not every file has; those of another dtype are empty. */
static int features_file_take_affine(char **cells, struct feature *f, struct error *e)
{
    long zero = 0, top = dtype_is_affine(f->type) ? (1L << dtype_bits(f->type)) - 1 : 0;
    f->scale = NAN;
    if (*cells[SCALE] && (!text_to_float(cells[SCALE], &f->scale) || !(f->scale > 0)))
        return features_file_bad_cell(cells, SCALE, "a number above 0", e);
    if (*cells[ZERO] && (!text_to_long(cells[ZERO], &zero) || zero < 0 || zero > top)) {
        char expected[64];
        snprintf(expected, sizeof expected, "a whole number from 0 to %ld", top);
        return features_file_bad_cell(cells, ZERO, expected, e);
    }
    f->zero = (int)zero;
    return 0;
}

/* Every row is about the same images, but f16 about the first of them. */
static int features_file_take_images(struct reading *r, char **cells, long line, struct feature *f,
                                     struct error *e)
{
    struct features *all = r->features;
    if (features_file_take_integer(cells, IMAGES, 1, &f->images, e) < 0)
        return -1;
    if (f->type == DTYPE_F16) {
        all->images = all->images ? all->images : f->images;
        return 0;
    }
    if (!r->images_line) {
        r->images_line = line;
        all->images = f->images;
    }
    if (f->images == all->images)
        return 0;
    return error_set(e, "images is %ld here, but %ld in line %ld", f->images, all->images, r->images_line);
}

/* Of older files they are not known. */
static int features_file_take_counts(char **cells, struct feature *f, struct error *e)
{
    f->gained = f->lost = -1;
    if (!*cells[GAINED] && !*cells[LOST])
        return 0;
    if (features_file_take_integer(cells, GAINED, 0, &f->gained, e) < 0 ||
        features_file_take_integer(cells, LOST, 0, &f->lost, e) < 0)
        return -1;
    return f->gained <= f->images - f->lost
               ? 0
               : features_file_bad_cell(cells, LOST, "no more images than there are", e);
}

/* Of older files they are not known. */
static int features_file_take_times(char **cells, struct feature *f, struct error *e)
{
    double *const times[] = {&f->encode_ms, &f->decode_ms};
    for (int i = 0; i < 2; i++) {
        const char *text = cells[ENCODE + i];
        *times[i] = 0;
        if (*text && (!text_to_double(text, times[i]) || !(*times[i] >= 0) || !isfinite(*times[i])))
            return features_file_bad_cell(cells, ENCODE + i, "a number of ms, 0 or more", e);
    }
    return 0;
}

static int features_file_check_new(const struct reading *r, const struct feature *f, struct error *e)
{
    const struct feature *first = features_find(r->features, f->layer, f->type, f->coder);
    if (!first)
        return 0;
    return error_set(e, "layer %d (%s) as %s by %s occurs a second time (first in line %ld)", f->layer,
                     r->table->rows[f->layer].name, dtype_words[f->type], coder_words[f->coder],
                     r->lines[first - r->features->rows]);
}

/* ---- The pictures themselves --------------------------------------------------------------------------- */

/* "stored", or "jpeg" and the quality. */
static int features_file_take_quality(char **cells, struct picture_rate *p, struct error *e)
{
    const char *coder = cells[CODER];
    size_t jpeg = strlen(REPORT_PICTURES_JPEG);
    long quality = PICTURES_STORED;
    bool stored = strcmp(coder, REPORT_PICTURES_STORED) == 0;
    if (!stored && (strncmp(coder, REPORT_PICTURES_JPEG, jpeg) != 0 ||
                    !text_to_long(coder + jpeg, &quality) || quality < 1 || quality > 100))
        return features_file_bad_cell(cells, CODER, "stored, or jpeg1 to jpeg100", e);
    p->quality = (int)quality;
    return 0;
}

static int features_file_take_picture(struct reading *r, char **cells, struct error *e)
{
    struct features *all = r->features;
    struct picture_rate p;
    long images;
    if (features_file_take_quality(cells, &p, e) < 0 ||
        features_file_take_value(cells, features_file_coded, INFINITY, &p.bytes, e) < 0 ||
        features_file_take_value(cells, features_file_correct, 1, &p.correct, e) < 0 ||
        features_file_take_value(cells, features_file_agrees, 1, &p.agrees, e) < 0 ||
        features_file_take_integer(cells, IMAGES, 1, &images, e) < 0)
        return -1;
    for (int i = 0; i < all->pictures_n; i++)
        if (all->pictures[i].quality == p.quality)
            return error_set(e, "the picture as %s occurs a second time", cells[CODER]);
    all->pictures = memory_grow(all->pictures, (size_t)all->pictures_n + 1, sizeof *all->pictures);
    all->pictures[all->pictures_n++] = p;
    return 0;
}

static int features_file_take_row(void *data, char **cells, long line, struct error *e)
{
    struct reading *r = data;
    struct features *all = r->features;
    struct feature f;
    if (!*cells[LAYER] && strcmp(cells[NAME], REPORT_PICTURES_NAME) == 0)
        return features_file_take_picture(r, cells, e);
    if (features_file_take_layer(r, cells, &f, e) < 0 || features_file_take_type(cells, &f, e) < 0 ||
        features_file_check_new(r, &f, e) < 0 || features_file_take_bytes(r, cells, &f, e) < 0 ||
        features_file_take_values(cells, (double)coder_most(f.type, r->table->rows[f.layer].cut_bytes), &f,
                                  e) < 0 ||
        features_file_take_affine(cells, &f, e) < 0 || features_file_take_images(r, cells, line, &f, e) < 0 ||
        features_file_take_counts(cells, &f, e) < 0 || features_file_take_times(cells, &f, e) < 0)
        return -1;
    all->rows = memory_grow(all->rows, (size_t)all->rows_n + 1, sizeof *all->rows);
    r->lines = memory_grow(r->lines, (size_t)all->rows_n + 1, sizeof *r->lines);
    r->lines[all->rows_n] = line;
    all->rows[all->rows_n++] = f;
    return 0;
}

int features_file_read(const char *path, const struct table *table, const char *cfg,
                       struct features *features, struct error *e)
{
    *features = (struct features){0};
    struct reading r = {.table = table, .cfg = cfg, .features = features};
    int status = sheet_rows_read(path, features_file_columns, IMAGES + 1, former_columns,
                                 "a file that isplit features wrote", NULL, features_file_take_row, &r, e);
    if (status == 0 && features->rows_n == 0)
        status = error_at(e, path, 0, "holds no row (expected a file that isplit features wrote)");
    free(r.lines);
    if (status < 0)
        features_free(features);
    return status;
}
