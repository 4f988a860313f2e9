/* What one image sends at every cut, and what the network answers then: the unit that is measured, kept and
 * summed up. The numbers are words of 32 bits, as they cross the pipe and are kept. */
#ifndef ISPLIT_FEATURES_SENT_ROW_H
#define ISPLIT_FEATURES_SENT_ROW_H

#include <stdint.h>

#include "data/content.h"
#include "features/encode.h"
#include "features/measured_features.h"

struct sent_row {
    long image;
    struct content content;
    int own;                            /* the class that the whole network predicts */
    struct sent_answer {                /* with what arrives in a dtype: */
        int32_t predicted;              /* the class, and */
        uint32_t clipped;               /* how many numbers were beyond the type's range */
    } * answers[DTYPES];                /* [cuts] each; NULL: not measured, as f32 never is */
    struct sent_size {                  /* by a coder; 0: not measured */
        uint32_t bytes;                 /* of the payload, */
        uint32_t drawn[FEATURES_DRAWS]; /* and with the range of each draw of the calibration images */
    } * sizes[CODERS][DTYPES];          /* likewise */
};
void sent_row_free(struct sent_row *row); /* what it holds */

/* Words of one cut. */
enum {
    SENT_ANSWER_WORDS = sizeof(struct sent_answer) / sizeof(uint32_t),
    SENT_SIZE_WORDS = sizeof(struct sent_size) / sizeof(uint32_t),
};

/* Which parts of a row are wanted, a bit each: the answers in a dtype (of f32, which are those of the whole
 * network: its row alone), and the sizes by a coder. */
uint32_t sent_need_answer(enum dtype type);
uint32_t sent_need_size(enum coder coder, enum dtype type);
uint32_t sent_needs_all(const struct features_request *r);

/* Arrays for all that is needed, zeroed; and without those of sizes where none was measured. */
void sent_row_make(struct sent_row *row, uint32_t needs, int cuts);
void sent_row_trim(struct sent_row *row, int cuts);

struct sent_ranges {
    long calibrated;     /* images that gave them */
    int draws;           /* as in measured_features */
    struct sent_scales { /* the range of all of them at a cut, and that of each draw, in one dtype */
        struct encode_affine whole, drawn[FEATURES_DRAWS];
    } * scales[DTYPES]; /* [cuts] each; NULL: of no integer, or not asked for */
};
enum { SENT_SCALES_WORDS = sizeof(struct sent_scales) / sizeof(uint32_t) };
void sent_ranges_free(struct sent_ranges *ranges); /* what it holds */

/* What is still missing of an image's row, that of the `nth` image that can be used, from 0 on: all where row
 * is NULL. numbers[layers_n] of each cut. */
uint32_t sent_row_lacks(const struct sent_row *row, const struct features_request *r, const size_t *numbers,
                        int draws, long nth);

#endif
