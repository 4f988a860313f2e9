/* A class hierarchy as Darknet's softmax tree files give it: a line "name parent" a node, siblings on
 * consecutive lines, parent -1 for a root. */
#ifndef ISPLIT_NET_TREE_H
#define ISPLIT_NET_TREE_H

#include <stdbool.h>

#include "base/error.h"

struct tree {
    int nodes_n;
    int *parent; /* [nodes_n]; -1 for a root */
    bool *leaf;  /* [nodes_n] */
    int groups_n;
    int *group_size; /* [groups_n]; siblings, in order: each group is one softmax */
};

/* NULL on error. */
struct tree *tree_read(const char *path, struct error *e);
void tree_free(struct tree *t);

#endif
