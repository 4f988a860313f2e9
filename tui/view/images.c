#include "view/images.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "view/axis.h"
#include "view/images_rows.h"

enum { TEXT = 160 };

/* ---- Columns ------------------------------------------------------------------------------------- */

static const struct columns_column heads[IMAGES_COLUMNS] = {
    [IMAGES_ORDER] = {.title = "#", .number = true, .drop = 1},
    [IMAGES_ANSWER] = {.title = "ok", .content = 1},
    [IMAGES_CLASS] = {.title = "class", .least = 8},
    [IMAGES_SAID] = {.title = "said", .least = 8, .drop = 4},
    [IMAGES_SCORE] = {.title = "score", .content = 6, .number = true, .down = true, .drop = 3},
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

static void begin(struct app *a)
{
    struct images_view *v = &a->images;
    int name = widest_class(a);
    for (int i = 0; i < IMAGES_COLUMNS; i++)
        v->columns.columns[i] = heads[i];
    v->columns.n = IMAGES_COLUMNS;
    v->columns.columns[IMAGES_CLASS].content = name;
    v->columns.columns[IMAGES_SAID].content = name;
    v->columns.columns[IMAGES_ORDER].content = snprintf(NULL, 0, "%ld", a->study->order_n);
}

static void refresh(struct app *a, int columns)
{
    struct images_view *v = &a->images;
    if (v->key.curve != a->study->curve)
        begin(a);
    char *title = v->columns.columns[IMAGES_IMPORTANCE].title;
    char name[AXIS_SHORT];
    axis_short_name(name, app_row(a, a->cursor)->name);
    snprintf(title, COLUMNS_TITLE, "I %.20s", name);
    images_rows_refresh(a);
    columns_fit(&v->columns, columns);
}

static void cell_text(const struct app *a, int row, int column, char text[TEXT])
{
    const struct curve_row *r = &a->study->curve->rows[row];
    text[0] = '\0';
    if (column == IMAGES_ORDER)
        snprintf(text, TEXT, "%d", row + 1);
    else if (column == IMAGES_CLASS)
        snprintf(text, TEXT, "%s", app_class_name(a, r->class_index));
    else if (column == IMAGES_SAID)
        snprintf(text, TEXT, "%s", app_class_name(a, r->top));
    else if (column == IMAGES_SCORE)
        snprintf(text, TEXT, "%.2f", (double)r->score);
    else if (column == IMAGES_FILE)
        snprintf(text, TEXT, "%s", images_rows_file(a, row));
    else if (column == IMAGES_IMPORTANCE && !isnan(images_rows_importance(a, row, a->cursor)))
        snprintf(text, TEXT, "%.3g", images_rows_importance(a, row, a->cursor));
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static struct columns_rows rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, area.rows >= 5, *a->images.list.filter);
}

static void draw_title(const struct app *a, struct canvas *c, struct area area)
{
    static const char *const words[] = {"all", "right", "wrong"};
    const struct images_view *v = &a->images;
    char text[TEXT];
    if (v->answers == IMAGES_ALL)
        snprintf(text, sizeof text, "%d images", v->list.n);
    else
        snprintf(text, sizeof text, "%d %s of %ld images", v->list.n, words[v->answers], v->of);
    if (a->shown.classes_n < a->study->table->classes)
        snprintf(text + strlen(text), sizeof text - strlen(text), " of %.60s", a->shown.name);
    canvas_field(c, area, 0, 0, area.columns, ROLE_TITLE, text);
}

static void draw_row(const struct app *a, struct canvas *c, struct area area, int at, int row)
{
    const struct images_view *v = &a->images;
    const struct curve_row *r = &a->study->curve->rows[row];
    bool found = list_matches(&v->list, a->study->dataset->images[r->image].path);
    for (int k = 0; k < IMAGES_COLUMNS; k++) {
        char text[TEXT];
        cell_text(a, row, k, text);
        columns_cell(&v->columns, c, area, at, k, k == IMAGES_FILE && found ? ROLE_MATCH : ROLE_TEXT, text);
    }
    bool right = r->top == r->class_index;
    const struct columns_column *k = &v->columns.columns[IMAGES_ANSWER];
    if (k->width)
        canvas_glyph(c, area, at, k->at, right ? ROLE_GOOD : ROLE_ERROR,
                     right ? GLYPH_RIGHT_ANSWER : GLYPH_WRONG_ANSWER);
}

static void draw_empty(const struct app *a, struct canvas *c, struct area area, int row)
{
    const struct images_view *v = &a->images;
    if (*v->list.filter && v->of > 0)
        columns_status(&v->list, c, area, row, (int)v->of, "image");
    else
        canvas_text(c, area, row, 1, ROLE_DIM,
                    v->of == 0                   ? "no image is measured yet"
                    : v->answers == IMAGES_WRONG ? "no wrong answer (f: all)"
                                                 : "no right answer (f: all)");
}

static void draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct images_view *v = &a->images;
    struct columns_rows rows = rows_of(a, area);
    if (rows.title >= 0)
        draw_title(a, c, area);
    columns_header(&v->columns, c, area, rows.header);
    for (int i = 0; i < rows.n && v->list.top + i < v->list.n; i++)
        draw_row(a, c, area, rows.first + i, v->rows[v->list.top + i]);
    columns_margin(&v->list, c, area, rows, v->list.n > 0);
    if (v->list.n == 0) {
        draw_empty(a, c, area, rows.first);
        return;
    }
    if (rows.status >= 0)
        columns_status(&v->list, c, area, rows.status, (int)v->of, "images");
    int here = rows.first + v->list.cursor - v->list.top;
    canvas_shade(c, area_above(area_below(area, here), 1), focused ? ROLE_SELECTED : ROLE_CHOSEN);
    if (focused)
        canvas_cursor(c, area, here, 0);
}

static void prepare(struct app *a, struct area area)
{
    refresh(a, area.columns);
    list_fit(&a->images.list, a->images.list.n, rows_of(a, area).n);
}

/* ---- Search and filter --------------------------------------------------------------------------- */

static const char *row_text(const void *data, int row)
{
    const struct app *a = data;
    return a->study->dataset->images[a->study->curve->rows[a->images.rows[row]].image].path;
}

static void filter_set(struct app *a, const char *text)
{
    list_set_filter(&a->images.list, text);
    a->dirty = true;
    if (!app_is_ready(a))
        return;
    images_rows_refresh(a);
    if (!text)
        images_rows_select(a, a->images.list.from);
}

/* From where the search began, so that a letter taken back goes back. */
static void search_live(struct app *a, const char *text)
{
    struct list *l = &a->images.list;
    list_set_search(l, text);
    images_rows_select(a, l->from);
    int row = list_seek(l, l->n, row_text, a);
    l->cursor = row >= 0 ? row : l->cursor;
    a->dirty = true;
}

static void search_done(struct app *a, const char *text)
{
    struct list *l = &a->images.list;
    list_set_search(l, text);
    if (!text)
        images_rows_select(a, l->from);
    else if (*text && list_seek(l, l->n, row_text, a) < 0)
        app_say(a, JOURNAL_NOTE, "no image has '%s' in its path", text);
    a->dirty = true;
}

static void search_again(struct app *a, int direction)
{
    struct list *l = &a->images.list;
    int row = list_find(l, l->n, direction, row_text, a);
    if (!*l->search)
        app_say(a, JOURNAL_NOTE, "nothing is searched for: / begins");
    else if (row < 0)
        app_say(a, JOURNAL_NOTE, "no image has '%s' in its path", l->search);
    l->cursor = row >= 0 ? row : l->cursor;
}

/* Esc: the filter goes, then what the search found. */
static bool leave(struct list *l)
{
    char *text = *l->filter ? l->filter : l->search;
    if (!*text)
        return false;
    *text = '\0';
    return true;
}

static bool act_on_search(struct app *a, enum action action)
{
    struct list *l = &a->images.list;
    switch (action) {
    case ACTION_FILTER:
        list_ask(l, action, images_rows_number(a));
        app_prompt(a, PROMPT_TEXT, "images (glob on path or class): ", l->filter, NULL, filter_set,
                   filter_set);
        return true;
    case ACTION_SEARCH:
        list_ask(l, action, images_rows_number(a));
        app_prompt(a, PROMPT_TEXT, "search image: ", "", NULL, search_done, search_live);
        return true;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        search_again(a, action == ACTION_SEARCH_NEXT ? 1 : -1);
        return true;
    case ACTION_ESCAPE:
        return leave(l);
    default:
        return false;
    }
}

/* ---- What keys do -------------------------------------------------------------------------------- */

/* Enter goes on to the picture, and asks for it again where no answer came. */
static void enter(struct app *a)
{
    a->images.asked = 0;
    for (int i = 0; i < a->panes_n; i++)
        if (a->panes[i].pane == &picture_pane)
            a->focus = i;
}

static bool act_on_view(struct app *a, enum action action)
{
    struct images_view *v = &a->images;
    switch (action) {
    case ACTION_LEFT:
    case ACTION_PREVIOUS_LAYER:
        app_move(a, a->cursor - 1);
        return true;
    case ACTION_RIGHT:
    case ACTION_NEXT_LAYER:
        app_move(a, a->cursor + 1);
        return true;
    case ACTION_ANSWERS:
        v->answers = (enum images_answers)((v->answers + 1) % IMAGES_ANSWERS);
        return true;
    case ACTION_OVERLAY:
        v->show = (enum picture_show)((v->show + 1) % PICTURE_SHOWS);
        return true;
    case ACTION_ENTER:
        enter(a);
        return true;
    default:
        return false;
    }
}

static bool act(struct app *a, enum action action, struct area area)
{
    struct images_view *v = &a->images;
    if (v->key.curve != a->study->curve)
        refresh(a, area.columns);
    images_rows_refresh(a);
    bool own = list_act(&v->list, action, v->list.n, rows_of(a, area).n) ||
               columns_act(&v->columns, action) || act_on_search(a, action) || act_on_view(a, action);
    a->dirty = a->dirty || own;
    return own;
}

static void click(struct app *a, struct area area, int row, int column)
{
    struct images_view *v = &a->images;
    prepare(a, area);
    struct columns_rows rows = rows_of(a, area);
    int at = v->list.top + row - rows.first;
    if (row == rows.header)
        columns_click(&v->columns, column);
    else if (row >= rows.first && row < rows.first + rows.n && at < v->list.n)
        v->list.cursor = at;
    a->dirty = true;
}

const struct pane images_pane = {"images", prepare, draw, act, click};
