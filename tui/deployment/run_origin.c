#include "deployment/run_origin.h"

#include <stdlib.h>
#include <string.h>

#include "csv/provenance.h"
#include "partition/partition_folder.h"

/* split.csv of a retrained network names the new one, which each cut has of its own; retrain.csv the one that
 * it was made of. NULL: neither is there. */
static struct provenance *run_origin_read(const char *folder)
{
    static const char *const files[] = {RETRAIN_CSV, PARTITION_CSV};
    struct provenance *p = NULL;
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !p; i++) {
        char *path = partition_folder_path(folder, files[i]);
        p = provenance_of(path);
        free(path);
    }
    return p;
}

bool run_origin_is_told(const char *folder)
{
    struct provenance *p = run_origin_read(folder);
    bool told = provenance_find(p, "cfg_xxh3") != NULL;
    provenance_free(p);
    return told;
}

static struct net *run_origin_half(const char *folder, enum partition_file file)
{
    struct error unwanted;
    char *path = partition_folder_path(folder, partition_file_names[file]);
    struct net *net = net_read(path, &unwanted);
    free(path);
    return net;
}

/* What goes into the head and comes from the tail, where their cfg files are here to tell; 0: not known. */
struct run_shape {
    struct net_shape in;
    int outputs;
};

static struct run_shape run_origin_shape(const char *folder)
{
    struct net *head = run_origin_half(folder, PARTITION_HEAD_CFG);
    struct net *tail = run_origin_half(folder, PARTITION_TAIL_CFG);
    struct run_shape shape = {.outputs = tail ? tail->classes : 0};
    if (head)
        shape.in = head->in;
    net_free(head);
    net_free(tail);
    return shape;
}

int run_origin_outputs(const char *folder)
{
    return run_origin_shape(folder).outputs;
}

/* `name` is whose shape `other` is. */
static int run_origin_same_shape(const char *folder, struct run_shape other, const char *name,
                                 const char *expected, struct error *e)
{
    const struct run_shape own = run_origin_shape(folder);
    const struct net_shape a = own.in, b = other.in;
    if (own.outputs && other.outputs && own.outputs != other.outputs)
        return error_set(e, "%s: its tail has %d output%s, but %s %d (expected %s)", folder, own.outputs,
                         own.outputs == 1 ? "" : "s", name, other.outputs, expected);
    if (a.c && b.c && (a.c != b.c || a.h != b.h || a.w != b.w))
        return error_set(e, "%s: its head takes %dx%dx%d, but %s %dx%dx%d (expected %s)", folder, a.c, a.h,
                         a.w, name, b.c, b.h, b.w, expected);
    return 0;
}

int run_origin_match(const char *folder, const struct table *table, const char *name, struct error *e)
{
    const struct run_shape of_table = {.in = table->in, .outputs = table->classes};
    return run_origin_same_shape(folder, of_table, name, "halves of that network", e);
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

static int run_origin_pair(const struct exchange_cut *a, const struct exchange_cut *b, struct error *e)
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
    if (status < 0)
        return -1;
    return run_origin_same_shape(b->folder, run_origin_shape(a->folder), a->folder,
                                 "other cuts of one network", e);
}

int run_origin_check(const struct exchange_cut *cuts, int n, struct error *e)
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++)
            if (run_origin_pair(&cuts[j], &cuts[i], e) < 0)
                return -1;
    return 0;
}
