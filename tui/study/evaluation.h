/* The evaluation of many split points by retraining: a race (race/race.h) over the cuts of one network, with
 * the results that are known so far, which a folder keeps. */
#ifndef ISPLIT_STUDY_EVALUATION_H
#define ISPLIT_STUDY_EVALUATION_H

#include "data/content.h"
#include "race/race.h"
#include "train/retrain_request.h"

struct evaluation;

/* Of these cuts, after layers[race->cuts]; the rules have `cuts` and `images` too. Results are kept in the
 * folder, results.csv, and checkpoints. Reads all that it holds, those of other shards too; those that this
 * race does not ask for, of other layers, further starts or stages, stay there. `anew`: passes over all. A
 * folder that does not exist is empty. `shard`: its number, from 1, and of how many: a race of its own, to
 * whose cuts race->allowed is restricted; {0, 0}: of all cuts. `key` is of everything that decides what a
 * training computes. Everything is copied. NULL on error: another process works there, in the same share or
 * in all (the folder is locked until evaluation_free), or a file is damaged, or of another evaluation, with
 * another key. */
struct evaluation *evaluation_open(const struct race_rules *race, const int *layers, const char *folder,
                                   bool anew, const long shard[2], const struct content *key,
                                   struct error *e);
void evaluation_free(struct evaluation *v);

/* Sets the piece of work to what the race trains next; false: it is over. evaluation_choose: to the first
 * start of a cut. */
bool evaluation_next(struct evaluation *v);
void evaluation_choose(struct evaluation *v, int cut, int stage);

/* The piece of work: which start of which cut goes to the end of which stage. Returns its steps. */
long evaluation_work(const struct evaluation *v, int *cut, int *start, int *stage);

/* Puts it into a request whose other members stay as they are: layer, stages, seed (the first start's is
 * `seed`), the checkpoint from which that start goes on, and whether its beginning need not be looked at. */
void evaluation_ask(const struct evaluation *v, int64_t seed, struct retrain_request *request);

/* What came of it, the checks [RETRAIN_WHENS] of an answer whose last training ended with the work's stage.
 * It is kept before this returns; -1: it could not be written, and is known all the same, or the worker has
 * not looked at what it trained. */
int evaluation_add(struct evaluation *v, const struct retrain_check *checks, double seconds, struct error *e);

/* That training came to nothing, for the reason `why`: kept as above, and not tried again. */
int evaluation_fail(struct evaluation *v, const char *why, double seconds, struct error *e);
/* [cuts] why the first start failed that did; NULL: none of them has. Borrowed. */
const char *const *evaluation_failures(const struct evaluation *v);

/* The race, for race_verdict and race_ending. */
struct race *evaluation_race(struct evaluation *v);

/* The seconds that all results took that are known. */
double evaluation_seconds(const struct evaluation *v);

/* How many trainings (of a start to the end of a stage) there are, and their steps: those that are known, and
 * those that there can be at most, since only cuts that race by cuts[] (of race_verdict; NULL: all that take
 * part) go on. */
void evaluation_extent(const struct evaluation *v, const struct race_cut *cuts, long known[2], long most[2]);

/* Images of validation that the whole network has right without a bottleneck, and, [cuts], that it has right
 * with the first bottleneck at each cut, untrained. -1: not known yet. */
long evaluation_before(const struct evaluation *v);
const long *evaluation_untrained(const struct evaluation *v);

#endif
