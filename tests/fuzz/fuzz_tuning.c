/* A tuning file, and whether it fits. */
#include <stddef.h>

#include "fuzz.h"
#include "worker/tuning_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tuning *tuning = NULL;
    struct error e;
    if (tuning_file_read(fuzz_file(data, size), &tuning, &e) < 0 || !tuning)
        return 0;
    FUZZ_CHECK(tuning_check(tuning, tuning, &e) == 0 && tuning_check_layers(tuning, tuning, &e) == 0);
    for (int l = 0; l < tuning->layers_n; l++)
        tuning_algorithm(tuning, l, ONEDNN_GRADIENT);
    tuning_free(tuning);
    return 0;
}
