#include "commands/command.h"

#include <curses.h>
#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "report/curve_meta.h"
#include "study/pool.h"
#include "wire/version.h"

enum { SINGLES_SHOWN_MAX = 20 };

static const char command_measuring[] = "measuring";
const char command_unwritten[] = "interrupted: nothing is written";
const char command_unmeasured[] = "interrupted: nothing was measured, nothing is written";

static void command_on_log(void *data, bool warning, const char *text)
{
    struct command *c = data;
    if (warning)
        console_warn(c->console, "%s", text);
    else
        console_note(c->console, "%s", text);
}

static void command_on_content(void *data, long image, const struct content *content)
{
    const struct command *c = data;
    if (c->contents)
        c->contents[image] = *content;
}

static void command_on_trained(void *data, long done, long of, double loss)
{
    struct command *c = data;
    bool races = c->race.all > 0;
    if (!races && (!c->counting || c->counted[1] > 0)) /* at images, for a look */
        console_begin(c->console, done);
    console_unit(c->console, "steps");
    c->counting = true;
    c->counted[1] = 0;
    c->trained[0] = done;
    c->trained[1] = of;
    if (*c->race.name) /* an evaluation: what its trainings give is told at their ends */
        snprintf(c->what, sizeof c->what, "%.36s loss %.4f", c->race.name, loss);
    else
        snprintf(c->what, sizeof c->what, "loss %.4f%s", loss, c->looked);
}

void command_warn_guesses(struct command *c, long images, long correct, long outputs)
{
    const struct curve_accuracy a = curve_accuracy_counted(images, correct, (int)outputs);
    char *guesses = c->guesses_told ? NULL : study_chance_words(&a);
    if (guesses)
        console_warn(c->console, "%s", guesses);
    c->guesses_told = c->guesses_told || guesses;
    free(guesses);
}

/* What stands in the line behind the loss until the next look. */
static void command_on_checked(void *data, const struct retrain_check *check)
{
    struct command *c = data;
    if (check->when == RETRAIN_BEFORE)
        command_warn_guesses(c, check->images, check->correct, c->connection->table->classes);
    else
        snprintf(c->looked, sizeof c->looked, ", %.1f %% of %ld right",
                 100 * (double)check->correct / (double)check->images, check->images);
}

/* "measuring features: 32 of 936 images" becomes a bar, whatever is counted (images where it is not said);
 * its clock begins with the step. */
static void command_on_progress(void *data, const char *what)
{
    struct command *c = data;
    const char *end = strrchr(what, ':');
    long done, of;
    int length = 0;
    bool counts = end && sscanf(end, ": %ld of %ld%n", &done, &of, &length) == 2 && length > 0 &&
                  (!end[length] || end[length] == ' ') && done >= 0 && of > 0;
    char step[sizeof c->what];
    snprintf(step, sizeof step, "%.*s", counts ? (int)(end - what) : (int)strlen(what), what);
    if (counts && c->race.all == 0 && (c->counted[1] == 0 || strcmp(step, c->what) != 0))
        console_begin(c->console, done);
    memcpy(c->what, step, sizeof step);
    snprintf(c->unit, sizeof c->unit, "%s", counts && end[length] ? end + length + 1 : "images");
    console_unit(c->console, c->unit);
    c->counted[0] = counts ? done : 0;
    c->counted[1] = counts ? of : 0;
}

void command_warn_single(struct command *c, const char *text)
{
    if (c->singles_shown++ < SINGLES_SHOWN_MAX)
        console_warn(c->console, "%s", text);
}

/* False: it is known already, and was told. */
static bool command_lose(struct command *c, long image, enum exclusion why)
{
    bool known = excluded_find(&c->excluded, image) != EXCLUDED_NOT;
    excluded_add(&c->excluded, image, why);
    return !known;
}

void command_lose_undecodable(struct command *c, long image, const char *reason)
{
    if (!command_lose(c, image, EXCLUDED_UNDECODABLE))
        return;
    if (c->keep_skipped) {
        c->skipped = memory_grow(c->skipped, (size_t)c->skipped_n + 1, sizeof *c->skipped);
        c->skipped[c->skipped_n++] = (struct command_skipped){image, memory_copy(reason)};
        return;
    }
    char *text =
        memory_format("%s: cannot be decoded: %s", c->connection->dataset->images[image].path, reason);
    command_warn_single(c, text);
    free(text);
}

static void command_on_skipped(void *data, long image, const char *reason, const struct content *content)
{
    struct command *c = data;
    command_lose_undecodable(c, image, reason);
    if (c->lost)
        c->lost(c->lost_data, image, EXCLUDED_UNDECODABLE, 0, reason, content);
}

void command_lose_nonfinite(struct command *c, long image, int layer)
{
    if (!command_lose(c, image, EXCLUDED_NONFINITE))
        return;
    char *text = memory_format("%s: left out, its output of layer %d (%s) is not finite",
                               c->connection->dataset->images[image].path, layer,
                               c->connection->table->rows[layer].name);
    command_warn_single(c, text);
    free(text);
}

static void command_on_nonfinite(void *data, long image, int layer, const struct content *content)
{
    struct command *c = data;
    command_lose_nonfinite(c, image, layer);
    if (c->lost)
        c->lost(c->lost_data, image, EXCLUDED_NONFINITE, layer, "", content);
}

void command_progress(struct command *c, const char *what, long done, long of)
{
    bool measures = strcmp(what, command_measuring) == 0;
    if (measures && !c->counting)
        console_begin(c->console, 0);
    c->counting = measures || c->trained[1] > 0;
    console_progress(c->console, what, done, of, c->connection ? connection_silence(c->connection) : 0);
}

static void command_on_tick(void *data)
{
    struct command *c = data;
    const struct connection *n = c->connection;
    long done = n->results + n->skipped + n->nonfinite;
    bool known = n->tuning.hash[0] && n->asked > 0;
    if (c->race.all > 0) {
        long here = c->trained[0] - c->trained[1] + (c->trained[1] > 0 ? c->race.stage : 0);
        console_progress(c->console, c->what, c->race.before + (here > 0 ? here : 0), c->race.all,
                         connection_silence(n));
        return;
    }
    if (c->counted[1] > 0) {
        console_progress(c->console, c->what, c->counted[0], c->counted[1], connection_silence(n));
        return;
    }
    if (c->trained[1] > 0) {
        command_progress(c, c->what, c->trained[0], c->trained[1]);
        return;
    }
    command_progress(c, known ? command_measuring : c->what, known ? done : 0, known ? n->asked : 0);
}

void command_end_warnings(struct command *c)
{
    if (c->singles_shown > SINGLES_SHOWN_MAX)
        console_warn(c->console, "and %ld more images like these", c->singles_shown - SINGLES_SHOWN_MAX);
    c->singles_shown = 0;
}

enum connection_end command_wait(struct command *c, struct error *why)
{
    c->counting = false;
    c->counted[1] = 0;
    console_unit(c->console, "images");
    enum connection_end end = connection_wait(c->connection, c->signals, command_on_tick, c, why);
    console_clear(c->console);
    command_end_warnings(c);
    return end;
}

int command_fail(struct command *c, enum command_exit status, const struct error *e)
{
    console_say(c->console, "%s", e->text);
    return status;
}

int command_usage(struct command *c, const char *text)
{
    console_say(c->console, "%s (see isplit %s --help)", text, c->options.argv[1]);
    return COMMAND_USAGE;
}

int command_find_inputs(struct command *c, bool data, struct inputs *inputs)
{
    const struct options *o = &c->options;
    struct error e;
    int found =
        (data ? inputs_find : inputs_find_network)(o->arguments, o->arguments_n, o->input.data, inputs, &e);
    if (found == -1)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    if (found < 0)
        return command_usage(c, data ? e.text : "no weights: expected CFG WEIGHTS, or a .data file");
    return COMMAND_DONE;
}

int command_end(struct command *c, enum connection_end end, const struct error *why, const char *interrupted)
{
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    const char *said = end == CONNECTION_INTERRUPTED ? interrupted
                       : end != CONNECTION_DONE      ? why->text
                                                     : NULL;
    if (said)
        console_say(c->console, "%s", said);
    return exits[end];
}

int command_wait_whole(struct command *c)
{
    return command_wait_saying(c, command_unwritten);
}

int command_hash(struct command *c, const char *what, const long *images, long n)
{
    struct error e;
    snprintf(c->what, sizeof c->what, "%s", what);
    if (connection_hash(c->connection, images, n, &e) < 0)
        return command_fail(c, COMMAND_LOST, &e);
    return command_wait_whole(c);
}

int command_wait_saying(struct command *c, const char *interrupted)
{
    struct error why;
    enum connection_end end = command_wait(c, &why);
    if (end == CONNECTION_INTERRUPTED && connection_is_answered(c->connection))
        end = CONNECTION_DONE; /* what came too late to stop it is complete */
    return command_end(c, end, &why, interrupted);
}

/* On the way to the first question nothing comes too late: the next one would be stopped. */
static int wait_loaded(struct command *c)
{
    struct error why;
    enum connection_end end = command_wait(c, &why);
    return command_end(c, end, &why, "interrupted before anything was measured");
}

int command_start(struct command *c)
{
    struct error e;
    const struct connection_listener listener = {
        .data = c,
        .log = command_on_log,
        .progress = command_on_progress,
        .skipped = command_on_skipped,
        .nonfinite = command_on_nonfinite,
        .content = command_on_content,
        .trained = command_on_trained,
        .checked = command_on_checked,
    };
    snprintf(c->what, sizeof c->what, "starting the worker");
    char *command = pool_command(&c->options);
    c->connection = connection_start(command, &listener, &e);
    free(command);
    if (!c->connection)
        return command_fail(c, COMMAND_LOST, &e);
    return wait_loaded(c);
}

int command_open(struct command *c, const char *cfg, const char *weights)
{
    struct error e;
    snprintf(c->what, sizeof c->what, "reading the network");
    if (connection_open(c->connection, cfg, weights, (enum epsilon)c->options.measure.bn_epsilon, &e) < 0)
        return command_fail(c, COMMAND_LOST, &e);
    return wait_loaded(c);
}

void command_tell_lacks(struct command *c)
{
    const struct table *table = c->connection->table;
    if (table->lacks)
        console_warn(c->console, "stock Darknet cannot run the network, but %s: it lacks %s",
                     table->runs_in == NET_RUNS_FORK ? "a fork of it and isplit can" : "isplit can",
                     table->lacks);
}

int command_list(struct command *c, const struct images_request *request)
{
    struct error e;
    snprintf(c->what, sizeof c->what, request->probe ? "decoding every image" : "looking for images");
    if (connection_list(c->connection, request, &e) < 0)
        return command_fail(c, COMMAND_LOST, &e);
    return wait_loaded(c);
}

int command_flush(struct command *c)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return COMMAND_DONE;
    console_say(c->console, "standard output: cannot write: %s", strerror(errno));
    return COMMAND_BAD_INPUT;
}

void command_describe(const struct command *c, const char *cfg, const char *weights, struct provenance *p)
{
    provenance_add(p, "program", "isplit %s", c->options.argv[1]);
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, c->options.argc, c->options.argv);
    provenance_add(p, "cfg", "%s", cfg);
    provenance_add(p, "cfg_xxh3", "%s", c->connection->cfg_xxh3);
    if (!weights)
        return;
    provenance_add(p, "weights", "%s", weights);
    provenance_add(p, "weights_xxh3", "%s", c->connection->weights_xxh3);
    curve_meta_describe_epsilon(c->connection->epsilon, p);
}

void command_describe_worker(const struct command *c, struct provenance *p)
{
    curve_meta_describe_worker(&c->connection->versions, p);
    provenance_add_time(p);
}

int command_write(struct command *c, struct provenance *p, void (*report)(FILE *, const struct report *),
                  const struct report *r)
{
    struct error e;
    const struct sheet_style style = format_style(c);
    struct report styled = *r;
    styled.style = &style;
    process_become_filter();
    int status = provenance_write(p, c->options.output.path, report, &styled, &e);
    provenance_free(p);
    if (status < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    conclusion_written(c, c->options.output.path);
    return COMMAND_DONE;
}

void command_free(struct command *c)
{
    console_clear(c->console);
    conclusion_free(c);
    connection_free(c->connection);
    options_free(&c->options);
    for (long i = 0; i < c->skipped_n; i++)
        free(c->skipped[i].reason);
    free(c->skipped);
    excluded_free(&c->excluded);
    free(c->contents);
    console_free(c->console);
}

int command_version(struct command *c)
{
    struct error e = {"interrupted"};
    struct message_versions v = {
        .version = "no worker", .darknet = "no worker", .onednn = "no worker", .stb = "no worker"};
    const struct connection_listener quiet = {0};
    c->connection = connection_start(c->options.engines[0], &quiet, &e);
    enum connection_end end =
        c->connection ? connection_wait(c->connection, c->signals, NULL, NULL, &e) : CONNECTION_GONE;
    if (end == CONNECTION_DONE)
        v = c->connection->versions;
    else
        console_warn(c->console, "%s", e.text);
    process_become_filter();
    printf("isplit %s\n", ISPLIT_VERSION);
    console_print(stdout, "isplit-engine %s%s%s", v.version, v.isa[0] ? ", " : "", v.isa);
    console_print(stdout, "Darknet %s", v.darknet);
    console_print(stdout, "oneDNN %s", v.onednn);
    console_print(stdout, "stb %s", v.stb);
    printf("%s\nlibcsv %d.%d.%d\njansson %s\n", curses_version(), CSV_MAJOR, CSV_MINOR, CSV_RELEASE,
           JANSSON_VERSION);
    return command_flush(c);
}
