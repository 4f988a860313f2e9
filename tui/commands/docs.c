#include "commands/docs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/docs_fill.h"
#include "commands/docs_parts.h"
#include "cli/manual.h"
#include "cli/markdown.h"
#include "deploy/link.h"
#include "study/saved_subsets.h"

const struct option_command *docs_command(int i)
{
    if (i == 0)
        return &options_screen;
    return i <= commands_n ? commands_options(i - 1) : NULL;
}

/* ---- What the documents have in common ------------------------------------------------------------ */

static const char *const splits[] = {"train", "val", "test", NULL};

enum docs_argument docs_argument(const struct option_entry *entry)
{
    if (entry->kind == OPTION_FLAG)
        return DOCS_NONE;
    if (docs_argument_words(entry))
        return DOCS_WORDS;
    static const char *const paths[] = {"FILE", "DATA", "DIR", "DEVICE"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(entry->argument, paths[i]) == 0)
            return DOCS_FILES;
    if (strncmp(entry->argument, "LAYER", 5) == 0)
        return DOCS_LAYERS;
    if (strcmp(entry->argument, "CLASSES") == 0)
        return DOCS_CLASSES;
    return strcmp(entry->argument, "CMD") == 0 ? DOCS_COMMAND : DOCS_FREE;
}

const char *const *docs_argument_words(const struct option_entry *entry)
{
    if (strcmp(entry->name, "link") == 0)
        return link_preset_words;
    return strcmp(entry->name, "split") == 0 ? splits : entry->words;
}

char *docs_line(const char *text)
{
    char *line = memory_copy(text);
    for (char *p = line; *p; p++)
        if (*p == '\n')
            *p = ' ';
    return line;
}

char *docs_sentence(const char *text)
{
    char *line = docs_line(text);
    char *end = strstr(line, ". ");
    if (end)
        *end = '\0';
    else if (*line && line[strlen(line) - 1] == '.')
        line[strlen(line) - 1] = '\0';
    return line;
}

/* By the order of enum action. */
static const struct {
    enum action first;
    const char *title;
} groups[] = {
    {ACTION_UP, "Moving"},           {ACTION_VIEW, "Views"},        {ACTION_SEARCH, "Lists"},
    {ACTION_LINEAR, "Curve"},        {ACTION_ALL, "Classes"},       {ACTION_PIN, "Comparing"},
    {ACTION_ANSWERS, "Images"},      {ACTION_CUT, "The plan"},      {ACTION_RUN, "Both halves"},
    {ACTION_MARK, "Marking splits"}, {ACTION_PAUSE, "The program"},
};
enum { GROUPS = sizeof groups / sizeof groups[0] };

const char *docs_group(int group)
{
    return group < GROUPS ? groups[group].title : NULL;
}

bool docs_is_in_group(const struct action_entry *entry, int group)
{
    return entry->action >= groups[group].first &&
           (group + 1 == GROUPS || entry->action < groups[group + 1].first);
}

/* Names of the views whose bits are set, with `separator` between them. New string. */
static char *list_views(unsigned views, const char *separator)
{
    char *list = memory_copy("");
    for (int v = 0; v < VIEWS; v++) {
        if (!(views & 1u << v))
            continue;
        char *longer = memory_format("%s%s%s", list, *list ? separator : "", views_title(v));
        free(list);
        list = longer;
    }
    return list;
}

char *docs_views(const struct action_entry *entry)
{
    unsigned others = ACTIONS_EVERYWHERE & ~entry->views;
    if (others == 0)
        return memory_copy("all");
    char *list = list_views(entry->views, ", ");
    char *missing = list_views(others, ", ");
    char *all_but = memory_format("all but %s", missing);
    bool shorter = strlen(all_but) < strlen(list);
    free(missing);
    free(shorter ? list : all_but);
    return shorter ? all_but : list;
}

/* ---- Keys ----------------------------------------------------------------------------------------- */

/* One line an action: keys, name, help, views, separated by tabs. */
static void print_keys(FILE *out)
{
    for (int i = 0; i < actions_n; i++) {
        char keys[80];
        unsigned where = actions_table[i].views;
        char *views = where == ACTIONS_EVERYWHERE ? memory_copy("all") : list_views(where, ",");
        actions_keys(&actions_table[i], keys);
        fprintf(out, "%s\t%s\t%s\t%s\n", keys, actions_table[i].name, actions_table[i].help, views);
        free(views);
    }
}

/* ---- Pages for man(1) ----------------------------------------------------------------------------- */

/* The day it is made: of the build, or the one that a reproducible build gives
 * (https://reproducible-builds.org/specs/source-date-epoch/). */
static void write_date(char day[32])
{
    const char *given = getenv("SOURCE_DATE_EPOCH");
    long seconds;
    time_t when = given && text_to_long(given, &seconds) ? (time_t)seconds : time(NULL);
    struct tm utc;
    *day = '\0';
    if (gmtime_r(&when, &utc))
        strftime(day, 32, "%Y-%m-%d", &utc);
}

static int print_man(FILE *out, const char *name, struct error *e)
{
    int page = manual_find(name ? name : "isplit");
    if (page < 0) {
        char *shown = text_escape(name);
        error_set(e, "no page '%.100s' in the manual (isplit help lists them)", shown);
        free(shown);
        return -1;
    }
    char day[32];
    char *text = manual_text(page), *filled = docs_fill(text, "");
    struct markdown *m = markdown_read(filled);
    write_date(day);
    markdown_print_man(out, m, day, ISPLIT_VERSION);
    markdown_free(m);
    free(filled);
    free(text);
    return 0;
}

/* ---- Which document ------------------------------------------------------------------------------- */

static int print_filled(FILE *out, const char *path, struct error *e)
{
    if (!path)
        return error_set(e, "fill needs a FILE");
    size_t length;
    char *text = file_read(path, 1 << 24, &length, e);
    if (!text)
        return -1;
    /* Pages stand beside each other; the README is the file that stands elsewhere. */
    const char *slash = strrchr(path, '/');
    bool readme = strcmp(slash ? slash + 1 : path, "README.md") == 0;
    char *filled = docs_fill(text, readme ? "tui/manual/" : "");
    fputs(filled, out);
    free(filled);
    free(text);
    return 0;
}

const char *const docs_words[] = {"man", "bash", "zsh", "fish", "keys", "markdown", "subsets", "fill", NULL};
static void (*const printers[])(FILE *) = {
    NULL, docs_bash, docs_zsh, docs_fish, print_keys, docs_fill_keys, saved_subsets_print, NULL};
static_assert(sizeof docs_words / sizeof docs_words[0] == sizeof printers / sizeof printers[0] + 1,
              "a printer for every word");

int docs_print(FILE *out, const char *what, const char *page, struct error *e)
{
    if (strcmp(what, "man") == 0)
        return print_man(out, page, e);
    if (strcmp(what, "fill") == 0)
        return print_filled(out, page, e);
    for (int i = 0; docs_words[i]; i++)
        if (strcmp(docs_words[i], what) == 0) {
            if (page)
                return error_set(e, "too many arguments for docs %s", what);
            printers[i](out);
            return 0;
        }
    char *shown = text_escape(what);
    error_set(e,
              "no document '%.100s' (expected one of: man, bash, zsh, fish, keys, markdown, subsets, fill)",
              shown);
    free(shown);
    return -1;
}
