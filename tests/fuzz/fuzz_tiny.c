/* Tiny-ImageNet's files of words: val_annotations.txt, then wnids.txt, then words.txt. */
#include "data/dataset.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"t/val/val_annotations.txt",
                                        "t/wnids.txt",
                                        "t/words.txt",
                                        "t/val/images/val_0.JPEG",
                                        "t/val/images/val_1.JPEG",
                                        "t"};
    static char *paths[6];
    struct fuzz_part parts[3];
    struct error e;
    for (int i = 0; i < 6 && !paths[5]; i++) {
        paths[i] = fuzz_path(names[i]);
        if (i < 5)
            fuzz_write(paths[i], (const uint8_t *)"x", 1);
    }
    fuzz_parts(data, size, parts, 3);
    for (int i = 0; i < 3; i++)
        fuzz_write(paths[i], parts[i].data, parts[i].size);
    dataset_free(dataset_open(paths[5], &(struct dataset_options){0}, &e));
    dataset_free(dataset_open(
        paths[5], &(struct dataset_options){.split = "val", .labels = paths[1], .outputs = 2}, &e));
    return 0;
}
