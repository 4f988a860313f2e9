#include "csv/provenance.h"

#include <errno.h>
#include <inttypes.h>
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

#define PROVENANCE_HASH "rows_xxh3"

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

void provenance_add_origin(struct provenance *p, const struct provenance *from)
{
    static const char *const own[] = {"program", "version", "arguments", "time"};
    for (int i = 0; from && i < from->n; i++) {
        const struct provenance_entry *entry = &from->entries[i];
        bool is_own = false;
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
            is_own = is_own || strcmp(entry->key, own[k]) == 0;
        char *name = memory_format("%s%s", is_own ? "from_" : "", entry->key);
        if (strcmp(name, "key") != 0 && strcmp(name, PROVENANCE_HASH) != 0)
            provenance_add(p, name, "%s", entry->value);
        free(name);
    }
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

#define NO_PROVENANCE "is no provenance (expected the header key,value)"
enum { PROVENANCE_MOST = 100000 }; /* keys: far more than any of ours has */

static int take_entry(void *data, char **cells, int n, struct error *e)
{
    struct provenance *p = data;
    if (n != 2)
        return error_set(e, "has %d columns (expected key,value)", n);
    if (p->n == 0 && strcmp(cells[0], "key") != 0)
        return error_set(e, NO_PROVENANCE);
    if (p->n > PROVENANCE_MOST)
        return error_set(e, "has more than %d keys", PROVENANCE_MOST);
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
    if (status == 0 && p->n == 0)
        status = error_at(e, path, 1, NO_PROVENANCE);
    if (status == 0)
        return p;
    provenance_free(p);
    return NULL;
}

static int provenance_pass_row(void *data, char **cells, int n, struct error *e)
{
    (void)data, (void)cells, (void)n, (void)e;
    return 0;
}

/* Of the rows of a file; -1: they cannot be read as CSV. */
static int provenance_hash(const char *path, uint64_t *xxh3, struct error *e)
{
    struct sheet_reader *r = sheet_reader_open(path, provenance_pass_row, NULL, e);
    int status = r ? 1 : -1;
    while (status > 0)
        status = sheet_reader_step(r, e);
    if (status == 0)
        *xxh3 = sheet_reader_xxh3(r);
    sheet_reader_close(r);
    return status;
}

int provenance_check_hash(const struct provenance *p, const char *path, uint64_t xxh3, struct error *e)
{
    const char *wanted = provenance_find(p, PROVENANCE_HASH);
    char own[17];
    snprintf(own, sizeof own, "%016" PRIx64, xxh3);
    if (!wanted || strcmp(wanted, own) == 0)
        return 0;
    return error_at(e, path, 0,
                    "does not hold the rows that its .meta.csv was written with (edited since? then "
                    "delete " PROVENANCE_HASH " there)");
}

/* Whatever is beside the file; NULL: nothing that can be read. */
static struct provenance *provenance_beside(const char *path)
{
    char *beside = provenance_path(path);
    struct provenance *p = access(beside, R_OK) == 0 ? provenance_read(beside, NULL) : NULL;
    free(beside);
    return p;
}

static int provenance_check_file(const struct provenance *p, const char *path, struct error *e)
{
    uint64_t xxh3;
    if (!provenance_find(p, PROVENANCE_HASH))
        return 0;
    return provenance_hash(path, &xxh3, e) < 0 ? -1 : provenance_check_hash(p, path, xxh3, e);
}

int provenance_check(const char *path, struct error *e)
{
    struct provenance *p = provenance_beside(path);
    int status = provenance_check_file(p, path, e);
    provenance_free(p);
    return status;
}

struct provenance *provenance_own(const char *path, struct error *why)
{
    struct provenance *p = provenance_beside(path);
    why->text[0] = '\0';
    if (provenance_check_file(p, path, why) == 0)
        return p;
    provenance_free(p);
    return NULL;
}

struct provenance *provenance_of(const char *path)
{
    struct error unwanted;
    return provenance_own(path, &unwanted);
}

/* Of the rows of `csv`, where it is CSV; JSON, which nothing reads back, is not. */
static void write_hash(struct sheet *s, const char *csv)
{
    struct error unwanted;
    uint64_t xxh3;
    char hash[17];
    if (provenance_hash(csv, &xxh3, &unwanted) < 0)
        return;
    snprintf(hash, sizeof hash, "%016" PRIx64, xxh3);
    sheet_names(s, PROVENANCE_HASH);
    sheet_text(s, hash);
    sheet_end_row(s);
}

static void write_entries(const struct provenance *p, const char *csv, FILE *out)
{
    struct sheet *s = sheet_new(out);
    sheet_names(s, "key,value");
    sheet_end_row(s);
    for (int i = 0; i < p->n; i++) {
        sheet_text(s, p->entries[i].key);
        sheet_text(s, p->entries[i].value);
        sheet_end_row(s);
    }
    write_hash(s, csv);
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
    if (fflush(csv.stream) != 0 || ferror(csv.stream)) {
        error_at(e, path, 0, "cannot write: %s", strerror(errno));
        file_out_abandon(&csv);
        return -1;
    }
    char *adjacent = provenance_path(path);
    int status = file_out_open(&meta, adjacent, e);
    free(adjacent);
    if (status < 0) {
        file_out_abandon(&csv);
        return -1;
    }
    write_entries(p, csv.temporary, meta.stream);
    return commit_pair(&csv, &meta, path, e);
}
