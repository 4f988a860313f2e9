/* The images of a training: which there are, and on which side each is. */
#ifndef ISPLIT_COMMANDS_RETRAIN_IMAGES_H
#define ISPLIT_COMMANDS_RETRAIN_IMAGES_H

#include <stdbool.h>

#include "commands/command.h"
#include "train/retrain_request.h"

/* Lists the data, as job_connect does (the network that is open must be the one to be trained), takes the
 * images of the chosen classes, and divides them, or takes those of --validation-data for validation: into
 * training and validation of the request, with the hash of both. COMMAND_DONE, or the exit status after the
 * error was shown. */
int retrain_images(struct command *c, const char *data, struct retrain_request *request);

/* What is told of accuracies on images without labels. */
extern const char retrain_images_unlabelled[];

#endif
