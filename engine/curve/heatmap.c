#include "curve/heatmap.h"

#include <stdlib.h>

void heatmap_request_free(struct heatmap_request *r)
{
    run_options_free(&r->run);
}

void heatmap_free(struct heatmap *h)
{
    for (int i = 0; i < h->maps_n; i++)
        free(h->maps[i].bytes);
    free(h->maps);
    free(h->rgb);
    free(h->error);
    *h = (struct heatmap){0};
}
