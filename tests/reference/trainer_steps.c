/* For tests: trains a network on numbers that are given, and tells all that PyTorch can be compared with.
 *
 * trainer_steps CFG WEIGHTS IN OUT BATCH FIRST BY_BATCH LOSS TEMPERATURE PEAK DECAY STEPS THREADS
 * exact|winograd IN has for each image of each step the input, the teacher's scores and its label, all as
 * f32. The layers from FIRST on train; of these, the batch norms from BY_BATCH on normalise by the batch (-1:
 * none). One line a step has its loss, and a last one that of the last batch after the training, with the
 * running statistics. OUT gets the parameters of the layers that train, as f32. An error is one line, and
 * exit status 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/weights.h"
#include "train/loss.h"
#include "train/schedule.h"
#include "train/trainer.h"

enum argument {
    CFG = 1,
    WEIGHTS,
    IN,
    OUT,
    BATCH,
    FIRST,
    BY_BATCH,
    LOSS,
    TEMPERATURE,
    PEAK,
    DECAY,
    STEPS,
    THREADS,
    ALGORITHMS,
    ARGUMENTS
};

struct run {
    char **argv;
    struct net *net;
    struct weights_info info;
    struct params *params;
    struct trainer *trainer;
    FILE *in;
    int batch;
    enum retrain_loss loss;
    float *pixels, *teacher, *gradient;
    int *labels;
    struct error e;
};

static long number(const struct run *r, enum argument a)
{
    return strtol(r->argv[a], NULL, 10);
}

static double real(const struct run *r, enum argument a)
{
    return strtod(r->argv[a], NULL);
}

static bool open_trainer(struct run *r)
{
    if (!(r->net = net_read(r->argv[CFG], &r->e)) ||
        weights_check(r->argv[WEIGHTS], r->net, &r->info, &r->e) < 0 ||
        !(r->params = params_open(r->argv[WEIGHTS], r->net, &r->info, &r->e)))
        return false;
    bool *trains = memory_new((size_t)r->net->layers_n, sizeof *trains);
    bool *by_batch = memory_new((size_t)r->net->layers_n, sizeof *by_batch);
    for (int l = 0; l < r->net->layers_n; l++) {
        trains[l] = l >= number(r, FIRST) && r->net->layers[l].params > 0;
        by_batch[l] = trains[l] && number(r, BY_BATCH) >= 0 && l >= number(r, BY_BATCH) &&
                      (r->net->layers[l].batch_normalize || r->net->layers[l].kind == NET_BATCHNORM);
    }
    const struct graph_options options = {
        .batch = r->batch,
        .threads = (int)number(r, THREADS),
        .trains = trains,
        .by_batch = by_batch,
        .algorithms = strcmp(r->argv[ALGORITHMS], "exact") == 0 ? GRAPH_EXACT : GRAPH_WINOGRAD,
    };
    r->trainer = trainer_make(r->net, r->params, &options, 0.9F, (float)real(r, DECAY), &r->e);
    free(trains);
    free(by_batch);
    return r->trainer != NULL;
}

static bool make_room(struct run *r)
{
    size_t batch = (size_t)r->batch, outputs = (size_t)trainer_outputs(r->trainer);
    r->pixels = memory_new((size_t)net_shape_size(r->net->in), sizeof *r->pixels);
    r->teacher = memory_new(batch * outputs, sizeof *r->teacher);
    r->gradient = memory_new(batch * outputs, sizeof *r->gradient);
    r->labels = memory_new(batch, sizeof *r->labels);
    r->in = fopen(r->argv[IN], "rb");
    if (!r->in)
        error_at(&r->e, r->argv[IN], 0, "cannot read it");
    return r->in != NULL;
}

static bool read_batch(struct run *r)
{
    size_t pixels = (size_t)net_shape_size(r->net->in), outputs = (size_t)trainer_outputs(r->trainer);
    for (int i = 0; i < r->batch; i++) {
        float label;
        if (fread(r->pixels, sizeof *r->pixels, pixels, r->in) != pixels ||
            fread(r->teacher + (size_t)i * outputs, sizeof *r->teacher, outputs, r->in) != outputs ||
            fread(&label, sizeof label, 1, r->in) != 1) {
            error_at(&r->e, r->argv[IN], 0, "ends too early");
            return false;
        }
        trainer_set_input(r->trainer, i, r->pixels);
        r->labels[i] = (int)label;
    }
    return true;
}

static bool print_loss(struct run *r, bool training)
{
    if (trainer_forward(r->trainer, training, &r->e) < 0)
        return false;
    double loss = loss_of(r->loss, real(r, TEMPERATURE), trainer_outputs(r->trainer), r->batch,
                          trainer_scores(r->trainer), r->labels, r->teacher, r->gradient, r->batch);
    printf("%.17g\n", loss);
    return true;
}

static bool train(struct run *r)
{
    for (long step = 0; step < number(r, STEPS); step++)
        if (!read_batch(r) || !print_loss(r, true) ||
            trainer_step(r->trainer, r->gradient, schedule_rate(step, number(r, STEPS), real(r, PEAK)),
                         &r->e) < 0)
            return false;
    return print_loss(r, false);
}

static bool write_params(struct run *r)
{
    size_t floats = trainer_state_floats(r->trainer);
    float *state = memory_new(floats, sizeof *state);
    trainer_get_state(r->trainer, state);
    FILE *out = fopen(r->argv[OUT], "wb");
    bool good = out && fwrite(state, sizeof *state, floats / 2, out) == floats / 2;
    if (out && fclose(out) != 0)
        good = false;
    if (!good)
        error_at(&r->e, r->argv[OUT], 0, "cannot write it");
    free(state);
    return good;
}

int main(int argc, char **argv)
{
    struct run r = {.argv = argv};
    if (argc != ARGUMENTS) {
        fprintf(stderr, "trainer_steps: expected %d arguments\n", ARGUMENTS - 1);
        return 2;
    }
    r.batch = (int)number(&r, BATCH);
    while (retrain_loss_words[r.loss] && strcmp(retrain_loss_words[r.loss], argv[LOSS]) != 0)
        r.loss++;
    bool good = open_trainer(&r) && make_room(&r) && train(&r) && write_params(&r);
    if (!good)
        fprintf(stderr, "%s\n", r.e.text);
    if (r.in)
        fclose(r.in);
    trainer_free(r.trainer);
    params_close(r.params);
    net_free(r.net);
    free(r.pixels);
    free(r.teacher);
    free(r.gradient);
    free(r.labels);
    return !good;
}
