/* A list of images, or a .data file; after "=====" the labels, after another one the names. */
#include <stdbool.h>
#include <string.h>

#include "data/data_file.h"
#include "data/dataset.h"
#include "fuzz.h"

/* Paths that lead out of the folder would make this walk through the machine. */
static bool leads_out(struct fuzz_part part)
{
    for (size_t i = 0; i < part.size; i++)
        if ((part.data[i] == '/' && (i == 0 || !strchr("abcdef", part.data[i - 1]))) ||
            part.data[i] == '\0' || (part.data[i] == '.' && i + 1 < part.size && part.data[i + 1] == '.'))
            return true;
    return false;
}

static void open_as(const char *path, const char *labels, const char *names, const char *split, int outputs)
{
    struct error e;
    const struct dataset_options options = {
        .split = split, .labels = labels, .names = names, .outputs = outputs};
    dataset_free(dataset_open(path, &options, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *paths[6];
    static const char *const names[] = {"x.list", "x.data", "labels", "names", "a/0.png", "b/1_frog.png"};
    struct fuzz_part parts[3];
    struct error e;
    for (int i = 0; i < 6 && !paths[5]; i++) {
        paths[i] = fuzz_path(names[i]);
        fuzz_write(paths[i], (const uint8_t *)"x", 1);
    }
    fuzz_parts(data, size, parts, 3);
    if (leads_out(parts[0]))
        return 0;
    fuzz_write(paths[2], parts[1].data, parts[1].size);
    fuzz_write(paths[3], parts[2].data, parts[2].size);
    fuzz_write(paths[0], parts[0].data, parts[0].size);
    fuzz_write(paths[1], parts[0].data, parts[0].size);
    open_as(paths[0], paths[2], NULL, NULL, 0);
    open_as(paths[0], paths[2], paths[3], "val", 3);
    open_as(paths[1], NULL, NULL, NULL, 0);
    data_file_is(paths[1]);
    data_file_free(data_file_read(paths[1], &e));
    return 0;
}
