/* A file of isplit features. */
#include "fuzz.h"
#include "report/features_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct features features;
    struct error e;
    if (features_file_read(fuzz_file(data, size), fuzz_table(), "net.cfg", &features, &e) < 0)
        return 0;
    for (int i = 0; i < features.rows_n; i++)
        FUZZ_CHECK(features_find(&features, features.rows[i].layer, features.rows[i].type,
                                 features.rows[i].coder) == &features.rows[i]);
    features_free(&features);
    return 0;
}
