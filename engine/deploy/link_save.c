#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "deploy/link_text.h"
#include "net/cfg.h"

/* Whether a line begins the section of that name, as the reader of these files sees it: without spaces. */
static bool link_save_begins(const char *line, size_t length, const char *name)
{
    size_t at = 0, n = strlen(name);
    char *plain = memory_new(length + 1, 1);
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r", line[i]))
            plain[at++] = line[i];
    bool same = at == n + 2 && plain[0] == '[' && memcmp(plain + 1, name, n) == 0 && plain[n + 1] == ']';
    free(plain);
    return same;
}

/* The file's lines, without the section of that name. */
static void link_save_others(FILE *out, const char *text, const char *name)
{
    bool dropped = false;
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        size_t blanks = strspn(line, " \t");
        if (line[blanks] == '[')
            dropped = link_save_begins(line, length, name);
        if (!dropped)
            fprintf(out, "%.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void link_save_section(FILE *out, const struct link *l, const char *comment)
{
    char *shown = text_escape(comment);
    fprintf(out, "[%s]\n# %s\n", l->name, shown);
    free(shown);
    fprintf(out, "bandwidth=%.9g\nrtt=%.9g\n", l->mbit_s, l->rtt_ms);
    if (l->mbit_range[1] > 0)
        fprintf(out, "bandwidth_low=%.9g\nbandwidth_high=%.9g\n", l->mbit_range[0], l->mbit_range[1]);
    if (l->rtt_range[1] > 0)
        fprintf(out, "rtt_low=%.9g\nrtt_high=%.9g\n", l->rtt_range[0], l->rtt_range[1]);
    fprintf(out, "mtu=%d\nheader=%d\ntransport=%s\nslow_start=%d\n", l->mtu, l->header,
            link_transport_words[l->transport], l->slow_start);
    if (l->loss > 0)
        fprintf(out, "loss=%.9g\n", l->loss);
    if (l->joule_byte > 0)
        fprintf(out, "energy=%.9g\n", l->joule_byte);
}

/* The text of the file, "" where there is none. NULL: it is no file of links, or cannot be read. */
static char *link_save_read(const char *path, struct error *e)
{
    size_t length;
    if (access(path, F_OK) < 0)
        return memory_copy("");
    struct link_list *list = link_list_read(path, e);
    link_list_free(list);
    return list ? file_read(path, CFG_BYTES_MAX, &length, e) : NULL;
}

int link_list_save(const char *path, const struct link *l, const char *comment, struct error *e)
{
    struct file_out f;
    char *text = link_save_read(path, e);
    if (!text || file_make_folders(path, e) < 0 || file_out_open(&f, path, e) < 0) {
        free(text);
        return -1;
    }
    link_save_others(f.stream, text, l->name);
    link_save_section(f.stream, l, comment);
    free(text);
    return file_out_commit(&f, e);
}
