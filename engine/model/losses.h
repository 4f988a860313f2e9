/* Images that have no row and never will, with why: the one list of them, for rows that are measured, kept in
 * a store or read from a file. */
#ifndef ISPLIT_MODEL_LOSSES_H
#define ISPLIT_MODEL_LOSSES_H

/* Why. A store keeps these numbers. */
enum until_loss {
    EXCLUDED_NOT,      /* it is not */
    UNTIL_UNDECODABLE, /* its file is no image, */
    UNTIL_NONFINITE,   /* or the network's numbers for it are not finite */
};

struct losses {
    struct loss {
        long image; /* >= 0 */
        enum until_loss why;
    } * all; /* [n] in the order in which they came, each image once */
    long n, room;
    char *by_image; /* [limit] enum until_loss; private, as is room */
    long limit;
};

void losses_add(struct losses *l, long image, enum until_loss why); /* the last reason counts */
void losses_free(struct losses *l);                                 /* and makes it empty */

/* EXCLUDED_NOT: it is none of them. */
enum until_loss losses_find(const struct losses *l, long image);

/* Those among order[n], each once, in that order. The caller's: losses_free. */
struct losses losses_among(const struct losses *l, const long *order, long n);
long losses_count(const struct losses *l, enum until_loss why);

#endif
