/* The manual page, in the man macros. */
#include "cli/docs_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/text.h"

/* Text as roff reads it back: quotes and dashes stay what they are, for those who copy from the page. */
static void print_text(FILE *out, const char *text)
{
    bool first = true;
    for (const char *p = text; *p; first = *p++ == '\n') {
        if (first && (*p == '.' || *p == '\''))
            fputs("\\&", out);
        switch (*p) {
        case '\\':
            fputs("\\e", out);
            break;
        case '-':
            fputs("\\-", out);
            break;
        case '\'':
            fputs("\\(aq", out);
            break;
        case '"':
            fputs("\\(dq", out);
            break;
        case '`':
            fputs("\\(ga", out);
            break;
        case '^':
            fputs("\\(ha", out);
            break;
        case '~':
            fputs("\\(ti", out);
            break;
        default:
            fputc(*p, out);
        }
    }
}

static void print_line(FILE *out, const char *text)
{
    print_text(out, text);
    fputc('\n', out);
}

/* Sentences as lines, which is what roff wants. */
static void print_prose(FILE *out, const char *text)
{
    char *line = docs_line(text);
    char *rest = line;
    for (char *end; (end = strstr(rest, ". ")); rest = end + 2) {
        *end = '\0';
        print_text(out, rest);
        fputs(".\n", out);
    }
    print_line(out, rest);
    free(line);
}

static void print_lines(FILE *out, const char *const *lines)
{
    for (; *lines; lines++) {
        if (**lines == '.')
            fprintf(out, "%s\n", *lines); /* a macro */
        else
            print_line(out, *lines);
    }
}

/* ---- Commands ------------------------------------------------------------------------------------- */

/* A synopsis line: its words, with those that are typed as they stand in bold. */
static void print_synopsis(FILE *out, const struct option_command *command)
{
    char *copy = memory_copy(command->synopsis);
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        /* "isplit curve", and what follows them. */
        size_t typed = strlen("isplit") + (command->unnamed ? 0 : 1 + strlen(command->name));
        bool more = strlen(line) > typed;
        fputs(".B ", out);
        char *head = memory_copy_n(line, typed);
        print_line(out, head);
        free(head);
        if (more)
            print_line(out, line + typed + 1);
        if (rest)
            fputs(".br\n", out);
    }
    free(copy);
}

static void print_option(FILE *out, const struct option_entry *entry)
{
    fputs(".TP\n", out);
    if (entry->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", entry->letter);
    fputs("\\fB\\-\\-", out);
    print_text(out, entry->name);
    fputs("\\fR", out);
    if (entry->argument) {
        fputs(" \\fI", out);
        print_text(out, entry->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_prose(out, entry->help);
}

static void print_command(FILE *out, const struct option_command *command)
{
    if (command->unnamed)
        fputs(".SS The screen\n", out);
    else
        fprintf(out, ".SS isplit %s\n", command->name);
    print_synopsis(out, command);
    fputs(".PP\n", out);
    print_prose(out, command->summary);
    for (int i = 0; i < command->entries_n; i++)
        print_option(out, &command->entries[i]);
    if (command->notes) {
        fputs(".PP\n", out);
        print_prose(out, command->notes);
    }
}

/* ---- Keys ----------------------------------------------------------------------------------------- */

static void print_key(FILE *out, const struct action_entry *entry)
{
    char keys[80];
    actions_keys(entry, keys);
    fputs(".TP\n\\fB", out);
    print_text(out, keys);
    fputs("\\fR\n", out);
    print_text(out, entry->help);
    if (entry->views != ACTIONS_EVERYWHERE) {
        char *views = docs_views(entry);
        fprintf(out, "\n(%s)", views);
        free(views);
    }
    fputc('\n', out);
}

static void print_keys(FILE *out)
{
    fputs(".SH KEYS\n", out);
    print_line(out, "Views in brackets: the key means this there only.");
    print_line(out, "The names are those that --script takes.");
    for (int group = 0; docs_group(group); group++) {
        fprintf(out, ".SS %s\n", docs_group(group));
        for (int i = 0; i < actions_n; i++)
            if (docs_is_in_group(&actions_table[i], group))
                print_key(out, &actions_table[i]);
    }
}

/* ---- The page ------------------------------------------------------------------------------------- */

static const char *const description[] = {
    ".SH DESCRIPTION",
    "Split computing runs the first layers of a neural network on a small device and the rest on a server.",
    "isplit helps to choose where to cut: it measures how much the neurons of every layer matter for the",
    "correct class (Grad-CAM importance, the CUI curve of I-SPLIT, Cunico et al., ICPR 2022), for the",
    "classes that the deployment has to tell apart, and shows the curve beside what each cut would send",
    "and cost.",
    "It loads Darknet networks.",
    ".PP",
    "Without a command it opens a full-screen program, on the bundled demo where no network is named.",
    "The commands do the same without a terminal.",
    NULL,
};

static const char *const environment[] = {
    ".SH ENVIRONMENT",
    ".TP",
    ".B NO_COLOR",
    "Where it is set and not empty, no colours are used (see https://no-color.org).",
    ".TP",
    ".B TERM",
    "The terminal's type.",
    ".TP",
    ".BR LC_ALL \", \" LC_CTYPE \", \" LANG",
    "Where the character set is not UTF-8, plain characters are used.",
    ".TP",
    ".BR XDG_CONFIG_HOME \", \" XDG_STATE_HOME \", \" XDG_CACHE_HOME \", \" HOME",
    "Where settings, state and measured rows are kept (below).",
    NULL,
};

static const char *const files[] = {
    ".SH FILES",
    ".TP",
    ".I $XDG_CONFIG_HOME/isplit/settings.json",
    "Settings of the screen; default: ~/.config/isplit/settings.json.",
    ".TP",
    ".I $XDG_STATE_HOME/isplit/networks/*.json",
    "Subsets, marks and the last view of each network; default: ~/.local/state/isplit/networks.",
    "A damaged file is put aside as FILE.damaged.",
    ".TP",
    ".I $XDG_CACHE_HOME/isplit/rows.db",
    "Measured rows, so that nothing is measured twice (isplit store); default: ~/.cache/isplit/rows.db.",
    "A damaged file is put aside, too.",
    ".TP",
    ".I FILE.meta.csv",
    "How FILE was made: version, arguments, hashes of network and weights, options, plan, time.",
    NULL,
};

static const char *const exit_status[] = {
    ".SH EXIT STATUS",
    ".TP",
    ".B 0",
    "Done.",
    ".TP",
    ".B 1",
    "Bad input.",
    ".TP",
    ".B 2",
    "Wrong usage.",
    ".TP",
    ".B 3",
    "The worker was lost.",
    ".TP",
    ".B 130",
    "Interrupted; what was measured is written.",
    NULL,
};

static const char *const examples[] = {
    ".SH EXAMPLES",
    "The demo on the screen:",
    ".PP",
    ".RS",
    ".EX",
    "isplit",
    ".EE",
    ".RE",
    ".PP",
    "The curve of a network for some classes, as CSV and as a chart:",
    ".PP",
    ".RS",
    ".EX",
    "isplit curve net.cfg net.weights -d images -c 'cat,dog,n02*' -o curve.csv --chart",
    ".EE",
    ".RE",
    ".PP",
    "A third of the images; what three such runs kept, joined; and their curve:",
    ".PP",
    ".RS",
    ".EX",
    "isplit curve net.cfg net.weights -d images --plan-file plan --shard 1/3 --store 1.db",
    "isplit store merge 1.db 2.db 3.db --store all.db",
    "isplit curve --from all.db -o curve.csv",
    ".EE",
    ".RE",
    ".PP",
    "The class view as text, without a terminal:",
    ".PP",
    ".RS",
    ".EX",
    "isplit net.cfg net.weights -d images --dump 100x30 --script 3",
    ".EE",
    ".RE",
    NULL,
};

/* The day it is made: of the build, or the one that a reproducible build gives
 * (https://reproducible-builds.org/specs/source-date-epoch/). */
static void print_date(FILE *out)
{
    const char *given = getenv("SOURCE_DATE_EPOCH");
    long seconds;
    time_t when = given && text_to_long(given, &seconds) ? (time_t)seconds : time(NULL);
    struct tm utc;
    char day[32] = "";
    if (gmtime_r(&when, &utc))
        strftime(day, sizeof day, "%Y-%m-%d", &utc);
    fputs(day, out);
}

void docs_man(FILE *out)
{
    fputs(".\\\" Made by `isplit docs man`.\n.TH ISPLIT 1 \"", out);
    print_date(out);
    fprintf(out, "\" \"isplit %s\" \"User Commands\"\n", ISPLIT_VERSION);
    fputs(".\\\" Nothing that is to be typed may be hyphenated.\n.nh\n.ad l\n", out);
    fputs(".SH NAME\nisplit \\- find good places to split a neural network\n.SH SYNOPSIS\n", out);
    for (int i = 0; docs_commands[i]; i++) {
        if (i)
            fputs(".br\n", out);
        print_synopsis(out, docs_commands[i]);
    }
    fputs(".br\n.B isplit\n\\-\\-version\n", out);
    print_lines(out, description);
    fputs(".SH COMMANDS\n", out);
    for (int i = 0; docs_commands[i]; i++)
        print_command(out, docs_commands[i]);
    print_keys(out);
    print_lines(out, environment);
    print_lines(out, files);
    print_lines(out, exit_status);
    print_lines(out, examples);
}
