#include "app/key_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/actions.h"
#include "base/file.h"
#include "base/memory.h"
#include "screen/keys.h"

#define BLANKS " \t\r"

enum { KEY_FILE_MAX = 1 << 20 }; /* bytes */

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

static int key_file_lines(char *text, const char *path, struct key_lines *l, struct error *e)
{
    struct error why;
    char *rest = text;
    int status = 0, n = 1;
    for (char *line; status == 0 && (line = strsep(&rest, "\n")); n++)
        if (key_file_line(l, line, &why) < 0)
            status = error_set(e, "%s: line %d: %s", path, n, why.text);
    return status;
}

int key_file_read(struct error *e)
{
    struct error why;
    struct key_lines l = {0};
    size_t length;
    char *path = file_user_path("XDG_CONFIG_HOME", ".config", "keys");
    bool there = path && (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR));
    char *text = there ? file_read(path, KEY_FILE_MAX, &length, e) : NULL;
    int status = there && !text ? -1 : 0;
    if (text && strlen(text) != length)
        status = error_at(e, path, 0, "holds a NUL byte (expected text)");
    else if (text)
        status = key_file_lines(text, path, &l, e);
    if (status == 0 && actions_change(l.keys, l.n, &why) < 0)
        status = error_set(e, "%s: %s", path, why.text);
    free(l.keys);
    free(text);
    free(path);
    return status;
}
