/* pictures: what the pictures themselves take, as they are stored and as JPEG. */
#ifndef ISPLIT_WIRE_MESSAGE_PICTURES_H
#define ISPLIT_WIRE_MESSAGE_PICTURES_H

#include <jansson.h>

#include "base/error.h"
#include "curve/run_options.h"
#include "features/measured_pictures.h"

/* Of `run` images, pixels, batch, threads, exact and memory count; read for run_options_free. Nothing is
 * measured by another tuning than that; "": by any. */
json_t *message_pictures_request(const struct run_options *run, const char *tuning);
int message_pictures_request_read(const json_t *message, struct run_options *run, char tuning[17],
                                  struct error *e);

json_t *message_picture(const struct picture_row *row);
int message_picture_read(const json_t *message, struct picture_row *row, struct error *e);

/* The end: how many rows there were. */
json_t *message_pictures(long images);
int message_pictures_read(const json_t *message, long *images, struct error *e);

#endif
