/* Names of layers under a plot: as much as fits without overlap. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "panes/axis.h"

/* Parts of names (net/names.h) and their short forms. */
static const struct {
    const char *word, *letters;
} abbreviations[] = {
    {"block", "b"},    {"layer", "l"},     {"conv", "c"},    {"pool", "p"},        {"maxpool", "mp"},
    {"avgpool", "ap"}, {"fc", "fc"},       {"deconv", "dc"}, {"batchnorm", "bn"},  {"shortcut", "sc"},
    {"route", "r"},    {"upsample", "up"}, {"reorg", "ro"},  {"crop", "cr"},       {"activation", "a"},
    {"dropout", "do"}, {"softmax", "sm"},  {"cost", "co"},   {"downsample", "ds"},
};

/* A word of letters -> its abbreviation, or its first letter. */
static const char *abbreviation(const char *word, size_t length, char first[2])
{
    for (size_t i = 0; i < sizeof abbreviations / sizeof abbreviations[0]; i++)
        if (strlen(abbreviations[i].word) == length && strncmp(abbreviations[i].word, word, length) == 0)
            return abbreviations[i].letters;
    first[0] = word[0];
    first[1] = '\0';
    return first;
}

void axis_short_name(char out[AXIS_SHORT], const char *name)
{
    size_t used = 0;
    while (*name && used + 4 < AXIS_SHORT) {
        size_t letters = 0;
        while (isalpha((unsigned char)name[letters]))
            letters++;
        if (letters == 0) {
            if (*name != '_')
                out[used++] = *name;
            name++;
            continue;
        }
        char first[2];
        const char *text = abbreviation(name, letters, first);
        memcpy(out + used, text, strlen(text));
        used += strlen(text);
        name += letters;
    }
    out[used] = '\0';
}

/* Layout of names. */
struct layout {
    bool full;
    int rows;  /* alternating rows */
    int every; /* every n-th position has one */
};

static void name_text(char out[AXIS_SHORT], const char *name, bool full)
{
    if (full)
        snprintf(out, AXIS_SHORT, "%s", name);
    else
        axis_short_name(out, name);
}

/* First column of a text under its position, moved inside at the ends. */
static int start_of(const struct axis *x, int position, int width)
{
    int start = axis_column(x, position) - width / 2;
    start = start + width > x->dots.columns ? x->dots.columns - width : start;
    return start < 0 ? 0 : start;
}

static bool axis_names_fits(const struct axis *x, const char *const *names, struct layout l)
{
    int end[2] = {-1, -1}; /* end of the last name in each row */
    for (int p = x->first; p <= x->last; p += l.every) {
        char text[AXIS_SHORT];
        name_text(text, names[p], l.full);
        int width = canvas_width(text), start = start_of(x, p, width);
        int row = (p - x->first) / l.every % l.rows;
        if (start <= end[row] || width > x->dots.columns)
            return false;
        end[row] = start + width;
    }
    return true;
}

static struct layout choose_layout(const struct axis *x, const char *const *names, int rows)
{
    static const struct layout wanted[] = {{true, 1, 1}, {true, 2, 1}, {false, 1, 1}, {false, 2, 1}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (wanted[i].rows <= rows && axis_names_fits(x, names, wanted[i]))
            return wanted[i];
    struct layout l = {false, 1, 2};
    while (l.every <= x->last - x->first && !axis_names_fits(x, names, l))
        l.every++;
    return l;
}

int axis_names_rows(const struct axis *x, const char *const *names, int rows)
{
    return rows > 0 ? choose_layout(x, names, rows).rows : 0;
}

void axis_draw_names(const struct axis *x, struct canvas *c, struct area area, const char *const *names,
                     int cursor, enum role role)
{
    char text[AXIS_SHORT];
    struct layout l = choose_layout(x, names, area.rows);
    for (int p = x->first; p <= x->last; p += l.every) {
        name_text(text, names[p], l.full);
        canvas_text(c, area, (p - x->first) / l.every % l.rows, start_of(x, p, canvas_width(text)), ROLE_DIM,
                    text);
    }
    if (cursor < x->first || cursor > x->last)
        return;
    /* Last, over other names if not every position has one. */
    name_text(text, names[cursor], l.full);
    int width = canvas_width(text), start = start_of(x, cursor, width);
    int row = (cursor - x->first) / l.every % l.rows;
    if (l.every > 1) {
        int from = start, to = start + width;
        for (int p = x->first; p <= x->last; p += l.every) {
            char other[AXIS_SHORT];
            name_text(other, names[p], l.full);
            int begin = start_of(x, p, canvas_width(other)), end = begin + canvas_width(other);
            if (begin <= to && end >= from) /* no cut names next to it */
                canvas_field(c, area, row, begin, end - begin, ROLE_DIM, "");
        }
    }
    canvas_text(c, area, row, start, role, text);
}
