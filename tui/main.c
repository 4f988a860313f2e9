/* isplit: finds good places to split a network for split computing. This file only looks at the first
 * word of the command line. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/interactive.h"
#include "base/text.h"
#include "batch/command.h"
#include "cli/docs.h"

static volatile sig_atomic_t signals; /* how many asked to stop; the only global state */

static void on_signal(int number)
{
    (void)number;
    if (signals < 2)
        signals = signals + 1;
}

static void catch_signals(void)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction a = {.sa_handler = on_signal};
    sigemptyset(&a.sa_mask);
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++) {
        struct sigaction before;
        /* Under nohup and in the background of a script some are ignored, and stay so. */
        if (sigaction(stopping[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(stopping[i], &a, NULL);
    }
    signal(SIGPIPE, SIG_IGN); /* a worker that is gone is an error like others */
}

/* A program started without standard streams must not find a pipe of its own in their place; what stands
 * there instead is opened the wrong way round, so that using it is an error and not silence. */
static void fill_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            exit(COMMAND_BAD_INPUT);
}

static int command_docs(struct command *c)
{
    struct error e;
    command_become_filter();
    if (docs_print(stdout, c->options.arguments[0], &e) < 0)
        return command_fail(c, COMMAND_USAGE, &e);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_BAD_INPUT;
}

static const struct {
    const struct option_command *options;
    int (*run)(struct command *);
    const char *summary;
} commands[] = {
    {&options_curve, command_curve, "the importance of every layer on labelled images, as CSV or chart"},
    {&options_layers, command_layers, "the layers of a network and what a cut after each sends and costs"},
    {&options_data, command_data, "what is found in a set of images"},
    {&options_store, command_store, "measured rows that are kept: list, check, remove, merge, export"},
    {&options_link, command_link, "the links that are known, and how long they take for some bytes"},
    {&options_split, command_split, "cuts a network into two that stock Darknet runs, and proves it"},
    {&options_profile, command_profile, "how long each layer takes on this machine"},
    {&options_features, command_features,
     "what each cut sends on real images, and what that does to accuracy"},
    {&options_plan, command_plan, "weighs every cut on your devices and link, and recommends one"},
    {&options_docs, command_docs, "the man page, shell completions and the list of keys"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void help(FILE *out)
{
    fputs("usage: isplit [CFG WEIGHTS -d DATA | FILE.data | --from FILE] [OPTIONS]\n"
          "       isplit COMMAND ...\n\n"
          "Where to split a Darknet network between a device and a server: measures how\n"
          "much each layer matters for the classes at hand (I-SPLIT, Cunico et al., ICPR\n"
          "2022). Without a command it opens a full-screen program, on its demo where no\n"
          "network is named. The commands do the same without a terminal:\n\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s %s\n", commands[i].options->name, commands[i].summary);
    fputs("\n  isplit COMMAND --help   all options of a command\n"
          "  isplit --help           all options of the full-screen program (below)\n"
          "  isplit --version        versions of this program and its parts\n\n",
          out);
    options_help(out, &options_screen);
}

static int wrong_usage(struct console *console, const char *word)
{
    const char *names[COMMANDS + 1] = {NULL};
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].options->name;
    const char *nearest = text_nearest(word, names);
    if (nearest)
        console_say(console, "unknown command '%s' (nearest: %s)", word, nearest);
    else
        console_say(console, "unknown command '%s' (see isplit --help)", word);
    return COMMAND_USAGE;
}

/* The words from argv[first] on; the first of them stands for the command's name. */
static int run(struct command *c, const struct option_command *options, int first,
               int (*command)(struct command *))
{
    struct error e;
    if (options_parse(options, c->argc - first, c->argv + first, &c->options, &e) < 0)
        return command_fail(c, COMMAND_USAGE, &e);
    if (c->options.help) {
        options_help(stdout, options);
        return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_BAD_INPUT;
    }
    return command(c);
}

/* Whether a word names a file or an option rather than a command that was misspelt. */
static bool is_for_screen(const char *word)
{
    return !*word || *word == '-' || strpbrk(word, "/.") || access(word, F_OK) == 0;
}

int main(int argc, char **argv)
{
    fill_streams();
    setlocale(LC_CTYPE, ""); /* numbers keep the C locale's form */
    catch_signals();
    struct command c = {.signals = &signals, .argc = argc, .argv = argv, .options = options_default()};
    console_start(&c.console);
    const char *word = argc > 1 ? argv[1] : "";
    int status = -1;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        help(stdout);
        status = fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_BAD_INPUT;
    } else if (strcmp(word, "--version") == 0) {
        status = command_version(&c);
    }
    for (int i = 0; i < COMMANDS && status < 0; i++)
        if (strcmp(word, commands[i].options->name) == 0)
            status = run(&c, commands[i].options, 1, commands[i].run);
    if (status < 0 && is_for_screen(word))
        status = run(&c, &options_screen, 0, interactive_run);
    if (status < 0)
        status = wrong_usage(&c.console, word);
    command_free(&c);
    return status;
}
