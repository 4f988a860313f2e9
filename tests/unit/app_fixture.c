#include "app_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/scenarios.h"
#include "app/undo.h"
#include "app/shown.h"
#include "app/telling.h"
#include "base/memory.h"
#include "curve/order.h"
#include "net/definition.h"
#include "screen/keys.h"
#include "study/study_parts.h"

enum { BEHIND = 2 }; /* fc1, softmax */

/* ---- The network --------------------------------------------------------------------------------- */

static void add_layer(struct table *t, const char *name, const char *type, struct net_shape out,
                      int64_t params, int64_t macs)
{
    struct table_row *row = &t->rows[t->rows_n];
    row->layer = t->rows_n++;
    snprintf(row->name, sizeof row->name, "%s", name);
    snprintf(row->type, sizeof row->type, "%s", type);
    row->out = out;
    row->out_bytes = row->cut_bytes = 4 * net_shape_size(out);
    row->params = params;
    row->macs = macs;
    row->cut_tensors = 1;
    row->crossing = memory_new(1, sizeof *row->crossing);
    row->crossing[0] = row->layer;
    row->clean = row->backbone = true;
}

static void add_features(struct table *t, int layers)
{
    struct net_shape s = t->in;
    int channels = 16, block = 1, conv = 0;
    for (int i = 0; i < layers; i++) {
        char name[40];
        int convs = block <= 2 ? 2 : 3;
        if (conv < convs) {
            snprintf(name, sizeof name, "block%d_conv%d", block, ++conv);
            int64_t params = 9LL * s.c * channels + channels;
            s.c = channels;
            add_layer(t, name, "convolutional", s, params, (params - channels) * s.h * s.w);
        } else {
            snprintf(name, sizeof name, "block%d_pool", block++);
            conv = 0;
            channels = channels < 128 ? 2 * channels : 128;
            s.h = s.w = s.h > 1 ? s.h / 2 : 1;
            add_layer(t, name, "maxpool", s, 0, 0);
        }
    }
}

static void sum_head_and_tail(struct table *t)
{
    int64_t params = 0, macs = 0, before = 4 * net_shape_size(t->in), peak = 0;
    for (int i = 0; i < t->rows_n; i++) {
        struct table_row *row = &t->rows[i];
        row->head_params = params += row->params;
        row->head_macs = macs += row->macs;
        peak = before + row->out_bytes > peak ? before + row->out_bytes : peak;
        row->head_peak_bytes = peak;
        before = row->out_bytes;
    }
    peak = 0;
    for (int i = t->rows_n - 1; i >= 0; i--) {
        struct table_row *row = &t->rows[i];
        row->tail_params = params - row->head_params;
        row->tail_macs = macs - row->head_macs;
        row->tail_peak_bytes = peak;
        int64_t own = row->out_bytes + (i ? t->rows[i - 1].out_bytes : 4 * net_shape_size(t->in));
        peak = own > peak ? own : peak;
    }
}

static struct table *make_table(int layers, int classes)
{
    struct table *t = memory_new(1, sizeof *t);
    t->in = (struct net_shape){3, 32, 32};
    t->input_bytes = 4 * net_shape_size(t->in);
    t->classes = classes;
    t->rows = memory_new((size_t)(layers + BEHIND), sizeof *t->rows);
    add_features(t, layers);
    struct net_shape last = t->rows[layers - 1].out;
    int64_t weights = net_shape_size(last) * classes;
    add_layer(t, "fc1", "connected", (struct net_shape){classes, 1, 1}, weights + classes, weights);
    add_layer(t, "softmax", "softmax", (struct net_shape){classes, 1, 1}, 0, 0);
    for (int i = layers; i < t->rows_n; i++)
        t->rows[i].backbone = false;
    t->rows[t->rows_n - 1].clean = false;
    t->rows[t->rows_n - 1].cut_tensors = 0;
    t->rows[t->rows_n - 1].cut_bytes = 0;
    sum_head_and_tail(t);
    return t;
}

/* ---- The images ---------------------------------------------------------------------------------- */

static char *class_name(int c)
{
    if (c < 26)
        return memory_format("%c", 'A' + c);
    if (c % 7 == 0)
        return memory_format("Größter Würger, Neuntöter 鳥 und andere Singvögel %d", c);
    return memory_format("class %d", c);
}

static struct dataset *make_dataset(int classes, long images)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->root = memory_copy("letters");
    d->layout = memory_copy("class folders");
    d->split = memory_copy("");
    d->classes = memory_new((size_t)classes, sizeof *d->classes);
    d->classes_n = classes;
    d->images_n = classes * images;
    d->images = memory_new((size_t)d->images_n, sizeof *d->images);
    for (int c = 0; c < classes; c++) {
        d->classes[c] = (struct dataset_class){.index = c, .name = class_name(c), .images = images};
        d->classes[c].folder = memory_format("n%08d", c);
        for (long k = 0; k < images; k++)
            d->images[c * images + k] =
                (struct dataset_image){memory_format("%s/img-%ld.png", d->classes[c].name, k), c, -1, -1};
    }
    return d;
}

static void free_dataset(struct dataset *d)
{
    for (int c = 0; c < d->classes_n; c++) {
        free(d->classes[c].name);
        free(d->classes[c].folder);
    }
    for (long i = 0; i < d->images_n; i++)
        free(d->images[i].path);
    free(d->classes);
    free(d->images);
    free(d->root);
    free(d->layout);
    free(d->split);
    free(d);
}

/* ---- The study ----------------------------------------------------------------------------------- */

static struct study *make_study(struct app *a, int layers, int classes, long images)
{
    const struct study_reporter reporter = telling_reporter(&a->journal);
    struct study *s = study_new(&a->options, &reporter);
    struct table *table = make_table(layers, classes);
    s->inputs.cfg = memory_copy("cfg/letters-vgg16.cfg");
    s->inputs.weights = memory_copy("weights/letters-vgg16.weights");
    s->inputs.data = memory_copy("letters");
    s->inputs.named = memory_copy("cfg/letters.data");
    s->state = STUDY_PAUSED;
    s->table = table;
    s->dataset = make_dataset(classes, images);
    s->curve = curve_new(layers, classes, NULL);
    struct error e;
    if (layer_list_make(table, TABLE_BACKBONE, REDUCE_MEAN, &s->layer_list, &e) < 0)
        abort();
    bool *all = memory_new((size_t)classes, sizeof *all);
    memset(all, true, (size_t)classes * sizeof *all);
    s->order = order_make(s->dataset->images, s->dataset->images_n, all, classes, 1, &s->order_n);
    free(all);
    s->settled = memory_new((size_t)s->dataset->images_n, sizeof *s->settled);
    s->run.suspect = memory_new((size_t)s->dataset->images_n, sizeof *s->run.suspect);
    s->run.found = memory_new((size_t)s->dataset->images_n, sizeof *s->run.found);
    snprintf(s->cfg_xxh3, sizeof s->cfg_xxh3, "0123456789abcdef");
    return s;
}

struct app *app_fixture_unmeasured(int layers, int classes, long images)
{
    static char *argv[] = {"isplit", "cfg/letters.data", NULL};
    struct app *a = memory_new(1, sizeof *a);
    a->options = options_default();
    a->options.argc = 2;
    a->options.argv = argv;
    a->states = states_new();
    a->undo = undo_new();
    a->scenarios = scenarios_new();
    a->marks = marks_new();
    a->subsets = subsets_new();
    a->study = make_study(a, layers, classes, images);
    a->screen.rows = 24;
    a->screen.columns = 80;
    a->screen.utf8 = a->screen.colour = true;
    a->plot.zoom_from = -1;
    a->plot.last = layers - 1;
    bool *all = memory_new((size_t)classes, sizeof *all);
    memset(all, true, (size_t)classes * sizeof *all);
    app_choose(a, all, "all classes");
    free(all);
    a->shown_version = a->study->version;
    a->keeping.state_changed = a->dirty = false;
    return a;
}

static float importance(const struct study *s, int c, long k, int p)
{
    bool pool = strcmp(s->table->rows[p].type, "maxpool") == 0;
    double base = pow(10, -4.5 + 3.0 * (p + 1) / s->layer_list.n + (pool ? 0.6 : 0));
    return (float)(base * (1 + (c + p) % 3 / 4.0) * (1 + (double)(7 * k % 11 - 5) / 50));
}

void app_fixture_measure(struct app *a, long n)
{
    struct study *s = a->study;
    long images = s->dataset->images_n / s->table->classes;
    float *values = memory_new((size_t)s->layer_list.n, sizeof *values);
    for (; n > 0 && s->settled_n < s->order_n; n--) {
        long image = s->order[s->settled_n++];
        int c = s->dataset->images[image].class_index;
        bool wrong = image % 5 == 4;
        for (int p = 0; p < s->layer_list.n; p++)
            values[p] = importance(s, c, image % images, p);
        struct curve_row row = {image, c, wrong ? (c + 1) % s->table->classes : c, wrong ? 2.5f : 7.5f};
        struct error e;
        if (curve_add(s->curve, &row, values, &e) < 0)
            abort();
        s->settled[image] = true;
        s->version++;
    }
    free(values);
    s->run.rows_seen = s->curve->rows_n;
    if (s->settled_n == s->order_n)
        s->state = STUDY_DONE;
    curve_refresh(s->curve);
    shown_compute(&a->shown, s);
    a->shown.accuracy = curve_accuracy(s->curve, a->shown.chosen);
    a->shown_version = s->version;
}

struct app *app_fixture_new(int layers, int classes, long images)
{
    struct app *a = app_fixture_unmeasured(layers, classes, images);
    app_fixture_measure(a, a->study->order_n);
    return a;
}

void app_fixture_free(struct app *a)
{
    /* The table and the data set belong to the worker's conversation elsewhere. */
    struct table *table = (struct table *)a->study->table;
    struct dataset *dataset = (struct dataset *)a->study->dataset;
    app_free(a, NULL);
    table_free(table);
    free_dataset(dataset);
}

char *app_fixture_draw(struct app *a, const struct pane *pane, int rows, int columns, enum glyphs_set glyphs)
{
    struct canvas *c = canvas_new(rows, columns, glyphs);
    pane_prepare(pane, a, canvas_area(c));
    pane->draw(a, c, canvas_area(c), true);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    canvas_print(c, out);
    fclose(out);
    canvas_free(c);
    return text;
}

struct app *app_fixture_opened(int layers, int classes, long images)
{
    struct app *a = app_fixture_new(layers, classes, images);
    app_resize(a, 40, 132);
    planning_open(a);
    planning_refresh(a);
    undo_note(a);
    return a;
}

void app_fixture_press(struct app *a, const char *script)
{
    int n;
    struct error e;
    int *keys = keys_script(script, &n, &e);
    if (!keys)
        fail_msg("%s", e.text);
    for (int i = 0; i < n; i++) {
        app_key(a, keys[i]);
        app_prepare(a);
    }
    free(keys);
}

static void draw_one(struct app *a, const struct pane *pane, int rows, int columns)
{
    static const int colours[] = {0, 256, 1 << 24};
    struct canvas *c = canvas_new(rows + 2, columns + 2, (enum glyphs_set)(rows % GLYPHS_SETS));
    struct area area = {1, 1, rows, columns};
    c->colours = colours[columns % 3];
    pane_prepare(pane, a, area);
    pane->draw(a, c, area, true);
    pane_click(pane, a, area, rows - 1, columns - 1);
    for (int i = 0; i < c->rows * c->columns; i++)
        if (!area_holds(area, i / c->columns, i % c->columns)) {
            assert_string_equal(c->cells[i].text, " ");
            assert_int_equal(c->cells[i].fg, CANVAS_NO_COLOUR);
        }
    canvas_free(c);
}

void app_fixture_draw_sizes(struct app *a, const struct pane *pane, int rows, int columns)
{
    for (int high = 1; high < rows; high++)
        for (int wide = 1; wide < columns; wide += wide < 10 ? 1 : 7)
            draw_one(a, pane, high, wide);
}
