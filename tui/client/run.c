#include "client/run.h"

#include <stdio.h>
#include <string.h>

struct run_options run_of_options(const struct options *o)
{
    struct run_options run = run_options_default();
    run.score = (enum run_score)o->score;
    run.reduce = (enum run_reduce)o->reduce;
    run.tap = (enum run_tap)o->tap;
    run.pixels.fit = (enum pixels_fit)o->fit;
    run.pixels.scale = o->scale ? 255 : 1;
    run.pixels.bgr = o->bgr;
    memcpy(run.pixels.mean, o->mean, sizeof o->mean);
    memcpy(run.pixels.std, o->std, sizeof o->std);
    run.batch = (int)o->batch;
    run.threads = (int)o->threads;
    run.exact = o->exact;
    run.precision = (enum run_precision)o->precision;
    run.memory = o->memory;
    if (o->plan_file) /* short enough: options_parse has seen to that */
        snprintf(run.plan_file, sizeof run.plan_file, "%s", o->plan_file);
    return run;
}
