/* Parts of what isplit features has measured, as a store keeps them: each is named by a text, whose first
 * word is its kind, and consists of words of 32 bits, little-endian, followed by an 8-byte checksum (XXH3-64)
 * of them, of the name and of the image's content, since SQLite does not detect flipped bits.
 *
 *     image                       of an image: whether it can be used (enum exclusion), the class that the
 *                                 whole network predicts, the layer that was not finite; and as text why it
 *                                 cannot be decoded
 *     answers DTYPE               of an image: struct sent_answer of every cut
 *     sizes DTYPE CODER ...       of an image: struct sent_size of every cut; 0: not measured
 *     picture jpeg VERSION        of an image: bytes of its file, the class then, struct picture_sent of
 * every quality calibration                 of no image: how many images gave the ranges, and in how many
 * draws ranges DTYPE                of no image: struct sent_scales of every cut times DTYPE CODER ... of no
 * image: when (seconds since 1970, two words), struct sent_time of every cut
 *
 * CODER ... is the coder's word, zstd's level, and the version of the library. */
#ifndef ISPLIT_STORE_FEATURE_PART_H
#define ISPLIT_STORE_FEATURE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/content.h"
#include "features/dtype.h"

enum feature_part_kind {
    FEATURE_PART_IMAGE,
    FEATURE_PART_ANSWERS,
    FEATURE_PART_SIZES,
    FEATURE_PART_PICTURE,
    FEATURE_PART_CALIBRATION,
    FEATURE_PART_RANGES,
    FEATURE_PART_TIMES,
    FEATURE_PARTS
};

enum { FEATURE_PART_NAME = 96 };

/* The words of `image`, of which the reason follows, and those of `picture`. */
enum { FEATURE_IMAGE_WHY, FEATURE_IMAGE_OWN, FEATURE_IMAGE_LAYER, FEATURE_IMAGE_WORDS };
enum { FEATURE_PICTURE_STORED, FEATURE_PICTURE_OWN, FEATURE_PICTURE_SENT };

/* The name of a part; `coder` and version where the kind has them, `level` of zstd alone. */
void feature_part_name(enum feature_part_kind kind, enum dtype type, enum coder coder, int level,
                       const char *version, char name[FEATURE_PART_NAME]);

/* The kind of a name; FEATURE_PARTS: none that this program knows. */
enum feature_part_kind feature_part_kind_of(const char *name);

/* Whether two stores may have other words under the same name: the times, and those of sizes that are 0. */
bool feature_part_same(const char *name, const uint32_t *a, const uint32_t *b, size_t n);

/* What it must match: how many cuts, and classes and layers of the network. */
struct feature_part_frame {
    int cuts, classes, layers;
};
/* NULL, or what is wrong with the words: "has ...". */
const char *feature_part_fault(const char *name, const uint32_t *words, size_t n,
                               const struct feature_part_frame *frame);

/* ---- Bytes ---- */

/* content NULL: of no image. */
size_t feature_part_bytes_size(size_t n);
void feature_part_bytes(const char *name, const struct content *content, const uint32_t *words, size_t n,
                        unsigned char *bytes);
/* A new array of *n words; NULL where the bytes are not as they were written. */
uint32_t *feature_part_read(const char *name, const struct content *content, const unsigned char *bytes,
                            size_t length, size_t *n);

#endif
