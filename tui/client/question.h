/* The options that define a row (engine/README.md: score, reduce, tap, fit, mean, ..., layers, precision), as
 * one canonical text: equal texts, equal definitions. JSON with sorted keys: the run message without its
 * images and without what only chooses a tuning, and what computes a row beside the tuning: the revision of our
 * own arithmetic, the texts of Darknet and stb_image. */
#ifndef ISPLIT_CLIENT_QUESTION_H
#define ISPLIT_CLIENT_QUESTION_H

#include "link/message_hello.h"
#include "link/message_result.h"
#include "model/run_options.h"

/* Bumped whenever a row can change for equal inputs: then older rows answer no more. */
enum { QUESTION_ROWS = 1 };

/* Both new strings. `versions`: of the worker that measures. question_asked: what chooses the tuning (batch,
 * threads, exact, precision, memory, tuning file), with the worker's ISA and oneDNN version. */
char *question_of_run(const struct run_options *run, const struct message_versions *versions);
char *question_asked(const struct run_options *run, const struct message_versions *versions);

/* Who measured by which tuning: the versions, and the tuning's batch and threads. New string. Back: what cannot
 * be read stays empty or 0. */
char *question_versions(const struct message_versions *versions, const struct message_tuning *tuning);
void question_versions_read(const char *text, struct message_versions *versions, struct message_tuning *tuning);

/* Back: fills everything but images, batch, threads, exact, memory and tuning file; without a word of precision
 * it is f32. The layers read are new: run_options_free. */
int question_read(const char *question, struct run_options *run, struct error *e);
/* The same with batch, threads, exact, memory and tuning file of a text by question_asked; "" leaves them out.
 */
int question_read_asked(const char *question, const char *asked, struct run_options *run, struct error *e);

#endif
