/* What isplit features need not measure again: the parts (store/feature_part.h) that a store has of images,
 * by their contents, and what is measured now, to be kept there. Between a batch command and the worker;
 * without a store, or once it is in trouble, nothing is known and nothing is kept. In this order:
 *
 *     feature_cache_stamps   what the store knows of images' contents; the others may be asked of the worker
 *     feature_cache_begin    whose parts: of one definition, under the tuning that was used last
 *     feature_cache_parts    what is there
 *     feature_cache_tuned    once the worker has told its tuning; where it is another one, once more:
 *     feature_cache_parts    under that
 *     feature_cache_keep */
#ifndef ISPLIT_STUDY_FEATURE_CACHE_H
#define ISPLIT_STUDY_FEATURE_CACHE_H

#include "store/feature_part.h"
#include "store/store.h"
#include "study/study.h"

struct feature_cache;

/* All of these are borrowed; contents[images of the data set] is filled in here and by the worker's answers.
 * The reporter is told what is wrong with the store. `store` NULL: there is none. */
struct feature_cache *feature_cache_new(struct store *store, const struct study *study,
                                        struct content *contents, const struct study_reporter *reporter);
void feature_cache_free(struct feature_cache *c); /* NULL is passed over */

/* A new array of those images whose contents are not known, *unknown_n of them; with none of a store where
 * there is none. */
long *feature_cache_stamps(struct feature_cache *c, const long *images, long n, long *unknown_n);

/* `calibration` as row_key_of_features has it. */
void feature_cache_begin(struct feature_cache *c, const struct content *calibration);

/* The tuning of what is there: then nothing is to be measured by another one, unasked; hash "": it is not
 * known. `asks`: rows of some tuning are there, but none was used by these options yet: the worker must be
 * asked for its tuning. */
const struct message_tuning *feature_cache_tuning(const struct feature_cache *c);
bool feature_cache_asks(const struct feature_cache *c);
/* Whether there may be parts. */
bool feature_cache_has_parts(const struct feature_cache *c);

/* Calls `take` for each part of an image of that content, or, NULL, of no image. */
void feature_cache_parts(struct feature_cache *c, const struct content *content,
                         void (*take)(void *data, const char *name, const uint32_t *words, size_t n),
                         void *data);
/* Whether a part that was taken can be one, of so many cuts of the network that is open; told once if not. */
bool feature_cache_right(struct feature_cache *c, const char *name, const uint32_t *words, size_t n,
                         int cuts);

/* True where it is another tuning than that of the parts so far. */
bool feature_cache_tuned(struct feature_cache *c, const struct message_tuning *tuning);

/* Of the tuning that was told; content NULL: of no image. The second one: what the worker told of an image.
 */
void feature_cache_keep(struct feature_cache *c, const struct content *content, const char *name,
                        const uint32_t *words, size_t n);
void feature_cache_keep_content(struct feature_cache *c, long image, const struct content *content);

#endif
