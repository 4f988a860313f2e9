#include "base/text_list.h"

#include <stdlib.h>

#include "base/memory.h"

void text_list_add(struct text_list *l, char *text)
{
    l->texts = memory_grow(l->texts, (size_t)l->n + 1, sizeof *l->texts);
    l->texts[l->n++] = text;
}

void text_list_free(struct text_list *l)
{
    for (int i = 0; i < l->n; i++)
        free(l->texts[i]);
    free(l->texts);
    *l = (struct text_list){0};
}
