#include "commands/shards.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "commands/format.h"
#include "commands/job.h"
#include "report/report_shards.h"
#include "store/store_share.h"
#include "store/store_study.h"

/* ---- What is remembered ------------------------------------------------------------------------------ */

char *shards_command(const struct options *o)
{
    static const char *const without[] = {"shard",      "again",       "store", "no-store", "output",
                                          "images-csv", "classes-csv", "chart", NULL};
    char *program = program_file_self();
    char *quoted = text_shell(program);
    char *words = options_words(&options_curve, o, without);
    char *command = memory_format("%s %s", quoted, words);
    free(words);
    free(quoted);
    free(program);
    return command;
}

/* All, as most runs have it, is null. */
static json_t *shards_classes(const bool *chosen, int classes_n)
{
    json_t *list = json_array();
    for (int i = 0; i < classes_n; i++)
        if (chosen[i])
            json_array_append_new(list, json_integer(i));
    if (json_array_size(list) < (size_t)classes_n)
        return list;
    json_decref(list);
    return json_null();
}

/* Names of files need not be UTF-8. */
static json_t *shards_text(const char *text)
{
    char *encoded = text_percent_encode(text);
    json_t *string = json_string(encoded);
    free(encoded);
    return string;
}

char *shards_remember(const struct command *c, const bool *chosen, int classes_n)
{
    const struct options *o = &c->options;
    if (o->measure.until_stable > 0)
        return NULL;
    char *command = shards_command(o);
    char *folder = getcwd(NULL, 0);
    json_t *record = json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "of", (json_int_t)o->input.shard[1],
                               "images", (json_int_t)o->input.images, "seed", (json_int_t)o->input.seed,
                               "classes", shards_classes(chosen, classes_n), "command", shards_text(command),
                               "folder", shards_text(folder ? folder : "."), "again",
                               shards_text(o->input.again ? o->input.again : ""));
    char *text = record ? json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(record);
    free(folder);
    free(command);
    return text;
}

/* ---- What is missing --------------------------------------------------------------------------------- */

struct shards_run {
    json_int_t of, images, seed;
    const json_t *classes;
    char *command, *folder, *again;
    long *wanted, *measured; /* [of] images of each share */
};

static bool shards_decode(const json_t *record, const char *key, char **text)
{
    const char *encoded = json_string_value(json_object_get(record, key));
    *text = encoded ? text_percent_decode(encoded) : NULL;
    return *text != NULL;
}

/* A store is a file like others: nothing in it is taken on trust. */
static bool shards_read(const json_t *record, struct shards_run *r)
{
    enum { MOST = 10000000 };
    r->of = json_integer_value(json_object_get(record, "of"));
    r->images = json_integer_value(json_object_get(record, "images"));
    r->seed = json_integer_value(json_object_get(record, "seed"));
    r->classes = json_object_get(record, "classes");
    bool texts = shards_decode(record, "command", &r->command) &&
                 shards_decode(record, "folder", &r->folder) && shards_decode(record, "again", &r->again);
    return texts && r->of >= 1 && r->of <= MOST && r->images >= 0 && r->seed >= 0 && r->classes;
}

static bool *shards_chosen(const struct shards_run *r, int classes_n)
{
    bool *chosen = memory_new((size_t)classes_n, sizeof *chosen);
    size_t i;
    json_t *value;
    memset(chosen, json_is_null(r->classes), (size_t)classes_n * sizeof *chosen);
    json_array_foreach(r->classes, i, value)
    {
        json_int_t at = json_integer_value(value);
        if (at >= 0 && at < classes_n)
            chosen[at] = true;
    }
    return chosen;
}

/* Which images of the run have a row, or never will. */
static int shards_count(struct command *c, struct shards_run *r)
{
    struct job j = {.c = c};
    struct error e;
    int status = job_open_saved_rows(&j);
    if (status == COMMAND_DONE) {
        j.chosen = shards_chosen(r, j.study->table->classes);
        if (study_choose(j.study, j.chosen, (const bool *const[]){j.chosen}, 1, &e) < 0)
            status = command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    r->wanted = memory_new((size_t)r->of, sizeof *r->wanted);
    r->measured = memory_new((size_t)r->of, sizeof *r->measured);
    for (long i = 0; status == COMMAND_DONE && i < j.study->order_n; i++) {
        r->wanted[i % r->of]++;
        r->measured[i % r->of] += j.study->settled[j.study->order[i]];
    }
    job_free(&j);
    return status;
}

static bool shards_is_missing(const struct shards_run *r, long i)
{
    return i < r->of && r->measured[i] < r->wanted[i];
}

/* "7,13-15" or, each by itself, "7 13 14 15". New string. */
static char *shards_list(const struct shards_run *r, bool ranges)
{
    size_t size;
    char *text;
    FILE *out = memory_stream(&text, &size);
    const char *between = "";
    for (long i = 0, last; i < r->of; i = last + 1) {
        last = i;
        if (!shards_is_missing(r, i))
            continue;
        while (ranges && shards_is_missing(r, last + 1))
            last++;
        fprintf(out, "%s%ld", between, i + 1);
        if (last > i)
            fprintf(out, "-%ld", last + 1);
        between = ranges ? "," : " ";
    }
    fclose(out);
    return text;
}

/* What measures the shares of that list: as it was given to the shares, else a loop that measures into the
 * joined store itself. New string. */
static char *shards_measuring(const struct shards_run *r, const char *path, const char *list)
{
    char *folder = text_shell(r->folder);
    char *store = file_resolve(path);
    char *shown = text_shell(store);
    const char *at = strstr(r->again, "%s");
    char *command =
        at ? memory_format("cd %s && %.*s%s%s", folder, (int)(at - r->again), r->again, list, at + 2)
           : memory_format(
                 "cd %s && for i in %s; do %s --shard $i/%lld --store %s -o /dev/null || break; done", folder,
                 list, r->command, (long long)r->of, shown);
    free(shown);
    free(store);
    free(folder);
    return command;
}

static void shards_print_command(const struct shards_run *r, const char *path)
{
    char *list = shards_list(r, *r->again != '\0');
    char *command = shards_measuring(r, path, list);
    console_print(stdout, "%s", command);
    free(command);
    free(list);
}

/* Each with the command for it alone. How many are missing. */
static long shards_list_rows(struct sheet *rows, const char *path, int64_t study, const struct shards_run *r)
{
    long missing = 0;
    for (long i = 0; i < r->of; i++) {
        char *number = memory_format("%ld", i + 1);
        char *again = shards_is_missing(r, i) ? shards_measuring(r, path, number) : memory_copy("");
        const struct report_share share = {study, i + 1, (long)r->of, r->wanted[i], r->measured[i], again};
        report_shards_row(rows, &share);
        missing += shards_is_missing(r, i);
        free(again);
        free(number);
    }
    return missing;
}

static long shards_say(struct console *console, const char *path, const struct shards_run *r)
{
    enum { SHOWN = 20 };
    long missing = 0, images = 0;
    for (long i = 0; i < r->of; i++) {
        missing += shards_is_missing(r, i);
        images += r->wanted[i];
    }
    console_say(console, "%s: %ld image%s in %lld shares: %s", path, images, images == 1 ? "" : "s",
                (long long)r->of, missing ? "some are missing" : "all are measured");
    long said = 0;
    for (long i = 0; i < r->of && said < SHOWN; i++)
        if (shards_is_missing(r, i)) {
            console_say(console, "share %ld: %ld of %ld images", i + 1, r->measured[i], r->wanted[i]);
            said++;
        }
    if (missing > said)
        console_say(console, "and %ld more shares", missing - said);
    return missing;
}

/* In words, or as rows of a table. How many are missing. */
static long shards_show(struct command *c, struct sheet *rows, const char *path, const struct shards_run *r)
{
    if (rows)
        return shards_list_rows(rows, path, c->options.study, r);
    long missing = shards_say(c->console, path, r);
    if (missing > 0)
        shards_print_command(r, path);
    return missing;
}

/* One way in which a study was divided. */
static int shards_tell_run(struct command *c, struct sheet *rows, const char *path, const char *text)
{
    struct shards_run r = {0};
    json_t *record = json_loads(text, 0, NULL);
    struct options *o = &c->options;
    int status = COMMAND_BAD_INPUT;
    if (!record || !shards_read(record, &r)) {
        console_say(c->console, "%s: what it remembers of shares cannot be read", path);
    } else {
        o->input.images = (long)r.images;
        o->input.seed = (long)r.seed;
        status = shards_count(c, &r);
        if (status == COMMAND_DONE && shards_show(c, rows, path, &r) > 0)
            status = COMMAND_BAD_INPUT;
    }
    free(r.wanted);
    free(r.measured);
    free(r.command);
    free(r.folder);
    free(r.again);
    json_decref(record);
    return status;
}

static int shards_tell_study(struct command *c, struct sheet *rows, const char *path, int64_t study,
                             char *const *texts, int n)
{
    int status = COMMAND_DONE;
    c->options.from = path;
    c->options.study = (long)study;
    for (int i = 0; i < n; i++) {
        int told = shards_tell_run(c, rows, path, texts[i]);
        status = told == COMMAND_DONE ? status : told;
    }
    return status;
}

/* The texts of all studies, whose store is closed before their rows are read. */
struct shards_texts {
    int64_t study;
    bool whole; /* the images are listed */
    char **texts;
    int n;
};

static struct shards_texts *shards_collect(const char *path, int *studies_n, struct error *e)
{
    struct store *store = store_open(path, STORE_READ, NULL, e);
    struct store_study *studies = store ? store_studies(store, studies_n, e) : NULL;
    int n = studies ? *studies_n : 0;
    struct shards_texts *all = studies ? memory_new((size_t)n + 1, sizeof *all) : NULL;
    bool good = all != NULL;
    for (int i = 0; i < n && good; i++) {
        all[i].study = studies[i].id;
        all[i].whole = studies[i].complete;
        all[i].texts = store_shares(store, studies[i].id, &all[i].n, e);
        good = all[i].texts != NULL;
    }
    store_studies_free(studies, n);
    store_close(store);
    if (good)
        return all;
    for (int i = 0; all && i < n; i++)
        store_shares_free(all[i].texts, all[i].n);
    free(all);
    return NULL;
}

int shards_tell(struct command *c, const char *path)
{
    struct error e;
    int n = 0, known = 0, status = COMMAND_DONE;
    if (access(path, F_OK) < 0) {
        error_at(&e, path, 0, "cannot open: %s", strerror(errno));
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    struct shards_texts *all = shards_collect(path, &n, &e);
    if (!all)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    const struct sheet_style style = format_style(c);
    struct sheet *rows = format_wants_rows(c) ? report_shards_begin(stdout, &style) : NULL;
    for (int i = 0; i < n; i++) {
        known += all[i].whole ? all[i].n : 0;
        int told = all[i].whole ? shards_tell_study(c, rows, path, all[i].study, all[i].texts, all[i].n)
                                : COMMAND_DONE;
        status = told == COMMAND_DONE ? status : told;
        store_shares_free(all[i].texts, all[i].n);
    }
    free(all);
    sheet_free(rows);
    if (known > 0)
        return status == COMMAND_DONE ? command_flush(c) : (command_flush(c), status);
    console_say(c->console,
                "%s: knows of no shares (isplit curve --shard measures one, isplit store merge joins them)",
                path);
    return COMMAND_BAD_INPUT;
}
