/* Excluded images: those that have no row and never will, with the reason. One container for rows that are
 * measured, kept in a store or read from a file. */
#ifndef ISPLIT_CURVE_EXCLUDED_H
#define ISPLIT_CURVE_EXCLUDED_H

/* The reason. A store keeps these numbers. */
enum exclusion {
    EXCLUDED_NOT,         /* not excluded */
    EXCLUDED_UNDECODABLE, /* the file cannot be decoded */
    EXCLUDED_NONFINITE,   /* a number of its row is not finite */
};

struct excluded {
    struct excluded_image {
        long image; /* >= 0 */
        enum exclusion why;
    } * all; /* [n] in order of arrival, each image once */
    long n, capacity;
    char *by_image; /* [limit] enum exclusion; private, as is capacity */
    long limit;
};

void excluded_add(struct excluded *l, long image, enum exclusion why); /* the last reason counts */
void excluded_free(struct excluded *l);                                /* and makes it empty */

/* EXCLUDED_NOT: the image is not excluded. */
enum exclusion excluded_find(const struct excluded *l, long image);

/* The excluded ones among order[n], each once, in that order. For excluded_free. */
struct excluded excluded_among(const struct excluded *l, const long *order, long n);
long excluded_count(const struct excluded *l, enum exclusion why);

#endif
