/* The chosen image with the map of the layer under the cursor, and a text about both. */
#include "panes/images.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text_list.h"
#include "panes/images_rows.h"
#include "panes/pane.h"
#include "panes/states.h"
#include "panes/wrap.h"

enum {
    SIDE = 256,  /* pixels requested: more than a terminal of 200 columns shows */
    LINES = 7,   /* rows of text under the picture */
    BESIDE = 34, /* columns of text next to it */
    GAP = 2,
};

/* ---- The answer of the worker -------------------------------------------------------------------- */

static const struct heatmap *answer_for(const struct app *a, const struct curve_row *row)
{
    const struct heatmap *h = a->study->heatmap;
    bool top = a->study->options.measure.score == SCORE_TOP;
    return h && h->image == row->image &&
                   (h->error || h->of_predicted == (top || a->states->picture_predicted))
               ? h
               : NULL;
}

static const struct heatmap_map *map_of_cursor(const struct app *a, const struct heatmap *h)
{
    for (int i = 0; i < h->maps_n; i++)
        if (h->maps[i].layer == app_layer(a, a->plot.cursor))
            return &h->maps[i];
    return NULL;
}

/* An image without an answer, because the worker died on it, is not requested again automatically. */
static void picture_prepare(struct app *a, struct area area)
{
    (void)area;
    app_place(a, a->shown.best);
    images_rows_refresh(a);
    const struct curve_row *row = images_rows_chosen(a);
    struct study *s = a->study;
    if (!row || answer_for(a, row) || a->states->picture_asked == row->image + 1)
        return;
    if (study_look(s, row->image, SIDE, a->states->picture_predicted))
        a->states->picture_asked = row->image + 1;
}

static const char *why_none(const struct app *a, const struct curve_row *row)
{
    const struct study *s = a->study;
    if (s->saved_rows)
        return "no picture: the rows come from a file without the images";
    if (s->state == STUDY_LOST || s->state == STUDY_FAILED || !s->connection)
        return "the worker is lost (R starts it again)";
    if (s->heatmap_image < 0 && a->states->picture_asked == row->image + 1)
        return "no answer came (Enter asks again)";
    return "asking the worker ...";
}

/* ---- Words --------------------------------------------------------------------------------------- */

static int third(double share)
{
    return share < 1 / 3.0 ? 0 : share > 2 / 3.0 ? 2 : 1;
}

/* Where the map is strongest: the mean place of its highest cells. */
static const char *images_picture_place_text(const struct heatmap_map *map)
{
    static const char *const words[3][3] = {
        {"strongest in the upper left", "strongest at the top", "strongest in the upper right"},
        {"strongest on the left", "strongest in the middle", "strongest on the right"},
        {"strongest in the lower left", "strongest at the bottom", "strongest in the lower right"},
    };
    double x = 0, y = 0;
    int n = 0, most = 0;
    for (int i = 0; i < map->w * map->h; i++) {
        if (map->bytes[i] > most) {
            most = map->bytes[i];
            x = y = n = 0;
        }
        if (map->bytes[i] == most) {
            int row = i / map->w;
            x += (i % map->w + 0.5) / map->w;
            y += (row + 0.5) / map->h;
            n++;
        }
    }
    if (most == 0 || !(map->max > 0))
        return "zero everywhere";
    if (n == map->w * map->h)
        return n == 1 ? "one cell" : "the same everywhere";
    return words[third(y / n)][third(x / n)];
}

/* Lines of text, in order; long ones are wrapped. */
struct lines {
    struct canvas *c;
    struct area area;
    int row;
};

static void images_picture_add(struct lines *l, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void images_picture_add(struct lines *l, enum role role, const char *format, ...)
{
    char text[320];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct text_list w = wrap_text(text, l->area.columns);
    for (int i = 0; i < w.n; i++)
        canvas_field(l->c, l->area, l->row++, 0, l->area.columns, role, w.texts[i]);
    text_list_free(&w);
}

static void add_legend(struct lines *l, const struct heatmap_map *map)
{
    enum { WIDTH = 16 };
    int at = canvas_text(l->c, l->area, l->row, 0, ROLE_DIM, "map 0 ");
    picture_legend(l->c, l->area, l->row, at, WIDTH);
    canvas_printf(l->c, l->area, l->row++, at + WIDTH, ROLE_DIM, " %.3g", (double)map->max);
}

static void add_map(const struct app *a, struct lines *l, const struct heatmap *h, bool two)
{
    static const char *const shows[] = {"image with map", "image", "map"};
    const struct heatmap_map *map = map_of_cursor(a, h);
    const char *layer = app_row(a, a->plot.cursor)->name;
    const char *show = two ? "image, map" : shows[a->states->picture_show];
    if (!map) {
        images_picture_add(l, ROLE_WARNING, "%s has no gradient of its own: no map", layer);
        return;
    }
    images_picture_add(l, ROLE_TEXT, "%s: importance %.4g, map %d%s%d", layer, (double)map->importance,
                       map->w, glyphs_text(l->c->glyphs, GLYPH_TIMES), map->h);
    images_picture_add(l, ROLE_TEXT, "%s class: %s", h->of_predicted ? "predicted" : "true",
                       images_picture_place_text(map));
    add_legend(l, map);
    images_picture_add(l, ROLE_DIM, "P: class   M: %s   h l: layer", show);
}

static void add_answer(const struct app *a, struct lines *l, const struct curve_row *row)
{
    bool right = row->predicted == row->class_index;
    const char *name = app_class_name(a, row->class_index), *said = app_class_name(a, row->predicted);
    if (a->study->curve->unlabelled)
        images_picture_add(l, ROLE_TEXT, "no label; predicted: %s; logit %.3f", said, (double)row->score);
    else if (right)
        images_picture_add(l, ROLE_TEXT, "%s %s, right; logit %.3f",
                           glyphs_text(l->c->glyphs, GLYPH_RIGHT_ANSWER), name, (double)row->score);
    else
        images_picture_add(l, ROLE_TEXT, "%s %s, wrong: said %s; logit %.3f",
                           glyphs_text(l->c->glyphs, GLYPH_WRONG_ANSWER), name, said, (double)row->score);
}

/* "61 %", "0.3 %", "< 0.1 %". */
static void images_picture_percent(char out[16], double probability)
{
    double percent = 100 * probability;
    if (percent < 0.1)
        snprintf(out, 16, "< 0.1 %%");
    else
        snprintf(out, 16, "%.*f %%", percent < 9.95 || percent >= 99.5 ? 1 : 0, percent);
}

/* "cat 61 %, dog 30 %, ...": in one or two lines. */
static void add_likely(const struct app *a, struct lines *l, const struct heatmap *h)
{
    char *text = memory_copy("");
    for (int i = 0; i < h->likely_n; i++) {
        char percent[16];
        images_picture_percent(percent, (double)h->likely[i].probability);
        text_list_append(&text, "%s %s", app_class_name(a, h->likely[i].class_index), percent);
    }
    if (h->likely_n > 0)
        images_picture_add(l, ROLE_TEXT, "%s", text);
    free(text);
}

/* ---- Layout -------------------------------------------------------------------------------------- */

struct layout {
    struct area picture, map; /* map: next to the picture where it cannot be overlaid; else empty */
    struct area lines;
};

static struct area images_picture_right_of(struct area area, int columns)
{
    area.column += columns;
    area.columns = area.columns > columns ? area.columns - columns : 0;
    return area;
}

static struct area images_picture_left_of(struct area area, int columns)
{
    area.columns = area.columns > columns ? area.columns - columns : 0;
    return area;
}

/* Picture and, if two are shown, map in their area. */
static struct layout pictures_in(struct area area, const struct heatmap *h, bool two)
{
    struct area half = area;
    half.columns = two ? (area.columns - GAP) / 2 : area.columns;
    struct layout l = {.picture = picture_fit(half, h->w, h->h)};
    l.map = images_picture_right_of(area, l.picture.columns + GAP);
    l.map = picture_fit(l.map, h->w, h->h);
    if (!two)
        l.map.rows = l.map.columns = 0;
    return l;
}

/* The text goes where it leaves more of the area to the picture. */
static struct layout images_picture_lay_out(struct area area, const struct heatmap *h, bool two)
{
    int text = area.rows > 2 * LINES ? LINES : area.rows > 2 ? 1 : 0;
    struct layout under = pictures_in(area_above(area, area.rows - text), h, two);
    struct layout adjacent = pictures_in(images_picture_left_of(area, BESIDE + GAP), h, two);
    if (adjacent.picture.columns > under.picture.columns) {
        adjacent.lines = images_picture_right_of(
            area, (two ? 2 * (adjacent.picture.columns + GAP) : adjacent.picture.columns + GAP));
        return adjacent;
    }
    under.lines =
        area_below(area, under.picture.rows < area.rows - text ? under.picture.rows : area.rows - text);
    return under;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static void draw_pictures(const struct app *a, struct canvas *c, const struct layout *l,
                          const struct heatmap *h)
{
    const struct heatmap_map *map = map_of_cursor(a, h);
    struct picture p = {.w = h->w, .h = h->h, .rgb = h->rgb};
    p.dark_ink = a->settings.theme == THEME_LIGHT;
    if (map) {
        p.map_w = map->w;
        p.map_h = map->h;
        p.map = map->bytes;
    }
    if (l->map.rows > 0) {
        picture_draw(c, l->picture, &p, PICTURE_IMAGE);
        picture_draw(c, l->map, &p, PICTURE_MAP);
    } else {
        picture_draw(c, l->picture, &p, map ? a->states->picture_show : PICTURE_IMAGE);
    }
}

static void draw_answer(const struct app *a, struct canvas *c, struct area area, const struct curve_row *row,
                        const struct heatmap *h)
{
    if (h->error) {
        canvas_field(c, area, 0, 0, area.columns, ROLE_ERROR, h->error);
        return;
    }
    bool two = a->states->picture_show == PICTURE_BOTH && !picture_overlays(c) && map_of_cursor(a, h);
    struct layout l = images_picture_lay_out(area, h, two);
    draw_pictures(a, c, &l, h);
    struct lines lines = {c, l.lines, 0};
    add_answer(a, &lines, row);
    add_likely(a, &lines, h);
    add_map(a, &lines, h, two);
}

static void images_picture_draw_row(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct curve_row *row = images_rows_chosen(a);
    if (!row) {
        canvas_text(c, area, 0, 0, ROLE_DIM, "no image is chosen");
        return;
    }
    const char *path = a->study->dataset->images[row->image].path;
    const struct heatmap *h = answer_for(a, row);
    canvas_field(c, area, 0, 0, area.columns, focused ? ROLE_SELECTED : ROLE_TITLE, path);
    if (focused)
        canvas_cursor(c, area, 0, 0);
    if (h) {
        draw_answer(a, c, area_below(area, 1), row, h);
        return;
    }
    struct lines lines = {c, area_below(area, 1), 0};
    add_answer(a, &lines, row);
    images_picture_add(&lines, ROLE_DIM, "%s", why_none(a, row));
}

/* Without colours on the screen pictures have none either, whatever the terminal can show. */
static void picture_draw_pane(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    int colours = c->colours;
    if (a->settings.theme == THEME_MONO)
        c->colours = 0;
    images_picture_draw_row(a, c, area, focused);
    c->colours = colours;
}

const struct pane picture_pane = {.name = "picture", .prepare = picture_prepare, .draw = picture_draw_pane};
