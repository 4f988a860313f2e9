#include "study/saved_rows_parts.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet_reader.h"
#include "store/row_key.h"
#include "wire/message_data.h"

struct saved_rows_csv {
    struct sheet_reader *reader;
    struct dataset *dataset; /* images without a path have no row */
    struct curve *curve;
    float *values;   /* [run.layers_n] */
    long rows;       /* that the .meta.csv speaks of */
    bool began;      /* the header was read, */
    int columns;     /* which has so many */
    bool unlabelled; /* no image has a label: the class in a row is the predicted one */
};

/* The columns that report_images writes: these, the layers, and `number`; what follows is for people. */
static const char *const first_columns[] = {"image", "class_index", "class", "top_index", "score"};
enum { IMAGE, CLASS_INDEX, CLASS, PREDICTED_INDEX, SCORE, FIRST_COLUMNS };

/* ---- The .meta.csv --------------------------------------------------------------------------------- */

static const char *saved_rows_csv_find(const struct saved_rows *a, const char *key, struct error *e)
{
    const char *value = provenance_find(a->made, key);
    if (!value)
        error_set(e, "has no '%s' (expected what stands beside rows of images: isplit curve --images-csv)",
                  key);
    return value;
}

static int find_number(const struct saved_rows *a, const char *key, long *number, struct error *e)
{
    const char *text = saved_rows_csv_find(a, key, e);
    if (!text)
        return -1;
    if (text_to_long(text, number) && *number >= 0 && *number <= INT_MAX)
        return 0;
    char *shown = text_escape(text);
    error_set(e, "%s '%.40s' (expected a whole number)", key, shown);
    free(shown);
    return -1;
}

/* "0*40 1*40 -*3": runs of images of one class, by number; '-' for none. Reads the run at *text, of at most
 * `left` images, and moves behind it. */
static int read_run(const char **text, long left, int *class_index, long *n)
{
    const char *p = *text;
    char *end = NULL;
    if (*p != '-' && (*p < '0' || *p > '9'))
        return -1;
    long c = *p == '-' ? DATASET_NO_CLASS : strtol(p, &end, 10);
    const char *star = *p == '-' ? p + 1 : end;
    *n = *star == '*' ? strtol(star + 1, &end, 10) : 0;
    if (*n < 1 || *n > left || c > INT_MAX || (*end != ' ' && *end != '\0'))
        return -1;
    *class_index = (int)c;
    *text = *end ? end + 1 : end;
    return 0;
}

/* Before there is memory for any of them. */
static int add_up_classes(const char *text, long images, struct error *e)
{
    long total = 0, n;
    int class_index;
    for (const char *p = text; *p; total += n)
        if (read_run(&p, images - total, &class_index, &n) < 0) {
            char *shown = text_escape(p);
            error_set(e, "image_classes: '%.40s' (expected CLASS*IMAGES, of %ld images in all)", shown,
                      images);
            free(shown);
            return -1;
        }
    return total == images ? 0
                           : error_set(e, "image_classes speaks of %ld images (expected %ld)", total, images);
}

static int read_classes(const char *text, struct dataset *d, long images, struct error *e)
{
    if (add_up_classes(text, images, e) < 0)
        return -1;
    d->images = memory_new_try((size_t)images, sizeof *d->images);
    if (!d->images)
        return error_set(e, "no memory for %ld images", images);
    char *none = dataset_keep_path(d, "", 0); /* no path is known yet */
    int class_index = 0;
    for (long n = 0; d->images_n < images; n--) {
        if (n == 0)
            read_run(&text, images, &class_index, &n);
        d->images[d->images_n++] =
            (struct dataset_image){.path = none, .class_index = class_index, .size = -1, .mtime_ns = -1};
    }
    return 0;
}

static int read_dataset(struct saved_rows *a, struct error *e)
{
    const char *text = saved_rows_csv_find(a, "dataset", e);
    const char *classes = text ? saved_rows_csv_find(a, "image_classes", e) : NULL;
    if (!classes)
        return -1;
    struct dataset *d = a->in_csv->dataset = memory_new(1, sizeof *d);
    json_error_t fault;
    json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    long images = (long)json_integer_value(json_object_get(message, "images"));
    int status = images < 1 || images > INT32_MAX
                     ? error_set(e, "dataset: %ld images (expected 1 to %d)", images, INT32_MAX)
                     : read_classes(classes, d, images, e);
    if (status == 0)
        status = message_dataset_read(message, d, e);
    json_decref(message);
    int last = status == 0 && d->classes_n ? d->classes[d->classes_n - 1].index : -1;
    if (last >= a->table->classes)
        status = error_set(e, "it names class %d of %d", last, a->table->classes);
    return status;
}

static int saved_rows_csv_read_tuning(struct saved_rows *a, struct error *e)
{
    long batch, threads;
    bool early = !provenance_find(a->made, "tuning") && provenance_find(a->made, "plan"); /* up to 0.1.0 */
    const char *hash = saved_rows_csv_find(a, early ? "plan" : "tuning", e);
    if (!hash || find_number(a, "batch", &batch, e) < 0 || find_number(a, "threads", &threads, e) < 0)
        return -1;
    if (*hash && !message_is_xxh3(hash)) { /* empty: it was not known */
        char *shown = text_escape(hash);
        error_set(e, "%s '%.40s' (expected 16 hex digits)", early ? "plan" : "tuning", shown);
        free(shown);
        return -1;
    }
    snprintf(a->tuning.hash, sizeof a->tuning.hash, "%s", hash);
    a->tuning.batch = (int)batch;
    a->tuning.threads = (int)threads;
    return 0;
}

static int read_names(struct saved_rows *a, struct error *e)
{
    struct {
        const char *key;
        char **to;
    } names[] = {{"cfg", &a->cfg}, {"weights", &a->weights}, {"data", &a->data}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = saved_rows_csv_find(a, names[i].key, e);
        if (!value)
            return -1;
        *names[i].to = memory_copy(value);
    }
    return 0;
}

static int read_versions(struct saved_rows *a, struct error *e)
{
    struct {
        const char *key;
        char *to;
    } versions[] = {{"engine", a->versions.version},
                    {"darknet", a->versions.darknet},
                    {"onednn", a->versions.onednn},
                    {"stb", a->versions.stb},
                    {"isa", a->versions.isa}};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        const char *value = saved_rows_csv_find(a, versions[i].key, e);
        if (!value)
            return -1;
        snprintf(versions[i].to, sizeof a->versions.version, "%s", value);
    }
    return 0;
}

/* "3 4 39": numbers of images. */
static int read_excluded(struct saved_rows *a, const char *key, enum exclusion why, struct error *e)
{
    long images = a->in_csv->dataset->images_n;
    const char *text = saved_rows_csv_find(a, key, e);
    if (!text)
        return -1;
    for (const char *p = text; *p;) {
        char *end;
        long image = strtol(p, &end, 10);
        if (*p < '0' || *p > '9' || image < 0 || image >= images || (*end != ' ' && *end != '\0')) {
            char *shown = text_escape(p);
            error_set(e, "%s: '%.40s' (expected numbers of images, of %ld in all)", key, shown, images);
            free(shown);
            return -1;
        }
        excluded_add(&a->excluded, image, why);
        p = *end ? end + 1 : end;
    }
    return 0;
}

static int read_meta(struct saved_rows *a, struct error *e)
{
    const char *row_key = saved_rows_csv_find(a, "question", e);
    const char *network = row_key ? saved_rows_csv_find(a, "network", e) : NULL;
    if (!network ||
        row_key_read_texts(row_key, network, &a->run, &a->table, a->cfg_xxh3, a->weights_xxh3, e) < 0)
        return -1;
    if (read_names(a, e) < 0 || read_versions(a, e) < 0 || saved_rows_csv_read_tuning(a, e) < 0 ||
        read_dataset(a, e) < 0)
        return -1;
    if (find_number(a, "images", &a->in_csv->rows, e) < 0 ||
        read_excluded(a, "undecodable_images", EXCLUDED_UNDECODABLE, e) < 0 ||
        read_excluded(a, "not_finite_images", EXCLUDED_NONFINITE, e) < 0)
        return -1;
    return 0;
}

/* ---- The rows -------------------------------------------------------------------------------------- */

/* The name of a column. */
static const char *column(const struct saved_rows *a, int i, char capacity[16])
{
    if (i < FIRST_COLUMNS)
        return first_columns[i];
    if (i - FIRST_COLUMNS == a->run.layers_n)
        return "number";
    snprintf(capacity, 16, "L%d", a->run.layers[i - FIRST_COLUMNS]);
    return capacity;
}

static int take_header(const struct saved_rows *a, char **cells, int n, struct error *e)
{
    char capacity[16];
    for (int i = 0; i < FIRST_COLUMNS + a->run.layers_n + 1; i++) {
        const char *expected = column(a, i, capacity);
        if (i < n && strcmp(cells[i], expected) == 0)
            continue;
        char *shown = text_escape(i < n ? cells[i] : "");
        error_set(e, "column %d is '%.40s' (expected '%s', as in a file of --images-csv)", i + 1, shown,
                  expected);
        free(shown);
        return -1;
    }
    return 0;
}

static int bad_cell(const struct saved_rows *a, char **cells, int i, const char *expected, struct error *e)
{
    char capacity[16];
    char *shown = text_escape(cells[i]);
    error_set(e, "%s '%.40s' (expected %s)", column(a, i, capacity), shown, expected);
    free(shown);
    return -1;
}

static int read_integer(const struct saved_rows *a, char **cells, int i, long limit, long *value,
                        struct error *e)
{
    if (text_to_long(cells[i], value) && *value >= 0 && *value < limit)
        return 0;
    char expected[60];
    snprintf(expected, sizeof expected, "a whole number from 0 to %ld", limit - 1);
    return bad_cell(a, cells, i, expected, e);
}

static int read_values(const struct saved_rows *a, char **cells, float *score, struct error *e)
{
    if (!text_to_float(cells[SCORE], score))
        return bad_cell(a, cells, SCORE, "a number", e);
    for (int l = 0; l < a->run.layers_n; l++) {
        const char *cell = cells[FIRST_COLUMNS + l];
        float *value = &a->in_csv->values[l];
        if (*cell == '\0')
            *value = NAN; /* a layer without a gradient of its own */
        else if (!text_to_float(cell, value) || *value < 0)
            return bad_cell(a, cells, FIRST_COLUMNS + l, "an importance, which is never negative", e);
    }
    return 0;
}

static int saved_rows_csv_take_row(void *data, char **cells, int n, struct error *e)
{
    struct saved_rows *a = data;
    struct saved_rows_csv *r = a->in_csv;
    int columns = FIRST_COLUMNS + a->run.layers_n + 1;
    if (!r->began) {
        r->began = true;
        r->columns = n;
        r->unlabelled = dataset_is_unlabelled(r->dataset);
        return take_header(a, cells, n, e);
    }
    if (n != r->columns)
        return error_set(e, "has %d columns (expected %d)", n, r->columns);
    long number, class_index, predicted;
    struct curve_row row = {0};
    if (read_integer(a, cells, columns - 1, r->dataset->images_n, &number, e) < 0 ||
        read_integer(a, cells, CLASS_INDEX, a->table->classes, &class_index, e) < 0 ||
        read_integer(a, cells, PREDICTED_INDEX, a->table->classes, &predicted, e) < 0 ||
        read_values(a, cells, &row.score, e) < 0)
        return -1;
    struct dataset_image *image = &r->dataset->images[number];
    if (image->class_index != (r->unlabelled && class_index == predicted ? DATASET_NO_CLASS : class_index))
        return error_set(e, "image %ld has class %ld (the .meta.csv says %d)", number, class_index,
                         image->class_index);
    row.image = (int)number;
    row.class_index = image->class_index;
    row.predicted = (int)predicted;
    if (curve_add(r->curve, &row, r->values, e) < 0)
        return -1;
    image->path = dataset_keep_path(r->dataset, cells[IMAGE], strlen(cells[IMAGE]));
    return 0;
}

/* ---- Opening --------------------------------------------------------------------------------------- */

int saved_rows_open_csv(struct saved_rows *a, struct error *e)
{
    struct saved_rows_csv *r = a->in_csv = memory_new(1, sizeof *r);
    struct error why;
    char *meta = provenance_path(a->path);
    int status = 0;
    a->made = provenance_read(meta, &why);
    if (!a->made)
        error_at(e, a->path, 0,
                 "is no store, and as rows it needs the file that says how they were measured: %s", why.text);
    else if ((status = read_meta(a, &why)) < 0)
        error_at(e, meta, 0, "%s", why.text);
    free(meta);
    if (!a->made || status < 0)
        return -1;
    r->values = memory_new((size_t)a->run.layers_n, sizeof *r->values);
    r->curve = curve_new(a->run.layers_n, a->table->classes, &why);
    if (!r->curve)
        return error_at(e, a->path, 0, "%s", why.text);
    r->reader = sheet_reader_open(a->path, saved_rows_csv_take_row, a, e);
    return r->reader ? 0 : -1;
}

static int saved_rows_csv_finish(struct saved_rows *a, struct error *e)
{
    struct saved_rows_csv *r = a->in_csv;
    if (r->curve->rows_n != r->rows)
        return error_at(e, a->path, 0, "has rows of %ld images (expected %ld, as its .meta.csv says)",
                        r->curve->rows_n, r->rows);
    for (long i = 0; i < a->excluded.n; i++)
        if (curve_find(r->curve, a->excluded.all[i].image) >= 0)
            return error_at(e, a->path, 0, "has a row of image %ld (its .meta.csv says that it was lost)",
                            a->excluded.all[i].image);
    if (provenance_check_hash(a->made, a->path, sheet_reader_xxh3(r->reader), e) < 0)
        return -1;
    a->dataset = r->dataset;
    a->curve = r->curve;
    r->dataset = NULL;
    r->curve = NULL;
    return 1;
}

int saved_rows_step_csv(struct saved_rows *a, int ms, long *done, long *of, struct error *e)
{
    int64_t end = clock_ms() + ms;
    int status;
    do
        status = sheet_reader_step(a->in_csv->reader, e);
    while (status > 0 && clock_ms() < end);
    sheet_reader_progress(a->in_csv->reader, done, of);
    if (status < 0)
        return -1;
    return status > 0 ? 2 : saved_rows_csv_finish(a, e);
}

void saved_rows_free_csv(struct saved_rows *a)
{
    struct saved_rows_csv *r = a->in_csv;
    if (!r)
        return;
    sheet_reader_close(r->reader);
    dataset_free(r->dataset);
    curve_free(r->curve);
    free(r->values);
    free(r);
}
