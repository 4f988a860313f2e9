/* A curve of isplit curve, and after "=====" its .meta.csv. */
#include "fuzz.h"
#include "report/curve_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *path, *meta;
    struct fuzz_part parts[2];
    struct error e;
    if (!path) {
        path = fuzz_path("curve.csv");
        meta = fuzz_path("curve.csv.meta.csv");
    }
    fuzz_parts(data, size, parts, 2);
    fuzz_write(path, parts[0].data, parts[0].size);
    fuzz_write(meta, parts[1].data, parts[1].size);
    for (int named = 0; named < 2; named++) {
        struct curve_file *f = curve_file_read(path, named ? "pets" : NULL, &e);
        if (!f)
            continue;
        if (curve_file_match(f, fuzz_table(), "net.cfg", &e) == 0)
            curve_file_best(f);
        curve_file_free(f);
    }
    return 0;
}
