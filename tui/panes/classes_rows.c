#include "panes/classes_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "panes/classes_choice.h"
#include "panes/states.h"

static const struct columns_column columns[CLASSES_COLUMNS] = {
    [CLASSES_ON] = {"on", .down = true},
    [CLASSES_INDEX] = {"#", .number = true, .drop = 2},
    [CLASSES_NAME] = {"class", .least = 10},
    [CLASSES_FOLDER] = {"folder", .least = 9, .drop = 1},
    [CLASSES_IMAGES] = {"measured/images", .brief = "images", .number = true, .drop = 4, .down = true},
    [CLASSES_ACCURACY] = {"accuracy", .number = true, .drop = 3, .down = true},
    [CLASSES_BEST] = {"best split", .drop = 5},
};

/* A class and its own results. */
struct classes_entry {
    int at;    /* index into the data set's classes, which change when the worker is restarted */
    int index; /* the class index */
    long measured;
    double accuracy; /* NaN where none was measured */
    int best;        /* position of its best candidate in the list of layers, or -1 */
};

/* The classes by index, for this curve at this version. */
struct classes_rows {
    struct classes_entry *entries; /* [entries_n] */
    int entries_n;
    const struct curve *curve;
    long version;
    int name_width, folder_width; /* of the widest; folder_width 0: folders have the names of the classes */
    int *order;                   /* [n of the list] entries as displayed */
    int capacity;
    bool hides; /* classes without images are not listed */
};

struct classes_rows *classes_rows_new(void)
{
    return memory_new(1, sizeof(struct classes_rows));
}

void classes_rows_free(struct classes_rows *r)
{
    free(r->entries);
    free(r->order);
    free(r);
}

static const struct classes_entry *classes_rows_entry(const struct app *a, int row)
{
    const struct classes_rows *v = a->states->classes_rows;
    return &v->entries[v->order[row]];
}

int classes_rows_total(const struct app *a)
{
    return a->states->classes_rows->entries_n;
}

int classes_rows_nth(const struct app *a, int i)
{
    return a->states->classes_rows->entries[i].index;
}

int classes_rows_index(const struct app *a, int row)
{
    return classes_rows_entry(a, row)->index;
}

/* ---- Data of each class -------------------------------------------------------------------------- */

/* The highest candidate of one class's own curve, or -1. `cui` and `peaks` are scratch. */
static int best_of(const struct curve *curve, int class_index, double *cui, bool *peaks)
{
    if (curve_class_images(curve, class_index) == 0)
        return -1;
    for (int l = 0; l < curve->layers; l++)
        cui[l] = curve_class_mean(curve, class_index, l);
    curve_peaks(cui, curve->layers, peaks);
    int best = -1;
    for (int l = 0; l < curve->layers; l++)
        if (peaks[l] && (best < 0 || cui[l] > cui[best]))
            best = l;
    return best;
}

static void add_entry(struct app *a, int at, double *cui, bool *peaks)
{
    struct classes_rows *v = a->states->classes_rows;
    const struct dataset_class *k = &a->study->dataset->classes[at];
    const struct curve *curve = a->study->curve;
    long n = curve_class_images(curve, k->index);
    struct classes_entry entry = {.at = at, .index = k->index, .measured = n, .accuracy = NAN};
    if (n > 0 && !curve->unlabelled)
        entry.accuracy = 100 * (double)curve_class_correct(curve, k->index) / (double)n;
    entry.best = best_of(a->study->curve, k->index, cui, peaks);
    v->entries[v->entries_n++] = entry;
    int name = canvas_width(k->name);
    v->name_width = name > v->name_width ? name : v->name_width;
    if (k->folder && strcmp(k->folder, k->name) != 0) {
        int folder = canvas_width(k->folder);
        v->folder_width = folder > v->folder_width ? folder : v->folder_width;
    }
}

/* Computed once for every state of the rows, whatever is chosen. */
static void make_entries(struct app *a)
{
    struct classes_rows *v = a->states->classes_rows;
    const struct dataset *d = a->study->dataset;
    const struct curve *curve = a->study->curve;
    if (v->curve == curve && v->version == a->shown_version)
        return;
    if (d->classes_n > v->capacity) {
        v->entries = memory_grow(v->entries, (size_t)d->classes_n, sizeof *v->entries);
        v->order = memory_grow(v->order, (size_t)d->classes_n, sizeof *v->order);
        v->capacity = d->classes_n;
    }
    double *cui = memory_new((size_t)curve->layers, sizeof *cui);
    bool *peaks = memory_new((size_t)curve->layers, sizeof *peaks);
    v->entries_n = v->name_width = v->folder_width = 0;
    for (int i = 0; i < d->classes_n; i++)
        if (d->classes[i].index < curve->classes && classes_choice_lists(&d->classes[i]))
            add_entry(a, i, cui, peaks);
    free(cui);
    free(peaks);
    v->curve = curve;
    v->version = a->shown_version;
}

static const struct dataset_class *class_of(const struct app *a, const struct classes_entry *entry)
{
    return &a->study->dataset->classes[entry->at];
}

const struct dataset_class *classes_rows_class(const struct app *a, int row)
{
    return class_of(a, classes_rows_entry(a, row));
}

/* ---- What a cell says ---------------------------------------------------------------------------- */

static const char *entry_text(const struct app *a, const struct classes_entry *entry, int column,
                              char capacity[CLASSES_TEXT])
{
    const struct dataset_class *k = class_of(a, entry);
    capacity[0] = '\0';
    switch (column) {
    case CLASSES_INDEX:
        snprintf(capacity, CLASSES_TEXT, "%d", entry->index);
        break;
    case CLASSES_NAME:
        return k->name;
    case CLASSES_FOLDER:
        return k->folder ? k->folder : "";
    case CLASSES_IMAGES:
        if (entry->measured == 0 && k->images == 0)
            return "no images";
        snprintf(capacity, CLASSES_TEXT, "%ld/%ld", entry->measured, k->images);
        break;
    case CLASSES_ACCURACY:
        if (isnan(entry->accuracy))
            return "-";
        snprintf(capacity, CLASSES_TEXT, "%.1f %%", entry->accuracy);
        break;
    case CLASSES_BEST:
        return entry->best < 0 ? "-" : app_row(a, entry->best)->name;
    }
    return capacity;
}

const char *classes_rows_text(const struct app *a, int row, int column, char capacity[CLASSES_TEXT])
{
    return entry_text(a, classes_rows_entry(a, row), column, capacity);
}

static void classes_rows_make_columns(struct app *a, int width)
{
    struct columns_table *cs = &a->states->columns[STATES_CLASSES];
    const struct classes_rows *v = a->states->classes_rows;
    memcpy(cs->columns, columns, sizeof columns);
    cs->n = CLASSES_COLUMNS;
    cs->columns[CLASSES_ON].content = 1;
    cs->columns[CLASSES_NAME].content = v->name_width;
    cs->columns[CLASSES_FOLDER].content = v->folder_width;
    cs->columns[CLASSES_FOLDER].absent = v->folder_width == 0;
    for (int i = 0; i < v->entries_n; i++)
        for (int k = CLASSES_INDEX; k < CLASSES_COLUMNS; k++) {
            char capacity[CLASSES_TEXT];
            if (k == CLASSES_NAME || k == CLASSES_FOLDER)
                continue;
            /* All ASCII: no need to decode. */
            int content = (int)strlen(entry_text(a, &v->entries[i], k, capacity));
            if (content > cs->columns[k].content)
                cs->columns[k].content = content;
        }
    columns_fit(cs, width);
}

/* ---- Order --------------------------------------------------------------------------------------- */

static struct columns_key classes_rows_key_of(const struct app *a, int i)
{
    const struct classes_entry *entry = &a->states->classes_rows->entries[i];
    const struct dataset_class *k = class_of(a, entry);
    struct columns_key key = {NAN, NULL, i};
    switch (a->states->columns[STATES_CLASSES].sort) {
    case CLASSES_ON:
        key.number = classes_choice_holds(a, entry->index);
        break;
    case CLASSES_INDEX:
        key.number = entry->index;
        break;
    case CLASSES_NAME:
        key.text = k->name;
        break;
    case CLASSES_FOLDER:
        key.text = k->folder ? k->folder : "";
        break;
    case CLASSES_IMAGES:
        key.number = (double)k->images;
        break;
    case CLASSES_ACCURACY:
        key.number = entry->accuracy;
        break;
    case CLASSES_BEST:
        key.number = entry->best < 0 ? NAN : entry->best;
        break;
    }
    return key;
}

static void classes_rows_make_order(struct app *a)
{
    struct classes_rows *v = a->states->classes_rows;
    struct list *l = &a->states->lists[STATES_CLASSES];
    struct columns_key *keys = memory_new((size_t)v->entries_n + 1, sizeof *keys);
    int n = 0;
    for (int i = 0; i < v->entries_n; i++) {
        const struct dataset_class *k = class_of(a, &v->entries[i]);
        if (v->hides && k->images == 0 && v->entries[i].measured == 0)
            continue;
        if (list_passes(l, k->name) || (k->folder && list_passes(l, k->folder)))
            keys[n++] = classes_rows_key_of(a, i);
    }
    columns_order(&a->states->columns[STATES_CLASSES], keys, n);
    for (int i = 0; i < n; i++)
        v->order[i] = keys[i].row;
    free(keys);
    l->n = n;
}

bool classes_rows_has_images(const struct app *a, int i)
{
    const struct classes_entry *entry = &a->states->classes_rows->entries[i];
    return entry->measured > 0 || class_of(a, entry)->images > 0;
}

bool classes_rows_toggle_hidden(struct app *a)
{
    struct classes_rows *v = a->states->classes_rows;
    return v->hides = !v->hides;
}

int classes_rows_find(const struct app *a, int class_index)
{
    int nearest = 0;
    for (int row = 1; row < a->states->lists[STATES_CLASSES].n; row++)
        if (abs(classes_rows_index(a, row) - class_index) < abs(classes_rows_index(a, nearest) - class_index))
            nearest = row;
    return nearest;
}

void classes_rows_refresh(struct app *a, int width)
{
    struct columns_table *cs = &a->states->columns[STATES_CLASSES];
    if (cs->n == 0)
        cs->sort = CLASSES_INDEX;
    make_entries(a);
    classes_rows_make_columns(a, width);
    classes_rows_make_order(a);
    a->states->lists[STATES_CLASSES].cursor = classes_rows_find(a, a->states->classes_cursor);
}
