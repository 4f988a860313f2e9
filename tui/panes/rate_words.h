/* The words of view 0, the signs of its points, and what the plan recommends as a point. */
#ifndef ISPLIT_PANES_RATE_WORDS_H
#define ISPLIT_PANES_RATE_WORDS_H

#include "app/model.h"
#include "features/rate_curves.h"

/* One character: of a cut the bits of a number (f: f32, h: f16), of the pictures j for JPEG and s for their
 * files. */
const char *rate_words_sign(const struct rate_curve *curve, const struct rate_mark *mark);

/* The cut under the cursor, as it is sent in the dtype of the settings, and how its curve lies to JPEG's;
 * `here` NULL: not measured. What does not fit into `width` columns is left out. New string. */
char *rate_words_here(const struct app *a, const struct rate_curves *curves, const struct rate_curve *here,
                      int width);

/* Every point of the cut, and, where there is room, of the pictures. */
enum { RATE_TABLE_COLUMNS = 40 };
void rate_words_table(const struct app *a, struct canvas *c, struct area area,
                      const struct rate_curves *curves, const struct rate_curve *here);

/* What the plan recommends; false: nothing that was measured. */
bool rate_words_chosen(const struct app *a, const struct rate_curves *curves, struct tradeoff *chosen);

#endif
