/* Images that have no row and never will, with why: the same for measured rows and for those of a file. */
#ifndef ISPLIT_MODEL_LOSSES_H
#define ISPLIT_MODEL_LOSSES_H

#include "model/until.h"

struct losses {
    struct loss {
        long image; /* >= 0 */
        enum until_loss why;
    } * all;
    long n, room;
};

void losses_add(struct losses *l, long image, enum until_loss why);
void losses_free(struct losses *l); /* and makes it empty */

/* Those among order[n], each once, in that order. The caller's: losses_free. */
struct losses losses_among(const struct losses *l, const long *order, long n);
long losses_count(const struct losses *l, enum until_loss why);

#endif
