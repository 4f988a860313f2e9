#include "panes/card.h"

#include <stdlib.h>

#include "base/memory.h"
#include "panes/detail_why.h"
#include "panes/pane.h"
#include "panes/plan_headline.h"
#include "panes/states.h"
#include "panes/wrap.h"

enum { CARD_COLUMNS = 44, CARD_GAP = 2 };

/* The facts side by side as often as they fit, and the rows they take; the rest is under them. */
struct card {
    int across, facts, fact_rows;
    struct text_list words;
};

/* The same for every cut. */
static char *card_words(const struct app *a)
{
    char *text = NULL;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    fputs("\n", out);
    if (a->planning.verdict.n > 0) {
        char *headline = plan_headline(a);
        fprintf(out, "On your devices (view 9): %s\n", headline);
        free(headline);
    }
    fputs("Why, in sentences: view 7.\n", out);
    detail_why_record(out);
    fclose(out);
    return text;
}

static struct card card_make(const struct app *a, struct area area)
{
    struct card card = {.across = (area.columns + CARD_GAP) / (CARD_COLUMNS + CARD_GAP),
                        .facts = card_facts_n(a)};
    card.across = card.across < 1 ? 1 : card.across;
    card.fact_rows = (card.facts + card.across - 1) / card.across;
    char *text = card_words(a);
    card.words = wrap_text(text, area.columns);
    free(text);
    return card;
}

static int card_rows(const struct card *card)
{
    return card->fact_rows + card->words.n;
}

static int card_top(const struct card *card, int wanted, int rows)
{
    int most = card_rows(card) > rows ? card_rows(card) - rows : 0;
    return wanted > most ? most : wanted < 0 ? 0 : wanted;
}

static void card_prepare(struct app *a, struct area area)
{
    planning_refresh(a);
    struct card card = card_make(a, area);
    a->states->card_first = card_top(&card, a->states->card_first, area.rows);
    text_list_free(&card.words);
}

static void card_draw_facts(const struct app *a, struct canvas *c, struct area area, const struct card *card,
                            int at, int row)
{
    int width = (area.columns + CARD_GAP) / card->across;
    for (int k = 0; k < card->across && k * card->fact_rows + at < card->facts; k++) {
        struct area column = area;
        column.column += k * width;
        column.columns = width - CARD_GAP;
        card_facts_draw(a, c, column, row, k * card->fact_rows + at);
    }
}

static void card_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct card card = card_make(a, area);
    int top = card_top(&card, a->states->card_first, area.rows);
    for (int row = 0; row < area.rows && top + row < card_rows(&card); row++)
        if (top + row < card.fact_rows)
            card_draw_facts(a, c, area, &card, top + row, row);
        else
            canvas_text(c, area, row, 0, ROLE_TEXT, card.words.texts[top + row - card.fact_rows]);
    if (top > 0)
        canvas_glyph(c, area, 0, area.columns - 1, ROLE_DIM, GLYPH_UP);
    if (top + area.rows < card_rows(&card))
        canvas_glyph(c, area, area.rows - 1, area.columns - 1, ROLE_DIM, GLYPH_DOWN);
    if (focused)
        canvas_cursor(c, area, 0, 0);
    text_list_free(&card.words);
}

/* Scrolls. */
static bool card_act(struct app *a, enum action action, struct area area)
{
    int page = area.rows > 1 ? area.rows - 1 : 1;
    struct card card = card_make(a, area);
    int all = card_rows(&card);
    int by = action == ACTION_UP          ? -1
             : action == ACTION_DOWN      ? 1
             : action == ACTION_PAGE_UP   ? -page
             : action == ACTION_PAGE_DOWN ? page
             : action == ACTION_FIRST     ? -all
             : action == ACTION_LAST      ? all
                                          : 0;
    if (by != 0)
        a->states->card_first = card_top(&card, a->states->card_first + by, area.rows);
    a->dirty = a->dirty || by != 0;
    text_list_free(&card.words);
    return by != 0;
}

bool card_is_shown(const struct app *a)
{
    for (int i = 0; i < a->layout.n; i++)
        if (a->layout.panes[i] == &card_pane)
            return true;
    return false;
}

const struct pane card_pane = {.name = "detail", .prepare = card_prepare, .draw = card_draw, .act = card_act};
