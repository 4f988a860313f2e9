/* `isplit store`: looks after the file of measured rows. */
#include "commands/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/job.h"
#include "commands/outputs.h"
#include "commands/shards.h"
#include "commands/store_export.h"
#include "commands/store_list.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "study/saved_rows_words.h"
#include "report/report_store.h"
#include "store/store_features.h"
#include "store/store_study.h"

static const char *const store_words[] = {"ls", "verify", "rm", "merge", "export", "shards", NULL};

static const struct option_entry store_entries[] = {
    ROW_STORE,
    {ROW_FLAG(0, "all", everything, "rm: every study")},
    {ROW_TEXT('o', "output", output.path, "FILE",
              "ls: as CSV (default: standard output);\nexport: where the rows go")},
    ROW_FORMAT("of ls: table (default on a terminal), csv (default\nin a pipe and with -o) or json;\n"
               "of shards, a row for each share: table, csv or json\n(default: in words)"),
    ROW_COLUMNS,
    ROW_HELP,
};

const struct option_command options_store = {
    .name = "store",
    .synopsis = "isplit store ls [-o FILE]\n"
                "isplit store verify\n"
                "isplit store rm ID... | --all\n"
                "isplit store merge FILE...\n"
                "isplit store export [ID] -o FILE\n"
                "isplit store shards [FILE]",
    .summary = "Manages the file of measured rows. A study is what was measured of one\n"
               "network with one tuning and the same options on one set of images. ls lists\n"
               "studies; verify checks the whole file; rm removes studies; merge takes in the\n"
               "studies of other stores; export writes the rows of a study as CSV; shards tells\n"
               "which shares of a run (isplit curve --shard) are missing, and what measures them",
    .notes = "Exit status: 0 done; 1 a fault was found, a share is missing, or bad input;\n2 wrong usage.",
    .words = store_words,
    .entries = store_entries,
    .entries_n = ROWS_COUNT(store_entries),
    .tables = "store shards",
    .arguments_min = 1,
    .arguments_max = -1,
};

/* One call of `isplit store`. */
struct keeper {
    struct command *c;
    char *path;
    const char *const *words; /* [words_n] behind the word that says what to do */
    int words_n;
    struct store *store;         /* NULL until it is opened */
    struct store_study *studies; /* [studies_n] of it, once they are read */
    int studies_n;
};

static int no_words(const struct keeper *k, const char *what)
{
    if (k->words_n == 0)
        return COMMAND_DONE;
    char *text = memory_format("too many arguments for store %s", what);
    int status = command_usage(k->c, text);
    free(text);
    return status;
}

static int open_store(struct keeper *k, enum store_access access)
{
    struct error e;
    char *notice = NULL;
    if (access == STORE_WRITE && !k->c->options.store && file_make_folders(k->path, &e) < 0)
        return command_fail(k->c, COMMAND_BAD_INPUT, &e);
    k->store = store_open(k->path, access, &notice, &e);
    if (notice)
        console_warn(k->c->console, "%s", notice);
    free(notice);
    return k->store ? COMMAND_DONE : command_fail(k->c, COMMAND_BAD_INPUT, &e);
}

/* Of a file that must be there: none is made. */
static int read_studies(struct keeper *k, enum store_access access_wanted)
{
    struct error e;
    if (access(k->path, F_OK) < 0) {
        error_at(&e, k->path, 0, "cannot open: %s", strerror(errno));
        return command_fail(k->c, COMMAND_BAD_INPUT, &e);
    }
    int status = open_store(k, access_wanted);
    if (status != COMMAND_DONE)
        return status;
    k->studies = store_studies(k->store, &k->studies_n, &e);
    return k->studies ? COMMAND_DONE : command_fail(k->c, COMMAND_BAD_INPUT, &e);
}

/* Behind them those of isplit features, which are counted. */
static int add_features(struct keeper *k)
{
    struct error e;
    int n;
    struct store_study *more = store_features_studies(k->store, &n, &e);
    if (!more)
        return command_fail(k->c, COMMAND_BAD_INPUT, &e);
    k->studies = memory_grow(k->studies, (size_t)(k->studies_n + n) + 1, sizeof *k->studies);
    memcpy(k->studies + k->studies_n, more, (size_t)n * sizeof *more);
    k->studies_n += n;
    free(more);
    return COMMAND_DONE;
}

/* ---- ls -------------------------------------------------------------------------------------------- */

static void list_conclude(const struct keeper *k)
{
    long images = 0;
    for (int i = 0; i < k->studies_n; i++)
        images += k->studies[i].rows;
    conclusion_set(k->c, "%d %s in %s, rows of %ld images", k->studies_n,
                   k->studies_n == 1 ? "study" : "studies", k->path, images);
}

static int write_list(const struct keeper *k)
{
    list_conclude(k);
    const char *path = k->c->options.output.path;
    struct file_out f;
    const struct sheet_style style = format_style(k->c);
    int status = path ? outputs_check_store(k->c, &path, 1, k->path) : COMMAND_DONE;
    if (status != COMMAND_DONE)
        return status;
    if (format_open(k->c, &f) < 0)
        return COMMAND_BAD_INPUT;
    if (format_is_own(k->c))
        store_list_table(f.stream, k->studies, k->studies_n);
    else
        report_store(f.stream, k->studies, k->studies_n, &style);
    return format_close(k->c, &f);
}

static void say_unused(const struct keeper *k)
{
    console_note(k->c->console, "%s: no rows are kept yet", k->path);
}

static int list(struct keeper *k)
{
    int status = no_words(k, "ls");
    if (status != COMMAND_DONE)
        return status;
    bool missing = !k->c->options.store && access(k->path, F_OK) < 0 && errno == ENOENT;
    if (missing || store_is_empty(k->path)) {
        say_unused(k);
        return write_list(k);
    }
    struct error e;
    status = read_studies(k, STORE_READ);
    for (int i = 0; i < k->studies_n && status == COMMAND_DONE; i++)
        if (store_study_count(k->store, &k->studies[i], &e) < 0)
            status = command_fail(k->c, COMMAND_BAD_INPUT, &e);
    if (status == COMMAND_DONE)
        status = add_features(k);
    return status == COMMAND_DONE ? write_list(k) : status;
}

/* ---- How far it is ----------------------------------------------------------------------------------- */

static void keeper_tell(void *data, const char *what, long done, long of)
{
    struct console *console = data;
    if (done == 0)
        console_begin(console, 0);
    console_unit(console, "rows");
    console_progress(console, what, done, of, 0);
}

/* ---- verify ---------------------------------------------------------------------------------------- */

static void say_fault(void *data, const char *fault)
{
    console_say(data, "%s", fault);
}

static int verify(struct keeper *k)
{
    enum { FAULTS_SHOWN = 20 };
    struct error e;
    struct console *console = k->c->console;
    int status = no_words(k, "verify");
    if (status == COMMAND_DONE && store_is_empty(k->path)) {
        say_unused(k);
        return COMMAND_DONE;
    }
    if (status == COMMAND_DONE)
        status = open_store(k, STORE_READ);
    if (status != COMMAND_DONE)
        return status;
    store_watch(k->store, keeper_tell, console);
    long faults = store_verify(k->store, FAULTS_SHOWN, say_fault, console, &e);
    if (faults < 0)
        return command_fail(k->c, COMMAND_BAD_INPUT, &e);
    if (faults > FAULTS_SHOWN)
        console_say(console, "and %ld more faults", faults - FAULTS_SHOWN);
    if (faults == 0)
        console_say(console, "%s: no fault", k->path);
    return faults ? COMMAND_BAD_INPUT : COMMAND_DONE;
}

/* ---- rm -------------------------------------------------------------------------------------------- */

static const struct store_study *command_store_find_study(const struct keeper *k, const char *word)
{
    long id;
    bool features = word[0] == 'f';
    for (int i = 0; i < k->studies_n && text_to_long(word + features, &id); i++)
        if (k->studies[i].id == id && k->studies[i].features == features)
            return &k->studies[i];
    char *shown = text_escape(word);
    console_say(k->c->console, "%s: holds no study '%.100s' (see isplit store ls)", k->path, shown);
    free(shown);
    return NULL;
}

static int remove_study(const struct keeper *k, const struct store_study *study)
{
    struct error e;
    int status = study->features ? store_features_remove(k->store, study->id, &e)
                                 : store_remove(k->store, study->id, &e);
    return status < 0 ? command_fail(k->c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

/* Whether a word before this one names the same study. */
static bool is_named_before(const struct keeper *k, int word)
{
    const struct store_study *study = command_store_find_study(k, k->words[word]);
    for (int i = 0; i < word; i++)
        if (command_store_find_study(k, k->words[i]) == study)
            return true;
    return false;
}

static void say_removed(const struct keeper *k, int removed)
{
    int left = k->studies_n - removed;
    console_say(k->c->console, "%s: %d stud%s removed, %d %s left", k->path, removed,
                removed == 1 ? "y" : "ies", left, left == 1 ? "is" : "are");
}

static int remove_studies(struct keeper *k)
{
    bool all = k->c->options.everything;
    if (all ? k->words_n > 0 : k->words_n == 0)
        return command_usage(k->c, "store rm needs numbers of studies, or --all");
    int status = read_studies(k, STORE_WRITE);
    if (status == COMMAND_DONE)
        status = add_features(k);
    for (int i = 0; i < k->words_n && status == COMMAND_DONE; i++)
        if (!command_store_find_study(k, k->words[i]))
            status = COMMAND_BAD_INPUT;
    int removed = 0;
    for (int i = 0; i < k->studies_n && all && status == COMMAND_DONE; i++, removed++)
        status = remove_study(k, &k->studies[i]);
    for (int i = 0; i < k->words_n && status == COMMAND_DONE; i++) {
        if (is_named_before(k, i))
            continue;
        status = remove_study(k, command_store_find_study(k, k->words[i]));
        removed++;
    }
    if (status == COMMAND_DONE)
        say_removed(k, removed);
    return status;
}

/* ---- merge ----------------------------------------------------------------------------------------- */

/* Each is closed before the next: there may be more of them than files can be open. */
static int merge_one(const struct keeper *k, const char *path, long *added, struct error *e)
{
    struct store *from = store_open(path, STORE_READ, NULL, e);
    if (from)
        store_watch(from, keeper_tell, k->c->console);
    int status = from ? store_merge(k->store, from, added, e) : -1;
    store_close(from);
    return status;
}

/* All of them or none: what is half joined looks whole. */
static int merge_all(const struct keeper *k)
{
    struct error e, ignored;
    long *added = memory_new((size_t)k->words_n, sizeof *added);
    int status = store_merge_begin(k->store, &e);
    for (int i = 0; i < k->words_n && status == 0; i++)
        status = merge_one(k, k->words[i], &added[i], &e);
    if (status == 0)
        status = store_merge_end(k->store, true, &e);
    else
        store_merge_end(k->store, false, &ignored);
    if (status < 0)
        console_say(k->c->console, "%s (nothing is taken in)", e.text);
    for (int i = 0; i < k->words_n && status == 0; i++)
        console_say(k->c->console, "%s: %ld new row%s", k->words[i], added[i], added[i] == 1 ? "" : "s");
    long new_rows = 0;
    for (int i = 0; i < k->words_n; i++)
        new_rows += added[i];
    conclusion_set(k->c, "%ld new row%s in %s", new_rows, new_rows == 1 ? "" : "s", k->path);
    free(added);
    return status < 0 ? COMMAND_BAD_INPUT : COMMAND_DONE;
}

static int command_store_merge(struct keeper *k)
{
    if (k->words_n == 0)
        return command_usage(k->c, "store merge needs the stores to take in");
    char *target = file_resolve(k->path);
    int status = COMMAND_DONE;
    for (int i = 0; i < k->words_n && status == COMMAND_DONE; i++) {
        char *source = file_resolve(k->words[i]);
        if (strcmp(target, source) == 0)
            status = command_usage(k->c, "store merge cannot take a store into itself");
        free(source);
    }
    free(target);
    if (status == COMMAND_DONE)
        status = open_store(k, STORE_WRITE);
    return status == COMMAND_DONE ? merge_all(k) : status;
}

/* ---- export ---------------------------------------------------------------------------------------- */

/* Where no number is given there must be nothing to choose from. */
static int check_only_study(struct keeper *k)
{
    int status = read_studies(k, STORE_READ);
    if (status != COMMAND_DONE || k->studies_n < 2)
        return status;
    char *list = saved_rows_list_studies(k->store, k->studies, k->studies_n);
    console_say(k->c->console, "%s: holds %d studies; name one by its number (isplit store export ID): %s",
                k->path, k->studies_n, list);
    free(list);
    return COMMAND_BAD_INPUT;
}

/* Of isplit features, "f2". */
static int export_features(struct keeper *k)
{
    int status = read_studies(k, STORE_READ);
    if (status == COMMAND_DONE)
        status = add_features(k);
    if (status != COMMAND_DONE)
        return status;
    const struct store_study *study = command_store_find_study(k, k->words[0]);
    return study ? store_export_features(k->c, k->store, study) : COMMAND_BAD_INPUT;
}

static int export_rows(struct keeper *k)
{
    struct command *c = k->c;
    struct error e;
    long study = 0;
    if (k->words_n > 1 || !c->options.output.path)
        return command_usage(k->c, "store export needs at most one number of a study, and -o FILE");
    bool features = k->words_n && k->words[0][0] == 'f';
    if (k->words_n && !features && (!text_to_long(k->words[0], &study) || study < 1))
        return command_usage(k->c, "store export needs the number of a study");
    const char *inputs[] = {k->path};
    int status = outputs_check(c, &c->options.output.path, 1, inputs, 1);
    if (status == COMMAND_DONE)
        status = outputs_check_store(c, &c->options.output.path, 1, k->path);
    if (status != COMMAND_DONE)
        return status;
    if (features)
        return export_features(k);
    status = study ? COMMAND_DONE : check_only_study(k);
    if (status != COMMAND_DONE)
        return status;
    struct saved_rows *a = saved_rows_open(k->path, study, &e);
    if (!a)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    status = job_load_saved_rows(c, a);
    if (status == COMMAND_DONE)
        status = store_export_rows(c, a);
    saved_rows_free(a);
    return status;
}

/* ---- shards ---------------------------------------------------------------------------------------- */

static int tell_shards(struct keeper *k)
{
    return k->words_n > 1 ? command_usage(k->c, "store shards takes one store")
                          : shards_tell(k->c, k->words_n ? k->words[0] : k->path);
}

/* ---- Which ----------------------------------------------------------------------------------------- */

/* In the order of store_words. */
static const struct {
    int (*call)(struct keeper *);
    bool output, all; /* the options that mean something to it */
} calls[] = {
    {list, true, false},           {verify, false, false},
    {remove_studies, false, true}, {command_store_merge, false, false},
    {export_rows, true, false},    {tell_shards, false, false},
};

/* An option that would be passed over may have been meant to say where something goes. */
static int call(struct keeper *k, int which)
{
    const struct options *o = &k->c->options;
    if (o->output.path && !calls[which].output)
        return command_usage(k->c,
                             "-o is for store ls and store export (the store itself is named by --store)");
    if (o->everything && !calls[which].all)
        return command_usage(k->c, "--all is for store rm");
    return calls[which].call(k);
}

int command_store(struct command *c)
{
    const struct options *o = &c->options;
    struct keeper k = {.c = c, .words = o->arguments + 1, .words_n = o->arguments_n - 1};
    k.path = o->store ? memory_copy(o->store) : store_default_path();
    int which = 0;
    while (store_words[which] && strcmp(store_words[which], o->arguments[0]) != 0)
        which++;
    int status;
    if (!store_words[which])
        status = command_usage(c, "store does one of: ls, verify, rm, merge, export, shards");
    else if (!k.path)
        status = command_usage(c, "there is no home folder with a store: --store FILE names one");
    else
        status = call(&k, which);
    store_studies_free(k.studies, k.studies_n);
    store_close(k.store);
    free(k.path);
    return status;
}
