#include "app/key_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/actions.h"
#include "base/file.h"
#include "base/memory.h"
#include "screen/keys.h"

#define BLANKS " \t\r\n"

struct key_lines {
    int (*keys)[2]; /* [n] the usual one, and the one in its place */
    int n;
};

/* "#" is a key, too: "# F2" changes it, and any other line that begins so is a comment. */
static bool key_file_is_comment(char *const words[3])
{
    bool key = words[0][1] == '\0' && words[1] && !words[2] && keys_parse(words[1]) >= 0;
    return words[0][0] == '#' && !key;
}

/* "E Ctrl-E"; an empty line and a comment are none. */
static int key_file_line(struct key_lines *l, char *line, struct error *e)
{
    char *rest = NULL, *words[3] = {NULL};
    for (int i = 0; i < 3 && (i == 0 || words[i - 1]); i++)
        words[i] = strtok_r(i ? NULL : line, BLANKS, &rest);
    if (!words[0] || key_file_is_comment(words))
        return 0;
    if (!words[1] || words[2])
        return error_set(e, "expected two keys: the usual one, and the one in its place");
    int from = keys_parse(words[0]), to = keys_parse(words[1]);
    if (from < 0 || to < 0)
        return error_set(e, "no key is called '%.40s' (expected names as in the help)",
                         words[from < 0 ? 0 : 1]);
    l->keys = memory_grow(l->keys, (size_t)l->n + 1, sizeof *l->keys);
    l->keys[l->n][0] = from;
    l->keys[l->n++][1] = to;
    return 0;
}

static int key_file_lines(FILE *in, const char *path, struct key_lines *l, struct error *e)
{
    char *line = NULL;
    size_t capacity = 0;
    struct error why;
    int status = 0;
    for (int n = 1; status == 0 && getline(&line, &capacity, in) >= 0; n++)
        if (key_file_line(l, line, &why) < 0)
            status = error_set(e, "%s: line %d: %s", path, n, why.text);
    if (status == 0 && ferror(in))
        status = error_set(e, "%s: %s", path, strerror(errno));
    free(line);
    return status;
}

int key_file_read(struct error *e)
{
    struct error why;
    struct key_lines l = {0};
    char *path = file_user_path("XDG_CONFIG_HOME", ".config", "keys");
    FILE *in = path ? fopen(path, "re") : NULL;
    int status = 0;
    if (in) {
        status = key_file_lines(in, path, &l, e);
        fclose(in);
    } else if (path && errno != ENOENT && errno != ENOTDIR) {
        status = error_set(e, "%s: %s", path, strerror(errno));
    }
    if (status == 0 && actions_change(l.keys, l.n, &why) < 0)
        status = error_set(e, "%s: %s", path, why.text);
    free(l.keys);
    free(path);
    return status;
}
