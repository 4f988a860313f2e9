#include "csv/sheet_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet_reader.h"

/* Bytes of a header in a message. */
enum { HEADER_SHOWN = 60 };

struct rows {
    const char *const *names, *const *formerly;
    int required;
    const char *expected;
    sheet_rows_take *begin, *take;
    void *data;
    const struct sheet_reader *reader;

    int n;         /* names */
    int *at;       /* [n] where each is; -1: nowhere */
    char **picked; /* [n] */
    int cells_n;   /* of each row; 0: the header has not come yet */
};

/* "has no column 'layer' in its header 'Schicht;ms' (expected ...)". Always -1. */
static int miss_column(const struct rows *r, const char *name, char **cells, int n, struct error *e)
{
    char *header = memory_copy("");
    for (int i = 0; i < n && strlen(header) < HEADER_SHOWN; i++) {
        char *longer = memory_format("%s%s%s", header, i ? "," : "", cells[i]);
        free(header);
        header = longer;
    }
    char *shown = text_escape(header);
    error_set(e, "has no column '%s' in its header '%.*s%s' (expected %s)", name, HEADER_SHOWN, shown,
              strlen(shown) > HEADER_SHOWN ? "..." : "", r->expected);
    free(shown);
    free(header);
    return -1;
}

/* Where a column is, under its present name or a former one; -1: nowhere. */
static int sheet_rows_find(const struct rows *r, const char *name, char **cells, int n)
{
    int at = sheet_reader_column(cells, n, name);
    for (const char *const *pair = r->formerly; pair && pair[0] && at < 0; pair += 2)
        if (strcmp(pair[1], name) == 0)
            at = sheet_reader_column(cells, n, pair[0]);
    return at;
}

static int sheet_rows_take_header(struct rows *r, char **cells, int n, struct error *e)
{
    for (int c = 0; c < r->n; c++) {
        r->at[c] = sheet_rows_find(r, r->names[c], cells, n);
        if (c < r->required && r->at[c] < 0)
            return miss_column(r, r->names[c], cells, n, e);
        r->picked[c] = r->at[c] < 0 ? NULL : cells[r->at[c]];
    }
    r->cells_n = n;
    return r->begin ? r->begin(r->data, r->picked, sheet_reader_line(r->reader), e) : 0;
}

static int sheet_rows_pick(void *data, char **cells, int n, struct error *e)
{
    static char none[] = "";
    struct rows *r = data;
    if (r->cells_n == 0)
        return sheet_rows_take_header(r, cells, n, e);
    if (n != r->cells_n)
        return error_set(e, "has %d columns (expected %d)", n, r->cells_n);
    for (int c = 0; c < r->n; c++)
        r->picked[c] = r->at[c] < 0 ? none : cells[r->at[c]];
    return r->take(r->data, r->picked, sheet_reader_line(r->reader), e);
}

int sheet_rows_read(const char *path, const char *const *names, int required, const char *const *formerly,
                    const char *expected, sheet_rows_take *begin, sheet_rows_take *take, void *data,
                    struct error *e)
{
    struct rows r = {.names = names,
                     .formerly = formerly,
                     .required = required,
                     .expected = expected,
                     .begin = begin,
                     .take = take,
                     .data = data};
    while (names[r.n])
        r.n++;
    struct sheet_reader *reader = sheet_reader_open(path, sheet_rows_pick, &r, e);
    if (!reader)
        return -1;
    r.reader = reader;
    r.at = memory_new((size_t)r.n, sizeof *r.at);
    r.picked = memory_new((size_t)r.n, sizeof *r.picked);
    int status = 1;
    while (status > 0)
        status = sheet_reader_step(reader, e);
    sheet_reader_close(reader);
    free(r.at);
    free(r.picked);
    return status;
}

int sheet_rows_bad_cell(struct error *e, const char *const *names, char **cells, int column,
                        const char *expected)
{
    return sheet_reader_bad_cell(e, names[column], cells[column], expected);
}
