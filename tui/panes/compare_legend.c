#include "panes/compare_legend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/axis.h"
#include "panes/states.h"

int compare_curves(const struct app *a)
{
    return a->pins.n + 1;
}

const struct shown *compare_curve(const struct app *a, int curve)
{
    return curve == 0 ? &a->shown : &a->pins.curves[curve - 1];
}

bool compare_is_twice(const struct app *a, int curve)
{
    return curve > 0 && memcmp(compare_curve(a, curve)->chosen, a->shown.chosen,
                               (size_t)a->study->table->classes * sizeof *a->shown.chosen) == 0;
}

enum role compare_role(int curve)
{
    return curve == 0 ? ROLE_CURVE : (enum role)(ROLE_PIN_1 + curve - 1);
}

enum glyph compare_glyph(int curve)
{
    return curve == 0 ? GLYPH_HORIZONTAL : (enum glyph)(GLYPH_PIN_1 + curve - 1);
}

enum bitmap_dash compare_dash(int curve)
{
    _Static_assert(BITMAP_DASHES == 1 + PINS, "a pattern a curve");
    return (enum bitmap_dash)(BITMAP_SOLID + curve);
}

void compare_pair(const struct app *a, int *one, int *other)
{
    int n = compare_curves(a), pair = a->states->difference - 1;
    for (*one = 0; pair >= n - 1 - *one; (*one)++)
        pair -= n - 1 - *one;
    *other = *one + 1 + pair;
}

void compare_value(const struct app *a, double value, char out[COMPARE_VALUE])
{
    if (isnan(value))
        snprintf(out, COMPARE_VALUE, "-");
    else
        snprintf(out, COMPARE_VALUE, a->settings.linear ? "%.4g" : "%.3f", value);
}

/* From the left; the name takes the remaining width. */
enum legend_column {
    COLUMN_GLYPH,
    COLUMN_NAME,
    COLUMN_CLASSES,
    COLUMN_IMAGES,
    COLUMN_BEST,
    COLUMN_PICK,
    COLUMN_TOP,
    COLUMN_INTERVAL,
    COLUMN_HERE,
    COLUMNS
};

struct legend_columns {
    int at[COLUMNS];
    int width[COLUMNS]; /* 0: left out */
};

static int legend_larger(int a, int b)
{
    return a > b ? a : b;
}

/* Drops the least important cells until the name fits. */
static struct legend_columns legend_lay_out(const struct app *a, int columns)
{
    static const enum legend_column dropped[] = {COLUMN_IMAGES, COLUMN_CLASSES, COLUMN_TOP, COLUMN_INTERVAL,
                                                 COLUMN_HERE,   COLUMN_PICK,    COLUMN_BEST};
    enum { NAME_LEAST = 14 };
    int most = columns / 2, wanted = 0;
    for (int k = 0; k < compare_curves(a); k++)
        wanted = legend_larger(wanted, canvas_width(compare_curve(a, k)->name));
    wanted = legend_larger(wanted < columns / 4 ? wanted : columns / 4, NAME_LEAST);
    struct legend_columns l = {.width = {3, 0, 7, 7, 14, 6, 9, 14, 12}};
    for (size_t drop = 0;; drop++) {
        int used = 0;
        for (int i = 0; i < COLUMNS; i++)
            used += l.width[i] ? l.width[i] + 1 : 0;
        l.width[COLUMN_NAME] = columns - used;
        if (l.width[COLUMN_NAME] >= wanted || drop == sizeof dropped / sizeof dropped[0])
            break;
        l.width[dropped[drop]] = l.width[COLUMN_NAME] = 0;
    }
    if (l.width[COLUMN_NAME] > most)
        l.width[COLUMN_NAME] = most;
    if (l.width[COLUMN_NAME] < 0)
        l.width[COLUMN_NAME] = 0;
    for (int i = 1; i < COLUMNS; i++)
        l.at[i] = l.at[i - 1] + l.width[i - 1] + (l.width[i - 1] ? 1 : 0);
    return l;
}

static void legend_field(struct canvas *c, struct area area, int row, const struct legend_columns *l,
                         enum legend_column column, bool right, enum role role, const char *text)
{
    int width = l->width[column];
    if (width > 0)
        canvas_field(c, area, row, l->at[column], right ? -width : width, role, text);
}

static void legend_draw_head(const struct app *a, struct canvas *c, struct area area,
                             const struct legend_columns *l)
{
    char name[AXIS_SHORT], here[AXIS_SHORT + 8];
    axis_short_name(name, app_row(a, a->plot.cursor)->name);
    snprintf(here, sizeof here, "at %s", name);
    legend_field(c, area, 0, l, COLUMN_NAME, false, ROLE_TITLE,
                 a->states->difference > 0 ? "A minus B" : "curve");
    legend_field(c, area, 0, l, COLUMN_CLASSES, true, ROLE_TITLE, "classes");
    legend_field(c, area, 0, l, COLUMN_IMAGES, true, ROLE_TITLE, "images");
    legend_field(c, area, 0, l, COLUMN_BEST, false, ROLE_TITLE, "best layer");
    legend_field(c, area, 0, l, COLUMN_PICK, true, ROLE_TITLE, "pick %");
    legend_field(c, area, 0, l, COLUMN_TOP, true, ROLE_TITLE, "its value");
    legend_field(c, area, 0, l, COLUMN_INTERVAL, true, ROLE_TITLE, "95 % interval");
    legend_field(c, area, 0, l, COLUMN_HERE, true, ROLE_TITLE, here);
}

static long legend_images(const struct app *a, const struct shown *s)
{
    return shown_images(s, a->study->layer_list.n);
}

/* The selection sign, the curve's glyph, and its part in a difference: A minus B. */
static void legend_draw_sign(const struct app *a, struct canvas *c, struct area area, int row, int curve)
{
    int one = -1, other = -1;
    if (curve == a->states->lists[STATES_COMPARE].cursor)
        canvas_glyph(c, area, row, 0, ROLE_TEXT, GLYPH_CURSOR);
    canvas_glyph(c, area, row, 1, compare_role(curve), compare_glyph(curve));
    if (a->states->difference > 0)
        compare_pair(a, &one, &other);
    if (curve == one || curve == other)
        canvas_text(c, area, row, 2, ROLE_TEXT, curve == one ? "A" : "B");
    else if (curve == 0)
        canvas_glyph(c, area, row, 2, compare_role(curve), compare_glyph(curve));
}

/* How sure the best layer and its value are. */
static void legend_draw_sure(const struct app *a, struct canvas *c, struct area area, int row,
                             const struct legend_columns *l, int curve, enum role role)
{
    const struct shown *s = compare_curve(a, curve);
    char low[COMPARE_VALUE], high[COMPARE_VALUE], text[2 * COMPARE_VALUE + 2] = "-";
    double pick = s->best < 0 ? NAN : curve == 0 ? shares_pick(a, s->best) : s->pick;
    if (curve > 0 && s->pick_images != legend_images(a, s))
        pick = NAN; /* of fewer images than it has now */
    if (!isnan(pick))
        snprintf(text, sizeof text, l->width[COLUMN_HERE] ? "%.0f" : "%.0f %%",
                 100 * pick); /* no head then */
    legend_field(c, area, row, l, COLUMN_PICK, true, role, text);
    snprintf(text, sizeof text, "-");
    if (s->best >= 0 && !isnan(s->points[s->best].low)) {
        compare_value(a, app_value_of(a, s->best, s->points[s->best].low), low);
        compare_value(a, app_value_of(a, s->best, s->points[s->best].high), high);
        snprintf(text, sizeof text, "%s..%s", low, high);
    }
    legend_field(c, area, row, l, COLUMN_INTERVAL, true, role, text);
}

static void legend_draw_curve(const struct app *a, struct canvas *c, struct area area, int row,
                              const struct legend_columns *l, int curve, bool focused)
{
    const struct shown *s = compare_curve(a, curve);
    bool selected = curve == a->states->lists[STATES_COMPARE].cursor;
    enum role role = !selected ? ROLE_TEXT : focused ? ROLE_SELECTED : ROLE_CHOSEN;
    char text[COMPARE_VALUE];
    if (selected)
        canvas_fill(c, (struct area){area.row + row, area.column, 1, area.columns}, role);
    legend_draw_sign(a, c, area, row, curve);
    legend_field(c, area, row, l, COLUMN_NAME, false, role, s->name);
    snprintf(text, sizeof text, "%d", app_classes_n(a, s->chosen));
    legend_field(c, area, row, l, COLUMN_CLASSES, true, role, text);
    snprintf(text, sizeof text, "%ld", legend_images(a, s));
    legend_field(c, area, row, l, COLUMN_IMAGES, true, role, text);
    legend_field(c, area, row, l, COLUMN_BEST, false, role, s->best < 0 ? "none" : app_row(a, s->best)->name);
    legend_draw_sure(a, c, area, row, l, curve, role);
    compare_value(a, s->best < 0 ? NAN : app_value(a, s, s->best), text);
    legend_field(c, area, row, l, COLUMN_TOP, true, role, text);
    compare_value(a, app_value(a, s, a->plot.cursor), text);
    legend_field(c, area, row, l, COLUMN_HERE, true, role, text);
    if (selected && focused)
        canvas_cursor(c, area, row, 0);
}

struct columns_rows compare_legend_rows(const struct app *a, struct area area)
{
    int head = area.rows > compare_curves(a) ? 1 : 0;
    return (struct columns_rows){-1, -1, -1, head, area.rows - head};
}

void compare_legend_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct legend_columns l = legend_lay_out(a, area.columns);
    struct columns_rows rows = compare_legend_rows(a, area);
    int top = a->states->lists[STATES_COMPARE].first;
    if (rows.first > 0)
        legend_draw_head(a, c, area, &l);
    for (int i = 0; i < rows.n && top + i < compare_curves(a); i++)
        legend_draw_curve(a, c, area, rows.first + i, &l, top + i, focused);
}
