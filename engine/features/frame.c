#include "features/frame.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "features/coder.h"
#include "features/packing.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the header's numbers are copied as they lie in memory");

static const unsigned char frame_magic[] = {'I', 'S', 'F'};
enum { AT_VERSION = 3, AT_SPLIT = 4, AT_IMAGE = 12, AT_LENGTH = 16 };

struct frames {
    struct frame_format format;
    enum packing packing;
    size_t bytes_n; /* of the tensor, laid out */
    struct coder_memory *coder;
    float *numbers;       /* [format.numbers] */
    unsigned char *codes; /* [format.numbers] codes */
    unsigned char *bytes; /* [bytes_n] */
    unsigned char *frame; /* [frames_most] */
};

static int frame_check_format(const struct frame_format *f, struct error *e)
{
    bool affine = dtype_is_affine(f->type);
    if (f->numbers == 0 || f->numbers > FRAME_NUMBERS_MOST)
        return error_set(e, "a tensor of %zu numbers cannot be sent (expected 1 to %zu)", f->numbers,
                         FRAME_NUMBERS_MOST);
    if (affine && !(f->affine.scale > 0 && isfinite(f->affine.scale)))
        return error_set(e, "the scale of %s is %g (expected a number above 0)", dtype_words[f->type],
                         (double)f->affine.scale);
    if (affine && (f->affine.zero < 0 || f->affine.zero >> dtype_bits(f->type) != 0))
        return error_set(e, "the zero point of %s is %d (expected 0 to %d)", dtype_words[f->type],
                         f->affine.zero, (1 << dtype_bits(f->type)) - 1);
    return 0;
}

struct frames *frames_new(const struct frame_format *format, struct error *e)
{
    size_t n = format->numbers;
    if (frame_check_format(format, e) < 0)
        return NULL;
    struct frames *f = memory_new(1, sizeof *f);
    f->format = *format;
    f->packing = packing_of(format->type, format->coder);
    f->bytes_n = packing_bytes(f->packing, format->type, n);
    f->coder = coder_new(format->coder, format->level, e);
    f->numbers = memory_try(n, sizeof *f->numbers);
    f->codes = memory_try(n, encode_width(format->type));
    f->bytes = memory_try(f->bytes_n, 1);
    f->frame = memory_try(frames_most(f), 1);
    if (f->coder && f->numbers && f->codes && f->bytes && f->frame)
        return f;
    if (f->coder)
        error_set(e, "no memory for a tensor of %zu numbers", n);
    frames_free(f);
    return NULL;
}

void frames_free(struct frames *f)
{
    if (!f)
        return;
    coder_free(f->coder);
    free(f->numbers);
    free(f->codes);
    free(f->bytes);
    free(f->frame);
    free(f);
}

size_t frames_most(const struct frames *f)
{
    return FRAME_EXTRA + coder_room(f->bytes_n);
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

const unsigned char *frames_write(struct frames *f, uint32_t image, const float *x, size_t *length,
                                  struct error *e)
{
    size_t coded;
    for (size_t i = 0; i < f->format.numbers; i++)
        if (!isfinite(x[i])) {
            error_set(e, "number %zu of what is to be sent is not finite", i);
            return NULL;
        }
    encode_numbers(f->format.type, &f->format.affine, x, f->format.numbers, f->codes);
    packing_put(f->packing, f->format.type, f->codes, f->format.numbers, f->bytes);
    if (coder_encode(f->coder, f->bytes, f->bytes_n, f->frame + FRAME_HEADER, &coded, e) < 0)
        return NULL;
    uint32_t payload = (uint32_t)coded;
    memcpy(f->frame, frame_magic, sizeof frame_magic);
    f->frame[AT_VERSION] = FRAME_VERSION;
    memcpy(f->frame + AT_SPLIT, &f->format.split, sizeof f->format.split);
    memcpy(f->frame + AT_IMAGE, &image, sizeof image);
    memcpy(f->frame + AT_LENGTH, &payload, sizeof payload);
    uint64_t checksum = XXH3_64bits(f->frame, FRAME_HEADER + coded);
    memcpy(f->frame + FRAME_HEADER + coded, &checksum, sizeof checksum);
    *length = FRAME_EXTRA + coded;
    return f->frame;
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

static uint32_t frame_short(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t frame_long(const unsigned char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

int64_t frames_length(const struct frames *f, const unsigned char *bytes, size_t n, struct error *e)
{
    size_t known = n < sizeof frame_magic ? n : sizeof frame_magic;
    if (memcmp(bytes, frame_magic, known) != 0)
        return error_set(e, "is no frame of features (expected it to begin with 'ISF')");
    if (n > AT_VERSION && bytes[AT_VERSION] != FRAME_VERSION)
        return error_set(e, "is a frame of version %d (expected %d)", bytes[AT_VERSION], FRAME_VERSION);
    if (n < FRAME_HEADER)
        return 0;
    uint64_t split = frame_long(bytes + AT_SPLIT);
    if (split != f->format.split)
        return error_set(e, "is a frame of another split: %016" PRIx64 " (expected %016" PRIx64 ")", split,
                         f->format.split);
    size_t payload = frame_short(bytes + AT_LENGTH), most = coder_room(f->bytes_n);
    if (payload > most)
        return error_set(e, "is a frame with a payload of %zu bytes (expected at most %zu)", payload, most);
    return (int64_t)(FRAME_EXTRA + payload);
}

/* Whether the bytes are one frame from its first to its last byte, and undamaged. */
static int frame_check(const struct frames *f, const unsigned char *bytes, size_t n, struct error *e)
{
    int64_t length = frames_length(f, bytes, n, e);
    if (length < 0)
        return -1;
    if (length == 0 || n < (size_t)length)
        return error_set(e, "is a truncated frame: %zu bytes (expected %zu)", n,
                         length ? (size_t)length : (size_t)FRAME_EXTRA);
    if (n > (size_t)length)
        return error_set(e, "is longer than its frame: %zu bytes (expected %zu)", n, (size_t)length);
    uint64_t made = XXH3_64bits(bytes, n - FRAME_CHECKSUM), stored = frame_long(bytes + n - FRAME_CHECKSUM);
    if (made != stored)
        return error_set(e, "is a damaged frame: its checksum is %016" PRIx64 " (expected %016" PRIx64 ")",
                         made, stored);
    return 0;
}

const float *frames_read(struct frames *f, const unsigned char *bytes, size_t n, uint32_t *image,
                         struct error *e)
{
    const struct frame_format *t = &f->format;
    struct error why;
    if (frame_check(f, bytes, n, e) < 0)
        return NULL;
    if (coder_decode(f->coder, bytes + FRAME_HEADER, n - FRAME_EXTRA, f->bytes, f->bytes_n, &why) < 0) {
        error_set(e, "is a frame whose payload %s", why.text);
        return NULL;
    }
    if (packing_get(f->packing, t->type, f->bytes, t->numbers, f->codes) < 0) {
        error_set(e, "is a frame whose payload is not %zu codes of %s", t->numbers, dtype_words[t->type]);
        return NULL;
    }
    encode_back(t->type, &t->affine, f->codes, t->numbers, f->numbers);
    for (size_t i = 0; i < t->numbers; i++)
        if (!isfinite(f->numbers[i])) {
            error_set(e, "is a frame whose number %zu is not finite", i);
            return NULL;
        }
    *image = frame_short(bytes + AT_IMAGE);
    return f->numbers;
}
