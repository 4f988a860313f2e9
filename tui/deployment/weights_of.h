/* Whose weights a file of results is of. */
#ifndef ISPLIT_DEPLOYMENT_WEIGHTS_OF_H
#define ISPLIT_DEPLOYMENT_WEIGHTS_OF_H

/* "FILE: the features were measured with other weights than WEIGHTS", where FILE.meta.csv names other ones by
 * their hash; `what` is "the features were". NULL where it does not, or nobody knows. New string. */
char *weights_of_others(const char *file, const char *what, const char *weights_xxh3, const char *weights);

#endif
