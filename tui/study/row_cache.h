/* What need not be measured: rows that the store has from earlier runs. Stands between whoever wants a curve
 * (a study on the screen, a batch command) and the worker, and never blocks: row_cache_next says what is to
 * be done next until only the images are left that have to be measured. Without a store that is all of them,
 * at once.
 *
 *     look for rows under the tuning that was used last                        (ROW_CACHE_MORE: call again)
 *     ask the worker for contents not known yet, in portions as long as that  ROW_CACHE_CONTENTS,
 * row_cache_content finds some; not where the store has no row that could be meant as soon as a row is
 * missing, ask the worker for its tuning: a run without ROW_CACHE_TUNING, row_cache_tuned images; where it is
 * another tuning, look again for rows of that one measure the rest ROW_CACHE_RUN
 *
 * Rows go into the curve as if the worker had sent them; what it sends is kept through row_cache_keep. */
#ifndef ISPLIT_STUDY_ROW_CACHE_H
#define ISPLIT_STUDY_ROW_CACHE_H

#include "study/connection.h"
#include "study/inputs.h"
#include "cli/options.h"
#include "store/store.h"

struct row_cache;

/* What is found out on the way; `text` says it, or why. */
enum row_cache_event {
    ROW_CACHE_SKIPPED,   /* the image is known to be undecodable */
    ROW_CACHE_NONFINITE, /* the image's numbers overflow in the layer; no text */
    ROW_CACHE_TROUBLE,   /* the store is in trouble; measuring continues without it */
    ROW_CACHE_RENEWED,   /* its file was deleted, and made anew */
    ROW_CACHE_WRONG,     /* a row cannot be one, told once; it is measured again */
};
typedef void row_cache_listen(void *data, enum row_cache_event event, long image, int layer,
                              const char *text);

/* The images wanted, in order, with the run's options and layers (borrowed, like store, engine and curve, for
 * the row cache's life; the connection has its network and its listing). store NULL: nothing is cached or
 * kept. listen NULL: nobody listens. */
struct row_cache *row_cache_new(struct store *store, const struct connection *connection,
                                const struct inputs *inputs, const struct run_options *run, const long *order,
                                long order_n, struct curve *curve, row_cache_listen *listen, void *data);
void row_cache_free(struct row_cache *r);

enum row_cache_need { ROW_CACHE_MORE, ROW_CACHE_TUNING, ROW_CACHE_CONTENTS, ROW_CACHE_RUN };

/* Works for at most about `ms`. */
enum row_cache_need row_cache_next(struct row_cache *r, int ms);

/* Not called again for a while (a pause): no lock is held. */
void row_cache_rest(struct row_cache *r);

/* The answer to ROW_CACHE_TUNING, before row_cache_next is called again; also right when a run tells its
 * tuning again (a worker that was restarted): -1 with why where the tuning is another one than the rows were
 * measured with.
 */
int row_cache_tuned(struct row_cache *r, const struct message_tuning *tuning, struct error *e);

/* At ROW_CACHE_TUNING and ROW_CACHE_CONTENTS: what was found under the tuning that was used last. It does not
 * count yet, because the worker may have another tuning now; but whoever needs no more rows than these
 * (--until-stable) need not ask: row_cache_accept takes them over, and ROW_CACHE_RUN is next. NULL: the
 * tuning is certain, or nothing was found. row_cache_trial_lost: the i-th image of those that are lost, and
 * why; EXCLUDED_NOT behind the last. */
const struct curve *row_cache_trial(const struct row_cache *r);
enum exclusion row_cache_trial_lost(const struct row_cache *r, long i, long *image);
void row_cache_accept(struct row_cache *r);

/* For ROW_CACHE_CONTENTS, which is said once for a portion: the images to ask for (owned by r), and each
 * answer.
 */
const long *row_cache_unknown(const struct row_cache *r, long *n);
void row_cache_content(struct row_cache *r, long image, const struct content *content);

/* Keeps what the worker told of an image; content->known false: passed over. r NULL: nothing is kept. */
void row_cache_keep(struct row_cache *r, long image,
                    const struct content *content); /* its row is in the curve */
void row_cache_keep_skipped(struct row_cache *r, long image, const struct content *content,
                            const char *reason);
void row_cache_keep_nonfinite(struct row_cache *r, long image, const struct content *content, int layer);

/* Images that were answered from the store, and the tuning of their rows (hash empty: not known). */
long row_cache_found(const struct row_cache *r);
const struct message_tuning *row_cache_tuning(const struct row_cache *r);
/* How far the looking is, 0 to 1: for a progress bar. */
double row_cache_progress(const struct row_cache *r);

#endif
