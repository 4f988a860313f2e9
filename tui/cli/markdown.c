#include "cli/markdown.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { CODE_INDENT = 4, HEADINGS = 6 };

/* ---- Kinds of lines ---------------------------------------------------------------------------------- */

static bool is_blank(const char *line)
{
    return !line[strspn(line, " \t\r")];
}

static int indent_of(const char *line)
{
    return (int)strspn(line, " ");
}

/* The level of a heading, 0 for other lines. */
static int heading_level(const char *line)
{
    int level = (int)strspn(line, "#");
    return level <= HEADINGS && line[level] == ' ' ? level : 0;
}

/* Bytes of "- " or "12. ", with the blanks before; 0 for other lines. */
static int item_mark(const char *line)
{
    int at = indent_of(line);
    int digits = (int)strspn(line + at, "0123456789");
    if (digits > 0 && digits < 4 && strncmp(line + at + digits, ". ", 2) == 0)
        return at + digits + 2;
    return (line[at] == '-' || line[at] == '*') && line[at + 1] == ' ' ? at + 2 : 0;
}

static bool is_fence(const char *line)
{
    return strncmp(line, "```", 3) == 0;
}

static bool is_comment(const char *line)
{
    return strncmp(line, "<!--", 4) == 0;
}

static bool is_row(const char *line)
{
    return line[indent_of(line)] == '|';
}

/* "|---|:--|" under the head of a table. */
static bool is_rule(const char *line)
{
    return is_row(line) && !line[strspn(line, " |-:\r")];
}

/* Whether the line ends a paragraph before it. */
static bool breaks(const char *line)
{
    return is_blank(line) || heading_level(line) || item_mark(line) || is_fence(line) || is_comment(line) ||
           is_row(line);
}

/* ---- Blocks ------------------------------------------------------------------------------------------ */

struct markdown {
    struct markdown_block *blocks; /* [n] */
    int n;
};

static struct markdown_block *markdown_add(struct markdown *m, enum markdown_kind kind, int level)
{
    m->blocks = memory_grow(m->blocks, (size_t)m->n + 1, sizeof *m->blocks);
    m->blocks[m->n] = (struct markdown_block){.kind = kind, .level = level};
    return &m->blocks[m->n++];
}

static void append_line(char **text, const char *line, char separator)
{
    char *longer = *text ? memory_format("%s%c%s", *text, separator, line) : memory_copy(line);
    free(*text);
    *text = longer;
}

/* Each of these reads a block that begins at line i and returns the line after it. */

/* The lines that continue a text, trimmed. */
static int take_text(struct markdown_block *block, char **lines, int i, const char *first)
{
    char *copy = memory_copy(first);
    append_line(&block->text, text_trim(copy), ' ');
    free(copy);
    for (i++; lines[i] && !breaks(lines[i]); i++) {
        copy = memory_copy(lines[i]);
        append_line(&block->text, text_trim(copy), ' ');
        free(copy);
    }
    return i;
}

static int take_heading(struct markdown *m, char **lines, int i)
{
    int level = heading_level(lines[i]);
    struct markdown_block *block = markdown_add(m, MARKDOWN_HEADING, level);
    char *copy = memory_copy(lines[i] + level);
    block->text = memory_copy(text_trim(copy));
    free(copy);
    return i + 1;
}

static int take_item(struct markdown *m, char **lines, int i)
{
    int mark = item_mark(lines[i]), indent = indent_of(lines[i]);
    struct markdown_block *block = markdown_add(m, MARKDOWN_ITEM, indent >= 2);
    snprintf(block->marker, sizeof block->marker, "%.*s", mark - indent - 1, lines[i] + indent);
    return take_text(block, lines, i, lines[i] + mark);
}

static int take_fenced(struct markdown *m, char **lines, int i)
{
    struct markdown_block *block = markdown_add(m, MARKDOWN_CODE, 0);
    for (i++; lines[i] && !is_fence(lines[i]); i++)
        append_line(&block->text, lines[i], '\n');
    if (!block->text)
        block->text = memory_copy("");
    return lines[i] ? i + 1 : i;
}

/* Blank lines within it belong to it, those after it do not. */
static int take_indented(struct markdown *m, char **lines, int i)
{
    struct markdown_block *block = markdown_add(m, MARKDOWN_CODE, 0);
    int blank = 0;
    for (; lines[i] && (is_blank(lines[i]) || indent_of(lines[i]) >= CODE_INDENT); i++) {
        if (is_blank(lines[i])) {
            blank++;
            continue;
        }
        for (; blank > 0; blank--)
            append_line(&block->text, "", '\n');
        append_line(&block->text, lines[i] + CODE_INDENT, '\n');
    }
    return i;
}

static int skip_comment(char **lines, int i)
{
    while (lines[i] && !strstr(lines[i], "-->"))
        i++;
    return lines[i] ? i + 1 : i;
}

/* ---- Tables ------------------------------------------------------------------------------------------ */

/* Cuts the next cell off a row. A | after a backslash belongs to the cell. NULL: no more. */
static char *next_cell(const char **row)
{
    const char *p = *row + (**row == '|');
    if (is_blank(p))
        return NULL;
    char *cell = memory_new(strlen(p) + 1, 1);
    int n = 0;
    for (; *p && *p != '|'; p++) {
        if (p[0] == '\\' && p[1] == '|')
            p++;
        else if (p[0] == '\\' && p[1])
            cell[n++] = *p++; /* kept for the reader of the cell */
        cell[n++] = *p;
    }
    *row = p;
    char *trimmed = memory_copy(text_trim(cell));
    free(cell);
    return trimmed;
}

static int count_cells(const char *line)
{
    const char *row = line + indent_of(line);
    int n = 0;
    for (char *cell; (cell = next_cell(&row)); n++)
        free(cell);
    return n;
}

static int take_table(struct markdown *m, char **lines, int i)
{
    struct markdown_block *t = markdown_add(m, MARKDOWN_TABLE, 0);
    int cells = count_cells(lines[i]);
    t->columns = cells < MARKDOWN_COLUMNS ? cells : MARKDOWN_COLUMNS;
    for (; lines[i] && is_row(lines[i]); i++) {
        if (is_rule(lines[i]))
            continue;
        size_t columns = (size_t)t->columns, first = (size_t)t->rows * columns;
        t->cells = memory_grow(t->cells, first + columns, sizeof *t->cells);
        const char *row = lines[i] + indent_of(lines[i]);
        for (size_t c = 0; c < columns; c++) {
            char *cell = next_cell(&row);
            t->cells[first + c] = cell ? cell : memory_copy("");
        }
        t->rows++;
    }
    return i;
}

/* ---- The page ---------------------------------------------------------------------------------------- */

static int take_block(struct markdown *m, char **lines, int i)
{
    if (is_blank(lines[i]))
        return i + 1;
    if (is_comment(lines[i]))
        return skip_comment(lines, i);
    if (is_fence(lines[i]))
        return take_fenced(m, lines, i);
    if (indent_of(lines[i]) >= CODE_INDENT && !item_mark(lines[i]))
        return take_indented(m, lines, i);
    if (heading_level(lines[i]))
        return take_heading(m, lines, i);
    if (item_mark(lines[i]))
        return take_item(m, lines, i);
    if (is_row(lines[i]) && count_cells(lines[i]) > 0 && !is_rule(lines[i]))
        return take_table(m, lines, i);
    return take_text(markdown_add(m, MARKDOWN_PARAGRAPH, 0), lines, i, lines[i]);
}

struct markdown *markdown_read(const char *text)
{
    struct markdown *m = memory_new(1, sizeof *m);
    char *copy = memory_copy(text), *rest = copy;
    char **lines = NULL;
    size_t n = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        lines = memory_grow(lines, n + 2, sizeof *lines);
        lines[n++] = line;
        lines[n] = NULL;
    }
    for (int i = 0; lines[i];)
        i = take_block(m, lines, i);
    free(lines);
    free(copy);
    return m;
}

void markdown_free(struct markdown *m)
{
    for (int i = 0; i < m->n; i++) {
        struct markdown_block *block = &m->blocks[i];
        free(block->text);
        for (int k = 0; k < block->rows * block->columns; k++)
            free(block->cells[k]);
        free(block->cells);
    }
    free(m->blocks);
    free(m);
}

const struct markdown_block *markdown_blocks(const struct markdown *m, int *n)
{
    *n = m->n;
    return m->blocks;
}
