/* A pair of IDX files, plain or gzipped: the images, then after "=====" the labels. */
#include "data/idx.h"
#include "data/pixels.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *images, *labels;
    static float out[3 * 8 * 8];
    struct fuzz_part parts[2];
    struct error e;
    if (!images) {
        images = fuzz_path("train-images-idx3-ubyte");
        labels = fuzz_path("train-labels-idx1-ubyte");
    }
    fuzz_parts(data, size, parts, 2);
    fuzz_write(images, parts[0].data, parts[0].size);
    fuzz_write(labels, parts[1].data, parts[1].size);
    const struct pixels_options options = {.scale = 1, .std = {1, 1, 1}};
    if (!idx_is_file(images)) /* a list then, for which other targets are */
        return 0;
    struct dataset *d = dataset_open(images, &(struct dataset_options){0}, &e);
    if (d && d->images_n > 0 && size < 4096)
        pixels_load(d, d->images_n - 1, (struct net_shape){3, 8, 8}, &options, NULL, out, NULL, &e);
    dataset_free(d);
    return 0;
}
