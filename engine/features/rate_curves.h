/* What isplit features measured as curves of bytes against accuracy: one for each cut, and one for the
 * pictures themselves. */
#ifndef ISPLIT_FEATURES_RATE_CURVES_H
#define ISPLIT_FEATURES_RATE_CURVES_H

#include "features/features.h"
#include "features/rate.h"

enum { RATE_PICTURES = -1 };

struct rate_curves {
    struct rate_curve {
        int layer; /* the cut after it; or PICTURES */
        struct rate_mark {
            struct tradeoff at;
            int quality; /* of a picture: of JPEG, or PICTURES_STORED */
            enum dtype type;
            enum coder coder; /* of a cut: the one that takes the fewest bytes */
            bool front;       /* none of any curve dominates it */
        } * marks;            /* [n] ascending in bytes */
        int n;
        struct rate_difference jpeg; /* of a cut: of its front against JPEG's */
    } * curves; /* [n] the pictures first, where they were measured; then the cuts by layer */
    int n;
    bool agreement;
    double whole; /* share of the whole network; 1 of agreement */
};

/* Of shares of right answers, or of answers as without a cut. New, for rate_curves_free; NULL features: no
 * curve. */
struct rate_curves rate_curves_make(const struct features *f, bool agreement);
void rate_curves_free(struct rate_curves *c);

/* NULL: there is none. */
const struct rate_curve *rate_curves_find(const struct rate_curves *c, int layer);
const struct rate_mark *rate_curve_find(const struct rate_curve *curve, enum dtype type);

/* The front of all of them, as rate_front leaves it: a new array. Returns how many. */
int rate_curves_front(const struct rate_curves *c, struct tradeoff **front);

/* The fewest bytes of a picture, stored or as JPEG, with which the network is as accurate as with `share`; a
 * share above that of the whole network counts as that, since no cut adds to it. NULL: none is. */
const struct rate_mark *rate_curves_picture(const struct rate_curves *c, double share);

#endif
