/* Markdown as a manual page, in the man macros (groff and mandoc read them alike). */
#include "cli/markdown_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* ---- Text -------------------------------------------------------------------------------------------- */

/* Text escaped for roff: quotes and dashes stay plain, so that they can be copied from the page. `first`: at
 * the beginning of a line, where a dot would make it a macro. */
static void print_text(FILE *out, const char *text, bool first)
{
    static const char special[] = "\\-'\"`^~";
    static const char *const escapes[] = {"\\e", "\\-", "\\(aq", "\\(dq", "\\(ga", "\\(ha", "\\(ti"};
    if (first && (*text == '.' || *text == '\''))
        fputs("\\&", out);
    int length;
    for (const char *p = text; *p; p += length) {
        const char *found = strchr(special, *p);
        int code = text_decode(p, &length);
        if (found)
            fputs(escapes[found - special], out);
        else if (code < 0x80)
            fputc(*p, out);
        else
            fprintf(out, "\\[u%04X]", (unsigned)code);
    }
}

/* "[isplit plan](plan.md)" and "[plan](plan.md)" as "isplit-plan(1)"; false: the link has another text or
 * target. */
static bool print_page(FILE *out, const char *text, const char *url)
{
    const char *name = strncmp(text, "isplit ", 7) == 0 ? text + 7 : text;
    size_t length = strlen(name);
    bool page = strncmp(url, name, length) == 0 && strcmp(url + length, ".md") == 0;
    if (!page)
        return false;
    fputs("\\fBisplit", out);
    if (strcmp(name, "isplit") != 0) {
        fputs("\\-", out);
        print_text(out, name, false);
    }
    fputs("\\fR(1)", out);
    return true;
}

static void print_span(FILE *out, enum markdown_style style, const char *text, const char *url, bool first)
{
    static const char *const fonts[] = {
        [MARKDOWN_TYPED] = "B", [MARKDOWN_BOLD] = "B", [MARKDOWN_EMPHASIS] = "I"};
    const char *font = style == MARKDOWN_LINK || style == MARKDOWN_PLAIN ? NULL : fonts[style];
    if (style == MARKDOWN_LINK && print_page(out, text, url))
        return;
    if (font)
        fprintf(out, "\\f%s", font);
    print_text(out, text, first && !font);
    if (font)
        fputs("\\fR", out);
    if (url && strncmp(url, "http", 4) == 0 && strcmp(url, text) != 0) {
        fputs(" (", out);
        print_text(out, url, false);
        fputc(')', out);
    }
}

static void print_spans(FILE *out, const char *marked)
{
    char *text, *url;
    enum markdown_style style;
    for (bool first = true; (text = markdown_next(&marked, &style, &url)); first = false) {
        print_span(out, style, text, url, first);
        free(text);
        free(url);
    }
}

static void markdown_man_print_line(FILE *out, const char *marked)
{
    print_spans(out, marked);
    fputc('\n', out);
}

/* The same in capitals, as in section headings. */
static void print_section(FILE *out, const char *marked)
{
    char *text = memory_copy(marked);
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    fputs(".SH ", out);
    markdown_man_print_line(out, text);
    free(text);
}

static void markdown_man_print_code(FILE *out, const char *code)
{
    char *copy = memory_copy(code), *rest = copy;
    fputs(".RS 4\n.EX\n", out);
    for (char *line; (line = strsep(&rest, "\n"));) {
        print_text(out, line, true);
        fputc('\n', out);
    }
    fputs(".EE\n.RE\n", out);
    free(copy);
}

/* ---- Tables ------------------------------------------------------------------------------------------ */

/* Two columns are a list of terms. */
static void print_terms(FILE *out, const struct markdown_block *t)
{
    for (int r = 1; r < t->rows; r++) {
        char *const *cells = t->cells + (size_t)2 * r;
        fputs(".TP\n", out);
        markdown_man_print_line(out, *cells[0] ? cells[0] : "\\ ");
        markdown_man_print_line(out, *cells[1] ? cells[1] : "\\ ");
    }
}

/* Rows for tbl(1); a cell that is longer than its column is filled as a paragraph. */
static void print_rows(FILE *out, const struct markdown_block *t, char **texts, const int *widths)
{
    for (int i = 0; i < t->rows * t->columns; i++) {
        int c = i % t->columns;
        bool filled = markdown_columns(texts[i], strlen(texts[i])) > widths[c];
        fputs(filled ? "T{\n" : "", out);
        print_spans(out, t->cells[i]);
        fputs(filled ? "\nT}" : "", out);
        fputc(c + 1 < t->columns ? '\t' : '\n', out);
    }
}

static void markdown_man_print_table(FILE *out, const struct markdown_block *t)
{
    enum { PAGE = 64 }; /* of the usual 78 columns, less the indentation and tbl's gaps between columns */
    int widths[MARKDOWN_COLUMNS], all = t->rows * t->columns;
    char **texts = memory_new((size_t)all + 1, sizeof *texts);
    for (int i = 0; i < all; i++)
        texts[i] = markdown_plain(t->cells[i]);
    markdown_share(t, texts, PAGE, widths);
    fputs(".TS\n", out);
    for (int row = 0; row < 2; row++)
        for (int c = 0; c < t->columns; c++)
            fprintf(out, "l%sw(%dn)%s", row ? "" : "B", widths[c],
                    c + 1 < t->columns ? " "
                    : row              ? ".\n"
                                       : "\n");
    print_rows(out, t, texts, widths);
    fputs(".TE\n", out);
    for (int i = 0; i < all; i++)
        free(texts[i]);
    free(texts);
}

/* ---- Blocks ------------------------------------------------------------------------------------------ */

/* `under`: right below a heading, which has its own space. */
static void markdown_man_print_block(FILE *out, const struct markdown_block *block, bool under)
{
    bool listed = block->kind == MARKDOWN_ITEM || (block->kind == MARKDOWN_TABLE && block->columns == 2);
    if (block->kind != MARKDOWN_HEADING && !listed && !under)
        fputs(".PP\n", out);
    switch (block->kind) {
    case MARKDOWN_HEADING:
        if (block->level > 2) {
            fputs(".SS ", out);
            markdown_man_print_line(out, block->text);
        } else {
            print_section(out, block->text);
        }
        break;
    case MARKDOWN_PARAGRAPH:
        markdown_man_print_line(out, block->text);
        break;
    case MARKDOWN_CODE:
        markdown_man_print_code(out, block->text);
        break;
    case MARKDOWN_ITEM:
        fprintf(out, "%s.IP %s 4\n", block->level ? ".RS 4\n" : "",
                *block->marker == '-' ? "\\(bu" : block->marker);
        markdown_man_print_line(out, block->text);
        if (block->level)
            fputs(".RE\n", out);
        break;
    case MARKDOWN_TABLE:
        if (block->columns == 2)
            print_terms(out, block);
        else
            markdown_man_print_table(out, block);
        break;
    }
}

/* "isplit plan" is the page isplit-plan. New string. */
static char *page_of(const char *heading)
{
    char *name = memory_copy(heading);
    for (char *p = name; *p; p++)
        *p = *p == ' ' ? '-' : *p;
    return name;
}

/* "NAME - what it is", without the dot that ends a sentence. */
static void print_name(FILE *out, const char *name, const char *summary)
{
    char *text = memory_copy(summary);
    size_t length = strlen(text);
    if (length && text[length - 1] == '.')
        text[length - 1] = '\0';
    fputs(".SH NAME\n", out);
    print_text(out, name, true);
    fputs(" \\- ", out);
    markdown_man_print_line(out, text);
    free(text);
}

static bool has_tables(const struct markdown *m)
{
    int n;
    const struct markdown_block *blocks = markdown_blocks(m, &n);
    for (int i = 0; i < n; i++)
        if (blocks[i].kind == MARKDOWN_TABLE && blocks[i].columns != 2)
            return true;
    return false;
}

void markdown_print_man(FILE *out, const struct markdown *m, const char *date, const char *version)
{
    int n;
    const struct markdown_block *blocks = markdown_blocks(m, &n);
    bool titled = n > 1 && blocks[0].kind == MARKDOWN_HEADING && blocks[1].kind == MARKDOWN_PARAGRAPH;
    char *name = page_of(titled ? blocks[0].text : "isplit");
    if (has_tables(m))
        fputs("'\\\" t\n", out); /* for man(1): tbl is needed */
    fputs(".\\\" Made from the manual's Markdown by `isplit docs man`.\n"
          ".\\\" Nothing that is to be typed may be hyphenated.\n.nr HY 0\n.TH \"",
          out);
    for (const char *p = name; *p; p++)
        if (*p == '-')
            fputs("\\-", out);
        else
            fputc(toupper((unsigned char)*p), out);
    fprintf(out, "\" 1 \"%s\" \"isplit %s\" \"User Commands\"\n.nh\n.ad l\n", date, version);
    if (titled)
        print_name(out, name, blocks[1].text);
    for (int i = titled ? 2 : 0; i < n; i++)
        markdown_man_print_block(out, &blocks[i], i > 0 && blocks[i - 1].kind == MARKDOWN_HEADING);
    free(name);
}
