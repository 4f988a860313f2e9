/* The studies of a store in words, each so that it can be told from the others. */
#ifndef ISPLIT_STUDY_SAVED_ROWS_WORDS_H
#define ISPLIT_STUDY_SAVED_ROWS_WORDS_H

#include "store/store_study.h"

struct saved_rows_words;

enum saved_rows_word {
    SAVED_ID,       /* "2", or "f2" of isplit features */
    SAVED_NETWORK,  /* "a.cfg", with its weights where their name says more or another study has others */
    SAVED_DATA,     /* where the images are, with the split where the layout has one */
    SAVED_MEASURED, /* "39 of 40, 1 lost"; "40" where nobody has counted */
    SAVED_OPTIONS,  /* those that are not the default, as the command line has them; of isplit features behind
                       the word "features", or "pictures" */
    SAVED_TUNING,   /* "00000000deadbeef, batch 8, 2 threads", as far as it is known */
    SAVED_CHANGED,  /* 2026-01-31T12:00:00Z */
    SAVED_WORDS
};

/* Of studies[n]: new array. */
struct saved_rows_words *saved_rows_words_new(const struct store_study *studies, int n);
void saved_rows_words_free(struct saved_rows_words *words, int n);

/* Of the i-th; printable, borrowed. */
const char *saved_rows_word(const struct saved_rows_words *words, int i, enum saved_rows_word which);

/* "a.cfg on photos, 39 of 40 images, --reduce sum", with the tuning where nothing else makes a difference.
 * New string. */
char *saved_rows_words_line(const struct saved_rows_words *all, int n, int i);

/* Counts the rows of the first studies, as many as takes a few tenths of a second. */
void saved_rows_words_count(struct store *s, struct store_study *studies, int n);

/* "1 (LINE), 2 (LINE)", and how many more where a message has no room for all. Counts as above. New string.
 */
char *saved_rows_list_studies(struct store *s, struct store_study *studies, int n);

/* "2: LINE" for each study of the file, a NULL after the last: new strings in a new array, for
 * saved_rows_lines_free. NULL on error. */
char **saved_rows_lines(const char *path, int *n, struct error *e);
void saved_rows_lines_free(char **lines);

#endif
