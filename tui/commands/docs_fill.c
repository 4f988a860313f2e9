#include "commands/docs_fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/docs_parts.h"
#include "cli/manual.h"
#include "screen/keys.h"

/* ---- Tables ------------------------------------------------------------------------------------------ */

void docs_fill_text(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++)
        fprintf(out, strchr("|<>*_`[\\", *p) ? "\\%c" : "%c", *p == '\n' ? ' ' : *p);
}

static void fill_option(FILE *out, const struct option_entry *entry)
{
    fputs("| ", out);
    if (entry->letter)
        fprintf(out, "`-%c`, ", entry->letter);
    fprintf(out, "`--%s%s%s` | ", entry->name, entry->argument ? " " : "",
            entry->argument ? entry->argument : "");
    docs_fill_text(out, entry->help);
    fputs(" |\n", out);
}

static void fill_options(FILE *out, const struct option_command *command)
{
    fputs("| option | meaning |\n|---|---|\n", out);
    for (int i = 0; i < command->entries_n; i++)
        fill_option(out, &command->entries[i]);
}

static void fill_key(FILE *out, const struct action_entry *entry)
{
    char *views = docs_views(entry);
    fputs("| ", out);
    for (int k = 0; k < ACTIONS_KEYS && entry->keys[k]; k++) {
        char name[KEYS_NAME];
        keys_name(entry->keys[k], name);
        fprintf(out, strcmp(name, "|") == 0 ? "%s`\\%s`" : "%s`%s`", k ? " " : "", name);
    }
    fputs(" | ", out);
    docs_fill_text(out, entry->help);
    fprintf(out, " | %s |\n", views);
    free(views);
}

void docs_fill_keys(FILE *out)
{
    fputs("| key | what it does | in the views |\n|---|---|---|\n", out);
    for (int group = 0; docs_group(group); group++) {
        fprintf(out, "| **%s** | | |\n", docs_group(group));
        for (int i = 0; i < actions_n; i++)
            if (docs_is_in_group(&actions_table[i], group))
                fill_key(out, &actions_table[i]);
    }
}

/* Links to the pages, from a file that stands beside them or, as the README does, above the folder tui. */
static void fill_commands(FILE *out, const char *folder)
{
    fputs("| command | what it does |\n|---|---|\n", out);
    for (int i = 0; i < commands_n; i++) {
        fprintf(out, "| [isplit %s](%s%s.md) | ", commands_name(i), folder, commands_name(i));
        docs_fill_text(out, commands_summary(i));
        fputs(" |\n", out);
    }
}

static void fill_pages(FILE *out, const char *folder)
{
    fputs("| page | what it is about |\n|---|---|\n", out);
    for (int i = 0; i < manual_pages_n; i++) {
        const char *name = manual_names[i];
        char *summary = manual_summary(i);
        fprintf(out, "| [%s](%s%s.md) | ", name, folder, name);
        fputs(summary, out);
        fputs(" |\n", out);
        free(summary);
    }
}

/* ---- Places in a file -------------------------------------------------------------------------------- */

/* The file that is filled, as far as tables depend on it. */
struct fill_page {
    const struct option_command *command; /* that the first heading names, or NULL */
    const char *folder;                   /* of the manual's pages, as links see it */
};

/* What "<!-- WORD: ARGUMENT -->" holds; false: the line is none of that form. New strings. */
static bool fill_read_mark(const char *line, char **word, char **argument)
{
    static const char begin[] = "<!-- ", end[] = "-->";
    const char *from = line + strlen(begin);
    const char *to = strncmp(line, begin, strlen(begin)) == 0 ? strstr(from, end) : NULL;
    if (!to)
        return false;
    char *inside = memory_copy_n(from, (size_t)(to - from));
    size_t n = strcspn(inside, ": ");
    *word = memory_copy_n(inside, n);
    *argument = memory_copy(text_trim(inside + n + strspn(inside + n, ": ")));
    free(inside);
    return true;
}

/* false: nothing is made for this mark. */
static bool fill_table(FILE *out, const struct fill_page *page, const char *word, const char *argument)
{
    if (strcmp(word, "options") == 0 && page->command)
        fill_options(out, page->command);
    else if (strcmp(word, "keys") == 0)
        docs_fill_keys(out);
    else if (strcmp(word, "commands") == 0)
        fill_commands(out, page->folder);
    else if (strcmp(word, "pages") == 0)
        fill_pages(out, page->folder);
    else
        return strcmp(word, "columns") == 0 && docs_columns(out, argument);
    return true;
}

static bool fill_is_end(const char *line)
{
    return strncmp(line, "<!-- end", 8) == 0;
}

static bool fill_is_mark(const char *line)
{
    return strncmp(line, "<!-- ", 5) == 0;
}

/* Where what stands behind lines[i] now ends: at its <!-- end -->, or, where that is missing, at once. */
static int fill_end(char **lines, int i)
{
    for (int k = i + 1; lines[k] && (!fill_is_mark(lines[k]) || fill_is_end(lines[k])); k++)
        if (fill_is_end(lines[k]))
            return k;
    return i;
}

/* Writes lines[i], with its table where it is a mark; returns the line to go on with. */
static int fill_line(FILE *out, const struct fill_page *page, char **lines, int i)
{
    char *word, *argument;
    fprintf(out, "%s%s", lines[i], lines[i + 1] ? "\n" : "");
    if (fill_is_end(lines[i]) || !fill_read_mark(lines[i], &word, &argument))
        return i + 1;
    int end = fill_end(lines, i);
    char *table = NULL;
    size_t size;
    FILE *made = memory_stream(&table, &size);
    bool known = fill_table(made, page, word, argument);
    fclose(made);
    if (known)
        fprintf(out, "%s%s%s", lines[i + 1] ? "" : "\n", table, end == i ? "<!-- end -->\n" : "");
    free(table);
    free(word);
    free(argument);
    return known && end > i ? end : i + 1;
}

/* "# isplit plan" names that command, "# isplit screen" the screen; NULL: it is no page of that kind. */
static const struct option_command *fill_command_of(const char *text)
{
    static const char title[] = "# isplit ";
    if (strncmp(text, title, strlen(title)) != 0)
        return NULL;
    char *line = memory_copy_n(text, strcspn(text, "\n"));
    const char *name = text_trim(line + strlen(title));
    int found = commands_find(name);
    const struct option_command *command = found >= 0 ? commands_options(found) : NULL;
    if (strcmp(name, options_screen.name) == 0)
        command = &options_screen;
    free(line);
    return command;
}

char *docs_fill(const char *text, const char *folder)
{
    struct fill_page page = {fill_command_of(text), folder};
    char *copy = memory_copy(text), *rest = copy, *filled = NULL;
    char **lines = NULL;
    size_t n = 0, size;
    for (char *line; (line = strsep(&rest, "\n"));) {
        lines = memory_grow(lines, n + 2, sizeof *lines);
        lines[n++] = line;
        lines[n] = NULL;
    }
    FILE *out = memory_stream(&filled, &size);
    for (int i = 0; lines[i];)
        i = fill_line(out, &page, lines, i);
    fclose(out);
    free(lines);
    free(copy);
    return filled;
}
