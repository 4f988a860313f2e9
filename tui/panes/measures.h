/* How a measured accuracy is shown, in the plot, the table and the words alike. */
#ifndef ISPLIT_PANES_MEASURES_H
#define ISPLIT_PANES_MEASURES_H

#include "app/model.h"

/* The sign of the leader, of one in the set, or of any other. */
enum glyph measures_glyph(const struct measured_cut *cut);
enum role measures_role(const struct measured_cut *cut);

/* "93.1", and "90.2..95.0"; "" where it is not known. */
enum { MEASURES_TEXT = 24 };
void measures_accuracy(const struct measured_cut *cut, char out[MEASURES_TEXT]);
void measures_interval(const struct measured_cut *cut, char out[MEASURES_TEXT]);

#endif
