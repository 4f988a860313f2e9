/* A store in a folder of its own, a data set that exists only as a list, and rows whose numbers follow from
 * the image's number, for the tests of engine/store. */
#ifndef ISPLIT_TESTS_STORE_FIXTURE_H
#define ISPLIT_TESTS_STORE_FIXTURE_H

#include "folder_fixture.h"
#include "store/store_study.h"

#define FIXTURE_TUNING "00000000000000aa"
#define FIXTURE_OTHER_TUNING "00000000000000bb"
enum { FIXTURE_LAYERS = 5, FIXTURE_CLASSES = 4 };

/* n images "c<class>/<number>.png" below `place` ("/data" where NULL), of class number % 4; every seventh has
 * no class. For dataset_free. */
struct dataset *fixture_dataset(long n, const char *place);

/* Of network and row_key 1, 2, ...; tuning 16 digits. Texts that live on. */
struct store_run_key fixture_run_key(const char *tuning);

struct content fixture_content(long image);
/* Every 10th image cannot be decoded, every 11th was not finite; a NaN in layer 3 of every 5th. */
void fixture_row(long image, struct store_row *row, float values[FIXTURE_LAYERS]);

/* Opens it to be written; fails the test where that cannot be done. */
struct store *fixture_open(const char *path);
/* Keeps contents and rows of images first, first + step, ... below n, and waits for the disk. */
void fixture_keep(struct store *s, struct store_target *t, const struct dataset *d, long first, long n,
                  long step);
/* store_begin, fixture_keep of all, store_end. */
void fixture_fill(struct store *s, const struct store_run_key *run_key, const struct dataset *d);

/* 1: the content of that image is known; 0, -1 or STORE_WRONG. */
int fixture_find_content(struct store *s, const struct dataset *d, long image, struct content *content);
/* Fails the test unless the row of that image is there, with the numbers of fixture_row. */
void fixture_check_row(struct store *s, int64_t run_key, const struct dataset *d, long image);
/* How many images have a row; fails the test where one is wrong. */
long fixture_count(struct store *s, const struct store_run_key *run_key, const struct dataset *d);

/* store_verify finds nothing. */
void fixture_verify(struct store *s);

/* ---- A place for a test: set up and torn down around it ---- */

struct fixture_place {
    char *folder, *path; /* of rows.db, which is not there yet */
    struct dataset *d;   /* of 200 images */
};
int fixture_begin(void **state);
int fixture_end(void **state);
/* A whole store of that data set, under FIXTURE_TUNING. */
void fixture_fill_place(const struct fixture_place *p);

bool fixture_is_same(const struct content *a, const struct content *b);
/* How many of its images have a class. */
long fixture_labelled(const struct dataset *d);

/* Runs SQL on the file as another program would. */
void fixture_sql(const char *path, const char *text);
void fixture_write(const char *path, const void *bytes, size_t n);
/* It cannot be opened, and is not put aside; the error says so and names the file. */
void fixture_refused(const char *path, enum store_access access, const char *says);

#endif
