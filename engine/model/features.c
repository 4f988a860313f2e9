#include "model/features.h"

#include <stddef.h>
#include <stdlib.h>

const char *const feature_words[] = {"f32", "f16", "int8", NULL};

int64_t feature_bytes(enum feature_type type, int64_t bytes_f32)
{
    return bytes_f32 >> type;
}

const struct feature *features_find(const struct features *f, int layer, enum feature_type type)
{
    for (int i = 0; f && i < f->rows_n; i++)
        if (f->rows[i].layer == layer && f->rows[i].type == type)
            return &f->rows[i];
    return NULL;
}

void features_free(struct features *f)
{
    free(f->rows);
    *f = (struct features){0};
}
