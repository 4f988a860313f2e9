#include "half/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "features/measured_features.h"
#include "partition/partition.h"

#define SHEET_BYTES_MAX ((size_t)1 << 16)
enum { COLUMNS_MAX = 128 };

const char *const half_side_words[] = {[HALF_HEAD] = "head", [HALF_TAIL] = "tail", NULL};

/* ---- Its header and its row ------------------------------------------------------------------------- */

struct half_row {
    char *names[COLUMNS_MAX], *cells[COLUMNS_MAX];
    int names_n, cells_n;
};

/* Cuts the next field off a line, in place: what stands in quotes may hold commas, and "" for a quote. */
static char *sheet_field(char **rest)
{
    char *from = *rest, *to = from, *field = from;
    bool quoted = *from == '"';
    for (from += quoted; *from && (quoted || *from != ','); from++) {
        if (quoted && *from == '"' && *++from != '"')
            quoted = false;
        if (!*from || (!quoted && *from == ','))
            break;
        *to++ = *from;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return field;
}

static int sheet_fields(char *line, char **fields)
{
    int n = 0;
    for (char *rest = line; rest && n < COLUMNS_MAX; n++)
        fields[n] = sheet_field(&rest);
    return n;
}

/* NULL where the file has no such column. */
static const char *sheet_cell(const struct half_row *row, const char *name)
{
    for (int i = 0; i < row->names_n; i++)
        if (strcmp(row->names[i], name) == 0)
            return row->cells[i];
    return NULL;
}

/* ---- Its cells -------------------------------------------------------------------------------------- */

static int sheet_bad(const char *path, const char *column, const char *cell, const char *expected,
                     struct error *e)
{
    char *shown = text_escape(cell ? cell : "");
    error_at(e, path, 2, "%s is '%.60s' (expected %s)", column, shown, expected);
    free(shown);
    return -1;
}

/* A column that must be there. */
static int sheet_whole(const struct half_row *row, const char *path, const char *column, int *value,
                       struct error *e)
{
    const char *cell = sheet_cell(row, column);
    long number;
    if (!cell || !text_to_long(cell, &number) || number < 0 || number > 1 << 24)
        return sheet_bad(path, column, cell, "a whole number", e);
    *value = (int)number;
    return 0;
}

/* One of words[]; an absent column leaves the value. */
static int sheet_word(const struct half_row *row, const char *path, const char *column,
                      const char *const *words, int *value, struct error *e)
{
    const char *cell = sheet_cell(row, column);
    for (int i = 0; cell && words[i]; i++)
        if (strcmp(cell, words[i]) == 0) {
            *value = i;
            return 0;
        }
    return cell ? sheet_bad(path, column, cell, words[0], e) : 0;
}

static int sheet_flag(const struct half_row *row, const char *path, const char *column, bool *value,
                      struct error *e)
{
    static const char *const words[] = {"0", "1", NULL};
    int number = *value;
    int status = sheet_word(row, path, column, words, &number, e);
    *value = number == 1;
    return status;
}

/* n numbers with commas between them; an empty cell is an absent one. */
static int sheet_floats(const struct half_row *row, const char *path, const char *column, int n,
                        float *values, struct error *e)
{
    const char *cell = sheet_cell(row, column);
    if (!cell || !*cell)
        return 0;
    char *copy = memory_copy(cell), *rest = copy;
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        char *word = strsep(&rest, ",");
        good = word && text_to_float(word, &values[i]) && isfinite(values[i]);
    }
    good = good && !rest;
    free(copy);
    return good ? 0 : sheet_bad(path, column, cell, n > 1 ? "three numbers" : "a number", e);
}

/* A whole number from min to max; an absent column or an empty cell leaves the value. */
static int sheet_within(const struct half_row *row, const char *path, const char *column, int min, int max,
                        int *value, struct error *e)
{
    const char *cell = sheet_cell(row, column);
    long number;
    char expected[64];
    if (!cell || !*cell)
        return 0;
    snprintf(expected, sizeof expected, "a whole number from %d to %d", min, max);
    if (!text_to_long(cell, &number) || number < min || number > max)
        return sheet_bad(path, column, cell, expected, e);
    *value = (int)number;
    return 0;
}

static int sheet_hash_of(const struct half_row *row, const char *path, enum half_side side, const char *kind,
                         char hash[17], struct error *e)
{
    char column[32];
    snprintf(column, sizeof column, "%s_%s_xxh3", half_side_words[side], kind);
    const char *cell = sheet_cell(row, column);
    if (!cell || strlen(cell) != 16 || strspn(cell, "0123456789abcdef") != 16)
        return sheet_bad(path, column, cell, "16 hexadecimal digits", e);
    memcpy(hash, cell, 17);
    return 0;
}

static int sheet_pixels(const struct half_row *row, const char *path, struct pixels_options *p,
                        struct error *e)
{
    int fit = PIXELS_CROP;
    *p = (struct pixels_options){.scale = 1, .std = {1, 1, 1}};
    if (sheet_word(row, path, "fit", pixels_fit_words, &fit, e) < 0 ||
        sheet_floats(row, path, "pixel_scale", 1, &p->scale, e) < 0 ||
        sheet_floats(row, path, "mean", 3, p->mean, e) < 0 ||
        sheet_floats(row, path, "std", 3, p->std, e) < 0 || sheet_flag(row, path, "bgr", &p->bgr, e) < 0 ||
        sheet_flag(row, path, "exif", &p->exif, e) < 0)
        return -1;
    p->fit = (enum pixels_fit)fit;
    if (!(p->scale > 0))
        return sheet_bad(path, "pixel_scale", sheet_cell(row, "pixel_scale"), "a number above 0", e);
    for (int c = 0; c < 3; c++)
        if (p->std[c] == 0)
            return sheet_bad(path, "std", sheet_cell(row, "std"), "numbers that are not 0", e);
    return 0;
}

static int sheet_sending(const struct half_row *row, const char *path, struct half_sheet *s, struct error *e)
{
    int type = DTYPE_F32, coder = CODER_NONE;
    s->affine = (struct encode_affine){.scale = 1};
    s->level = FEATURES_LEVEL;
    if (sheet_word(row, path, "dtype", dtype_words, &type, e) < 0 ||
        sheet_word(row, path, "coder", coder_words, &coder, e) < 0 ||
        sheet_floats(row, path, "scale", 1, &s->affine.scale, e) < 0 ||
        sheet_within(row, path, "level", 1, FEATURES_LEVEL_LIMIT, &s->level, e) < 0)
        return -1;
    s->type = (enum dtype)type;
    s->coder = (enum coder)coder;
    int codes = dtype_is_affine(s->type) ? (1 << dtype_bits(s->type)) - 1 : UINT8_MAX;
    if (!(s->affine.scale > 0))
        return sheet_bad(path, "scale", sheet_cell(row, "scale"), "a number above 0", e);
    return sheet_within(row, path, "zero", 0, codes, &s->affine.zero, e);
}

static int sheet_runs_in(const struct half_row *row, const char *path, enum half_side side,
                         enum net_runs *runs, struct error *e)
{
    char column[32];
    int place = NET_RUNS_STOCK;
    snprintf(column, sizeof column, "%s_runs_in", half_side_words[side]);
    int status = sheet_word(row, path, column, net_runs_words, &place, e);
    *runs = (enum net_runs)place;
    return status;
}

static int sheet_take(const struct half_row *row, const char *path, struct half_sheet *s, struct error *e)
{
    const char *name = sheet_cell(row, "name");
    snprintf(s->name, sizeof s->name, "%s", name ? name : "");
    if (sheet_whole(row, path, "layer", &s->layer, e) < 0 || sheet_pixels(row, path, &s->pixels, e) < 0 ||
        sheet_sending(row, path, s, e) < 0)
        return -1;
    for (int side = 0; side < HALF_SIDES; side++)
        if (sheet_hash_of(row, path, (enum half_side)side, "cfg", s->cfg_xxh3[side], e) < 0 ||
            sheet_hash_of(row, path, (enum half_side)side, "weights", s->weights_xxh3[side], e) < 0 ||
            sheet_runs_in(row, path, (enum half_side)side, &s->runs_in[side], e) < 0)
            return -1;
    return 0;
}

int half_sheet_parse(const char *text, size_t length, const char *path, struct half_sheet *s, struct error *e)
{
    *s = (struct half_sheet){.hash = XXH3_64bits(text, length)};
    char *copy = memory_copy_n(text, length), *rest = copy;
    int number = 0;
    char *head = text_next_line(&rest, &number), *line = head ? text_next_line(&rest, &number) : NULL;
    struct half_row row = {0};
    int status = line ? 0 : error_at(e, path, 0, "has no row (expected what isplit split writes)");
    if (status == 0) {
        row.names_n = sheet_fields(text_after_mark(head), row.names);
        row.cells_n = sheet_fields(line, row.cells);
        if (row.names_n != row.cells_n)
            status = error_at(e, path, 2, "has %d cells (expected %d)", row.cells_n, row.names_n);
    }
    if (status == 0)
        status = sheet_take(&row, path, s, e);
    free(copy);
    return status;
}

int half_sheet_read(const char *folder, struct half_sheet *s, struct error *e)
{
    size_t used = strlen(folder), length;
    char *path = memory_format("%s%s%s", folder, used && folder[used - 1] == '/' ? "" : "/", PARTITION_CSV);
    if (access(path, F_OK) < 0) {
        error_at(e, path, 0, "cannot open: %s (expected a folder of isplit split or isplit retrain)",
                 strerror(errno));
        free(path);
        return -1;
    }
    char *text = file_read(path, SHEET_BYTES_MAX, &length, e);
    int status = text ? half_sheet_parse(text, length, path, s, e) : -1;
    free(text);
    free(path);
    return status;
}
