#include "net/possible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"

int partition_find_layer(const struct table *table, const char *text, int *layer, struct error *e)
{
    long number;
    const char **names = memory_new((size_t)table->rows_n + 1, sizeof *names);
    *layer = -1;
    for (int i = 0; i < table->rows_n; i++) {
        names[i] = table->rows[i].name;
        if (strcmp(names[i], text) == 0)
            *layer = i;
    }
    const char *nearest = strlen(text) < sizeof table->rows->name ? text_nearest(text, names) : NULL;
    if (*layer < 0 && text_to_long(text, &number)) {
        if (number >= 0 && number < table->rows_n)
            *layer = (int)number;
        else
            error_set(e, "the network has no layer %ld (expected 0 to %d)", number, table->rows_n - 1);
    } else if (*layer < 0) {
        char *shown = text_escape(text);
        error_set(e, "the network has no layer '%.100s' (%s%s)", shown,
                  nearest ? "nearest: " : "expected a number or a name of isplit layers --layers all",
                  nearest ? nearest : "");
        free(shown);
    }
    free(names);
    return *layer < 0 ? -1 : 0;
}

/* " (the nearest clean cuts are after layers 3 (a) and 7 (b))", or nothing. */
static const char *neighbours(const struct table *t, int layer, char *out, size_t capacity)
{
    int before = layer - 1, after = layer + 1;
    while (before >= 0 && !t->rows[before].clean)
        before--;
    while (after < t->rows_n && !t->rows[after].clean)
        after++;
    int only = before >= 0 ? before : after;
    out[0] = '\0';
    if (before >= 0 && after < t->rows_n)
        snprintf(out, capacity, " (the nearest clean cuts are after layer %d (%s) and layer %d (%s))", before,
                 t->rows[before].name, after, t->rows[after].name);
    else if (only < t->rows_n)
        snprintf(out, capacity, " (the nearest clean cut is after layer %d (%s))", only, t->rows[only].name);
    return out;
}

/* Everything that crosses the cut besides the layer's own output, by name. */
static int refuse_crossing(const struct table *t, int layer, const char *near, struct error *e)
{
    enum { SHOWN = 8 };
    const struct table_row *row = &t->rows[layer];
    char *list = memory_copy("");
    int others = 0;
    for (int i = 0; i < row->cut_tensors; i++) {
        int tensor = row->crossing[i];
        if (tensor == layer || others++ >= SHOWN)
            continue;
        if (tensor == NET_INPUT)
            text_list_append(&list, "the network's input");
        else
            text_list_append(&list, "the skip connection of layer %d (%s)", tensor, t->rows[tensor].name);
    }
    char more[40] = "";
    if (others > SHOWN)
        snprintf(more, sizeof more, " and %d more", others - SHOWN);
    error_set(e, "cannot cut after layer %d (%s): the tail reads %s%s%s%s", layer, row->name, list, more,
              others < row->cut_tensors ? " too" : ", not its output", near);
    free(list);
    return -1;
}

int partition_possible(const struct table *t, int layer, struct error *e)
{
    char near[200];
    if (layer < 0 || layer >= t->rows_n)
        return error_set(e, "the network has no layer %d (expected 0 to %d)", layer, t->rows_n - 1);
    const struct table_row *row = &t->rows[layer];
    if (row->clean)
        return 0;
    neighbours(t, layer, near, sizeof near);
    const char *why = "is preprocessing: the head would compute nothing"; /* a crop before all weights */
    if (row->cut_tensors == 0)
        why = "no tail is left: no layer after it reads anything";
    else if (row->cut_tensors > 1 || row->crossing[0] != layer)
        return refuse_crossing(t, layer, near, e);
    else if (strcmp(row->type, net_kind_name(NET_DROPOUT)) == 0)
        why = "a dropout passes on what it is given, so this is the cut before it";
    else if (strcmp(row->type, NET_IDENTITY) == 0)
        why = "a pool of one pixel passes on what it is given, so this is the cut before it";
    else if (strcmp(row->type, net_kind_name(NET_CROP)) != 0)
        why = "it comes after the scores; no tail is left that computes anything";
    return error_set(e, "cannot cut after layer %d (%s): %s%s", layer, row->name, why, near);
}
