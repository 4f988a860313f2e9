/* How the code of a retrained network is to be sent: what split.csv says of it. */
#ifndef ISPLIT_COMMANDS_RETRAIN_SENT_H
#define ISPLIT_COMMANDS_RETRAIN_SENT_H

#include "commands/command.h"
#include "features/frame.h"
#include "train/retrain_request.h"

/* --dtype, --coder and --level; without --dtype int8 where the bottleneck is so many bytes, else f32. The
 * range of an integer is that of the first training images, as isplit features finds it, of the network that
 * is open, behind the layer; nothing is known of it before it is trained. The exit status, after an error was
 * shown. */
int retrain_sent(struct command *c, const struct retrain_request *request, int layer,
                 struct frame_format *sent);

/* What is said where the user stops that, or the cutting after it. */
extern const char retrain_uncut[];

#endif
