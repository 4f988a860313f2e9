/* Images through both halves of a network: the head as a process here, the tail as one at the end of a link;
 * or through those of several cuts, all of which stand ready while each image takes one of them.
 * The head works on the next images while others travel, or, one at a time, waits for the answer. A
 * connection that is lost is made again, and what was not answered is sent again: each image is answered
 * once. */
#ifndef ISPLIT_STUDY_EXCHANGE_H
#define ISPLIT_STUDY_EXCHANGE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "half/sheet.h"

/* An image's way, from its file to its answer; one begins where the one before ends. */
#define EXCHANGE_STAGES_LIST(ROW)                                                                            \
    ROW(STAGE_DECODE, "decode", "reading, decoding and fitting the image")                                   \
    ROW(STAGE_HEAD, "head", "the head")                                                                      \
    ROW(STAGE_ENCODE, "encode", "encoding the tensor")                                                       \
    ROW(STAGE_WIRE, "wire", "until the frame is there, waiting for a busy tail included")                    \
    ROW(STAGE_RESTORE, "tail_decode", "decoding the tensor")                                                 \
    ROW(STAGE_TAIL, "tail", "the tail")                                                                      \
    ROW(STAGE_ANSWER, "answer", "until the answer is here")
#define EXCHANGE_ENUM(stage, word, meaning) stage,
enum exchange_stage { EXCHANGE_STAGES_LIST(EXCHANGE_ENUM) EXCHANGE_STAGES };
extern const char *const exchange_stage_words[]; /* by enum exchange_stage */

enum { EXCHANGE_UNKNOWN = -2 }; /* for a class: not known */
struct exchange_image {
    const char *path, *file; /* what it is called, and the file that a head opens; borrowed */
    int cut;                 /* which of them it took, or was to take */
    bool answered;
    char *reason;  /* why there is no answer; NULL: none was tried, or there is one */
    int top;       /* the class predicted; -1: a score was not finite; or EXCHANGE_UNKNOWN */
    int whole;     /* that of the whole network, likewise */
    int64_t bytes; /* of its frame */
    int sent;      /* how often it was */
    double ms[EXCHANGE_STAGES];
};

/* The halves of one cut, and what runs them. */
struct exchange_cut {
    const char *folder; /* borrowed */
    struct half_sheet sheet;
    char *command;       /* starts the tail */
    char *program;       /* runs the head: isplit-half, or isplit-engine where there is a runtime; NULL: not
                            looked for yet */
    const char *runtime; /* of isplit-engine; NULL: it is isplit-half */
    bool pipelined;      /* never one of several, of which only one image at a time is under way */
    double timeout_s;
    long retries; /* in a row */
};

/* What is told while it runs; may be NULL. The last two are for who runs the whole network afterwards. */
struct exchange_listener {
    void *data;
    void (*lost)(void *data, const char *why);
    void (*skipped)(void *data, const struct exchange_image *image);
    void (*tick)(void *data, long settled);
    /* Where there are several cuts: that of the next image, after `last` was settled; NULL: it is the first.
     */
    int (*choose)(void *data, const struct exchange_image *last);
    void (*whole)(void *data);                    /* it begins, for agreement */
    void (*unknown)(void *data, const char *why); /* agreement is not known */
};

struct exchange_result {
    long answered, skipped, losses, resent, head_losses;
    int64_t first;  /* begin of the first image that has an answer, ns of clock_ns; 0: none has */
    double seconds; /* from there to the last answer */
    double rtt_ms;  /* the shortest round trip of a small message when the connection was made */
    long outputs;   /* scores of an answer */
};

enum exchange_end { EXCHANGE_DONE, EXCHANGE_REFUSED, EXCHANGE_LOST, EXCHANGE_INTERRUPTED };

/* Fills images[n], by the halves of cuts[cuts_n]. REFUSED: a half is missing or not the one it should be, in
 * e; LOST: no more tries, in e. What was answered before stays. Both sides have ended when it returns. */
enum exchange_end exchange_run(const struct exchange_cut *cuts, int cuts_n, struct exchange_image *images,
                               long n, const struct exchange_listener *listener,
                               const volatile sig_atomic_t *signals, struct exchange_result *result,
                               struct error *e);

/* Has the whole network, which is head and tail here without a frame between them, predict the images that
 * were answered by cut number `number`; `cut` has the program that runs both. */
enum exchange_end exchange_whole(const struct exchange_cut *cut, int number, struct exchange_image *images,
                                 long n, const struct exchange_listener *listener,
                                 const volatile sig_atomic_t *signals, struct error *e);

void exchange_images_free(struct exchange_image *images, long n);

#endif
