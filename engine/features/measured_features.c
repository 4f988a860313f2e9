#include "features/measured_features.h"

#include <stdlib.h>

#include "features/frame.h"
#include "features/sent_row.h"

int features_count(const bool *wanted, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += wanted[i];
    return count;
}

/* No range plays a part where nothing is coded, nor in f32 and f16. */
struct estimate measured_features_coded(const struct measured_features *m, const struct measured_feature *row,
                                        enum coder coder)
{
    const struct coded_size *size = &row->coded[coder];
    bool borrows = size->borrowed.images > 0;
    double level = borrows ? size->borrowed.level : 1, own = level * (double)size->deviation,
           other = (double)size->borrowed.deviation;
    struct feature_part parts[3] = {{own * own / (double)size->images, (double)size->images - 1}};
    int n = 1;
    if (borrows)
        parts[n++] = (struct feature_part){other * other / (double)size->borrowed.images,
                                           (double)size->borrowed.images - 1};
    if (coder != CODER_NONE && dtype_is_affine(row->type))
        parts[n++] = (struct feature_part){(double)size->spread * (double)size->spread, m->draws - 1};
    struct estimate v = feature_mean_of(level * (double)size->bytes / (double)size->images, parts, n);
    return (struct estimate){FRAME_EXTRA + v.value, FRAME_EXTRA + v.low, FRAME_EXTRA + v.high};
}

void features_request_free(struct features_request *r)
{
    free(r->layers);
    free(r->images);
    free(r->calibration);
    free(r->needs);
    if (r->ranges)
        sent_ranges_free(r->ranges);
    free(r->ranges);
    *r = (struct features_request){0};
}

void measured_features_free(struct measured_features *m)
{
    free(m->rows);
    *m = (struct measured_features){0};
}
