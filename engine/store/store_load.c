#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/store_image_list.h"
#include "store/store_join.h"
#include "store/store_keep.h"
#include "store/store_parts.h"
#include "store/store_study.h"

struct store_loading {
    struct sql sql; /* its own connection: one moment of the file, however long the slices take */
    struct join *join;
    int64_t dataset_id;
    long images_n;
    struct store_load *load;
    struct dataset *dataset; /* while it is incomplete */
    char *about;
    float *values; /* [layers_n] */
};

/* ---- Callbacks of the join ------------------------------------------------------------------------- */

static int store_load_take_file(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e)
{
    (void)e;
    struct store_loading *l = data;
    bool stamped = sqlite3_column_type(row, 3) == SQLITE_INTEGER;
    const void *path = sqlite3_column_blob(row, 2);
    l->dataset->images[image] = (struct dataset_image){
        .path = dataset_keep_path(l->dataset, path, path ? (size_t)sqlite3_column_bytes(row, 2) : 0),
        .class_index = class_index,
        .size = stamped ? sqlite3_column_int64(row, 3) : -1,
        .mtime_ns = stamped ? sqlite3_column_int64(row, 4) : -1,
    };
    return 0;
}

static int complete_dataset(void *data, struct error *e)
{
    struct store_loading *l = data;
    if (image_list_read_about(&l->sql, l->dataset_id, l->about, l->dataset, e) < 0)
        return -1;
    int classes = l->load->curve->classes, n = l->dataset->classes_n;
    int last = n ? l->dataset->classes[n - 1].index : -1;
    if (last >= classes)
        return error_at(e, l->sql.path, 0, "data set %lld names class %d of %d", (long long)l->dataset_id,
                        last, classes);
    l->load->dataset = l->dataset;
    l->dataset = NULL;
    return 0;
}

static int take_measured(struct store_loading *l, long image, int class_index, sqlite3_stmt *row,
                         struct error *e)
{
    struct curve *c = l->load->curve;
    const struct curve_row found = {image, class_index, sqlite3_column_int(row, 3),
                                    (float)sqlite3_column_double(row, 4)};
    const char *fault = keep_cells_read(sqlite3_column_blob(row, 7), (size_t)sqlite3_column_bytes(row, 7),
                                        c->layers, &found, l->values);
    if (fault)
        return error_at(e, l->sql.path, 0, "image %ld: its row %s (see isplit store verify)", image, fault);
    struct error why;
    return curve_add(c, &found, l->values, &why) < 0 ? error_at(e, l->sql.path, 0, "%.900s", why.text) : 0;
}

static void store_load_ahead(void *data, long image)
{
    const struct store_loading *l = data;
    curve_fetch(l->load->curve, image);
}

static int store_load_take_row(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e)
{
    struct store_loading *l = data;
    int kind = sqlite3_column_int(row, 2);
    if (kind == EXCLUDED_NOT)
        return take_measured(l, image, class_index, row, e);
    excluded_add(&l->load->excluded, image,
                 kind == EXCLUDED_UNDECODABLE ? EXCLUDED_UNDECODABLE : EXCLUDED_NONFINITE);
    return 0;
}

/* ---- Loading ------------------------------------------------------------------------------------- */

static int store_load_find_study(struct store_loading *l, int64_t study, struct error *e)
{
    static const char text[] = "SELECT s.series, d.id, d.images, d.complete, d.about FROM study s"
                               " JOIN dataset d ON d.id = s.dataset WHERE s.id = ?";
    sqlite3_stmt *s = sql_use(&l->sql, e, text, "i", study);
    int found = sql_step(&l->sql, s, e);
    if (found != 1)
        return found < 0 ? -1 : error_at(e, l->sql.path, 0, "has no study %lld", (long long)study);
    int64_t images = sqlite3_column_int64(s, 2);
    bool complete = sqlite3_column_int(s, 3);
    l->dataset_id = sqlite3_column_int64(s, 1);
    l->images_n = (long)images;
    l->join = join_new(&l->sql, l->dataset_id, l->images_n, sqlite3_column_int64(s, 0));
    l->about = sql_string(s, 4);
    sqlite3_reset(s);
    if (!complete)
        return error_at(
            e, l->sql.path, 0,
            "the list of images of study %lld is not complete: isplit was ended while it wrote it "
            "(measuring the same data again completes it)",
            (long long)study);
    if (images < 0 || images > INT32_MAX)
        return error_at(e, l->sql.path, 0, "study %lld has %lld images", (long long)study, (long long)images);
    return 0;
}

int store_load_begin(struct store *s, const struct store_study *study, int layers_n, int classes,
                     struct store_load *load, struct error *e)
{
    *load = (struct store_load){0};
    struct store_loading *l = memory_new(1, sizeof *l);
    load->loading = l;
    l->load = load;
    /* Each page is read once, in order: there is no use in keeping many. */
    static const char begin[] = "PRAGMA cache_size=-500;BEGIN";
    if (store_connect_to_read(&l->sql, store_path(s), e) < 0 || sql_script(&l->sql, begin, e) < 0 ||
        store_load_find_study(l, study->id, e) < 0 ||
        image_list_check(&l->sql, l->dataset_id, l->images_n, e) < 0) {
        store_load_free(load);
        return -1;
    }
    l->values = memory_new((size_t)layers_n, sizeof *l->values);
    l->dataset = memory_new(1, sizeof *l->dataset);
    l->dataset->images_n = l->images_n;
    l->dataset->images = memory_new((size_t)l->images_n, sizeof *l->dataset->images);
    struct error why;
    load->curve = curve_new(layers_n, classes, &why);
    if (load->curve)
        return 0;
    store_load_free(load);
    return error_at(e, store_path(s), 0, "%.900s", why.text);
}

int store_load_step(struct store_load *load, int ms, long *done, long *of, struct error *e)
{
    struct store_loading *l = load->loading;
    l->load = load; /* the caller may have moved the struct */
    const struct join_listener listener = {l, store_load_take_file, complete_dataset, store_load_take_row,
                                           store_load_ahead};
    int status = join_step(l->join, ms, &listener, e);
    join_progress(l->join, done, of);
    if (status == 1)
        sql_rollback(&l->sql);
    return status;
}

void store_load_free(struct store_load *load)
{
    struct store_loading *l = load->loading;
    if (l) {
        join_free(l->join);
        store_disconnect_reader(&l->sql);
        dataset_free(l->dataset);
        free(l->about);
        free(l->values);
        free(l);
    }
    dataset_free(load->dataset);
    if (!load->lent)
        curve_free(load->curve);
    excluded_free(&load->excluded);
    *load = (struct store_load){0};
}
