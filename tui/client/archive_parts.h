/* The two kinds of archive; nobody else's business. */
#ifndef ISPLIT_CLIENT_ARCHIVE_PARTS_H
#define ISPLIT_CLIENT_ARCHIVE_PARTS_H

#include "client/archive.h"
#include "csv/sheet_reader.h"

struct archive_reading {
    /* A study of a store: archive_store.c */
    struct store *store;
    struct store_load load;
    bool loading; /* load is to be freed */

    /* CSV: archive_rows.c */
    struct sheet_reader *reader;
    struct dataset *dataset; /* images without a path have no row */
    struct curve *curve;
    float *values; /* [run.layers_n] */
    long rows;     /* that the .meta.csv speaks of */
    bool began;    /* the header was read */
};

/* Fill the archive but for what its steps load. */
int archive_open_store(struct archive *a, long study, struct error *e);
int archive_open_rows(struct archive *a, struct error *e);

int archive_step_store(struct archive *a, int ms, long *done, long *of, struct error *e);
int archive_step_rows(struct archive *a, int ms, long *done, long *of, struct error *e);

/* Network and definition from their texts; -1 with what is wrong with them. */
int archive_read_texts(struct archive *a, const char *row_key, const char *layers, struct error *e);

#endif
