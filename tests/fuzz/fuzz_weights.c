/* A weights file, against a network. */
#include "fuzz.h"
#include "net/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weights_info info;
    struct error e;
    uint64_t hash;
    const char *path = fuzz_file(data, size);
    if (weights_check(path, fuzz_net(), &info, &e) == 0)
        FUZZ_CHECK(weights_hash_file(path, &hash, &e) == 0 && hash == info.xxh3);
    return 0;
}
