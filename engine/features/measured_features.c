#include "features/measured_features.h"

#include <stdlib.h>

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
