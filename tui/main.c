/* isplit: finds good split points of a network for split computing. This file only looks at the first word of
 * the command line. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "commands/command.h"
#include "commands/commands.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "store/store.h"
#include "study/pool.h"
#include "wire/message.h"

static volatile sig_atomic_t signals; /* number of requests to stop; the only global state */

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
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++)
        /* Signals ignored at the start (nohup, background of a script) stay ignored. */
        if (!process_ignores(stopping[i]))
            sigaction(stopping[i], &a, NULL);
}

static int wrong_usage(struct console *console, const char *word)
{
    const char *nearest = commands_nearest(word);
    if (nearest)
        console_say(console, "unknown command '%s' (nearest: %s)", word, nearest);
    else
        console_say(console, "unknown command '%s' (see isplit --help)", word);
    return COMMAND_USAGE;
}

/* Runs the command with the words from argv[first] on, the first of which is its name. */
static int main_run(struct command *c, int argc, char **argv, const struct option_command *options, int first,
                    int (*command)(struct command *))
{
    struct error e;
    int parsed = options_parse(options, argc - first, argv + first, &c->options, &e);
    c->options.argc = argc;
    c->options.argv = argv;
    if (parsed < 0)
        return command_fail(c, COMMAND_USAGE, &e);
    if (c->options.help) {
        options_print_help(stdout, options);
        return command_flush(c);
    }
    int status = format_check(c, options);
    if (status == COMMAND_DONE)
        status = command(c);
    if (status == COMMAND_DONE)
        conclusion_say(c);
    return status;
}

/* Whether a word names a file or an option rather than a command that was misspelt. */
static bool is_for_screen(const char *word)
{
    return !*word || *word == '-' || strpbrk(word, "/.") || access(word, F_OK) == 0;
}

int main(int argc, char **argv)
{
    if (process_begin() < 0)
        return COMMAND_BAD_INPUT;
    setlocale(LC_CTYPE, ""); /* numbers keep the C locale's form */
    catch_signals();
    message_begin();
    store_prepare();
    struct command c = {.signals = &signals, .options = options_default()};
    c.console = console_new(isatty(STDERR_FILENO) == 1);
    const char *word = argc > 1 ? argv[1] : "";
    int status = -1;
    if (strcmp(word, POOL_WORD) == 0 && isatty(STDIN_FILENO) != 1) { /* of this program's own, no command */
        console_free(c.console);
        return pool_main(argc - 2, argv + 2);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        commands_help(stdout);
        status = command_flush(&c);
    } else if (strcmp(word, "--version") == 0) {
        status = command_version(&c);
    }
    int found = commands_find(word);
    if (found >= 0)
        status = main_run(&c, argc, argv, commands_options(found), 1, commands_function(found));
    if (status < 0 && is_for_screen(word))
        status = main_run(&c, argc, argv, &options_screen, 0, command_screen);
    if (status < 0)
        status = wrong_usage(c.console, word);
    command_free(&c);
    return status;
}
