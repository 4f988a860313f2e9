#include "app/marks.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct marks {
    struct mark *marks; /* [n] ascending by layer */
    int n;
};

struct marks *marks_new(void)
{
    return memory_new(1, sizeof(struct marks));
}

void marks_free(struct marks *m)
{
    marks_clear(m);
    free(m);
}

int marks_n(const struct marks *m)
{
    return m->n;
}

const struct mark *marks_all(const struct marks *m)
{
    return m->marks;
}

/* Index of the layer, or where to insert it. */
static int marks_place_of(const struct marks *m, int layer)
{
    int i = 0;
    while (i < m->n && m->marks[i].layer < layer)
        i++;
    return i;
}

const struct mark *marks_find(const struct marks *m, int layer)
{
    int i = marks_place_of(m, layer);
    return i < m->n && m->marks[i].layer == layer ? &m->marks[i] : NULL;
}

void marks_set(struct marks *m, int layer, const char *note)
{
    int i = marks_place_of(m, layer);
    char *copy = memory_copy(note); /* before the old one goes: it may be the same */
    if (i < m->n && m->marks[i].layer == layer) {
        free(m->marks[i].note);
        m->marks[i].note = copy;
        return;
    }
    m->marks = memory_grow(m->marks, (size_t)m->n + 1, sizeof *m->marks);
    memmove(m->marks + i + 1, m->marks + i, (size_t)(m->n - i) * sizeof *m->marks);
    m->marks[i] = (struct mark){layer, copy};
    m->n++;
}

void marks_remove(struct marks *m, int layer)
{
    int i = marks_place_of(m, layer);
    if (i == m->n || m->marks[i].layer != layer)
        return;
    free(m->marks[i].note);
    m->n--;
    memmove(m->marks + i, m->marks + i + 1, (size_t)(m->n - i) * sizeof *m->marks);
}

void marks_clear(struct marks *m)
{
    for (int i = 0; i < m->n; i++)
        free(m->marks[i].note);
    free(m->marks);
    *m = (struct marks){0};
}
