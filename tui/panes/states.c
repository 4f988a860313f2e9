#include "panes/states.h"

#include <stdlib.h>

#include "base/memory.h"

struct pane_states *states_new(void)
{
    return memory_new(1, sizeof(struct pane_states));
}

void states_reset(struct pane_states *s)
{
    table_reset(&s->table);
    classes_reset(&s->classes);
    matrix_reset(&s->matrix);
    images_reset(&s->images);
    s->compare = (struct compare_view){0};
    s->detail = (struct detail_view){0};
    s->plan = (struct plan_view){0};
}

void states_free(struct pane_states *s)
{
    if (s)
        states_reset(s);
    free(s);
}
