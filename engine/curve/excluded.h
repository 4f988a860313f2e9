/* Images that have no row and never will, with why: the one list of them, for rows that are measured, kept in
 * a store or read from a file. */
#ifndef ISPLIT_CURVE_EXCLUDED_H
#define ISPLIT_CURVE_EXCLUDED_H

/* Why. A store keeps these numbers. */
enum exclusion {
    EXCLUDED_NOT,         /* it is not */
    EXCLUDED_UNDECODABLE, /* its file is no image, */
    EXCLUDED_NONFINITE,   /* or the network's numbers for it are not finite */
};

struct excluded {
    struct excluded_image {
        long image; /* >= 0 */
        enum exclusion why;
    } * all; /* [n] in the order in which they came, each image once */
    long n, capacity;
    char *by_image; /* [limit] enum exclusion; private, as is room */
    long limit;
};

void excluded_add(struct excluded *l, long image, enum exclusion why); /* the last reason counts */
void excluded_free(struct excluded *l);                                /* and makes it empty */

/* EXCLUDED_NOT: it is none of them. */
enum exclusion excluded_find(const struct excluded *l, long image);

/* Those among order[n], each once, in that order. The caller's: excluded_free. */
struct excluded excluded_among(const struct excluded *l, const long *order, long n);
long excluded_count(const struct excluded *l, enum exclusion why);

#endif
