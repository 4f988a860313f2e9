/* What a run is asked for, as the command line says it. */
#ifndef ISPLIT_CLIENT_RUN_H
#define ISPLIT_CLIENT_RUN_H

#include "cli/options.h"
#include "link/message.h"

/* Without layers and images, which the caller puts in. */
struct run_options run_of_options(const struct options *o);

#endif
