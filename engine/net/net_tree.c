/* The tree file of a hierarchical softmax, as the layer needs it and as Darknet can read it: Darknet reads
 * each line with sscanf("%s %d") into 256 bytes and counts empty lines as nodes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/net_reader.h"
#include "net/tree.h"

#define TREE_BYTES_MAX ((size_t)64 << 20)
#define TREE_LINE_MAX 255

static int check_lines(const char *path, struct error *e)
{
    size_t length;
    char *text = file_read(path, TREE_BYTES_MAX, &length, e);
    if (!text)
        return -1;
    int status = 0;
    char *rest = text;
    if (strlen(text) != length)
        status = error_at(e, path, 0, "holds a NUL byte (expected a text file)");
    for (long line = 1; status == 0 && rest && *rest; line++) {
        const char *at = strsep(&rest, "\n");
        if (at[strspn(at, " \t\r")] == '\0' || strlen(at) > TREE_LINE_MAX)
            status = error_at(e, path, line, "is %s (expected \"name parent\")",
                              strlen(at) > TREE_LINE_MAX ? "a line of over 255 bytes" : "an empty line");
    }
    free(text);
    return status;
}

static int check_tree(const char *path, int64_t nodes, struct error *e)
{
    if (check_lines(path, e) < 0)
        return -1;
    struct tree *tree = tree_read(path, e);
    if (!tree)
        return -1;
    int n = tree_nodes(tree);
    tree_free(tree);
    if (n != nodes)
        return error_at(e, path, 0, "has %d nodes (expected %lld, one for each score)", n, (long long)nodes);
    return 0;
}

/* As given, as Darknet does; else next to the cfg. */
static char *find_tree(const char *value, const char *cfg_path)
{
    const char *slash = strrchr(cfg_path, '/');
    if (value[0] == '/' || access(value, R_OK) == 0 || !slash)
        return memory_copy(value);
    char *adjacent = memory_format("%.*s/%s", (int)(slash - cfg_path), cfg_path, value);
    if (access(adjacent, R_OK) == 0)
        return adjacent;
    free(adjacent);
    return memory_copy(value);
}

int net_read_tree(struct net_reader *r, const struct cfg_option *option, int64_t nodes)
{
    struct net_layer *l = r->layer;
    l->tree = find_tree(option->value, r->cfg->path);
    if (strpbrk(l->tree, " \t\r\n"))
        return error_at(r->e, r->cfg->path, option->line,
                        "the path of the tree file has a space in it, which Darknet cannot read");
    struct error why;
    if (check_tree(l->tree, nodes, &why) < 0)
        return error_at(r->e, r->cfg->path, option->line, "tree: %s", why.text);
    return 0;
}
