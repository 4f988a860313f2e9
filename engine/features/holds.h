/* Which dtypes hold at a cut: of each of them, whether the images show that it loses less accuracy than is
 * allowed, and the fewest bytes that do. */
#ifndef ISPLIT_FEATURES_HOLDS_H
#define ISPLIT_FEATURES_HOLDS_H

#include <stdbool.h>

#include "features/features.h"

#define HOLDS_MAX_DROP 0.01 /* of accuracy, where nothing else is asked for */

/* One dtype of a cut. f32 always holds: it is the tensor itself. */
struct hold {
    const struct feature *feature; /* by the coder that makes it smallest; NULL: not measured */
    double p;   /* of losing max_drop or more, one-sided (race/paired.h); NaN: its counts are not known */
    bool holds; /* shown with 95 % confidence for all that hold at the cut together (Holm, Scandinavian
                   Journal of Statistics 1979) */
    double
        needed; /* where not: images that would show it if what they give went on so; infinite: none would */
};
void holds_judge(const struct features *f, int layer, double max_drop, struct hold holds[DTYPES]);

/* Of those that hold the one of fewest bytes, of equal ones that of more bits; NULL: none was measured. */
const struct feature *holds_cheapest(const struct hold holds[DTYPES]);

/* Why not fewer bits than `chosen` has, about the next dtype measured: "int4 is not shown by 336 images,
 * would need about 900", "int4 loses 2.1 % of 336 images"; NULL where none has fewer. Where no integer holds,
 * also of the fewest bytes that more images would show: "f16 is not shown by 64 images, would need about 299
 * (--sample); int5, the cheapest that more images may show, about 1200". New string. */
char *holds_why(const struct hold holds[DTYPES], const struct feature *chosen);

#endif
