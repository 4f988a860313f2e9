/* Single entries of a store, written or found within a transaction of the caller's, for runs and merges
 * alike. All return 0, or -1 with the reason. */
#ifndef ISPLIT_STORE_STORE_KEEP_H
#define ISPLIT_STORE_STORE_KEEP_H

#include "curve/curve.h"
#include "store/sql.h"
#include "store/store.h"

/* A content's 16 bytes in the file: high word first, each big-endian. */
#define KEEP_HASH 16
void keep_hash_bytes(const struct content *content, unsigned char bytes[KEEP_HASH]);
/* false where the bytes are not a content. */
bool keep_hash_read(const void *bytes, size_t length, struct content *content);

/* A measured row in the file: float32, little-endian, followed by an 8-byte checksum (XXH3-64) of them and of
 * the columns next to them (class, predicted class, score: the image is not looked at), since SQLite does not
 * detect flipped bits. */
size_t keep_cells_size(int n);
void keep_cells_bytes(const float *values, int n, const struct curve_row *adjacent, unsigned char *bytes);
/* NULL, or what is wrong with the bytes: "has ...". */
const char *keep_cells_read(const unsigned char *bytes, size_t length, int n,
                            const struct curve_row *adjacent, float *values);

/* The columns of a row from `first` on: kind, top, score, layer, reason, cells. *row, and values[layers_n] of
 * a measured one; -1 with what is wrong with it: "a row ...". */
int keep_row_read(sqlite3_stmt *found, int first, int class_index, struct store_row *row, float *values,
                  int layers_n, struct error *e);

int keep_content(struct sql *q, const struct content *content, int64_t *id, struct error *e);
int keep_root(struct sql *q, const char *place, int64_t *id, struct error *e);
/* A file of the root, by its path of `length` bytes. Known data of the file is kept. */
int keep_file(struct sql *q, int64_t root, const char *path, size_t length, int64_t *id, struct error *e);

/* Which rows: network and series, with what people see beside them where they are new. */
int keep_run_key(struct sql *q, const struct store_run_key *s, int64_t *network, int64_t *run_key,
                 struct error *e);
int keep_study(struct sql *q, int64_t run_key, int64_t dataset, int64_t *id, struct error *e);
int keep_study_changed(struct sql *q, int64_t study, int64_t seconds, struct error *e);

/* Writes a row under that key, replacing an existing one. cells: of a measured one. */
int keep_row(struct sql *q, int64_t run_key, int64_t content, int class_index, const struct store_row *row,
             const unsigned char *cells, size_t cells_length, struct error *e);

#endif
