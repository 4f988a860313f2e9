#include "panes/images.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/model.h"
#include "panes/axis.h"
#include "panes/images_rows.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/states.h"

enum { TEXT = 160 };

static const char *const answers_words[IMAGES_ANSWERS] = {"all", "wrong", "right"};

/* ---- Columns ------------------------------------------------------------------------------------- */

static const struct columns_column heads[IMAGES_COLUMNS] = {
    [IMAGES_ORDER] = {.title = "#", .number = true, .drop = 1},
    [IMAGES_ANSWER] = {.title = "ok", .content = 1},
    [IMAGES_CLASS] = {.title = "class", .least = 8},
    [IMAGES_PREDICTED] = {.title = "said", .least = 8, .drop = 4},
    [IMAGES_SCORE] = {.title = "logit", .content = 6, .number = true, .down = true, .drop = 3},
    [IMAGES_IMPORTANCE] = {.brief = "I", .content = 9, .number = true, .down = true, .drop = 2},
    [IMAGES_FILE] = {.title = "file", .content = 40, .least = 10, .drop = 5},
};

static int widest_class(const struct app *a)
{
    int most = 1;
    for (int k = 0; k < a->study->dataset->classes_n; k++) {
        int width = canvas_width(a->study->dataset->classes[k].name);
        most = width > most ? width : most;
    }
    return most;
}

static void images_begin(struct app *a)
{
    struct columns_table *cs = &a->states->columns[STATES_IMAGES];
    int name = widest_class(a);
    for (int i = 0; i < IMAGES_COLUMNS; i++)
        cs->columns[i] = heads[i];
    cs->n = IMAGES_COLUMNS;
    cs->columns[IMAGES_CLASS].content = name;
    cs->columns[IMAGES_PREDICTED].content = name;
    cs->columns[IMAGES_ORDER].content = snprintf(NULL, 0, "%ld", a->study->order_n);
}

static void images_prepare(struct app *a, struct area area)
{
    struct columns_table *cs = &a->states->columns[STATES_IMAGES];
    if (cs->n == 0)
        images_begin(a);
    char *title = cs->columns[IMAGES_IMPORTANCE].title;
    char name[AXIS_SHORT];
    axis_short_name(name, app_row(a, a->plot.cursor)->name);
    snprintf(title, COLUMNS_TITLE, "I %.20s", name);
    images_rows_refresh(a);
    columns_fit(cs, area.columns);
}

static void images_cell_text(const struct app *a, int row, int column, char text[TEXT])
{
    const struct curve_row *r = &a->study->curve->rows[row];
    text[0] = '\0';
    if (column == IMAGES_ORDER)
        snprintf(text, TEXT, "%d", row + 1);
    else if (column == IMAGES_CLASS)
        snprintf(text, TEXT, "%s", app_class_name(a, r->class_index));
    else if (column == IMAGES_PREDICTED)
        snprintf(text, TEXT, "%s", app_class_name(a, r->predicted));
    else if (column == IMAGES_SCORE)
        snprintf(text, TEXT, "%.2f", (double)r->score);
    else if (column == IMAGES_FILE)
        snprintf(text, TEXT, "%s", images_rows_file(a, row));
    else if (column == IMAGES_IMPORTANCE && !isnan(images_rows_importance(a, row, a->plot.cursor)))
        snprintf(text, TEXT, "%.3g", images_rows_importance(a, row, a->plot.cursor));
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static struct columns_rows images_rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, area.rows >= 5, *a->states->lists[STATES_IMAGES].filter);
}

static void images_draw_title(const struct app *a, struct canvas *c, struct area area)
{
    enum images_answers answers = images_rows_answers(a);
    int n = a->states->lists[STATES_IMAGES].n;
    char text[TEXT];
    int truth, said;
    bool pair = images_rows_pair(a, &truth, &said);
    if (pair)
        snprintf(text, sizeof text, "%d: %.50s %s %.50s (Esc: all)", n, app_class_name(a, truth),
                 truth == said ? "predicted as" : "taken for", app_class_name(a, said));
    else if (answers == IMAGES_ALL)
        snprintf(text, sizeof text, "%d image%s", n, n == 1 ? "" : "s");
    else
        snprintf(text, sizeof text, "%d %s of %ld images", n, answers_words[answers], images_rows_total(a));
    if (!pair && a->shown.classes_n < a->study->table->classes)
        snprintf(text + strlen(text), sizeof text - strlen(text), " of %.60s", a->shown.name);
    canvas_field(c, area, 0, 0, area.columns, ROLE_TITLE, text);
}

static void images_draw_row(const struct app *a, struct canvas *c, struct area area, int at, int row)
{
    const struct columns_table *cs = &a->states->columns[STATES_IMAGES];
    const struct curve_row *r = &a->study->curve->rows[row];
    bool found = list_matches(&a->states->lists[STATES_IMAGES], a->study->dataset->images[r->image].path);
    for (int k = 0; k < IMAGES_COLUMNS; k++) {
        char text[TEXT];
        images_cell_text(a, row, k, text);
        columns_cell(cs, c, area, at, k, k == IMAGES_FILE && found ? ROLE_MATCH : ROLE_TEXT, text);
    }
    bool right = r->predicted == r->class_index;
    const struct columns_column *k = &cs->columns[IMAGES_ANSWER];
    if (k->width && !a->study->curve->unlabelled)
        canvas_glyph(c, area, at, k->at, right ? ROLE_GOOD : ROLE_ERROR,
                     right ? GLYPH_RIGHT_ANSWER : GLYPH_WRONG_ANSWER);
}

static void images_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct list *l = &a->states->lists[STATES_IMAGES];
    long total = images_rows_total(a);
    struct columns_rows rows = images_rows_of(a, area);
    int truth, said;
    bool pair = images_rows_pair(a, &truth, &said);
    if (rows.title >= 0)
        images_draw_title(a, c, area);
    columns_header(&a->states->columns[STATES_IMAGES], c, area, rows.header);
    for (int i = 0; i < rows.n && l->first + i < l->n; i++)
        images_draw_row(a, c, area, rows.first + i, images_rows_at(a, l->first + i));
    if (total == 0 && !pair)
        canvas_text(c, area, rows.first, 1, ROLE_DIM, "no image is measured yet");
    else if (l->n == 0 && !*l->filter)
        canvas_text(c, area, rows.first, 1, ROLE_DIM,
                    pair                                     ? "no such image (Esc: all)"
                    : images_rows_answers(a) == IMAGES_WRONG ? "no wrong answer (f: right ones)"
                                                             : "no right answer (f: all)");
    else
        columns_status(l, c, area, rows, (int)total, "image", "images");
    columns_cursor(l, c, area, rows, l->n > 0, focused);
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static const char *images_row_text(const void *data, int row)
{
    const struct app *a = data;
    return a->study->dataset->images[a->study->curve->rows[images_rows_at(a, row)].image].path;
}

static void images_back(struct app *a, int row)
{
    images_rows_refresh(a);
    images_rows_select(a, row);
}

static const struct list_pane images_as_list = {
    .list = STATES_IMAGES,
    .rows = images_rows_of,
    .sorts = true,
    .finder = {"images (glob on path or class): ", "image", "path", images_row_text, images_rows_number,
               images_back},
};

/* ---- Keys ------------------------------------------------------------------------------------------ */

static bool images_act(struct app *a, enum action action, struct area area)
{
    struct pane_states *s = a->states;
    enum images_answers answers;
    switch (action) {
    case ACTION_ANSWERS:
        answers = images_rows_next_answers(a);
        if (images_rows_of(a, area).title < 0) /* which otherwise shows what is listed */
            app_say(a, JOURNAL_NOTE, "listed: %s images", answers_words[answers]);
        return true;
    case ACTION_ESCAPE:
        return images_rows_all(a);
    case ACTION_MAP_CLASS:
        if (a->study->curve->unlabelled || a->study->options.measure.score == SCORE_TOP) {
            app_say(a, JOURNAL_NOTE, "the maps are of the predicted class (--score top)");
            return true;
        }
        s->picture_predicted = !s->picture_predicted;
        s->picture_asked = 0;
        app_say(a, JOURNAL_NOTE, "map of the %s class", s->picture_predicted ? "predicted" : "true");
        return true;
    case ACTION_OVERLAY:
        s->picture_show = (enum picture_show)((s->picture_show + 1) % PICTURE_SHOWS);
        if (!images_rows_chosen(a))
            app_say(a, JOURNAL_NOTE, "no image is chosen");
        return true;
    case ACTION_ENTER:
        /* Moves the focus to the picture, and requests it again if no answer came. */
        s->picture_asked = 0;
        app_focus(a, &picture_pane);
        return true;
    default:
        return false;
    }
}

const struct pane images_pane = {
    .name = "images",
    .rows = &images_as_list,
    .prepare = images_prepare,
    .draw = images_draw,
    .act = images_act,
};
