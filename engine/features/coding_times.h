/* How long it takes to make a frame's payload of a tensor, and a tensor of that again: medians over a few
 * real tensors, in ms of the processor's time of one thread, which other work on the machine hardly changes.
 */
#ifndef ISPLIT_FEATURES_CODING_TIMES_H
#define ISPLIT_FEATURES_CODING_TIMES_H

enum { CODING_TIMES_MOST = 9 };

/* Of the first tensors; zeroed: of none. */
struct coding_times {
    int n;
    double encode_ms[CODING_TIMES_MOST], decode_ms[CODING_TIMES_MOST];
};

/* Processor time of the calling thread, ms. */
double coding_times_now(void);

/* The next tensor's; nothing where there are enough. */
void coding_times_add(struct coding_times *t, double encode_ms, double decode_ms);

/* The medians (of an even number the lower one of the middle two); 0 where there are none. */
void coding_times_medians(const struct coding_times *t, float *encode_ms, float *decode_ms);

#endif
