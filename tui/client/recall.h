/* What need not be measured: rows that the store has from earlier runs. Stands between whoever wants a curve
 * (a study on the screen, a batch command) and the worker, and never blocks: recall_next says what is to be
 * done next until only the images are left that have to be measured. Without a store that is all of them, at
 * once.
 *
 *     look for rows under the tuning that was used last                        (RECALL_MORE: call again)
 *     ask the worker for contents not known yet, in portions as long as that  RECALL_CONTENTS, recall_content
 *     finds some; not where the store has no row that could be meant
 *     as soon as a row is missing, ask the worker for its tuning: a run without RECALL_TUNING, recall_tuned
 *     images; where it is another tuning, look anew for rows of that one
 *     measure the rest                                                        RECALL_RUN
 *
 * Rows go into the curve as if the worker had sent them; what it sends is kept through recall_keep. */
#ifndef ISPLIT_CLIENT_RECALL_H
#define ISPLIT_CLIENT_RECALL_H

#include "client/connection.h"
#include "client/inputs.h"
#include "cli/options.h"
#include "store/store.h"

struct recall;

/* Everything but the store may be NULL. */
struct recall_listener {
    void *data;
    void (*skipped)(void *data, long image, const char *reason); /* known to be undecodable */
    void (*nonfinite)(void *data, long image, int layer);
    void (*trouble)(void *data, const char *text); /* the store is in trouble; measuring goes on without it */
    void (*wrong)(void *data, const char *text);   /* a row cannot be one, told once; it is measured again */
};

/* The images wanted, in order, with the run's options and layers (borrowed, like store, engine and curve, for
 * recall's life; the engine has its network and its listing). store NULL: nothing is recalled or kept. */
struct recall *recall_new(struct store *store, const struct connection *connection, const struct inputs *inputs,
                          const struct run_options *run, const long *order, long order_n, struct curve *curve,
                          const struct recall_listener *listener);
void recall_free(struct recall *r);

enum recall_need { RECALL_MORE, RECALL_TUNING, RECALL_CONTENTS, RECALL_RUN };

/* Works for at most about `ms`. */
enum recall_need recall_next(struct recall *r, int ms);

/* The answer to RECALL_TUNING, before recall_next is called again; also right when a run tells its tuning again
 * (a worker that was restarted): -1 with why where the tuning is another one than the rows were measured with.
 */
int recall_tuned(struct recall *r, const struct message_tuning *tuning, struct error *e);

/* At RECALL_TUNING and RECALL_CONTENTS: what was found under the tuning that was used last. It does not count
 * yet, because the worker may have another tuning now; but whoever needs no more rows than these
 * (--until-stable) need not ask: recall_accept takes them over, and RECALL_RUN is next. rows NULL: the tuning
 * is certain, or nothing was found. */
struct recall_loss {
    long image;
    struct store_row row; /* SKIPPED or NONFINITE */
};
struct recall_trial {
    const struct curve *rows;
    const struct recall_loss *excluded;
    long excluded_n;
};
struct recall_trial recall_trial(const struct recall *r);
void recall_accept(struct recall *r);

/* For RECALL_CONTENTS, which is said once for a portion: the images to ask for (owned by r), and each answer.
 */
const long *recall_unknown(const struct recall *r, long *n);
void recall_content(struct recall *r, long image, const struct content *content);

/* Keeps what the worker told of an image; content->known false: passed over. */
void recall_keep(struct recall *r, long image, const struct content *content); /* its row is in the curve */
void recall_keep_skipped(struct recall *r, long image, const struct content *content, const char *reason);
void recall_keep_nonfinite(struct recall *r, long image, const struct content *content, int layer);

/* Images that were answered from the store, and the tuning of their rows (hash empty: not known). */
long recall_found(const struct recall *r);
const struct message_tuning *recall_tuning(const struct recall *r);
/* How far the looking is, 0 to 1: for a progress bar. */
double recall_progress(const struct recall *r);

#endif
