#include "study/run.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/pixels.h"
#include "net/definition.h"

struct run_options run_of_options(const struct options *o)
{
    struct run_options run = run_options_default();
    run.score = (enum score)o->measure.score;
    run.reduce = (enum reduce)o->measure.reduce;
    run.tap = (enum tap)o->measure.tap;
    run.pixels.fit = (enum pixels_fit)o->measure.fit;
    run.pixels.scale = o->measure.scale ? 255 : 1;
    run.pixels.bgr = o->measure.bgr;
    run.pixels.exif = o->measure.exif;
    memcpy(run.pixels.mean, o->measure.mean, sizeof o->measure.mean);
    memcpy(run.pixels.std, o->measure.std, sizeof o->measure.std);
    run.batch = (int)o->measure.batch;
    run.threads = (int)o->measure.threads;
    run.exact = o->measure.exact;
    run.precision = (enum precision)o->measure.precision;
    run.memory = o->measure.memory;
    if (o->measure.tuning_file) /* short enough: options_parse has seen to that */
        snprintf(run.tuning_file, sizeof run.tuning_file, "%s", o->measure.tuning_file);
    return run;
}

static char *copy_given(const char *text)
{
    return text ? memory_copy(text) : NULL;
}

struct images_request run_images(const struct options *o, const char *data, bool stamps)
{
    return (struct images_request){
        .data = memory_copy(data),
        .split = copy_given(o->input.split),
        .labels = copy_given(o->input.labels),
        .truth = copy_given(o->input.truth),
        .root = copy_given(o->input.root),
        .names = copy_given(o->input.names),
        .stamps = stamps,
        .unlabelled = o->measure.score == SCORE_TOP,
    };
}

void run_label_files(const struct options *o, const char *files[RUN_LABEL_FILES])
{
    files[0] = o->input.labels;
    files[1] = o->input.truth;
    files[2] = o->input.names;
}
