/* A checkpoint: as it is, and with the hash that its bytes have. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "fuzz.h"
#include "train/checkpoint.h"

/* Those of the seed. */
enum { PARTS = 2, FLOATS = 6 };
static const struct content key = {.high = 1, .low = 2, .known = true};

/* What is taken is what stands there: the states before the hash, the place before the two sizes. */
static void take(const uint8_t *data, size_t size)
{
    struct error e;
    int64_t place[CHECKPOINT_PLACES] = {0};
    float states[PARTS][FLOATS] = {{0}};
    float *const parts[] = {states[0], states[1]};
    const char *path = fuzz_file(data, size);
    int status = checkpoint_read(path, &key, place, parts, PARTS, FLOATS, &e);
    FUZZ_CHECK(status == 0 || status == -1);
    if (status < 0)
        return;
    FUZZ_CHECK(checkpoint_look(path, &key, &e) == 0);
    FUZZ_CHECK(size > sizeof states + sizeof place + 3 * sizeof(uint64_t));
    const uint8_t *at = data + size - sizeof(uint64_t) - sizeof states;
    FUZZ_CHECK(memcmp(at, states, sizeof states) == 0);
    FUZZ_CHECK(memcmp(at - 2 * sizeof(uint64_t) - sizeof place, place, sizeof place) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    take(data, size);
    if (size < sizeof(uint64_t))
        return 0;
    uint8_t *whole = malloc(size);
    memcpy(whole, data, size);
    uint64_t hash = XXH3_64bits(whole, size - sizeof hash);
    memcpy(whole + size - sizeof hash, &hash, sizeof hash);
    take(whole, size);
    free(whole);
    return 0;
}
