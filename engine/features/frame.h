/* One image's tensor as it crosses the link, in a frame that says what it is and whether it arrived whole.
 * Both sides know from split.csv what it holds. Depends on nothing but base, zstd, liblzma and xxHash, so
 * that small programs can use it. Little endian; the page payload of the manual has the same table.
 *
 *      0  3  "ISF"            16    4  bytes of the payload, n
 *      3  1  version, 1       20    n  payload: the tensor encoded, laid out and coded
 *      4  8  hash             20+n  8  XXH3-64 of the bytes before it
 *     12  4  image's number
 *
 * The hash is XXH3-64 of split.csv. */
#ifndef ISPLIT_FEATURES_FRAME_H
#define ISPLIT_FEATURES_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "features/dtype.h"
#include "features/encode.h"

enum { FRAME_VERSION = 1, FRAME_HEADER = 20, FRAME_CHECKSUM = 8 };
#define FRAME_EXTRA (FRAME_HEADER + FRAME_CHECKSUM) /* bytes beside the payload */

/* What both sides know. */
struct frame_format {
    uint64_t split; /* the hash */
    enum dtype type;
    struct encode_affine affine; /* of the integers */
    enum coder coder;
    int level;      /* of zstd, for writing: 1 to 19 */
    size_t numbers; /* of the tensor, at least 1, and FRAME_NUMBERS_MOST at most */
};
#define FRAME_NUMBERS_MOST                                                                                   \
    ((size_t)1 << 28) /* so that sizes fit into 32 bits, whatever the coder makes of it */

/* Writes and reads frames of one format; not for several threads at once. Takes the memory for its buffers;
 * NULL without, or where the tensor is too large or the scale and zero point are none of the type. */
struct frames;
struct frames *frames_new(const struct frame_format *format, struct error *e);
void frames_free(struct frames *f);

/* The most bytes that a frame of this format can have. */
size_t frames_most(const struct frames *f);

/* The frame of a tensor x[numbers], borrowed until the next call. NULL: a number is not finite, or no memory.
 */
const unsigned char *frames_write(struct frames *f, uint32_t image, const float *x, size_t *length,
                                  struct error *e);

/* How many bytes the frame has that begins with bytes[n]: 0 where more are needed to know. -1: it is no frame
 * of this format. Neither payload nor checksum are looked at. */
int64_t frames_length(const struct frames *f, const unsigned char *bytes, size_t n, struct error *e);

/* The tensor of a frame bytes[n], borrowed until the next call, and its image. NULL with the reason where it
 * is anything else: truncated, longer, foreign, of another version or split, damaged, or not exactly a
 * tensor. */
const float *frames_read(struct frames *f, const unsigned char *bytes, size_t n, uint32_t *image,
                         struct error *e);

#endif
