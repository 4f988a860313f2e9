/* The evaluation on the screen: what isplit evaluate has measured in a folder, or measures there now. */
#ifndef ISPLIT_APP_EVALUATING_H
#define ISPLIT_APP_EVALUATING_H

#include <stdbool.h>

#include "csv/provenance.h"
#include "report/measured.h"

struct app;
struct evaluating;

/* Begins for the study on the screen, with the folder that the options name; what is wrong with it is
 * reported, and nothing of it is shown. */
void evaluating_open(struct app *a);
void evaluating_free(struct evaluating *v);

/* Reads the folder again where its sheet has changed. For the loop, which waits at most so long (-1:
 * forever). */
void evaluating_step(struct app *a);
int evaluating_timeout(const struct app *a);

/* Shows what was measured here, in the place of the folder's; becomes owned, as does how it was made: what is
 * evaluated, and on what, but not whether it is over, which evaluating_end says. */
void evaluating_show(struct app *a, struct measured *measured, struct provenance *made);
void evaluating_end(struct app *a, bool complete);

/* How what is shown was made. For provenance_free. */
struct provenance *evaluating_describe(const struct app *a);

/* What is known; NULL: nothing. */
const struct measured *evaluating_measured(const struct app *a);

/* Where that comes from: its folder, or "the screen". */
const char *evaluating_source(const struct app *a);

/* Of a position in the list of layers: NULL where no accuracy is known. */
const struct measured_cut *evaluating_cut(const struct app *a, int position);

/* The position of the cut that leads; -1: none, or it is not listed. */
int evaluating_leader(const struct app *a);

#endif
