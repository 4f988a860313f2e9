#include "csv/sheet_reader.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/text.h"

enum { PORTION = 65536, ROW_MOST = 64 << 20 }; /* bytes */

struct sheet_reader {
    char *path;
    int fd;
    sheet_take *take;
    void *data;
    struct csv_parser parser;
    char portion[PORTION];
    long done, of; /* bytes */
    uint64_t xxh3;

    char separator;      /* of the cells: a comma, unless the header says otherwise */
    size_t row_n;        /* bytes of the row so far */
    long line, row_line; /* the line being read, and the one in which the row begins */
    char *text;          /* [text_capacity] the row's cells, each with a NUL */
    size_t text_n, text_capacity;
    size_t *starts; /* [starts_capacity] of the cells in it */
    char **cells;   /* likewise */
    int cells_n, starts_capacity;
    bool ended;  /* the row began in this line */
    bool inside; /* the line before did not end its row: a quoted cell goes on */
    bool failed;
    struct error why;
};

static void add_cell(void *cell, size_t length, void *data)
{
    struct sheet_reader *r = data;
    if (r->text_n + length + 1 > r->text_capacity) {
        r->text_capacity = 2 * (r->text_n + length + 1);
        r->text = memory_grow(r->text, r->text_capacity, 1);
    }
    if (r->cells_n == r->starts_capacity) {
        r->starts_capacity = 2 * r->starts_capacity + 32;
        r->starts = memory_grow(r->starts, (size_t)r->starts_capacity, sizeof *r->starts);
        r->cells = memory_grow(r->cells, (size_t)r->starts_capacity, sizeof *r->cells);
    }
    r->starts[r->cells_n++] = r->text_n;
    memcpy(r->text + r->text_n, cell, length);
    r->text[r->text_n + length] = '\0';
    if (memchr(cell, '\0', length) && !r->failed) {
        r->failed = true;
        error_set(&r->why, "column %d holds a NUL byte", r->cells_n);
    }
    r->text_n += length + 1;
}

/* "0,25" becomes "0.25"; other texts stay. */
static void point_decimal(char *cell)
{
    char *comma = strchr(cell, ',');
    const char *digits = cell + (*cell == '-' || *cell == '+');
    size_t before = strspn(digits, "0123456789");
    if (!comma || digits + before != comma || comma[1] < '0' || comma[1] > '9')
        return;
    const char *end = comma + 1 + strspn(comma + 1, "0123456789");
    if (*end == '\0' || *end == 'e' || *end == 'E')
        *comma = '.';
}

/* A spreadsheet that separates cells by something else needs the comma for numbers; and it writes rows of
 * empty cells. */
static bool sheet_reader_fit_row(struct sheet_reader *r)
{
    bool empty = true;
    for (int i = 0; i < r->cells_n; i++) {
        r->cells[i] = r->text + r->starts[i];
        empty = empty && r->cells[i][0] == '\0';
        if (r->separator != ',')
            point_decimal(r->cells[i]);
    }
    return !empty || r->cells_n < 2;
}

static void sheet_reader_end_row(int character, void *data)
{
    struct sheet_reader *r = data;
    (void)character;
    if (!r->failed && sheet_reader_fit_row(r)) {
        r->xxh3 += XXH3_64bits(r->text, r->text_n);
        r->failed = r->take(r->data, r->cells, r->cells_n, &r->why) < 0;
    }
    r->text_n = 0;
    r->cells_n = 0;
    r->ended = true;
}

struct sheet_reader *sheet_reader_open(const char *path, sheet_take *take, void *data, struct error *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    if (fd < 0 || fstat(fd, &st) < 0) {
        error_at(e, path, 0, "cannot open: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        error_at(e, path, 0, "is not a regular file");
        close(fd);
        return NULL;
    }
    struct sheet_reader *r = memory_new(1, sizeof *r);
    r->path = memory_copy(path);
    r->fd = fd;
    r->take = take;
    r->data = data;
    r->of = (long)st.st_size;
    r->line = r->row_line = 1;
    csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_blk_size(&r->parser, PORTION); /* by which it grows for long cells */
    return r;
}

void sheet_reader_close(struct sheet_reader *r)
{
    if (!r)
        return;
    csv_free(&r->parser);
    close(r->fd);
    free(r->path);
    free(r->text);
    free(r->starts);
    free(r->cells);
    free(r);
}

/* Always -1. */
static int sheet_reader_fail(const struct sheet_reader *r, const char *why, struct error *e)
{
    return error_at(e, r->path, r->row_line, "%s", why);
}

/* Line by line, so that the line of every row is known. */
static int feed(struct sheet_reader *r, const char *bytes, size_t n, struct error *e)
{
    for (const char *end = bytes + n; bytes < end;) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t length = newline ? (size_t)(newline + 1 - bytes) : (size_t)(end - bytes);
        bool blank = bytes[0] == '\r' || bytes[0] == '\n';
        r->ended = false;
        if (csv_parse(&r->parser, bytes, length, add_cell, sheet_reader_end_row, r) != length)
            return sheet_reader_fail(r,
                                     csv_error(&r->parser) == CSV_EPARSE
                                         ? "a quote where none belongs (expected CSV)"
                                         : csv_strerror(csv_error(&r->parser)),
                                     e);
        if (r->failed)
            return sheet_reader_fail(r, r->why.text, e);
        r->row_n = r->ended ? 0 : r->row_n + length;
        if (r->row_n > ROW_MOST)
            return sheet_reader_fail(r, "a row without an end (expected at most 64 MiB)", e);
        bytes += length;
        r->line += newline != NULL;
        r->inside = !r->ended && (r->inside || !blank);
        if (!r->inside)
            r->row_line = r->line;
    }
    return 0;
}

/* What the header separates its names by: spreadsheets write semicolons or tabs where the comma is the
 * decimal sign. */
static char find_separator(const char *bytes, size_t n)
{
    char found = ',';
    bool quoted = false;
    for (size_t i = 0; i < n && (quoted || bytes[i] != '\n'); i++) {
        quoted = quoted != (bytes[i] == '"');
        if (!quoted && bytes[i] == ',')
            return ',';
        if (!quoted && (bytes[i] == ';' || bytes[i] == '\t'))
            found = bytes[i];
    }
    return found;
}

int sheet_reader_step(struct sheet_reader *r, struct error *e)
{
    static const char mark[] = "\xef\xbb\xbf";
    ssize_t n = read(r->fd, r->portion, sizeof r->portion);
    if (n < 0)
        return errno == EINTR ? 1 : error_at(e, r->path, 0, "cannot read: %s", strerror(errno));
    if (n == 0) {
        if (csv_fini(&r->parser, add_cell, sheet_reader_end_row, r) != 0)
            return sheet_reader_fail(r, "a quote is never closed", e);
        return r->failed ? sheet_reader_fail(r, r->why.text, e) : 0;
    }
    size_t skip = r->done == 0 && n >= 3 && memcmp(r->portion, mark, 3) == 0 ? 3 : 0;
    if (r->done == 0) {
        r->separator = find_separator(r->portion + skip, (size_t)n - skip);
        csv_set_delim(&r->parser, (unsigned char)r->separator);
    }
    r->done += n;
    return feed(r, r->portion + skip, (size_t)n - skip, e) < 0 ? -1 : 1;
}

int sheet_reader_column(char **cells, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(cells[i], name) == 0)
            return i;
    for (int i = 0; i < n; i++)
        if (strcasecmp(cells[i], name) == 0)
            return i;
    return -1;
}

int sheet_reader_bad_cell(struct error *e, const char *column, const char *cell, const char *expected)
{
    char *shown = text_escape(cell);
    error_set(e, "%s is '%.60s' (expected %s)", column, shown, expected);
    free(shown);
    return -1;
}

long sheet_reader_line(const struct sheet_reader *r)
{
    return r->row_line;
}

uint64_t sheet_reader_xxh3(const struct sheet_reader *r)
{
    return r->xxh3;
}

void sheet_reader_progress(const struct sheet_reader *r, long *done, long *of)
{
    *done = r->done;
    *of = r->of > r->done ? r->of : r->done;
}
