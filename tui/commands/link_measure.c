#include "commands/link_measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "deploy/link_fit.h"
#include "deploy/link_text.h"
#include "report/report_link.h"
#include "study/probing.h"

enum { LINK_ROUNDS = 20, LINK_TIMEOUT_S = 30 };

static void link_measure_tick(void *data, long done)
{
    const struct command *c = data;
    console_progress(c->console, "measuring the link", done, LINK_ROUNDS, 0);
}

/* A name that the file of links, whose reader refuses what is no plain text, and an option can hold. */
static bool link_measure_names(const char *name)
{
    char *shown = text_escape(name);
    bool plain = strcmp(shown, name) == 0;
    free(shown);
    return plain && strlen(name) < sizeof((struct link *)NULL)->name && !strpbrk(name, "[],=#; ");
}

/* Where it goes, and what can be seen to be wrong with that before anything is measured. New string. */
static char *link_measure_file(struct command *c, struct error *e)
{
    const struct options *o = &c->options;
    if (!link_measure_names(o->link_save)) {
        error_set(e,
                  "--save: a link cannot be called that (expected at most %zu letters, printable ones "
                  "without blanks and []=,#;)",
                  sizeof((struct link *)NULL)->name - 1);
        return NULL;
    }
    char *path = o->cost_model.links ? memory_copy(o->cost_model.links) : link_list_path();
    if (!path) {
        error_set(e, "there is no home for a file of links (expected --links FILE)");
        return NULL;
    }
    bool there = access(path, F_OK) == 0;
    struct link_list *list = there ? link_list_read(path, e) : NULL;
    if (there && !list) {
        free(path);
        path = NULL;
    }
    link_list_free(list);
    return path;
}

static struct link link_of_fit(const struct link *shape, const char *name, const double mbit_s[LINK_PARTS],
                               const double rtt_ms[LINK_PARTS])
{
    struct link l = *shape;
    snprintf(l.name, sizeof l.name, "%s", name);
    l.mbit_s = mbit_s[LINK_VALUE];
    l.rtt_ms = rtt_ms[LINK_VALUE];
    l.mbit_range[0] = mbit_s[LINK_LOW];
    l.mbit_range[1] = mbit_s[LINK_HIGH];
    l.rtt_range[0] = rtt_ms[LINK_LOW];
    l.rtt_range[1] = rtt_ms[LINK_HIGH];
    return l;
}

static int link_measure_save(struct command *c, const char *path, const struct link *l, int64_t large)
{
    struct error e;
    char when[CLOCK_DATE];
    clock_date((int64_t)time(NULL), when);
    char *comment = memory_format("isplit link --measure, %s, %d messages of %lld bytes: %s", when,
                                  LINK_ROUNDS, (long long)large, c->options.link_measure);
    int status = link_check(l, &e) < 0 || link_list_save(path, l, comment, &e) < 0
                     ? command_fail(c, COMMAND_BAD_INPUT, &e)
                     : COMMAND_DONE;
    free(comment);
    if (status == COMMAND_DONE)
        conclusion_made(c, path);
    return status;
}

/* From the milliseconds of small messages, and of such with `large` bytes; LINK_ROUNDS of both. */
static int link_measure_tell(struct command *c, const char *path, const double *small_ms,
                             const double *large_ms, int64_t large)
{
    struct error e;
    struct link shape;
    double mbit_s[LINK_PARTS], rtt_ms[LINK_PARTS];
    const char *name = path ? c->options.link_save : "measured";
    if (link_parse("bandwidth=1", NULL, &shape, &e) < 0 ||
        link_fit(small_ms, LINK_ROUNDS, large_ms, LINK_ROUNDS, PROBING_SMALL, large, PROBING_REPLY, &shape,
                 mbit_s, rtt_ms, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    const struct link l = link_of_fit(&shape, name, mbit_s, rtt_ms);
    int status = path ? link_measure_save(c, path, &l, large) : COMMAND_DONE;
    const struct sheet_style style = format_style(c);
    struct file_out f;
    if (format_open(c, &f) < 0)
        return COMMAND_BAD_INPUT;
    report_measured_link(f.stream, name, mbit_s, rtt_ms, LINK_ROUNDS, large, &style);
    conclusion_set(c, "%s: %.4g Mbit/s, round trip %.4g ms", name, l.mbit_s, l.rtt_ms);
    int written = format_close(c, &f);
    return status == COMMAND_DONE ? written : status;
}

static int link_measure_run(struct command *c, const char *path)
{
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    double small_ms[LINK_ROUNDS], large_ms[LINK_ROUNDS];
    int64_t large = 0;
    struct error e;
    console_unit(c->console, "rounds");
    console_begin(c->console, 0);
    enum probing_end end = probing_run(c->options.link_measure, LINK_TIMEOUT_S, LINK_ROUNDS, small_ms,
                                       large_ms, &large, c->signals, link_measure_tick, c, &e);
    console_clear(c->console);
    if (end != PROBING_DONE)
        console_say(c->console, "%s", e.text);
    return end == PROBING_DONE ? link_measure_tell(c, path, small_ms, large_ms, large) : exits[end];
}

int link_measure(struct command *c)
{
    struct error e;
    char *path = c->options.link_save ? link_measure_file(c, &e) : NULL;
    if (c->options.link_save && !path)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    int status = link_measure_run(c, path);
    free(path);
    return status;
}
