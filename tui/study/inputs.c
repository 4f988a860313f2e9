#include "study/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "partition/partition_folder.h"

static int from_data_file(const char *path, const char *data, struct inputs *inputs, struct error *e)
{
    inputs->file = data_file_read(path, e);
    if (!inputs->file)
        return -1;
    const char *cfg = data_file_at(inputs->file, DATA_FILE_CFG);
    const char *weights = data_file_at(inputs->file, DATA_FILE_WEIGHTS);
    if (!cfg || !weights)
        return error_at(e, path, 0, "has no key '%s' (expected it, or CFG WEIGHTS -d DATA)",
                        cfg ? "weights" : "cfg");
    inputs->cfg = memory_copy(cfg);
    inputs->weights = memory_copy(weights);
    inputs->data = memory_copy(data ? data : path);
    return 0;
}

static bool inputs_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool inputs_is_retrained(const char *path)
{
    char *cfg = partition_folder_path(path, PARTITION_WHOLE_CFG);
    bool is = inputs_is_folder(path) && access(cfg, F_OK) == 0;
    free(cfg);
    return is;
}

char *inputs_cfg(const char *word)
{
    if (inputs_is_retrained(word))
        return partition_folder_path(word, PARTITION_WHOLE_CFG);
    /* A bad one, or one that names none, is taken for the cfg: whoever reads that complains. */
    struct data_file *file = data_file_is(word) ? data_file_read(word, NULL) : NULL;
    const char *cfg = data_file_at(file, DATA_FILE_CFG);
    char *path = memory_copy(cfg ? cfg : word);
    data_file_free(file);
    return path;
}

static int from_folder(const char *path, const char *data, struct inputs *inputs, struct error *e)
{
    if (!inputs_is_retrained(path))
        return error_at(
            e, path, 0,
            "holds no %s (expected a folder that isplit retrain wrote, CFG WEIGHTS, or a .data file)",
            PARTITION_WHOLE_CFG);
    inputs->cfg = partition_folder_path(path, PARTITION_WHOLE_CFG);
    inputs->weights = partition_folder_path(path, PARTITION_WHOLE_WEIGHTS);
    inputs->data = data ? memory_copy(data) : NULL;
    return 0;
}

int inputs_find(const char *const *words, int n, const char *data, struct inputs *inputs, struct error *e)
{
    *inputs = (struct inputs){0};
    int status = -2;
    if (n == 2 && data) {
        inputs->cfg = memory_copy(words[0]);
        inputs->weights = memory_copy(words[1]);
        inputs->data = memory_copy(data);
        status = 0;
    } else if (n == 2 || (n == 1 && !data && inputs_is_retrained(words[0]))) {
        error_set(e, "no data: -d DATA is missing");
    } else if (n == 1 && inputs_is_folder(words[0])) {
        status = from_folder(words[0], data, inputs, e);
    } else if (n != 1 || !data_file_is(words[0])) {
        error_set(e, "no weights: expected CFG WEIGHTS -d DATA, a .data file, or --from FILE");
    } else {
        status = from_data_file(words[0], data, inputs, e);
    }
    if (status < 0)
        inputs_free(inputs);
    else
        inputs->named = memory_copy(words[0]);
    return status;
}

int inputs_find_network(const char *const *words, int n, const char *data, struct inputs *inputs,
                        struct error *e)
{
    bool folder = n == 1 && inputs_is_folder(words[0]);
    if ((n != 2 && !folder) || data)
        return inputs_find(words, n, data, inputs, e);
    *inputs = (struct inputs){0};
    if (folder && from_folder(words[0], NULL, inputs, e) < 0)
        return -1;
    if (!folder) {
        inputs->cfg = memory_copy(words[0]);
        inputs->weights = memory_copy(words[1]);
    }
    inputs->named = memory_copy(words[0]);
    return 0;
}

void inputs_free(struct inputs *inputs)
{
    free(inputs->cfg);
    free(inputs->weights);
    free(inputs->data);
    free(inputs->named);
    free(inputs->share);
    data_file_free(inputs->file);
    *inputs = (struct inputs){0};
}

struct inputs inputs_copy(const struct inputs *inputs)
{
    return (struct inputs){
        .cfg = memory_copy(inputs->cfg),
        .weights = memory_copy(inputs->weights),
        .data = memory_copy(inputs->data),
        .named = memory_copy(inputs->named),
    };
}

const char *inputs_name(const struct inputs *inputs)
{
    const char *slash = strrchr(inputs->cfg, '/');
    return slash ? slash + 1 : inputs->cfg;
}
