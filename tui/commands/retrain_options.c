#include "commands/retrain_options.h"

#include "study/run.h"

/* Where nothing else is asked for. */
#define RETRAIN_RATE 0.01
#define RETRAIN_TEMPERATURE 2.0
#define RETRAIN_VALIDATION_SHARE 0.2
#define RETRAIN_VALIDATION_MOST 0.9

int retrain_options_check(struct command *c)
{
    struct options *o = &c->options;
    if (o->retrain.validation_data && o->retrain.validation > 0)
        return command_usage(c, "--validation and --validation-data exclude each other");
    if (o->retrain.validation > RETRAIN_VALIDATION_MOST)
        return command_usage(c, "--validation leaves too few images to train on (expected at most 0.9)");
    if (o->retrain.validation <= 0)
        o->retrain.validation = RETRAIN_VALIDATION_SHARE;
    return COMMAND_DONE;
}

void retrain_options_take(const struct options *o, struct retrain_request *q)
{
    const struct run_options run = run_of_options(o);
    q->trains = (enum retrain_trains)o->retrain.trains;
    q->norm = (enum retrain_norm)o->retrain.norm;
    q->loss = (enum retrain_loss)o->retrain.loss;
    q->temperature = o->retrain.temperature > 0 ? o->retrain.temperature : RETRAIN_TEMPERATURE;
    q->rate = o->retrain.rate > 0 ? o->retrain.rate : RETRAIN_RATE;
    q->stages = 1;
    q->seed = o->input.seed;
    q->batch = run.batch ? run.batch : RETRAIN_BATCH;
    q->threads = run.threads;
    q->exact = run.exact;
    q->memory = run.memory;
    q->force = o->cut.force;
    q->pixels = run.pixels;
}

int retrain_options_bottleneck(struct command *c, struct bottleneck *b)
{
    struct error e;
    const char *word = c->options.bottleneck;
    return bottleneck_read(word ? word : "ratio", b, &e) < 0 ? command_usage(c, e.text) : COMMAND_DONE;
}
