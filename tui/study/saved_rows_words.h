/* The studies of a store in words, each so that it can be told from the others. */
#ifndef ISPLIT_STUDY_SAVED_ROWS_WORDS_H
#define ISPLIT_STUDY_SAVED_ROWS_WORDS_H

#include "store/store_study.h"

/* New strings; all printable. */
struct saved_rows_words {
    char *id;       /* "2", or "f2" of isplit features */
    char *network;  /* "a.cfg", with its weights where their name says more or another study has others */
    char *data;     /* where the images are, with the split where the layout has one */
    char *measured; /* "39 of 40, 1 lost"; "40" where nobody has counted */
    char *options;  /* those that are not the default, as the command line has them; of isplit features behind
                       the word "features", or "pictures" */
    char *tuning;   /* "00000000deadbeef, batch 8, 2 threads", as far as it is known */
    char *changed;  /* 2026-01-31T12:00:00Z */
};

/* Of studies[n]: new array. */
struct saved_rows_words *saved_rows_words_new(const struct store_study *studies, int n);
void saved_rows_words_free(struct saved_rows_words *words, int n);

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
