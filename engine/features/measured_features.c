#include "features/measured_features.h"

#include <stdlib.h>

int features_count(const bool *wanted, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += wanted[i];
    return count;
}

void features_request_free(struct features_request *r)
{
    free(r->layers);
    free(r->images);
    free(r->calibration);
    *r = (struct features_request){0};
}

void measured_features_free(struct measured_features *m)
{
    free(m->rows);
    *m = (struct measured_features){0};
}
