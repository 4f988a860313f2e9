/* Answers to run: the tuning, then for each image a result or the reason why it has none; and the end. */
#ifndef ISPLIT_WIRE_MESSAGE_RESULT_H
#define ISPLIT_WIRE_MESSAGE_RESULT_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "curve/curve.h"
#include "data/content.h"

/* Whether the text is a hash as messages and files have it: 16 hex digits, lower case. */
bool message_is_xxh3(const char *text);

struct message_tuning {
    char hash[17];
    int batch, threads;
};
json_t *message_tuning(uint64_t hash, int batch, int threads);
int message_tuning_read(const json_t *message, struct message_tuning *tuning, struct error *e);

/* result, without the image's class. NaN in the values: that layer has no gradient of its own (null on the
 * pipe). */
json_t *message_result(const struct curve_row *row, const struct content *content, const float *values,
                       int n);
int message_result_read(const json_t *message, struct curve_row *row, struct content *content, float *values,
                        int n, struct error *e);

json_t *message_skipped(long image, const char *reason, const struct content *content);
int message_skipped_read(const json_t *message, long *image, const char **reason, struct content *content,
                         struct error *e);

json_t *message_nonfinite(long image, int layer, const struct content *content);
int message_nonfinite_read(const json_t *message, long *image, int *layer, struct content *content,
                           struct error *e);

json_t *message_done(long images);
int message_done_read(const json_t *message, long *images, struct error *e);

#endif
