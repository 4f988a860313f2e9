#include "worker/retrain.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/checkpoint.h"
#include "train/loss.h"
#include "train/sampler.h"
#include "train/schedule.h"
#include "train/trainer.h"
#include "wire/message.h"
#include "wire/message_retrain.h"
#include "wire/version.h"
#include "worker/retrain_inputs.h"
#include "worker/retrain_int8.h"
#include "worker/retrain_key.h"
#include "worker/retrain_kit.h"
#include "worker/retrain_look.h"
#include "worker/retrain_net.h"
#include "worker/retrain_norm.h"
#include "worker/retrain_shelf.h"

enum { CHECKPOINT_MS = 60000 };
/* In a training by epochs: so many looks at the validation images, or fewer, beside that at the end. */
enum { CHECKS_MOST = 50 };

/* The order in the checkpoint. */
enum place { PLACE_STEP, PLACE_BEST_STEP, PLACE_BEST_CORRECT, PLACE_BEST_LOSS, PLACE_MS };
enum state { STATE_NOW, STATE_BEST, STATES };

struct training {
    struct session *session;
    const struct retrain_request *request;
    struct retrain_kit *kit;
    struct retrain_net *net; /* of the kit, */
    struct trainer *trainer; /* as this */
    struct retrain_inputs *inputs;
    struct sampler *sampler;
    struct content inputs_key; /* of what the inputs depend on */
    struct content key;        /* of everything that decides what is computed */
    long first, steps;         /* of the first stage, of all */
    long every;                /* steps between two looks; 0: at the ends of stages alone */
    int outputs;
    float *gradient; /* [batch][outputs] */
    long *items;     /* [batch] */

    long step;
    struct retrain_check best; /* its `right` is NULL after a checkpoint was read */
    float *states[STATES];     /* as trainer_get_state; `now` is filled in for the checkpoint */
    int64_t ms;                /* that training took, before */
    int64_t began;             /* this run; */
    int64_t told, saved;       /* when a step was told, and the checkpoint written; */
    long kept;                 /* with which step */
    double loss;               /* of the steps since the last one told, and */
    long losses;               /* how many they are */
};

static int training_stopped(const struct training *t)
{
    return session_stop_asked(t->session);
}

/* ---- Looking --------------------------------------------------------------------------------------------
 */

/* A third of the highest rate that it has had, and no more than what helps any network. */
static double training_rate_to_try(const struct training *t)
{
    const double most = 0.1;
    double rate = schedule_highest(t->step, t->first, t->request->rate) / 3;
    return rate < most ? rate : most;
}

static int training_diverged(const struct training *t, struct error *e)
{
    const struct retrain_request *r = t->request;
    char kept[64] = "";
    t->session->diverged = true;
    if (t->step == 0)
        return error_set(e, "the training went astray before its first step: the loss or a weight is not "
                            "finite (expected other weights or images)");
    if (r->checkpoint && access(r->checkpoint, F_OK) == 0)
        snprintf(kept, sizeof kept, "; the checkpoint of step %ld is kept", t->kept);
    return error_set(e,
                     "the training went astray: at step %ld the loss or a weight is not finite (expected a "
                     "lower --rate than %g: try %.1g%s)",
                     t->step, r->rate, training_rate_to_try(t), kept);
}

/* All validation images through the network as it is. `right` is a new string, also after an error. */
static int training_look(struct training *t, enum retrain_when when, struct retrain_check *check,
                         struct error *e)
{
    *check = (struct retrain_check){
        .when = when, .step = t->step, .images = retrain_inputs_n(t->inputs, RETRAIN_VALIDATION)};
    check->right = memory_new((size_t)t->request->validation_n + 1, 1);
    memset(check->right, '-', (size_t)t->request->validation_n);
    if (!retrain_sends_int8(t->request, when))
        return retrain_look(t->session, t->request, t->inputs, t->trainer, t->items, &t->told, check, e);
    if (!trainer_is_finite(t->trainer))
        return training_diverged(t, e);
    return retrain_net_take(t->net, t->trainer, e) < 0
               ? -1
               : retrain_int8_look(t->request, t->net, t->inputs, check, e);
}

static int training_send_check(const struct training *t, const struct retrain_check *check, struct error *e)
{
    json_t *message = message_check(check);
    return message ? session_send(t->session, message, e) : training_diverged(t, e);
}

static bool is_better(const struct retrain_check *a, const struct retrain_check *b)
{
    return a->correct > b->correct || (a->correct == b->correct && a->loss < b->loss);
}

/* Looks, tells, and keeps the state if it is the best. */
static int training_check(struct training *t, enum retrain_when when, struct error *e)
{
    struct retrain_check check;
    int status = training_look(t, when, &check, e);
    if (status == 0 && !trainer_is_finite(t->trainer))
        status = training_diverged(t, e);
    if (status == 0)
        status = training_send_check(t, &check, e);
    if (status == 0 && !t->request->ends_only && is_better(&check, &t->best)) {
        free(t->best.right);
        t->best = check;
        trainer_get_state(t->trainer, t->states[STATE_BEST]);
    } else {
        free(check.right);
    }
    return status;
}

/* ---- Checkpoint -----------------------------------------------------------------------------------------
 */

static int64_t training_bits(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double training_double(int64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A full disk is told, and the training goes on: the one before is still there. */
static int training_save(struct training *t, struct error *e)
{
    struct error why;
    bool alone = t->request->ends_only; /* no network was the best so far */
    const int64_t place[CHECKPOINT_PLACES] = {
        [PLACE_STEP] = t->step,
        [PLACE_BEST_STEP] = alone ? t->step : t->best.step,
        [PLACE_BEST_CORRECT] = alone ? 0 : t->best.correct,
        [PLACE_BEST_LOSS] = training_bits(alone ? DBL_MAX : t->best.loss),
        [PLACE_MS] = t->ms + clock_ms() - t->began,
    };
    t->saved = clock_ms();
    if (!t->request->checkpoint)
        return 0;
    if (!trainer_is_finite(t->trainer)) /* nothing goes on from there */
        return training_diverged(t, e);
    if (t->request->folder)
        mkdir(t->request->folder, 0777); /* where it may be; else the file says what is wrong */
    trainer_get_state(t->trainer, t->states[STATE_NOW]);
    const float *const states[STATES] = {t->states[STATE_NOW], t->states[STATE_BEST]};
    if (checkpoint_write(t->request->checkpoint, &t->key, place, states, alone ? 1 : STATES,
                         trainer_state_floats(t->trainer), &why) == 0) {
        t->kept = t->step;
        return 0;
    }
    char *text = memory_format("%s; the training goes on without this checkpoint", why.text);
    int status = session_send(t->session, message_log(true, text), e);
    free(text);
    return status;
}

/* Whether what a checkpoint says of the place can be. */
static bool place_is_sound(const struct training *t, const int64_t *place)
{
    return place[PLACE_STEP] >= 0 && place[PLACE_BEST_STEP] >= 0 &&
           place[PLACE_BEST_STEP] <= place[PLACE_STEP] && place[PLACE_BEST_CORRECT] >= 0 &&
           place[PLACE_BEST_CORRECT] <= retrain_inputs_n(t->inputs, RETRAIN_VALIDATION) &&
           isfinite(training_double(place[PLACE_BEST_LOSS])) && place[PLACE_MS] >= 0 &&
           place[PLACE_STEP] <= schedule_steps(t->first, SCHEDULE_STAGES_MAX);
}

/* Goes on where the checkpoint is, if there is one. */
static int training_resume(struct training *t, struct error *e)
{
    int64_t place[CHECKPOINT_PLACES];
    if (!t->request->checkpoint || t->request->force)
        return 0;
    int status = checkpoint_read(t->request->checkpoint, &t->key, place, t->states, STATES,
                                 trainer_state_floats(t->trainer), e);
    if (status != 0)
        return status > 0 ? 0 : -1;
    if (!place_is_sound(t, place))
        return error_at(e, t->request->checkpoint, 0, "is damaged: it is at no step of this training");
    t->step = t->kept = place[PLACE_STEP];
    t->steps = t->step > t->steps ? t->step : t->steps; /* more stages are done than were asked for */
    free(t->best.right);
    t->best.right = NULL;
    t->best.step = place[PLACE_BEST_STEP];
    t->best.correct = place[PLACE_BEST_CORRECT];
    t->best.loss = training_double(place[PLACE_BEST_LOSS]);
    t->ms = place[PLACE_MS];
    if (trainer_put_state(t->trainer, t->states[STATE_NOW], e) < 0)
        return -1;
    char *text = memory_format("goes on at step %ld of %ld", t->step, t->steps);
    status = session_send(t->session, message_log(false, text), e);
    free(text);
    return status;
}

/* ---- Steps ----------------------------------------------------------------------------------------------
 */

static int training_tell(struct training *t, struct error *e)
{
    bool due = t->told == 0 || clock_ms() - t->told >= RETRAIN_TELL_MS || t->step == t->steps;
    if (!due || t->losses == 0)
        return 0;
    json_t *message = message_step(t->step, t->steps, t->loss / (double)t->losses);
    t->told = clock_ms();
    t->loss = 0;
    t->losses = 0;
    return message ? session_send(t->session, message, e) : training_diverged(t, e);
}

static int training_step(struct training *t, struct error *e)
{
    const struct retrain_request *r = t->request;
    int used = sampler_batch(t->sampler, t->step, t->items);
    if (retrain_inputs_fill(t->inputs, RETRAIN_TRAINING, t->items, r->batch, t->step, retrain_look_put,
                            t->trainer, e) < 0 ||
        trainer_forward(t->trainer, true, e) < 0)
        return -1;
    double loss =
        loss_of(r->loss, r->temperature, t->outputs, used, trainer_scores(t->trainer),
                retrain_inputs_labels(t->inputs), retrain_inputs_teacher(t->inputs), t->gradient, r->batch);
    if (!isfinite(loss))
        return training_diverged(t, e);
    if (trainer_step(t->trainer, t->gradient, schedule_rate(t->step, t->first, r->rate), e) < 0)
        return -1;
    t->loss += loss;
    t->losses++;
    t->step++;
    return training_tell(t, e);
}

/* Whether a stage has just ended. */
static bool is_annealed(const struct training *t)
{
    return t->step > 0 && (t->step == t->steps ||
                           schedule_stage(t->step, t->first) != schedule_stage(t->step - 1, t->first));
}

/* A minute, or as ISPLIT_CHECKPOINT_SECONDS says: 0 for each step. */
static int64_t checkpoint_ms(void)
{
    enum { DAY_SECONDS = 86400 };
    const char *given = getenv("ISPLIT_CHECKPOINT_SECONDS");
    double seconds;
    bool good = given && text_to_double(given, &seconds) && seconds >= 0 && seconds <= DAY_SECONDS;
    return good ? (int64_t)(1000 * seconds) : CHECKPOINT_MS;
}

/* What comes after a step. */
static int training_after(struct training *t, struct error *e)
{
    bool ended = is_annealed(t);
    if ((ended || (t->every > 0 && t->step % t->every == 0)) && training_check(t, RETRAIN_CHECKED, e) < 0)
        return -1;
    return ended || clock_ms() - t->saved >= checkpoint_ms() ? training_save(t, e) : 0;
}

/* A checkpoint of the end was written after the last look, which who asked may not have heard of: he was
 * killed then. */
static int training_loop(struct training *t, struct error *e)
{
    int status = t->step == t->steps ? training_check(t, RETRAIN_CHECKED, e) : 0;
    t->saved = clock_ms();
    while (status == 0 && t->step < t->steps && !training_stopped(t)) {
        status = training_step(t, e);
        if (status == 0)
            status = training_after(t, e);
    }
    /* That who asked is gone may first be seen by a message that cannot be sent. */
    struct error ignored;
    bool gone = status < 0 && !t->session->diverged && training_stopped(t);
    if (gone)
        training_save(t, &ignored);
    return status == 0 && t->step < t->steps ? training_save(t, e) : status;
}

/* ---- Beginning and end ----------------------------------------------------------------------------------
 */

/* From what the nearest cut before this one has left, where it has. */
static struct retrain_inputs *training_read_inputs(const struct training *t, struct retrain_check *before,
                                                   struct error *e)
{
    int layer = 0;
    const struct retrain_inputs *from = retrain_shelf_nearest(t->session, t->request, &layer);
    return retrain_inputs_read(t->session, t->request, retrain_kit_held(t->kit), from, layer, before, e);
}

/* The trainer is made first, to see that it fits; and once more where its numbers have changed since. */
static int training_prepare(struct training *t, struct error *e)
{
    struct retrain_check before;
    if (session_send(t->session, message_progress("preparing the training"), e) < 0)
        return -1;
    t->kit = retrain_kit_make(t->session, t->request, e);
    if (!t->kit)
        return -1;
    t->net = retrain_kit_net(t->kit);
    t->inputs = retrain_shelf_take(t->session, &t->inputs_key);
    if (t->inputs)
        retrain_inputs_take_over(t->inputs, t->request, &before);
    else
        t->inputs = training_read_inputs(t, &before, e);
    if (!t->inputs)
        return -1;
    int status = training_send_check(t, &before, e);
    free(before.right);
    if (status == 0 && t->request->norm == RETRAIN_RETAKE) {
        retrain_kit_drop_trainer(t->kit);
        status = retrain_norm_retake(t->session, t->request, t->net, t->inputs, e);
        if (status == 0)
            status = retrain_kit_make_trainer(t->kit, t->session, t->request, e);
    }
    t->trainer = retrain_kit_trainer(t->kit);
    return status;
}

/* How many steps, and where between them the validation images are looked at. */
static int training_plan(struct training *t, struct error *e)
{
    const struct retrain_request *r = t->request;
    long epoch = sampler_epoch_steps(retrain_inputs_n(t->inputs, RETRAIN_TRAINING), r->batch);
    t->first = r->epochs > 0 ? r->epochs * epoch : r->steps;
    if (t->first > SCHEDULE_STEPS_MAX)
        return error_set(e, "%ld epochs are %ld steps (expected at most %ld)", r->epochs, t->first,
                         SCHEDULE_STEPS_MAX);
    t->steps = schedule_steps(t->first, r->stages);
    t->every = r->epochs > 0 ? epoch * ((r->epochs + CHECKS_MOST - 1) / CHECKS_MOST) : 0;
    return 0;
}

static int training_make_room(struct training *t, struct error *e)
{
    const struct retrain_request *r = t->request;
    size_t floats = trainer_state_floats(t->trainer);
    t->outputs = trainer_outputs(t->trainer);
    t->gradient = memory_new_try(memory_product((size_t)r->batch, (size_t)t->outputs), sizeof *t->gradient);
    t->items = memory_new_try((size_t)r->batch, sizeof *t->items);
    t->sampler = sampler_new(retrain_inputs_n(t->inputs, RETRAIN_TRAINING), r->batch, (uint64_t)r->seed);
    for (int i = 0; i < STATES; i++)
        t->states[i] = memory_new_try(floats, sizeof **t->states);
    return t->gradient && t->items && t->sampler && t->states[STATE_NOW] && t->states[STATE_BEST]
               ? 0
               : error_set(e, "no memory for what is kept of the best network");
}

/* The best is what is looked at last, with the code sent as int8 where it is meant for that, and written. A
 * look of before that would come to the same is as good. */
static int training_end_with_best(struct training *t, struct error *e)
{
    struct retrain_check best = t->best;
    const struct retrain_request *r = t->request;
    bool looked = best.right && retrain_sends_int8(r, RETRAIN_BEST) == retrain_sends_int8(r, RETRAIN_CHECKED);
    long done = t->step;
    int status = looked && !r->folder ? 0 : trainer_put_state(t->trainer, t->states[STATE_BEST], e);
    if (status < 0)
        return -1;
    t->step = t->best.step;
    best.when = RETRAIN_BEST;
    if (!looked)
        status = training_look(t, RETRAIN_BEST, &best, e);
    if (status == 0 && r->folder)
        status = retrain_net_take(t->net, t->trainer, e);
    if (status == 0)
        status = training_send_check(t, &best, e);
    if (!looked)
        free(best.right);
    t->step = done;
    return status == 0 && r->folder ? retrain_net_write(t->net, r->folder, e) : status;
}

static int training_end(struct training *t, struct error *e)
{
    if (!t->request->ends_only && training_end_with_best(t, e) < 0)
        return -1;
    double seconds = (double)(t->ms + clock_ms() - t->began) / 1000;
    return session_send(
        t->session,
        message_retrained(t->step, t->steps, seconds, retrain_inputs_n(t->inputs, RETRAIN_TRAINING)), e);
}

static void training_free(struct training *t)
{
    sampler_free(t->sampler);
    retrain_shelf_put(t->session, &t->inputs_key, t->inputs, t->request->memory);
    retrain_kit_put(t->session, t->request, t->kit);
    free(t->best.right);
    free(t->gradient);
    free(t->items);
    for (int i = 0; i < STATES; i++)
        free(t->states[i]);
}

/* A checkpoint of something else is seen first of all. */
static int training_look_at_checkpoint(const struct training *t, bool *resumes, struct error *e)
{
    const struct retrain_request *r = t->request;
    int status = r->checkpoint && !r->force ? checkpoint_look(r->checkpoint, &t->key, e) : 1;
    *resumes = status == 0;
    return status < 0 ? -1 : 0;
}

int retrain_run(struct session *s, const struct retrain_request *request, struct error *e)
{
    struct training t = {.session = s,
                         .request = request,
                         .inputs_key = retrain_shelf_key(s, request),
                         .key = retrain_key(s, request)};
    bool resumes;
    if (training_look_at_checkpoint(&t, &resumes, e) < 0 ||
        (request->folder && retrain_net_check_folder(s, request->folder, request->force || resumes, e) < 0))
        return -1;
    int status = training_prepare(&t, e);
    if (status == 0)
        status = training_plan(&t, e);
    if (status == 0)
        status = training_make_room(&t, e);
    t.began = clock_ms();
    t.best.loss = DBL_MAX; /* of none so far */
    if (status == 0 && !request->ends_only)
        status = training_check(&t, RETRAIN_UNTRAINED, e);
    if (status == 0)
        status = training_resume(&t, e);
    if (status == 0)
        status = training_loop(&t, e);
    if (status == 0)
        status = training_end(&t, e);
    training_free(&t);
    return status;
}
