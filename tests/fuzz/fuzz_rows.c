/* Measured rows as CSV, and after "=====" their .meta.csv. */
#include "fuzz.h"
#include "study/saved_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *path, *meta;
    struct fuzz_part parts[2];
    struct error e;
    long done, of;
    if (!path) {
        path = fuzz_path("rows.csv");
        meta = fuzz_path("rows.csv.meta.csv");
    }
    fuzz_parts(data, size, parts, 2);
    fuzz_write(path, parts[0].data, parts[0].size);
    fuzz_write(meta, parts[1].data, parts[1].size);
    struct saved_rows *rows = saved_rows_open(path, 0, &e);
    int status = rows ? 2 : -1;
    while (status == 2)
        status = saved_rows_step(rows, 100, &done, &of, &e);
    if (status == 1)
        FUZZ_CHECK(rows->curve && rows->dataset && rows->curve->rows_n <= rows->dataset->images_n);
    saved_rows_free(rows);
    return 0;
}
