#include "commands/retrain_options.h"

/* The rest is trained on. */
#define RETRAIN_VALIDATION_MOST 0.9

int retrain_options_check(struct command *c)
{
    struct options *o = &c->options;
    if (o->retrain.validation_data && o->retrain.validation > 0)
        return command_usage(c, "--validation and --validation-data exclude each other");
    if (o->retrain.validation > RETRAIN_VALIDATION_MOST)
        return command_usage(c, "--validation leaves too few images to train on (expected at most 0.9)");
    return COMMAND_DONE;
}

int retrain_options_bottleneck(struct command *c, struct bottleneck *b)
{
    struct error e;
    const char *word = c->options.bottleneck;
    return bottleneck_read(word ? word : "ratio", b, &e) < 0 ? command_usage(c, e.text) : COMMAND_DONE;
}
