/* A class hierarchy as Darknet's softmax tree files give it: a line "name parent" a node, siblings on
 * consecutive lines, parent -1 for a root. */
#ifndef ISPLIT_NET_TREE_H
#define ISPLIT_NET_TREE_H

#include <stdbool.h>

#include "base/error.h"

struct tree;

/* NULL on error. */
struct tree *tree_read(const char *path, struct error *e);
void tree_free(struct tree *t);

int tree_nodes(const struct tree *t);
int tree_parent(const struct tree *t, int node); /* -1 for a root */
bool tree_is_leaf(const struct tree *t, int node);

/* Siblings, in order: each group is one softmax of so many nodes. */
int tree_groups(const struct tree *t);
int tree_group_size(const struct tree *t, int group);

#endif
