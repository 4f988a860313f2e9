#include "app/help.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "screen/keys.h"

/* What stands on line `row` of the help; NULL: the text is over. */
struct help_line {
    const char *title;                 /* a heading */
    const struct action_entry *action; /* or a key */
};

static bool is_here(const struct app *a, const struct action_entry *entry)
{
    return entry->views != ACTIONS_EVERYWHERE && (entry->views & 1u << a->view);
}

/* Lines: the view's own keys, then those that work everywhere, then those of the other views. */
static int make_lines(const struct app *a, struct help_line *lines)
{
    static const char *const titles[] = {"In this view", "Everywhere", "In other views"};
    int n = 0;
    for (int part = 0; part < 3; part++) {
        int first = n++;
        lines[first] = (struct help_line){.title = titles[part]};
        for (int i = 0; i < actions_n; i++) {
            const struct action_entry *entry = &actions_table[i];
            int own = is_here(a, entry) ? 0 : entry->views == ACTIONS_EVERYWHERE ? 1 : 2;
            if (own == part)
                lines[n++] = (struct help_line){.action = entry};
        }
        if (n == first + 1)
            n = first;
    }
    return n;
}

static void draw_line(const struct app *a, struct canvas *c, struct area area, int row,
                      const struct help_line *line)
{
    char keys[80];
    if (line->title) {
        canvas_rule(c, area, row, ROLE_TITLE, line->title);
        return;
    }
    const struct action_entry *entry = line->action;
    actions_keys(entry, keys);
    canvas_field(c, area, row, 1, 14, ROLE_CURVE, keys);
    int column = 16 + canvas_width(entry->help);
    int room = area.columns - 16;
    canvas_field(c, area, row, 16,
                 column - 16 < room ? column - 16
                 : room > 0         ? room
                                    : 0,
                 ROLE_TEXT, entry->help);
    if (entry->views == ACTIONS_EVERYWHERE || is_here(a, entry))
        return;
    column += 2;
    for (int v = 0; v < VIEWS; v++)
        if (entry->views & 1u << v)
            column += canvas_printf(c, area, row, column, ROLE_DIM, "%d ", v + 1);
}

static void draw(const struct app *a, struct canvas *c, struct area area)
{
    struct help_line *lines = memory_new((size_t)actions_n + 3, sizeof *lines);
    int n = make_lines(a, lines);
    canvas_printf(c, area, 0, 1, ROLE_TITLE, "Keys in view %d, %s", a->view + 1, views_table[a->view].title);
    struct area text = area_below(area, 1);
    for (int row = 0; row < text.rows && a->dialogs.help_top + row < n; row++)
        draw_line(a, c, text, row, &lines[a->dialogs.help_top + row]);
    canvas_cursor(c, area, 0, 0);
    free(lines);
}

static void key(struct app *a, int pressed)
{
    int page = a->screen.rows > 8 ? a->screen.rows - 8 : 1;
    enum action action = actions_find(pressed, VIEW_LOG);
    int top = a->dialogs.help_top;
    if (action == ACTION_UP || action == ACTION_DOWN)
        top += action == ACTION_UP ? -1 : 1;
    else if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN)
        top += action == ACTION_PAGE_UP ? -page : page;
    else if (action == ACTION_FIRST)
        top = 0;
    else if (action == ACTION_LAST)
        top = actions_n;
    else if (action == ACTION_QUIT || action == ACTION_ESCAPE || action == ACTION_HELP ||
             action == ACTION_ENTER || pressed == KEYS_SPACE)
        a->dialog = NULL; /* others are passed over: a slip must not reach the program behind it */
    int last = actions_n + 3 - page;
    a->dialogs.help_top = top > last ? last : top;
    if (a->dialogs.help_top < 0)
        a->dialogs.help_top = 0;
}

static const struct dialog help_dialog = {"Up, Down, PgUp, PgDn scroll   q, Esc leave", draw, key};

void help_open(struct app *a)
{
    a->dialogs.help_top = 0;
    a->dialog = &help_dialog;
    a->dirty = true;
}
