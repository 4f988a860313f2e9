/* The learning rate of each step of a training that consists of stages: stage s has first * 2^s steps and is
 * one complete cycle ("one cycle": Smith, Topin: Super-convergence, 2017), so that at its end the network is
 * annealed, and networks that have done as many stages can be compared. The peak halves from one stage to the
 * next. */
#ifndef ISPLIT_TRAIN_SCHEDULE_H
#define ISPLIT_TRAIN_SCHEDULE_H

/* The rate of step `step` (from 0) of one cycle of `steps` (> 0): up from peak / 25 over the first 30 %, then
 * down to peak / 250000, both along half a cosine. As PyTorch's OneCycleLR with its defaults computes it. */
double schedule_cycle(long step, long steps, double peak);

/* The steps of the first `stages` stages together. At most SCHEDULE_STAGES_MAX stages, and
 * SCHEDULE_STEPS_MAX steps in the first. */
enum { SCHEDULE_STAGES_MAX = 20 };
#define SCHEDULE_STEPS_MAX 1000000000L
long schedule_steps(long first, int stages);

/* The stage that a step belongs to. */
int schedule_stage(long step, long first);

/* The rate of any step, counted through all stages; and the highest of the first `done` (> 0) steps. */
double schedule_rate(long step, long first, double peak);
double schedule_highest(long done, long first, double peak);

#endif
