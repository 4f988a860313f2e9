/* What a run is asked for, as the command line says it. */
#ifndef ISPLIT_STUDY_RUN_H
#define ISPLIT_STUDY_RUN_H

#include "cli/options.h"
#include "curve/run_options.h"
#include "wire/message_data.h"

/* Without layers and images, which the caller puts in. */
struct run_options run_of_options(const struct options *o);

/* The images of `data` as the options choose them, with sizes and times where those are wanted (for a store).
 * For images_request_free. */
struct images_request run_images(const struct options *o, const char *data, bool stamps);

/* The files that say which image is of which class, and what the classes are called; NULL where not given. */
enum { RUN_LABEL_FILES = 3 };
void run_label_files(const struct options *o, const char *files[RUN_LABEL_FILES]);

#endif
