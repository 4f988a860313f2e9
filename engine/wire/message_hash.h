/* hash: the contents of images, and the answer in portions. */
#ifndef ISPLIT_WIRE_MESSAGE_HASH_H
#define ISPLIT_WIRE_MESSAGE_HASH_H

#include <jansson.h>

#include "base/error.h"
#include "data/content.h"

/* hash: the request; the array read is new. */
json_t *message_hash(const long *images, long n);
int message_hash_read(const json_t *message, long **images, long *n, struct error *e);

/* contents, a portion of the answer to hash: of images[n]; the arrays read are new. */
json_t *message_contents(const long *images, const struct content *contents, long n);
int message_contents_read(const json_t *message, long **images, struct content **contents, long *n,
                          struct error *e);

/* hashed, the end of that answer: how many contents were sent. */
json_t *message_hashed(long images);
int message_hashed_read(const json_t *message, long *images, struct error *e);

#endif
