#include "csv/provenance.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet.h"
#include "csv/sheet_reader.h"

struct provenance {
    struct provenance_entry {
        char *key, *value;
    } * entries;
    int n;
};

struct provenance *provenance_new(void)
{
    return memory_new(1, sizeof(struct provenance));
}

static void provenance_append(struct provenance *p, const char *key, char *value)
{
    p->entries = memory_grow(p->entries, (size_t)p->n + 1, sizeof *p->entries);
    p->entries[p->n++] = (struct provenance_entry){memory_copy(key), value};
}

void provenance_add(struct provenance *p, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *value = memory_format_list(format, args);
    va_end(args);
    provenance_append(p, key, value);
}

void provenance_add_arguments(struct provenance *p, int argc, char **argv)
{
    size_t size;
    char *text;
    FILE *out = memory_stream(&text, &size);
    for (int i = 0; i < argc; i++) {
        char *word = text_shell(argv[i]);
        fprintf(out, "%s%s", i ? " " : "", word);
        free(word);
    }
    fclose(out);
    provenance_append(p, "arguments", text);
}

void provenance_add_time(struct provenance *p)
{
    char text[CLOCK_DATE];
    clock_date((int64_t)time(NULL), text);
    provenance_append(p, "time", memory_copy(text));
}

void provenance_free(struct provenance *p)
{
    for (int i = 0; p && i < p->n; i++) {
        free(p->entries[i].key);
        free(p->entries[i].value);
    }
    if (p)
        free(p->entries);
    free(p);
}

const char *provenance_find(const struct provenance *p, const char *key)
{
    for (int i = 0; p && i < p->n; i++)
        if (strcmp(p->entries[i].key, key) == 0)
            return p->entries[i].value;
    return NULL;
}

static int take_entry(void *data, char **cells, int n, struct error *e)
{
    struct provenance *p = data;
    if (n != 2)
        return error_set(e, "has %d columns (expected key,value)", n);
    provenance_append(p, cells[0], memory_copy(cells[1]));
    return 0;
}

struct provenance *provenance_read(const char *path, struct error *e)
{
    struct provenance *p = provenance_new();
    struct sheet_reader *r = sheet_reader_open(path, take_entry, p, e);
    int status = r ? 1 : -1;
    while (status > 0)
        status = sheet_reader_step(r, e);
    sheet_reader_close(r);
    if (status == 0 && (p->n == 0 || strcmp(p->entries[0].key, "key") != 0))
        status = error_at(e, path, 1, "is no provenance (expected the header key,value)");
    if (status == 0)
        return p;
    provenance_free(p);
    return NULL;
}

struct provenance *provenance_of(const char *path)
{
    char *beside = provenance_path(path);
    struct provenance *p = access(beside, R_OK) == 0 ? provenance_read(beside, NULL) : NULL;
    free(beside);
    return p;
}

static void write_entries(const struct provenance *p, FILE *out)
{
    struct sheet *s = sheet_new(out);
    sheet_names(s, "key,value");
    sheet_end_row(s);
    for (int i = 0; i < p->n; i++) {
        sheet_text(s, p->entries[i].key);
        sheet_text(s, p->entries[i].value);
        sheet_end_row(s);
    }
    sheet_free(s);
}

/* Both are written before either is renamed, so that a full disk destroys neither of an earlier pair. */
static int commit_pair(struct file_out *csv, struct file_out *meta, const char *path, struct error *e)
{
    if (file_out_sync(meta) < 0) {
        error_at(e, path, 0, "cannot write its .meta.csv: %s", strerror(errno));
        file_out_abandon(csv);
        file_out_abandon(meta);
        return -1;
    }
    return file_out_commit_pair(csv, meta, e);
}

char *provenance_path(const char *path)
{
    return memory_format("%s.meta.csv", path);
}

int provenance_write(const struct provenance *p, const char *path,
                     void (*report)(FILE *, const struct report *), const struct report *r, struct error *e)
{
    struct file_out csv, meta;
    if (file_out_open(&csv, path, e) < 0)
        return -1;
    report(csv.stream, r);
    if (!csv.temporary)
        return file_out_commit(&csv, e);
    char *adjacent = provenance_path(path);
    int status = file_out_open(&meta, adjacent, e);
    free(adjacent);
    if (status < 0) {
        file_out_abandon(&csv);
        return -1;
    }
    write_entries(p, meta.stream);
    return commit_pair(&csv, &meta, path, e);
}
