/* split.csv of a folder with two halves, as isplit split and isplit retrain write it: how images become the
 * head's input, how the tensor is sent, and which files belong to it. Read without libcsv and without any
 * library of isplit's front end, since a device has neither. */
#ifndef ISPLIT_HALF_SHEET_H
#define ISPLIT_HALF_SHEET_H

#include <stdint.h>

#include "data/pixels.h"
#include "features/frame.h"
#include "net/stock.h"

enum half_side { HALF_HEAD, HALF_TAIL, HALF_SIDES };
extern const char *const half_side_words[]; /* "head", "tail", NULL */

struct half_sheet {
    uint64_t hash; /* XXH3-64 of the file: which halves these are; a frame and a hello carry it */
    int layer;     /* the cut is after it */
    char name[64];
    char cfg_xxh3[HALF_SIDES][17], weights_xxh3[HALF_SIDES][17];
    enum net_runs runs_in[HALF_SIDES];
    struct pixels_options pixels;
    enum dtype type;
    struct encode_affine affine; /* of types that have one */
    enum coder coder;
    int level; /* of zstd */
};

/* Reads DIR/split.csv: 0, or -1 with "FILE: why". Columns that an older isplit did not write have their usual
 * values: cropped images of values from 0 to 1, sent as f32, and halves that stock Darknet runs. */
int half_sheet_read(const char *folder, struct half_sheet *sheet, struct error *e);

/* The same from text; `path` is its name in messages. */
int half_sheet_parse(const char *text, size_t length, const char *path, struct half_sheet *sheet,
                     struct error *e);

#endif
