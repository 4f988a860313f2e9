/* The whole network without a bottleneck, as a training needs it: it makes of an image what goes into the
 * network that is trained, its pixels or the tensor at the cut, and the scores that a loss compares with. */
#ifndef ISPLIT_WORKER_RETRAIN_WHOLE_H
#define ISPLIT_WORKER_RETRAIN_WHOLE_H

#include "base/error.h"
#include "train/retrain_request.h"
#include "worker/session_state.h"

struct retrain_whole;

/* Numbers that go into the trained network, of one image; those of the whole network's scores, of one image;
 * and how many of these stand behind the former, all of them where the loss needs them, else 0. */
size_t retrain_whole_floats(const struct net *net, const struct retrain_request *r);
size_t retrain_whole_scores_n(const struct net *net);
size_t retrain_whole_outputs(const struct net *net, const struct retrain_request *r);

/* From the shelf where it is there (worker/retrain_shelf.h), else compiled; `held`: bytes that the trainer
 * holds. Only the session must outlive it. NULL on error. */
struct retrain_whole *retrain_whole_new(struct session *s, const struct retrain_request *r, size_t held,
                                        struct error *e);
void retrain_whole_free(struct retrain_whole *w); /* NULL is allowed */
/* The same where another training may need its graph: that goes to the shelf. */
void retrain_whole_put_away(struct retrain_whole *w, const struct retrain_request *r);

struct graph *retrain_whole_graph(const struct retrain_whole *w);

/* Where an image's pixels are to be written, [c][h][w]; and that they go into a slot of the graph. */
float *retrain_whole_image(const struct retrain_whole *w);
void retrain_whole_put(const struct retrain_whole *w, int slot);

/* What a slot's image has made, numbers and scores: complete after graph_forward and retrain_whole_finish;
 * pixels without scores are complete at once. */
void retrain_whole_finish(const struct retrain_whole *w, int slot);
float *retrain_whole_item(const struct retrain_whole *w, int slot);

/* The scores of a slot as a loss takes them, after graph_forward. */
const float *retrain_whole_scores(const struct retrain_whole *w, int slot);

#endif
