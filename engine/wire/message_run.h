/* run; the arrays read are new, run_options_free frees them. */
#ifndef ISPLIT_WIRE_MESSAGE_RUN_H
#define ISPLIT_WIRE_MESSAGE_RUN_H

#include <jansson.h>

#include "base/error.h"
#include "curve/run_options.h"

json_t *message_run(const struct run_options *options);
int message_run_read(const json_t *message, struct run_options *options, struct error *e);

#endif
