/* images: which data set to open, and the answer in portions. */
#ifndef ISPLIT_WIRE_MESSAGE_DATA_H
#define ISPLIT_WIRE_MESSAGE_DATA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"

/* As a request; the strings read are new. */
struct images_request {
    char *data, *split, *labels; /* split, labels: NULL where not given */
    bool probe;                  /* decode every image too */
    bool stamps;                 /* send size and time of every image's file too */
    char *truth, *root, *names;  /* as in struct dataset_options; NULL where not given */
    bool unlabelled;             /* likewise */
    bool keeps;                  /* the data set that is open stays beside it, for validation */
};
json_t *message_images_request(const struct images_request *request);
int message_images_request_read(const json_t *message, struct images_request *request, struct error *e);
void images_request_free(struct images_request *request);

/* images, as a portion of the answer: images first..first+n-1, with sizes and times where `stamps` were
 * requested (both sides know). Reading appends to a data set that begins as a zeroed struct from memory_new,
 * message_dataset_read completes it, and dataset_free frees it, also half read. */
json_t *message_portion(const struct dataset *d, long first, long n, bool stamps);
int message_portion_read(const json_t *message, struct dataset *d, bool stamps, struct error *e);
json_t *message_dataset(const struct dataset *d);
int message_dataset_read(const json_t *message, struct dataset *d, struct error *e);

#endif
