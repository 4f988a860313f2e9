/* pictures: what the pictures themselves take, as they are stored and as JPEG. */
#ifndef ISPLIT_WIRE_MESSAGE_PICTURES_H
#define ISPLIT_WIRE_MESSAGE_PICTURES_H

#include <jansson.h>

#include "base/error.h"
#include "curve/run_options.h"
#include "features/measured_pictures.h"

/* Of `run` images, pixels, batch, threads, exact and memory count; read for run_options_free. */
json_t *message_pictures_request(const struct run_options *run);
int message_pictures_request_read(const json_t *message, struct run_options *run, struct error *e);

json_t *message_pictures(const struct measured_pictures *pictures);
int message_pictures_read(const json_t *message, struct measured_pictures *pictures, struct error *e);

#endif
