#include "deployment/run_origin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv/provenance.h"
#include "partition/partition_folder.h"

/* split.csv of a retrained network names the new one, which each cut has of its own; retrain.csv the one that
 * it was made of. NULL: neither is there. */
static struct provenance *run_origin_read(const char *folder)
{
    static const char *const files[] = {RETRAIN_CSV ".meta.csv", PARTITION_CSV ".meta.csv"};
    struct provenance *p = NULL;
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !p; i++) {
        struct error ignored;
        char *path = partition_folder_path(folder, files[i]);
        if (access(path, F_OK) == 0)
            p = provenance_read(path, &ignored);
        free(path);
    }
    return p;
}

static bool run_origin_differs(const struct provenance *a, const struct provenance *b, const char *key)
{
    const char *one = provenance_find(a, key), *other = provenance_find(b, key);
    return one && other && strcmp(one, other) != 0;
}

static const char *run_origin_name(const struct provenance *p, const char *key)
{
    const char *name = provenance_find(p, key);
    return name ? name : "another file";
}

static int run_origin_pair(const struct run_cut *a, const struct run_cut *b, struct error *e)
{
    if (a->sheet.hash == b->sheet.hash)
        return error_set(e, "%s: the same halves as %s (expected another cut)", b->folder, a->folder);
    struct provenance *one = run_origin_read(a->folder), *other = run_origin_read(b->folder);
    static const char *const keys[] = {"cfg", "weights"}, *const hashes[] = {"cfg_xxh3", "weights_xxh3"};
    int status = 0;
    for (int k = 0; k < 2 && status == 0; k++)
        if (run_origin_differs(one, other, hashes[k]))
            status = error_set(e, "%s: cut from %s, but %s from %s (expected other cuts of one network)",
                               b->folder, run_origin_name(other, keys[k]), a->folder,
                               run_origin_name(one, keys[k]));
    provenance_free(one);
    provenance_free(other);
    return status;
}

int run_origin_check(const struct run_cut *cuts, int n, struct error *e)
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++)
            if (run_origin_pair(&cuts[j], &cuts[i], e) < 0)
                return -1;
    return 0;
}
