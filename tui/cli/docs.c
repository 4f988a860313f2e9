#include "cli/docs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/docs_parts.h"
#include "screen/keys.h"

const struct option_command *const docs_commands[] = {
    &options_screen, &options_curve, &options_layers,  &options_data, &options_store,
    &options_split,  &options_link,  &options_profile, &options_docs, NULL,
};

/* ---- What the documents have in common ------------------------------------------------------------ */

static const char *const splits[] = {"train", "val", "test", NULL};

enum docs_argument docs_argument(const struct option_entry *entry)
{
    if (entry->kind == OPTION_FLAG)
        return DOCS_NONE;
    if (docs_argument_words(entry))
        return DOCS_WORDS;
    static const char *const paths[] = {"FILE", "DATA", "DIR"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(entry->argument, paths[i]) == 0)
            return DOCS_FILES;
    return strcmp(entry->argument, "CMD") == 0 ? DOCS_COMMAND : DOCS_FREE;
}

const char *const *docs_argument_words(const struct option_entry *entry)
{
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
    {ACTION_UP, "Moving"},         {ACTION_VIEW, "Views"},   {ACTION_SEARCH, "Lists"},
    {ACTION_LINEAR, "Curve"},      {ACTION_ALL, "Classes"},  {ACTION_PIN, "Comparing"},
    {ACTION_ANSWERS, "Images"},    {ACTION_CUT, "The plan"}, {ACTION_MARK, "Marking splits"},
    {ACTION_PAUSE, "The program"},
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
        char *longer = memory_format("%s%s%s", list, *list ? separator : "", view_names[v]);
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

static void print_cell(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++)
        fprintf(out, strchr("|<>*_", *p) ? "\\%c" : "%c", *p);
}

static void print_row(FILE *out, const struct action_entry *entry)
{
    char *views = docs_views(entry);
    fputs("| ", out);
    for (int k = 0; k < ACTIONS_KEYS && entry->keys[k]; k++) {
        char name[KEYS_NAME];
        keys_name(entry->keys[k], name);
        fprintf(out, strcmp(name, "|") == 0 ? "%s`\\%s`" : "%s`%s`", k ? " " : "", name);
    }
    fputs(" | ", out);
    print_cell(out, entry->help);
    fprintf(out, " | %s |\n", views);
    free(views);
}

/* The manual's table. */
static void print_markdown(FILE *out)
{
    fputs("| key | what it does | in the views |\n|---|---|---|\n", out);
    for (int group = 0; docs_group(group); group++) {
        fprintf(out, "| **%s** | | |\n", docs_group(group));
        for (int i = 0; i < actions_n; i++)
            if (docs_is_in_group(&actions_table[i], group))
                print_row(out, &actions_table[i]);
    }
}

/* ---- Which document ------------------------------------------------------------------------------- */

const char *const docs_words[] = {"man", "bash", "zsh", "keys", "markdown", NULL};
static void (*const printers[])(FILE *) = {docs_man, docs_bash, docs_zsh, print_keys, print_markdown};

int docs_print(FILE *out, const char *what, struct error *e)
{
    for (int i = 0; docs_words[i]; i++)
        if (strcmp(docs_words[i], what) == 0) {
            printers[i](out);
            return 0;
        }
    char *shown = text_escape(what);
    error_set(e, "no document '%.100s' (expected one of: man, bash, zsh, keys, markdown)", shown);
    free(shown);
    return -1;
}
