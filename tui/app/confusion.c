#include "app/confusion.h"

#include <stdlib.h>

#include "app/app.h"
#include "base/memory.h"
#include "panes/images_rows.h"

enum { CELL = 6, CONFUSION_NAME = 16 };

/* The measured images of the chosen classes: which class each is of, and which it was taken for. A pair is a
 * number, truth * classes + said, and the cursor (dialog_row) is one, so that it stays where it is while
 * images come. */
struct confusion {
    int all;     /* classes of the network */
    int *pairs;  /* [images] ascending */
    int *truths; /* [truths_n] chosen classes that have images: the rows */
    int *saids;  /* [saids_n] these and what they are taken for: the columns */
    int images, truths_n, saids_n;
};

static void confusion_free(struct confusion *f)
{
    free(f->pairs);
    free(f->truths);
    free(f->saids);
}

/* Pairs by the number that they have when they are divided by `by`, those of one number in the order they
 * had. */
static void confusion_deal(const struct confusion *f, int by, const int *pairs, int *dealt)
{
    int *at = memory_new((size_t)f->all + 1, sizeof *at);
    for (int i = 0; i < f->images; i++)
        at[pairs[i] / by % f->all + 1]++;
    for (int k = 0; k < f->all; k++)
        at[k + 1] += at[k];
    for (int i = 0; i < f->images; i++)
        dealt[at[pairs[i] / by % f->all]++] = pairs[i];
    free(at);
}

/* By class and class, since there may be a million, at each key. */
static void confusion_sort(struct confusion *f)
{
    int *dealt = memory_new((size_t)f->images + 1, sizeof *dealt);
    confusion_deal(f, 1, f->pairs, dealt);
    confusion_deal(f, f->all, dealt, f->pairs);
    free(dealt);
}

/* Rows and columns: the classes that are seen, in their order. */
static void confusion_name(struct confusion *f)
{
    bool *row = memory_new((size_t)f->all, sizeof *row), *column = memory_new((size_t)f->all, sizeof *column);
    for (int i = 0; i < f->images; i++) {
        row[f->pairs[i] / f->all] = column[f->pairs[i] / f->all] = true;
        column[f->pairs[i] % f->all] = true;
    }
    f->truths = memory_new((size_t)f->all, sizeof *f->truths);
    f->saids = memory_new((size_t)f->all, sizeof *f->saids);
    for (int k = 0; k < f->all; k++) {
        if (row[k])
            f->truths[f->truths_n++] = k;
        if (column[k])
            f->saids[f->saids_n++] = k;
    }
    free(row);
    free(column);
}

static struct confusion confusion_make(const struct app *a)
{
    const struct curve *curve = a->study->curve;
    struct confusion f = {.all = curve->classes};
    f.pairs = memory_new((size_t)curve->rows_n + 1, sizeof *f.pairs);
    for (long i = 0; i < curve->rows_n; i++) {
        const struct curve_row *r = &curve->rows[i];
        if (a->shown.chosen[r->class_index])
            f.pairs[f.images++] = r->class_index * f.all + r->predicted;
    }
    confusion_sort(&f);
    confusion_name(&f);
    return f;
}

/* How many pairs are less than this one. */
static int confusion_below(const struct confusion *f, int pair)
{
    int low = 0, high = f->images;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (f->pairs[middle] < pair)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int confusion_count(const struct confusion *f, int pair)
{
    return confusion_below(f, pair + 1) - confusion_below(f, pair);
}

/* The most frequent mistake; without one the first class, right. */
static int confusion_worst(const struct confusion *f)
{
    int worst = f->truths[0] * f->all + f->truths[0], most = 0;
    for (int i = 0, n; i < f->images; i += n) {
        n = confusion_count(f, f->pairs[i]);
        if (f->pairs[i] / f->all != f->pairs[i] % f->all && n > most) {
            worst = f->pairs[i];
            most = n;
        }
    }
    return worst;
}

/* The place of a class in its list; of one that is not there any more, the first. */
static int confusion_place(const int *classes, int n, int class_index)
{
    for (int i = 0; i < n; i++)
        if (classes[i] == class_index)
            return i;
    return 0;
}

/* The cursor, as places, and the first row and column that are shown. */
struct confusion_view {
    int truth, said;
    int top, left;
    int rows, columns;
};

static struct confusion_view confusion_lay_out(const struct app *a, const struct confusion *f,
                                               struct area area)
{
    struct confusion_view v = {
        .truth = confusion_place(f->truths, f->truths_n, a->dialog_row / f->all),
        .said = confusion_place(f->saids, f->saids_n, a->dialog_row % f->all),
        .rows = area.rows > 3 ? area.rows - 2 : 1,
        .columns = area.columns > CONFUSION_NAME + CELL ? (area.columns - CONFUSION_NAME) / CELL : 1,
    };
    v.top = v.truth >= v.rows ? v.truth - v.rows + 1 : 0;
    v.left = v.said >= v.columns ? v.said - v.columns + 1 : 0;
    return v;
}

static void confusion_draw_names(const struct app *a, struct canvas *c, struct area area,
                                 const struct confusion *f, const struct confusion_view *v)
{
    canvas_field(c, area, 1, 1, CONFUSION_NAME - 2, ROLE_DIM, "true \\ said");
    for (int i = v->left; i < f->saids_n && i < v->left + v->columns; i++)
        canvas_field(c, area, 1, CONFUSION_NAME + (i - v->left) * CELL, -(CELL - 1),
                     i == v->said ? ROLE_CHOSEN : ROLE_DIM, app_class_name(a, f->saids[i]));
}

static void confusion_draw_row(const struct app *a, struct canvas *c, struct area area, int truth,
                               const struct confusion *f, const struct confusion_view *v)
{
    int row = 2 + truth - v->top, class_index = f->truths[truth];
    bool here = truth == v->truth;
    canvas_field(c, area, row, 1, CONFUSION_NAME - 2, here ? ROLE_CHOSEN : ROLE_TEXT,
                 app_class_name(a, class_index));
    for (int i = v->left; i < f->saids_n && i < v->left + v->columns; i++) {
        int n = confusion_count(f, class_index * f->all + f->saids[i]);
        enum role role = here && i == v->said         ? ROLE_SELECTED
                         : f->saids[i] == class_index ? ROLE_GOOD
                         : n                          ? ROLE_ERROR
                                                      : ROLE_DIM;
        char text[24];
        snprintf(text, sizeof text, n ? "%d" : ".", n);
        canvas_field(c, area, row, CONFUSION_NAME + (i - v->left) * CELL, -(CELL - 1), role, text);
    }
}

/* "4 images of H taken for M". */
static void confusion_draw_title(const struct app *a, struct canvas *c, struct area area,
                                 const struct confusion *f, const struct confusion_view *v)
{
    int truth = f->truths[v->truth], said = f->saids[v->said];
    int n = confusion_count(f, truth * f->all + said);
    char *title = memory_format("%d image%s of %s %s %s", n, n == 1 ? "" : "s", app_class_name(a, truth),
                                truth == said ? "predicted as" : "taken for", app_class_name(a, said));
    canvas_rule(c, area, 0, ROLE_TITLE, title);
    free(title);
}

static void confusion_draw(const struct app *a, struct canvas *c, struct area area)
{
    if (!app_is_ready(a))
        return;
    struct confusion f = confusion_make(a);
    if (f.images > 0) {
        struct confusion_view v = confusion_lay_out(a, &f, area);
        confusion_draw_title(a, c, area, &f, &v);
        confusion_draw_names(a, c, area, &f, &v);
        for (int truth = v.top; truth < f.truths_n && truth < v.top + v.rows; truth++)
            confusion_draw_row(a, c, area, truth, &f, &v);
        canvas_cursor(c, area, 2 + v.truth - v.top, CONFUSION_NAME + (v.said - v.left + 1) * CELL - 2);
    }
    confusion_free(&f);
}

static int confusion_clamp(int at, int n)
{
    return at < 0 ? 0 : at >= n ? n - 1 : at;
}

/* Within the table; a page is ten rows. */
static void confusion_move(struct app *a, const struct confusion *f, enum action action)
{
    enum { PAGE = 10 };
    int truth = confusion_place(f->truths, f->truths_n, a->dialog_row / f->all);
    int said = confusion_place(f->saids, f->saids_n, a->dialog_row % f->all);
    truth += action == ACTION_DOWN ? 1 : action == ACTION_UP ? -1 : 0;
    truth += action == ACTION_PAGE_DOWN ? PAGE : action == ACTION_PAGE_UP ? -PAGE : 0;
    said += action == ACTION_RIGHT ? 1 : action == ACTION_LEFT ? -1 : 0;
    if (action == ACTION_FIRST || action == ACTION_LAST)
        truth = action == ACTION_FIRST ? 0 : f->truths_n - 1;
    truth = confusion_clamp(truth, f->truths_n);
    said = confusion_clamp(said, f->saids_n);
    a->dialog_row = f->truths[truth] * f->all + f->saids[said];
}

static void confusion_look(struct app *a, const struct confusion *f)
{
    int truth = a->dialog_row / f->all, said = a->dialog_row % f->all;
    if (confusion_count(f, a->dialog_row) == 0) {
        app_say(a, JOURNAL_NOTE, "no image of %s was taken for %s", app_class_name(a, truth),
                app_class_name(a, said));
        return;
    }
    a->dialog = NULL;
    images_rows_only(a, truth, said);
    app_set_view(a, VIEW_IMAGES);
    app_say(a, JOURNAL_NOTE, "images of %s %s %s (Esc: all)", app_class_name(a, truth),
            truth == said ? "predicted as" : "taken for", app_class_name(a, said));
}

static void confusion_key(struct app *a, int pressed)
{
    enum action action = actions_find(pressed, VIEW_IMAGES);
    a->dirty = true;
    struct confusion f = app_is_ready(a) ? confusion_make(a) : (struct confusion){0};
    if (f.images == 0 || app_leaves_dialog(action) || action == ACTION_CONFUSION)
        a->dialog = NULL;
    else if (action == ACTION_ENTER)
        confusion_look(a, &f);
    else
        confusion_move(a, &f, action);
    confusion_free(&f);
}

static const struct dialog confusion_dialog = {"Enter its images   arrows move   Esc leave", confusion_draw,
                                               confusion_key};

void confusion_open(struct app *a)
{
    if (a->study->curve->unlabelled) {
        app_say(a, JOURNAL_NOTE, "without labels nothing is taken for another class");
        return;
    }
    struct confusion f = confusion_make(a);
    if (f.images == 0) {
        app_say(a, JOURNAL_NOTE, "%s", app_unmeasured(a, a->shown.chosen));
    } else {
        a->dialog_row = confusion_worst(&f);
        a->dialog = &confusion_dialog;
        a->dirty = true;
    }
    confusion_free(&f);
}
