/* A file with the labels of images; after "=====" the labels. */
#include "data/dataset.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TRUTH, LABELS, SET, PATHS = 7 };
    static const char *const names[PATHS] = {"truth",       "labels",      "set",      "set/a/0.png",
                                             "set/a/1.jpg", "set/b/0.png", "set/2.png"};
    static char *paths[PATHS];
    struct fuzz_part parts[2];
    struct error e;
    for (int i = 0; i < PATHS && !paths[PATHS - 1]; i++) {
        paths[i] = fuzz_path(names[i]);
        if (i > SET)
            fuzz_write(paths[i], (const uint8_t *)"x", 1);
    }
    fuzz_parts(data, size, parts, 2);
    fuzz_write(paths[TRUTH], parts[0].data, parts[0].size);
    fuzz_write(paths[LABELS], parts[1].data, parts[1].size);
    dataset_free(dataset_open(paths[SET], &(struct dataset_options){.truth = paths[TRUTH]}, &e));
    const struct dataset_options named = {.truth = paths[TRUTH], .labels = paths[LABELS], .outputs = 2};
    dataset_free(dataset_open(paths[SET], &named, &e));
    return 0;
}
