#include "data/truth.h"

#include <csv.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/walk.h"

#define TRUTH_BYTES_MAX ((size_t)1 << 30)

enum { FIELDS_MAX = 64, ALONE = '\n', WORDS = ' ' };

/* What headers call the two columns, without spaces, underlines and the like; the first that is there counts.
 */
static const char *const name_words[] = {"filename", "filepath", "imagepath", "imagename", "path",
                                         "file",     "image",    "imageid",   "img",       "picture",
                                         "photo",    "idcode",   "id",        NULL};
static const char *const label_words[] = {"label",     "labels",    "class",     "classid",
                                          "classname", "labelid",   "labelname", "target",
                                          "category",  "diagnosis", NULL};

struct truth_row {
    char *name; /* NULL: the file has labels alone */
    char *label;
    long line;
};

struct truth {
    char *path;
    char *text; /* the file's bytes: the rows point into them */
    struct truth_row *rows;
    long n;
};

/* Where the fields of a line are. */
struct form {
    char separator; /* ALONE: labels alone; WORDS: the last word is the label */
    int name, label, fields;
    bool header;
};

/* -------- lines */

static bool truth_is_number(const char *label)
{
    return *label && label[strspn(label, "0123456789")] == '\0';
}

/* Cuts the text into trimmed lines that are not blank, each a row whose label is the whole line. */
static void cut_lines(struct truth *t)
{
    long capacity = 0;
    int number = 0;
    char *line, *rest = text_after_mark(t->text);
    while ((line = text_next_line(&rest, &number))) {
        if (t->n == capacity) {
            capacity = capacity ? 2 * capacity : 256;
            t->rows = memory_grow(t->rows, (size_t)capacity, sizeof *t->rows);
        }
        t->rows[t->n++] = (struct truth_row){NULL, line, number};
    }
}

/* A line as libcsv cuts it: each field is copied to where the line has been read already. */
struct truth_cut {
    char *to, *fields[FIELDS_MAX];
    int n;
};

static void truth_take_field(void *field, size_t length, void *data)
{
    struct truth_cut *cut = data;
    if (cut->n < FIELDS_MAX) {
        memmove(cut->to, field, length);
        cut->to[length] = '\0';
        cut->fields[cut->n++] = text_trim(cut->to);
        cut->to += length + 1;
    }
}

/* Cuts the line at the separators, in place; a field may be in quotes, in which "" is one. How many there
 * are, or -1 where a quote is open at the end or stands in the middle. */
static int cut_fields(char *line, char separator, char *fields[FIELDS_MAX])
{
    struct truth_cut cut = {.to = line};
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser, (unsigned char)separator);
    size_t length = strlen(line);
    /* After an error csv_fini would deliver the half line as a whole one. */
    bool cleanly = csv_parse(&parser, line, length, truth_take_field, NULL, &cut) == length &&
                   csv_fini(&parser, truth_take_field, NULL, &cut) == 0;
    csv_free(&parser);
    memcpy(fields, cut.fields, sizeof cut.fields);
    return cleanly ? cut.n : -1;
}

/* Cuts the last word off a line. False where it has only one. */
static bool truth_cut_word(char *line, char **label)
{
    char *at = line + strlen(line);
    while (at > line && at[-1] != ' ' && at[-1] != '\t')
        at--;
    if (at == line)
        return false;
    *label = at;
    at[-1] = '\0';
    text_trim(line);
    return true;
}

/* -------- the form of the file */

static bool all_hold(const struct truth *t, const char *any_of)
{
    for (long i = 0; i < t->n; i++)
        if (!strpbrk(t->rows[i].label, any_of))
            return false;
    return true;
}

/* The first separator that is in every line. */
static char separator_of(const struct truth *t)
{
    static const char *const tried[] = {"\t", ";", ","};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        if (all_hold(t, tried[i]))
            return tried[i][0];
    return all_hold(t, " ") ? WORDS : ALONE;
}

/* The field that is one of the words, or -1. */
static int find_word(char *const *fields, int n, const char *const *words)
{
    for (; *words; words++)
        for (int i = 0; i < n; i++) {
            const char *word = *words;
            for (const char *c = fields[i]; *c; c++)
                if (isalnum((unsigned char)*c) && tolower((unsigned char)*c) == *word)
                    word++;
                else if (isalnum((unsigned char)*c))
                    word = "\n";
            if (*word == '\0')
                return i;
        }
    return -1;
}

static int truth_bad_quote(const struct truth *t, const char *line, long number, struct error *e)
{
    return error_at(e, t->path, (int)number,
                    "\"%s\" is not CSV (expected quotes around whole fields only, and \"\" for one in them)",
                    line);
}

/* Which of the fields are name and label, by the first line. */
static int read_header(const struct truth *t, struct form *form, struct error *e)
{
    char *line = memory_copy(t->rows[0].label), *fields[FIELDS_MAX];
    int n = cut_fields(line, form->separator, fields);
    int name = find_word(fields, n, name_words), label = find_word(fields, n, label_words);
    form->fields = n;
    form->header = name >= 0 || label >= 0;
    form->name = 0;
    form->label = 1;
    if (n == 2 && (name == 1 || label == 0)) {
        form->name = 1;
        form->label = 0;
    } else if (n > 2) {
        form->name = name;
        form->label = label;
    }
    free(line);
    if (n < 0)
        return truth_bad_quote(t, t->rows[0].label, t->rows[0].line, e);
    if (n >= 2 && form->name >= 0 && form->label >= 0)
        return 0;
    return error_at(e, t->path, (int)t->rows[0].line,
                    "\"%s\" has %d fields (expected NAME,LABEL, or a header with filename and label)",
                    t->rows[0].label, n);
}

/* Whether the first of the labels is no label, but the name of the column. */
static bool is_headed(const struct truth *t)
{
    for (long i = 1; i < t->n; i++)
        if (!truth_is_number(t->rows[i].label))
            return false;
    return t->n > 1 && !truth_is_number(t->rows[0].label);
}

static int cut_row(const struct truth *t, const struct form *form, struct truth_row *row, struct error *e)
{
    char *fields[FIELDS_MAX], *whole = memory_copy(row->label);
    int n = 2;
    if (form->separator == WORDS) {
        row->name = row->label;
        n = truth_cut_word(row->name, &row->label) ? 2 : 1;
    } else {
        n = cut_fields(row->label, form->separator, fields);
        if (n == form->fields) {
            row->name = fields[form->name];
            row->label = fields[form->label];
        }
    }
    int failed = 0;
    if (n < 0)
        failed = truth_bad_quote(t, whole, row->line, e);
    else if (n != form->fields)
        failed =
            error_at(e, t->path, (int)row->line, "\"%s\" has %d fields (expected %d, as the first line has)",
                     whole, n, form->fields);
    else if (!row->name[0] || !row->label[0])
        failed =
            error_at(e, t->path, (int)row->line, "\"%s\" has no %s", whole, row->name[0] ? "label" : "name");
    free(whole);
    return failed;
}

static void drop_header(struct truth *t)
{
    memmove(t->rows, t->rows + 1, (size_t)--t->n * sizeof *t->rows);
}

/* Cuts all lines into name and label. */
static int parse_rows(struct truth *t, struct error *e)
{
    struct form form = {.separator = separator_of(t), .fields = 2};
    if (form.separator != ALONE) {
        if (form.separator != WORDS && read_header(t, &form, e) < 0)
            return -1;
        for (long i = 0; i < t->n; i++)
            if (cut_row(t, &form, &t->rows[i], e) < 0)
                return -1;
    }
    if (form.separator == WORDS)
        form.header = find_word((char *[]){t->rows[0].name, t->rows[0].label}, 2, name_words) == 0 &&
                      find_word(&t->rows[0].label, 1, label_words) == 0;
    if ((form.header && !truth_is_number(t->rows[0].label)) || is_headed(t))
        drop_header(t);
    return t->n ? 0 : error_at(e, t->path, 0, "has no labels after its header");
}

/* The text is taken over. */
static struct truth *truth_new(const char *path, char *text)
{
    struct truth *t = memory_new(1, sizeof *t);
    *t = (struct truth){.path = memory_copy(path), .text = text};
    cut_lines(t);
    return t;
}

struct truth *truth_read(const char *path, struct error *e)
{
    size_t length = 0;
    char *text = file_read(path, TRUTH_BYTES_MAX, &length, e);
    if (!text)
        return NULL;
    bool binary = strlen(text) != length;
    struct truth *t = truth_new(path, text);
    int failed = 0;
    if (binary)
        failed = error_at(e, path, 0, "holds binary data (expected NAME LABEL, or a label, a line)");
    else if (t->n == 0)
        failed = error_at(e, path, 0, "is empty (expected NAME LABEL, or a label, a line)");
    else
        failed = parse_rows(t, e);
    if (!failed)
        return t;
    truth_free(t);
    return NULL;
}

void truth_free(struct truth *t)
{
    if (!t)
        return;
    free(t->path);
    free(t->text);
    free(t->rows);
    free(t);
}

const char *truth_path(const struct truth *t)
{
    return t->path;
}

long truth_n(const struct truth *t)
{
    return t->n;
}

const char *truth_name(const struct truth *t, long row)
{
    return t->rows[row].name;
}

char *truth_label(const struct truth *t, long row)
{
    return t->rows[row].label;
}

long truth_line(const struct truth *t, long row)
{
    return t->rows[row].line;
}

/* -------- lists */

static bool is_label(const struct truth_row *row, const struct labels *labels)
{
    int twin;
    if (!row->name)
        return false;
    if (truth_is_number(row->label) ||
        labels_find(labels, row->label, strlen(row->label), &twin) != LABELS_NONE)
        return true;
    return labels_n(labels) == 0 && walk_is_image(row->name) && !walk_is_image(row->label);
}

struct truth *truth_of_list(const char *path, const char *text, const struct labels *labels)
{
    struct truth *t = truth_new(path, memory_copy(text));
    bool carries = t->n > 0 && parse_rows(t, NULL) == 0;
    for (long i = 0; i < t->n && carries; i++)
        carries = is_label(&t->rows[i], labels);
    if (carries)
        return t;
    truth_free(t);
    return NULL;
}
