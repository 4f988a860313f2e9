/* Which of several prepared cuts the next image takes, while a run shows what the link is like now
 * (Neurosurgeon, Kang et al., ASPLOS 2017; dynamic split computing, Bakhtiarnia et al., arXiv 2205.11269:
 * with the halves ready on both sides only the place of the cut has to follow the link).
 *
 * The link is measured by the images themselves. By the model of link.h, with frame and answer of w and a
 * bytes on the wire,
 *
 *     wire = rtt / 2 + 8 w / b,      answer = rtt / 2 + 8 a / b
 *
 * so each image gives b = 8 (w - a) / (wire - answer) and rtt = 2 (answer - 8 a / b). Where wire - answer is
 * less than STEER_NOISE_MS or 5 % of both, it says only that b is at least 8 (w - a) by that much: b stays as
 * it was, or rises to that. The medians of the last STEER_WINDOW images count. A cut takes the time of its
 * head, of the exchange over this link, and of its tail: as the plan says, until it has run images of its
 * own; then the medians of the last of these.
 *
 * Hysteresis: the cut moves when the best other one has been quicker by more than STEER_MARGIN of the present
 * one's time after STEER_PATIENCE images in a row. */
#ifndef ISPLIT_DEPLOY_STEER_H
#define ISPLIT_DEPLOY_STEER_H

#include "deploy/link.h"

enum { STEER_WINDOW = 3, STEER_PATIENCE = 2 };
#define STEER_MARGIN 0.1
#define STEER_NOISE_MS 0.1

struct steer;

/* `shape` gives packets and headers, and, where it has a bandwidth, the link to begin with. Without one the
 * run begins with the cut that sends least. */
struct steer *steer_new(int cuts_n, const struct link *shape);
void steer_free(struct steer *s);

/* What the plan says of a cut, before any image. */
void steer_expect(struct steer *s, int cut, double head_ms, double tail_ms, int64_t bytes, int64_t answer);

/* What an image showed: head and tail include encoding and decoding the tensor. */
void steer_learn(struct steer *s, int cut, double head_ms, double tail_ms, int64_t bytes, int64_t answer,
                 double wire_ms, double answer_ms);

/* The cut of the next image. To be called once an image, after steer_learn. */
int steer_choose(struct steer *s);

/* Milliseconds that a cut takes by what is known now; NaN while the link is not. */
double steer_ms(const struct steer *s, int cut);

/* The link as it is held to be; its bandwidth is 0 while it is not known. */
struct link steer_link(const struct steer *s);

/* How often the cut was moved. */
long steer_moves(const struct steer *s);

#endif
