/* The options that define a row (engine/README.md: score, reduce, tap, fit, mean, ..., layers, precision), as
 * one canonical text: equal texts, equal definitions. JSON with sorted keys: the run message without its
 * images and without what only chooses a tuning, and what computes a row beside the tuning: the revision of
 * our own arithmetic, the texts of Darknet and stb_image. */
#ifndef ISPLIT_STORE_ROW_KEY_H
#define ISPLIT_STORE_ROW_KEY_H

#include "curve/run_options.h"
#include "data/content.h"
#include "net/table.h"
#include "wire/message_hello.h"
#include "wire/message_result.h"

/* Bumped whenever a row can change for equal inputs: then older rows answer no more. ROW_KEY_HALVES: in place
 * of the first one where the run computes in bf16. */
enum { ROW_KEY_REVISION = 1, ROW_KEY_HALVES = 2, ROW_KEY_FEATURES = 1, ROW_KEY_PICTURES = 1 };

/* Both new strings. `versions`: of the worker that measures. tuning_key_of_run: what chooses the tuning
 * (batch, threads, exact, precision, memory, tuning file), with the worker's ISA and oneDNN version. */
char *row_key_of_run(const struct run_options *run, const struct message_versions *versions);
/* The same of what isplit features measures with these pixels at the cuts after these layers: with ranges of
 * those calibration images (a hash of their contents), NULL: of the pictures themselves. */
char *row_key_of_features(const struct run_options *run, const struct message_versions *versions,
                          const struct content *calibration);
char *tuning_key_of_run(const struct run_options *run, const struct message_versions *versions);

/* Who measured by which tuning: the versions, and the tuning's batch and threads. New string. Back: what
 * cannot be read stays empty or 0. */
char *row_key_versions(const struct message_versions *versions, const struct message_tuning *tuning);
void row_key_versions_read(const char *text, struct message_versions *versions,
                           struct message_tuning *tuning);

/* All that the texts of a stored run key say: the definition of its rows, and its network's layers, among
 * which are those that it lists. *run is for run_options_free and *table for table_free, also after -1. */
int row_key_read_texts(const char *row_key, const char *layers, struct run_options *run, struct table **table,
                       char cfg_xxh3[17], char weights_xxh3[17], struct error *e);

/* Back: fills everything but images, batch, threads, exact, memory and tuning file; without a word of
 * precision it is f32. The layers read are new: run_options_free. */
int row_key_read(const char *row_key, struct run_options *run, struct error *e);
/* The same with batch, threads, exact, memory and tuning file of a text by tuning_key_of_run; "" leaves them
 * out.
 */
int row_key_read_tuning(const char *row_key, const char *tuning_key, struct run_options *run,
                        struct error *e);

#endif
