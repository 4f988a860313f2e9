#include "panes/plan_headline.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "panes/plan_rows.h"
#include "panes/plan_words.h"
#include "panes/wrap.h"

/* The row that is as good as the recommended one in all, and better in some; -1: none. */
static int headline_better(const struct app *a)
{
    const struct verdict *v = &a->planning.verdict;
    return v->pick.best < 0 ? -1 : planner_dominator(v->cuts, v->n, v->pick.best);
}

bool plan_headline_warns(const struct app *a)
{
    return a->planning.verdict.pick.best < 0 || headline_better(a) >= 0;
}

static void headline_tell_better(const struct app *a, int better, FILE *out)
{
    const struct verdict *v = &a->planning.verdict;
    char *in = verdict_better(v, better, v->pick.best);
    if (v->cuts[better].kind == PLACEMENT_SPLIT)
        fprintf(out, "! %s is as good in every figure, and better in %s. ", plan_rows_name(a, better), in);
    else
        fprintf(out, "! %s is better in %s: nothing weighed here speaks for %s. ", plan_rows_name(a, better),
                in, plan_rows_name(a, v->pick.best));
    free(in);
}

static void headline_tell_pick(const struct app *a, FILE *out)
{
    const struct verdict *v = &a->planning.verdict;
    char *worth = plan_words_worth(a, v->pick.best), *why = verdict_why(v);
    fprintf(out, "%s recommended: %s (%s): %s.", glyphs_text(a->settings.glyphs, GLYPH_RECOMMENDED),
            plan_rows_name(a, v->pick.best), worth, why);
    free(worth);
    free(why);
    if (v->pick.second < 0)
        return;
    worth = plan_words_worth(a, v->pick.second);
    fprintf(out, " 2 runner-up: %s (%s).", plan_rows_name(a, v->pick.second), worth);
    free(worth);
}

char *plan_headline(const struct app *a)
{
    char *text = NULL;
    size_t length;
    int better = headline_better(a);
    if (a->planning.verdict.pick.best < 0)
        return plan_words_pick(a);
    FILE *out = memory_stream(&text, &length);
    if (better >= 0)
        headline_tell_better(a, better, out);
    headline_tell_pick(a, out);
    fclose(out);
    return text;
}

/* For one row. */
static char *headline_brief(const struct app *a)
{
    int better = headline_better(a);
    if (better < 0)
        return plan_words_pick(a);
    return memory_format("! %s beats %s %s in all", plan_rows_name(a, better),
                         glyphs_text(a->settings.glyphs, GLYPH_RECOMMENDED),
                         plan_rows_name(a, a->planning.verdict.pick.best));
}

static struct text_list headline_lines(const struct app *a, int columns, bool brief)
{
    char *text = brief ? headline_brief(a) : plan_headline(a);
    struct text_list lines = wrap_text(text, columns);
    free(text);
    return lines;
}

int plan_headline_rows(const struct app *a, int columns, int most)
{
    struct text_list lines = headline_lines(a, columns, most < 2);
    int n = lines.n < most ? lines.n : most;
    text_list_free(&lines);
    return n;
}

void plan_headline_draw(const struct app *a, struct canvas *c, struct area area)
{
    struct text_list lines = headline_lines(a, area.columns, area.rows < 2);
    enum role role = plan_headline_warns(a) ? ROLE_WARNING : ROLE_BEST;
    for (int i = 0; i < area.rows && i < lines.n; i++)
        canvas_text(c, area, i, 0, role, lines.texts[i]);
    if (area.rows > 0 && area.rows < lines.n)
        canvas_glyph(c, area, area.rows - 1, area.columns - 1, role, GLYPH_ELLIPSIS);
    text_list_free(&lines);
}
