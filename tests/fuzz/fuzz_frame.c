/* A frame of features: the first byte says of which dtype and coder, the second one of how many numbers; with
 * a checksum that is right and as it came. What is taken is written and read again as the same numbers. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "features/frame.h"
#include "fuzz.h"

static void read_frame(struct frames *f, const struct frame_format *format, const unsigned char *bytes,
                       size_t n)
{
    struct error e;
    uint32_t image, again = 0;
    size_t length = 0;
    int64_t told = frames_length(f, bytes, n, &e);
    const float *x = frames_read(f, bytes, n, &image, &e);
    if (!x)
        return;
    FUZZ_CHECK(told == (int64_t)n && n <= frames_most(f));
    float *kept = memory_new(format->numbers, sizeof *kept);
    memcpy(kept, x, format->numbers * sizeof *kept);
    const unsigned char *frame = frames_write(f, image, kept, &length, &e);
    FUZZ_CHECK(frame);
    unsigned char *copy = memory_new(length, 1);
    memcpy(copy, frame, length);
    const float *back = frames_read(f, copy, length, &again, &e);
    FUZZ_CHECK(back && again == image);
    FUZZ_CHECK(memcmp(back, kept, format->numbers * sizeof *kept) == 0);
    free(copy);
    free(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct error e;
    struct frame_format format = {.type = data[0] % DTYPES,
                                  .coder = data[0] / DTYPES % CODERS,
                                  .level = 1,
                                  .affine = {0.25f, 1},
                                  .numbers = (size_t)data[1] * 7 + 1};
    memcpy(&format.split, "splitcsv", 8);
    struct frames *f = frames_new(&format, &e);
    FUZZ_CHECK(f);
    size_t n = size - 2;
    unsigned char *bytes = memory_new(n + 1, 1);
    memcpy(bytes, data + 2, n);
    read_frame(f, &format, bytes, n);
    if (n >= FRAME_EXTRA) {
        uint64_t sum = XXH3_64bits(bytes, n - FRAME_CHECKSUM);
        memcpy(bytes + n - FRAME_CHECKSUM, &sum, sizeof sum);
        read_frame(f, &format, bytes, n);
    }
    free(bytes);
    frames_free(f);
    return 0;
}
