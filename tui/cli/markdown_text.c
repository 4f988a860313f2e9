/* Markdown as plain text for a terminal. */
#include "cli/markdown_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { BODY = 4, SUBHEADING = 2 };

/* ---- Text -------------------------------------------------------------------------------------------- */

/* Bytes of the next line of at most `columns` columns: whole words if possible. */
static size_t line_length(const char *text, int columns)
{
    size_t fits = 0;
    for (const char *p = text; *p;) {
        size_t end = (size_t)(p - text) + strcspn(p, " ");
        if (markdown_columns(text, end) > columns)
            break;
        fits = end;
        p = text + end + strspn(text + end, " ");
    }
    if (fits > 0 || !*text)
        return fits;
    int length; /* a word that is too long is cut; one character always goes */
    text_decode(text, &length);
    size_t n = (size_t)length;
    while (text[n] && text[n] != ' ') {
        text_decode(text + n, &length);
        if (markdown_columns(text, n + (size_t)length) > columns)
            break;
        n += (size_t)length;
    }
    return n;
}

/* Removes a line from *text and prints it; returns its width in columns. */
static int markdown_text_print_line(FILE *out, const char **text, int columns)
{
    size_t n = line_length(*text, columns > 1 ? columns : 1);
    fprintf(out, "%.*s", (int)n, *text);
    int taken = markdown_columns(*text, n);
    *text += n;
    *text += strspn(*text, " ");
    return taken;
}

/* `mark` is printed before the first line, blanks before the others. */
static void print_wrapped(FILE *out, const char *marked, int indent, const char *mark, int width)
{
    char *text = markdown_plain(marked);
    const char *rest = text;
    int hang = indent + (int)strlen(mark);
    fprintf(out, "%*s%s", indent, "", mark);
    markdown_text_print_line(out, &rest, width - hang);
    fputc('\n', out);
    while (*rest) {
        fprintf(out, "%*s", hang, "");
        markdown_text_print_line(out, &rest, width - hang);
        fputc('\n', out);
    }
    free(text);
}

static void markdown_text_print_code(FILE *out, const char *code)
{
    char *copy = memory_copy(code), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *shown = text_escape(line);
        fprintf(out, "%*s%s\n", *shown ? 2 * BODY : 0, "", shown);
        free(shown);
    }
    free(copy);
}

/* ---- Tables ------------------------------------------------------------------------------------------ */

/* Cells side by side, each wrapped in its column. */
static void print_cells(FILE *out, char **texts, int n, const int *widths)
{
    const char *rest[MARKDOWN_COLUMNS];
    for (int c = 0; c < n; c++)
        rest[c] = texts[c];
    for (bool more = true; more;) {
        int blanks = BODY;
        more = false;
        for (int c = 0; c < n; c++) {
            int taken = 0;
            if (*rest[c]) {
                fprintf(out, "%*s", blanks, "");
                blanks = 0;
                taken = markdown_text_print_line(out, &rest[c], widths[c]);
            }
            blanks += widths[c] - taken + MARKDOWN_GAP;
            more = more || *rest[c];
        }
        fputc('\n', out);
    }
}

static bool is_empty_row(char **texts, int n)
{
    for (int c = 0; c < n; c++)
        if (*texts[c])
            return false;
    return true;
}

static void print_rule(FILE *out, int n, const int *widths)
{
    fprintf(out, "%*s", BODY, "");
    for (int c = 0; c < n; c++) {
        for (int k = 0; k < widths[c]; k++)
            fputc('-', out);
        fprintf(out, "%*s", c + 1 < n ? MARKDOWN_GAP : 0, "");
    }
    fputc('\n', out);
}

static void markdown_text_print_table(FILE *out, const struct markdown_block *t, int width)
{
    int widths[MARKDOWN_COLUMNS], all = t->rows * t->columns;
    char **texts = memory_new((size_t)all + 1, sizeof *texts);
    for (int i = 0; i < all; i++)
        texts[i] = markdown_plain(t->cells[i]);
    markdown_share(t, texts, width - BODY, widths);
    for (int r = 0; r < t->rows; r++) {
        char **row = texts + (size_t)r * t->columns;
        if (is_empty_row(row, t->columns))
            continue;
        print_cells(out, row, t->columns, widths);
        if (r == 0)
            print_rule(out, t->columns, widths);
    }
    for (int i = 0; i < all; i++)
        free(texts[i]);
    free(texts);
}

/* ---- Blocks ------------------------------------------------------------------------------------------ */

static void markdown_text_print_block(FILE *out, const struct markdown_block *block, int width)
{
    char mark[sizeof block->marker + 1];
    switch (block->kind) {
    case MARKDOWN_HEADING:
        print_wrapped(out, block->text, block->level > 2 ? SUBHEADING : 0, "", width);
        break;
    case MARKDOWN_PARAGRAPH:
        print_wrapped(out, block->text, BODY, "", width);
        break;
    case MARKDOWN_CODE:
        markdown_text_print_code(out, block->text);
        break;
    case MARKDOWN_ITEM:
        snprintf(mark, sizeof mark, "%s ", block->marker);
        print_wrapped(out, block->text, BODY + BODY * block->level, mark, width);
        break;
    case MARKDOWN_TABLE:
        markdown_text_print_table(out, block, width);
        break;
    }
}

void markdown_print_text(FILE *out, const struct markdown *m, int width)
{
    int n;
    const struct markdown_block *blocks = markdown_blocks(m, &n);
    for (int i = 0; i < n; i++) {
        bool list = i > 0 && blocks[i].kind == MARKDOWN_ITEM && blocks[i - 1].kind == MARKDOWN_ITEM;
        bool under = i > 0 && blocks[i - 1].kind == MARKDOWN_HEADING && blocks[i - 1].level > 1;
        if (i > 0 && !list && !under)
            fputc('\n', out);
        markdown_text_print_block(out, &blocks[i], width);
    }
}
