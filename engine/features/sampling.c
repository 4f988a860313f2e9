#include "features/sampling.h"

#include <stdint.h>

#include "features/encode.h"

/* Bytes of a cut in one dtype, a code as encode_width has it, of all images together that a coder gets; and
 * at least so many images. */
static const struct {
    size_t bytes;
    long least;
} sampling_most[CODERS] = {
    [CODER_NONE] = {SIZE_MAX, 0},
    [CODER_ZSTD] = {(size_t)8 << 20, 8},
    [CODER_LZMA] = {(size_t)1 << 19, 2},
};

long sampling_coded(const struct features_request *r, size_t numbers, enum dtype type, enum coder coder)
{
    size_t most = sampling_most[coder].bytes / (numbers * encode_width(type));
    long n = most > (size_t)r->sample ? r->sample : (long)most;
    n = n > sampling_most[coder].least ? n : sampling_most[coder].least;
    return n < r->sample ? n : r->sample;
}

/* LZMA, which is slow, borrows what zstd gives (features/tally.h). */
long sampling_drawn(const struct features_request *r, size_t numbers, enum dtype type, enum coder coder)
{
    bool borrows = coder == CODER_LZMA && r->coders[CODER_ZSTD];
    if (coder == CODER_NONE || borrows || !dtype_is_affine(type))
        return 0;
    return (sampling_coded(r, numbers, type, coder) + FEATURES_DRAWS - 1) / FEATURES_DRAWS;
}
