#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/option_values.h"
#include "curve/run_options.h"
#include "deploy/planner.h"

/* `longs` has former names, too. */
enum { ENTRIES_MAX = 64, LONGS_MAX = 2 * ENTRIES_MAX, LONG_BASE = 256, HELP_COLUMN = 27 };

struct options options_default(void)
{
    struct options o = {.measure.std = {1, 1, 1},
                        .cost_model.type = -1,
                        .run.retries = -1,
                        .runtime = -1,
                        .output.format = -1,
                        .cost_model.objective = METRIC_IMPORTANCE};
    return o;
}

/* The option as typed, for messages. New string. */
static char *option_name(const struct option_entry *entry)
{
    return memory_format("--%s", entry->name);
}

/* The command as typed, with the program's name. */
static const char *typed(const struct option_command *command)
{
    return command->unnamed ? "" : command->name;
}

static const char *space_before(const struct option_command *command)
{
    return command->unnamed ? "" : " ";
}

static int complain(const struct option_command *command, const char *what, const char *word, struct error *e)
{
    char *shown = text_escape(word);
    error_set(e, "%s %.200s (see isplit%s%s --help)", what, shown, space_before(command), typed(command));
    free(shown);
    return -1;
}

static int unknown_option(const struct option_command *command, const char *word, struct error *e)
{
    const char *names[ENTRIES_MAX + 1] = {NULL};
    for (int i = 0; i < command->entries_n; i++)
        names[i] = command->entries[i].name;
    char *name = memory_copy(word + strspn(word, "-"));
    name[strcspn(name, "=")] = '\0';
    const char *nearest = strncmp(word, "--", 2) == 0 ? text_nearest(name, names) : NULL;
    free(name);
    char *shown = text_escape(word);
    if (nearest)
        error_set(e, "unknown option %.200s (nearest: --%s)", shown, nearest);
    else
        error_set(e, "unknown option %.200s (see isplit%s%s --help)", shown, space_before(command),
                  typed(command));
    free(shown);
    return -1;
}

/* getopt's own tables, made from ours. */
struct tables {
    struct option longs[LONGS_MAX + 1];
    char letters[2 * ENTRIES_MAX + 2];
};

static void make_tables(const struct option_command *command, struct tables *t)
{
    memset(t, 0, sizeof *t);
    size_t used = 0, longs = 0;
    t->letters[used++] = ':'; /* distinguishes a missing argument from an unknown option */
    for (int i = 0; i < command->entries_n && i < ENTRIES_MAX; i++) {
        const struct option_entry *entry = &command->entries[i];
        bool argument = entry->kind != OPTION_FLAG;
        int has = argument ? required_argument : no_argument;
        if (entry->kind == OPTION_FRACTION)
            has = optional_argument;
        t->longs[longs++] = (struct option){entry->name, has, NULL, LONG_BASE + i};
        if (entry->formerly)
            t->longs[longs++] = (struct option){entry->formerly, entry->formerly_meant ? no_argument : has,
                                                NULL, LONG_BASE + i};
        if (entry->letter) {
            t->letters[used++] = entry->letter;
            if (argument)
                t->letters[used++] = ':';
        }
    }
}

static const struct option_entry *entry_of(const struct option_command *command, int got)
{
    for (int i = 0; i < command->entries_n; i++)
        if (got == LONG_BASE + i || (got != 0 && command->entries[i].letter == got))
            return &command->entries[i];
    return NULL;
}

static int bad_option(const struct option_command *command, int got, char **argv, struct error *e)
{
    const struct option_entry *entry = entry_of(command, optopt);
    if (got == ':' && entry) {
        char *name = option_name(entry);
        error_set(e, "%s needs an argument: %s", name, entry->argument);
        free(name);
        return -1;
    }
    if (entry)
        return complain(command, "no argument is taken by", argv[optind - 1], e);
    if (optopt > 0 && optopt < LONG_BASE) {
        char letter[3] = {'-', (char)optopt, '\0'};
        return unknown_option(command, letter, e);
    }
    return unknown_option(command, argv[optind - 1], e);
}

static bool takes_data(const struct option_command *command)
{
    for (int i = 0; i < command->entries_n; i++)
        if (command->entries[i].letter == 'd')
            return true;
    return false;
}

/* The third word after CFG and WEIGHTS is most likely DATA, which has an option. */
static int too_many_arguments(const struct option_command *command, const char *word, const struct options *o,
                              struct error *e)
{
    const char *name = command->unnamed ? "isplit" : command->name;
    if (o->input.data || !takes_data(command))
        return complain(command, "too many arguments for", name, e);
    char *shown = text_escape(word);
    error_set(e, "too many arguments for %s: \"%.200s\" (expected -d before DATA; see isplit%s%s --help)",
              name, shown, space_before(command), typed(command));
    free(shown);
    return -1;
}

static int not_beside_from(const struct option_command *command, const char *word, struct error *e)
{
    char *shown = text_escape(word);
    error_set(e,
              "\"%.200s\" does not go with --from, whose file names network and data (see isplit%s%s --help)",
              shown, space_before(command), typed(command));
    free(shown);
    return -1;
}

static int take_arguments(const struct option_command *command, int n, char **words, struct options *o,
                          struct error *e)
{
    const char *name = command->unnamed ? "isplit" : command->name;
    int least = o->from ? 0 : command->arguments_min;
    int most = command->arguments_max;
    if (o->from && n > 0)
        return not_beside_from(command, words[0], e);
    if (n < least)
        return complain(command, "too few arguments for", name, e);
    if (most >= 0 && n > most)
        return too_many_arguments(command, words[most], o, e);
    for (int i = 0; i < n; i++)
        if (*words[i] == '\0')
            return complain(command, "an empty argument for", name, e);
    const char **arguments = memory_new((size_t)n + 1, sizeof *arguments);
    for (int i = 0; i < n; i++)
        arguments[i] = words[i];
    o->arguments = arguments;
    o->arguments_n = n;
    return 0;
}

/* Options that exclude each other. `measuring`: the last one given that says what is measured, or NULL. */
static int check_together(const struct options *o, const struct option_entry *measuring, struct error *e)
{
    if (o->store && o->no_store)
        return error_set(e, "--store and --no-store exclude each other");
    if (o->from && measuring)
        return error_set(e, "--%s does not go with --from: its rows are measured already", measuring->name);
    if (o->study && !o->from)
        return error_set(e, "--study chooses among those of a store: it needs --from");
    return 0;
}

/* The path goes to the worker in a field of fixed size, and "-" is no file there: its standard output is the
 * pipe. */
static int options_check_tuning(const struct options *o, struct error *e)
{
    if (o->measure.tuning_file && strlen(o->measure.tuning_file) >= RUN_PATH_MAX)
        return error_set(e, "--tuning has %zu bytes (expected the path of a file, less than %d)",
                         strlen(o->measure.tuning_file), RUN_PATH_MAX);
    if (o->measure.tuning_file && strcmp(o->measure.tuning_file, "-") == 0)
        return error_set(e, "--tuning '-' (expected the path of a file, as in ./-)");
    return 0;
}

static bool is_number(const char *word)
{
    float value;
    return word && text_to_float(word, &value);
}

static int take_options(const struct option_command *command, int argc, char **argv, struct options *o,
                        struct error *e)
{
    struct tables tables;
    make_tables(command, &tables);
    opterr = 0;
    optind = 0; /* glibc: start again */
    int got;
    const struct option_entry *measuring = NULL, *share = NULL;
    const char *behind = NULL; /* an optional fraction: the next word */
    while ((got = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        if (got == '?' || got == ':')
            return bad_option(command, got, argv, e);
        const struct option_entry *entry = entry_of(command, got);
        if (entry && entry->kind == OPTION_FRACTION && !optarg && is_number(argv[optind]))
            optarg = argv[optind++]; /* getopt itself demands a '=' for it */
        if (!entry || option_set(entry, optarg, o, e) < 0)
            return -1;
        if (entry->kind == OPTION_FRACTION) {
            share = optarg ? NULL : entry;
            behind = argv[optind];
        }
        if (o->help)
            return 0;
        if (entry->measures)
            measuring = entry;
    }
    if (check_together(o, measuring, e) < 0 || options_check_tuning(o, e) < 0)
        return -1;
    int most = o->from ? 0 : command->arguments_max;
    if (share && behind && behind[0] != '-' && most >= 0 && argc - optind > most)
        return option_set_share(share, behind, &o->measure.until_stable,
                                e); /* then one extra word must be its argument */
    return take_arguments(command, argc - optind, argv + optind, o, e);
}

int options_parse(const struct option_command *command, int argc, char **argv, struct options *o,
                  struct error *e)
{
    /* getopt permutes the words; the original order is part of the provenance. */
    char **words = memory_new((size_t)argc + 1, sizeof *words);
    memcpy(words, argv, (size_t)argc * sizeof *words);
    *o = options_default();
    int status = take_options(command, argc, words, o, e);
    free(words);
    return status;
}

void options_free(struct options *o)
{
    free((void *)o->arguments);
    o->arguments = NULL;
    o->arguments_n = 0;
}

/* `text` from a column on, further lines aligned with the first. */
static void print_column(FILE *out, const char *text, int column)
{
    for (const char *p = text; *p; p++) {
        fputc(*p, out);
        if (*p == '\n')
            fprintf(out, "%*s", column, "");
    }
    fputc('\n', out);
}

void options_print_help(FILE *out, const struct option_command *command)
{
    fputs("usage: ", out);
    print_column(out, command->synopsis, 7);
    fprintf(out, "\n%s\n\n", command->summary);
    for (int i = 0; i < command->entries_n; i++) {
        const struct option_entry *entry = &command->entries[i];
        int n = entry->letter ? fprintf(out, "  -%c, ", entry->letter) : fprintf(out, "      ");
        n += fprintf(out, "--%s%s%s", entry->name, entry->argument ? " " : "",
                     entry->argument ? entry->argument : "");
        fprintf(out, "%*s", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "");
        print_column(out, entry->help, HELP_COLUMN);
    }
    if (command->notes)
        fprintf(out, "\n%s\n", command->notes);
}
