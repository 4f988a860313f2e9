#include "net/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

struct tree {
    int nodes_n;
    int *parent; /* [nodes_n]; -1 for a root */
    bool *leaf;  /* [nodes_n] */
    int groups_n;
    int *group_size; /* [groups_n]; siblings, in order: each group is one softmax */
};

enum { TREE_BYTES = 64 << 20 };

/* "name parent" -> the parent, which must be on an earlier line. */
static int read_parent(const char *path, long line, char *text, int nodes_n, struct error *e)
{
    char *rest = NULL;
    char *name = strtok_r(text, " \t\r", &rest);
    char *number = strtok_r(NULL, " \t\r", &rest);
    long parent;
    if (!name || !number || !text_to_long(number, &parent) || parent < -1 || parent >= nodes_n) {
        error_at(e, path, line,
                 "is not a node of a tree (expected \"name parent\", parent -1 or the number of an "
                 "earlier line, counted from 0)");
        return -2;
    }
    return (int)parent;
}

static void add_node(struct tree *t, int parent)
{
    size_t n = (size_t)t->nodes_n;
    if (n % 1024 == 0) {
        t->parent = memory_grow(t->parent, n + 1024, sizeof *t->parent);
        t->leaf = memory_grow(t->leaf, n + 1024, sizeof *t->leaf);
        t->group_size = memory_grow(t->group_size, n + 1024, sizeof *t->group_size);
    }
    if (n == 0 || t->parent[n - 1] != parent)
        t->group_size[t->groups_n++] = 0;
    t->group_size[t->groups_n - 1]++;
    t->parent[n] = parent;
    t->leaf[n] = true;
    if (parent >= 0)
        t->leaf[parent] = false;
    t->nodes_n++;
}

struct tree *tree_read(const char *path, struct error *e)
{
    size_t length;
    char *bytes = file_read(path, TREE_BYTES, &length, e);
    if (!bytes)
        return NULL;
    struct tree *t = memory_new(1, sizeof *t);
    long number = 0;
    char *rest = NULL;
    for (char *line = strtok_r(bytes, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        int parent = read_parent(path, ++number, line, t->nodes_n, e);
        if (parent < -1)
            goto fail;
        add_node(t, parent);
    }
    if (t->nodes_n == 0) {
        error_at(e, path, 0, "holds no tree (expected a line \"name parent\" for each node)");
        goto fail;
    }
    free(bytes);
    return t;
fail:
    free(bytes);
    tree_free(t);
    return NULL;
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    free(t->parent);
    free(t->leaf);
    free(t->group_size);
    free(t);
}

int tree_nodes(const struct tree *t)
{
    return t->nodes_n;
}

int tree_parent(const struct tree *t, int node)
{
    return t->parent[node];
}

bool tree_is_leaf(const struct tree *t, int node)
{
    return t->leaf[node];
}

int tree_groups(const struct tree *t)
{
    return t->groups_n;
}

int tree_group_size(const struct tree *t, int group)
{
    return t->group_size[group];
}
