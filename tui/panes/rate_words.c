#include "panes/rate_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "features/measured_pictures.h"

const char *rate_words_sign(const struct rate_curve *curve, const struct rate_mark *mark)
{
    static const char *const bits[DTYPES] = {"f", "h", "8", "6", "5", "4", "3", "2"};
    if (curve->layer != RATE_PICTURES)
        return bits[mark->type];
    return mark->quality == PICTURES_STORED ? "s" : "j";
}

/* Whole bytes, rounded up as the plan does. */
static void rate_bytes_text(char out[16], double bytes)
{
    text_bytes(out, (int64_t)ceil(bytes));
}

/* ---- The cut in a line --------------------------------------------------------------------------------- */

/* Adds a part as long as it fits. */
static char *rate_joined(char *text, int width, char *part)
{
    char *longer = memory_format("%s%s%s", text, *text && *part ? "  " : "", part);
    bool fits = canvas_width(longer) <= width;
    free(part);
    free(fits ? text : longer);
    return fits ? longer : text;
}

char *rate_words_here(const struct app *a, const struct rate_curves *curves, const struct rate_curve *here,
                      int width)
{
    const struct table_row *row = app_row(a, a->plot.cursor);
    const struct rate_mark *mark = rate_curve_find(here, a->settings.bytes);
    char *text = memory_copy(row->name);
    if (!here)
        return rate_joined(text, width, memory_copy("not measured"));
    if (mark) {
        char bytes[16], other[16];
        const struct rate_mark *picture = rate_curves_picture(curves, mark->at.gain);
        rate_bytes_text(bytes, mark->at.cost);
        text = rate_joined(text, width,
                           memory_format("%s %s: %s, %.1f %%", dtype_words[mark->type],
                                         coder_words[mark->coder], bytes, 100 * mark->at.gain));
        if (picture && picture->at.cost < mark->at.cost) {
            rate_bytes_text(other, picture->at.cost);
            text = rate_joined(text, width, memory_format("a picture: %s", other));
        }
    }
    const struct rate_difference *d = &here->jpeg;
    if (!isnan(d->rate)) {
        text =
            rate_joined(text, width,
                        memory_format(d->rate < 10 ? "BD-rate %+.3g %%" : "BD-rate %+.0f %%", 100 * d->rate));
        text = rate_joined(text, width, memory_format("over %.1f-%.1f %%", 100 * d->low, 100 * d->high));
    } else if (rate_curves_find(curves, RATE_PICTURES))
        text = rate_joined(text, width, memory_copy("no BD-rate"));
    return text;
}

/* ---- The points as a table ----------------------------------------------------------------------------- */

enum { TABLE_BYTES = 13, TABLE_SHARE = 24, TABLE_PICTURE = 31 };

static void rate_table_row(struct canvas *c, struct area area, int row, enum role role, const char *name,
                           const struct rate_mark *mark, const struct rate_mark *picture)
{
    char bytes[16], share[16];
    rate_bytes_text(bytes, mark->at.cost);
    snprintf(share, sizeof share, "%.1f", 100 * mark->at.gain);
    canvas_field(c, area, row, 0, TABLE_BYTES - 1, role, name);
    canvas_field(c, area, row, TABLE_BYTES, -(TABLE_SHARE - TABLE_BYTES - 1), role, bytes);
    canvas_field(c, area, row, TABLE_SHARE, -(TABLE_PICTURE - TABLE_SHARE - 1), role, share);
    if (!picture)
        return;
    rate_bytes_text(bytes, picture->at.cost);
    canvas_field(c, area, row, TABLE_PICTURE, -(RATE_TABLE_COLUMNS - TABLE_PICTURE),
                 picture->at.cost < mark->at.cost ? ROLE_WARNING : ROLE_DIM, bytes);
}

static void rate_table_title(struct canvas *c, struct area area, const char *name, bool agreement,
                             bool pictures)
{
    canvas_field(c, area, 0, 0, TABLE_BYTES - 1, ROLE_TITLE, name);
    canvas_field(c, area, 0, TABLE_BYTES, -(TABLE_SHARE - TABLE_BYTES - 1), ROLE_TITLE, "bytes");
    canvas_field(c, area, 0, TABLE_SHARE, -(TABLE_PICTURE - TABLE_SHARE - 1), ROLE_TITLE,
                 agreement ? "agr %" : "acc %");
    if (pictures)
        canvas_field(c, area, 0, TABLE_PICTURE, -(RATE_TABLE_COLUMNS - TABLE_PICTURE), ROLE_TITLE, "picture");
}

/* Returns the rows it took. */
static int rate_table_of_cut(const struct app *a, struct canvas *c, struct area area,
                             const struct rate_curves *curves, const struct rate_curve *here)
{
    rate_table_title(c, area, "sent as", curves->agreement, rate_curves_find(curves, RATE_PICTURES));
    for (int k = 0; here && k < here->n; k++) {
        const struct rate_mark *mark = &here->marks[k];
        char *name = memory_format("%s %s", dtype_words[mark->type], coder_words[mark->coder]);
        bool chosen = mark->type == a->settings.bytes;
        rate_table_row(c, area, 1 + k, chosen ? ROLE_CHOSEN : ROLE_TEXT, name, mark,
                       rate_curves_picture(curves, mark->at.gain));
        free(name);
    }
    return 1 + (here ? here->n : 0);
}

void rate_words_table(const struct app *a, struct canvas *c, struct area area,
                      const struct rate_curves *curves, const struct rate_curve *here)
{
    const struct rate_curve *pictures = rate_curves_find(curves, RATE_PICTURES);
    if (area.rows < 2)
        return;
    struct area rest = area_below(area, rate_table_of_cut(a, c, area, curves, here) + 1);
    if (!pictures || rest.rows < 2)
        return;
    rate_table_title(c, rest, "the picture", curves->agreement, false);
    for (int k = 0; k < pictures->n; k++) {
        const struct rate_mark *mark = &pictures->marks[k];
        char *name = mark->quality == PICTURES_STORED ? memory_copy("as stored")
                                                      : memory_format("JPEG %d", mark->quality);
        rate_table_row(c, rest, 1 + k, ROLE_TEXT, name, mark, NULL);
        free(name);
    }
}

/* ---- What is recommended ------------------------------------------------------------------------------- */

bool rate_words_chosen(const struct app *a, const struct rate_curves *curves, struct tradeoff *chosen)
{
    const struct planning *w = &a->planning;
    int best = w->verdict.pick.best;
    if (best < 0 || w->cuts[best].kind == PLACEMENT_ALL_DEVICE || w->cuts[best].bytes <= 0)
        return false;
    const struct placement *cut = &w->cuts[best];
    bool split = cut->kind == PLACEMENT_SPLIT;
    const struct rate_mark *mark =
        split ? rate_curve_find(rate_curves_find(curves, cut->layer), w->deployment.cost_model.type) : NULL;
    if (split && !mark)
        return false;
    *chosen = (struct tradeoff){(double)cut->bytes, split ? mark->at.gain : curves->whole};
    return !isnan(chosen->gain);
}
