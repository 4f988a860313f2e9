/* An expression of classes. */
#include <stdlib.h>

#include "app/subsets.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e;
    const struct subset_names *names = fuzz_names();
    char *text = fuzz_text((struct fuzz_part){data, size});
    bool *chosen = subset_parse(text, names, &e);
    free(text);
    if (!chosen)
        return 0;
    /* As the screen writes it, it means the same classes. */
    char *written = subsets_expression_among(chosen, names);
    bool *again = subset_parse(written, names, &e);
    FUZZ_CHECK(again);
    for (int i = 0; i < names->outputs; i++)
        FUZZ_CHECK(again[i] == chosen[i]);
    free(again);
    free(written);
    free(chosen);
    return 0;
}
