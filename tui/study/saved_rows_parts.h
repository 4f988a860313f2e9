/* The two kinds of archive; nobody else's business. */
#ifndef ISPLIT_STUDY_SAVED_ROWS_PARTS_H
#define ISPLIT_STUDY_SAVED_ROWS_PARTS_H

#include "study/saved_rows.h"
#include "csv/sheet_reader.h"

struct saved_rows_reading {
    /* A study of a store: saved_rows_store.c */
    struct store *store;
    struct store_load load;
    bool loading; /* load is to be freed */

    /* CSV: saved_rows_rows.c */
    struct sheet_reader *reader;
    struct dataset *dataset; /* images without a path have no row */
    struct curve *curve;
    float *values; /* [run.layers_n] */
    long rows;     /* that the .meta.csv speaks of */
    bool began;    /* the header was read */
};

/* Fill the archive but for what its steps load. */
int saved_rows_open_store(struct saved_rows *a, long study, struct error *e);
int saved_rows_open_csv(struct saved_rows *a, struct error *e);

int saved_rows_step_store(struct saved_rows *a, int ms, long *done, long *of, struct error *e);
int saved_rows_step_csv(struct saved_rows *a, int ms, long *done, long *of, struct error *e);

/* Network and definition from their texts; -1 with what is wrong with them. */
int saved_rows_read_texts(struct saved_rows *a, const char *row_key, const char *layers, struct error *e);

#endif
