/* A file of subsets. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e;
    int n = 0;
    struct subset *subsets = subset_read(fuzz_file(data, size), fuzz_names(), &n, &e);
    if (subsets)
        subset_free(subsets, n);
    return 0;
}
