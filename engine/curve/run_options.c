#include "curve/run_options.h"

#include <stdlib.h>

struct run_options run_options_default(void)
{
    struct run_options o = {.pixels = {.fit = PIXELS_CROP, .scale = 1, .std = {1, 1, 1}}};
    return o;
}

void run_options_free(struct run_options *o)
{
    free(o->layers);
    free(o->images);
    o->layers = NULL;
    o->images = NULL;
    o->layers_n = 0;
    o->images_n = 0;
}
