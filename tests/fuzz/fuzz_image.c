/* An encoded image, decoded within the memory that is measured for it, and fitted. The first byte chooses
 * how. */
#include <stdlib.h>

#include "data/fit.h"
#include "fuzz.h"

#define MEMORY ((int64_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float out[3 * 40 * 17];
    if (size == 0)
        return 0;
    const struct net_shape shape = {data[0] & 1 ? 3 : 1, data[0] & 2 ? 40 : 1, data[0] & 4 ? 17 : 1};
    const struct pixels_options options = {
        .fit = (enum pixels_fit)(data[0] / 8 % 3), .scale = 1, .std = {1, 1, 1}};
    struct decode_picture need = decode_measure(data + 1, size - 1);
    struct decode_picture picture;
    struct error e;
    if (need.takes > MEMORY || decode_bytes(data + 1, size - 1, &picture, &e) < 0)
        return 0;
    picture.orientation = 1 + data[0] / 32;
    FUZZ_CHECK(need.w == picture.w && need.h == picture.h && need.c >= picture.c);
    FUZZ_CHECK(fit_picture(&picture, shape, &options, out, &e) == 0);
    free(picture.bytes);
    return 0;
}
