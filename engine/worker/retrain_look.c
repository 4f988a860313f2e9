#include "worker/retrain_look.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "train/loss.h"
#include "wire/message.h"

void retrain_look_put(void *trainer, int slot, const float *numbers)
{
    trainer_set_input(trainer, slot, numbers);
}

bool retrain_sends_int8(const struct retrain_request *r, enum retrain_when when)
{
    return r->bottleneck.form == BOTTLENECK_BYTES && (r->epochs == 0 || when == RETRAIN_BEST);
}

/* The class predicted of a slot, as graph_predicted has it. */
static int look_predicted(const struct trainer *trainer, int slot)
{
    int outputs = trainer_outputs(trainer), best = 0;
    const float *scores = trainer_scores(trainer) + (size_t)slot * (size_t)outputs;
    if (outputs == 1)
        return scores[0] > 0;
    for (int k = 1; k < outputs; k++)
        best = scores[k] > scores[best] ? k : best;
    return best;
}

static void look_count(const struct retrain_request *r, const struct retrain_inputs *inputs,
                       const struct trainer *trainer, long first, int used, struct retrain_check *check)
{
    const int *labels = retrain_inputs_labels(inputs);
    check->loss +=
        used * loss_of(r->loss, r->temperature, trainer_outputs(trainer), used, trainer_scores(trainer),
                       labels, retrain_inputs_teacher(inputs), NULL, r->batch);
    for (int i = 0; i < used; i++) {
        bool right = look_predicted(trainer, i) == labels[i];
        check->correct += right;
        check->right[retrain_inputs_place(inputs, RETRAIN_VALIDATION, first + i)] = right ? '1' : '0';
    }
}

/* So that nobody takes a long look for silence. */
static int look_tell(struct session *s, int64_t *told, long done, long of, struct error *e)
{
    if (clock_ms() - *told < RETRAIN_TELL_MS)
        return 0;
    *told = clock_ms();
    char *what = memory_format("looking at images for validation: %ld of %ld", done, of);
    int status = session_send(s, message_progress(what), e);
    free(what);
    return status;
}

int retrain_look(struct session *s, const struct retrain_request *r, struct retrain_inputs *inputs,
                 struct trainer *trainer, long *items, int64_t *told, struct retrain_check *check,
                 struct error *e)
{
    long n = check->images;
    for (long first = 0; first < n; first += r->batch) {
        int used = n - first < r->batch ? (int)(n - first) : r->batch;
        for (int i = 0; i < used; i++)
            items[i] = first + i;
        if (retrain_inputs_fill(inputs, RETRAIN_VALIDATION, items, used, -1, retrain_look_put, trainer, e) <
                0 ||
            trainer_forward(trainer, false, e) < 0)
            return -1;
        look_count(r, inputs, trainer, first, used, check);
        if (look_tell(s, told, first + used, n, e) < 0)
            return -1;
    }
    check->loss /= (double)n;
    return 0;
}
