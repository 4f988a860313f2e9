#include "panes/states.h"

#include <stdlib.h>

#include "base/memory.h"
#include "panes/classes_rows.h"
#include "panes/images_rows.h"
#include "panes/log.h"
#include "panes/matrix_rows.h"
#include "panes/plan_rows.h"

static void states_begin(struct pane_states *s)
{
    s->classes_rows = classes_rows_new();
    s->matrix = matrix_rows_new();
    s->images = images_rows_new();
    s->plan = plan_rows_new();
}

static void states_end(struct pane_states *s)
{
    free(s->table_order);
    free(s->classes_replacing);
    classes_rows_free(s->classes_rows);
    matrix_rows_free(s->matrix);
    images_rows_free(s->images);
    plan_rows_free(s->plan);
}

struct pane_states *states_new(void)
{
    struct pane_states *s = memory_new(1, sizeof *s);
    states_begin(s);
    s->log = log_new();
    return s;
}

void states_reset(struct pane_states *s)
{
    struct log_lines *log = s->log;
    struct list list = s->lists[STATES_LOG];
    const struct list_pane *finder = s->finder; /* of a prompt that may be open */
    char *help_search = s->help_search;         /* nothing of a network */
    states_end(s);
    *s = (struct pane_states){.log = log, .finder = finder, .help_search = help_search};
    s->lists[STATES_LOG] = list;
    states_begin(s);
}

void states_free(struct pane_states *s)
{
    if (!s)
        return;
    states_end(s);
    log_free(s->log);
    free(s->help_search);
    free(s);
}
