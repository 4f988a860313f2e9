#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "commands/conclusion.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/job.h"
#include "commands/outputs.h"
#include "cli/option_rows.h"
#include "commands/format.h"
#include "deployment/partition_job.h"
#include "net/possible.h"
#include "partition/partition.h"
#include "partition/partition_folder.h"
#include "study/run.h"
#include "csv/sheet_rows.h"

static const struct option_entry split_entries[] = {
    {ROW_TEXT(0, "at", at, "LAYER",
              "where: a layer's number or name, as isplit layers\ntells them, or best: the best candidate of "
              "the curve\n(default, of a retrained DIR: at its bottleneck)")},
    {ROW_TEXT(
        'o', "output", output.path, "DIR",
        "where head.cfg, head.weights, tail.cfg, tail.weights\nand split.csv go; made where it does not "
        "exist")},
    ROWS_FORMAT_OF_FOLDER,
    {ROW_FLAG(0, "force", force, "replace an earlier split in DIR")},
    {ROW_FLAG(0, "onnx", onnx, "head.onnx and tail.onnx, too: for other runtimes")},
    {ROW_NUMBER(0, "check", compared, 1, PARTITION_INPUTS_LIMIT,
                "on how many inputs head and tail are compared with\nthe whole network (default: 8)")},
    {ROW_TEXT(0, "curve", input.curve_csv, "FILE",
              "for best: a curve that isplit curve wrote; else it is\nmeasured on DATA")},
    {ROW_TEXT(0, "subset", input.subset, "NAME", "which, where the curve's FILE holds those of several")},
    {ROW_WORD("dtype", cost_model.type, "TYPE", dtype_words,
              "how split.csv says that the tensor is sent: f32\n(default), f16, int8, int6, int5, int4, int3 "
              "or int2"),
     .formerly = "type"},
    {ROW_WORD("coder", cost_model.coder, "CODER", coder_words, "compressed by none (default), zstd or lzma"),
     .formerly = "zstd", .formerly_meant = "zstd"},
    {ROW_NUMBER(0, "level", features.level, 1, FEATURES_LEVEL_LIMIT, "of zstd (default: 11)")},
    {ROW_TEXT(0, "features", cost_model.features_csv, "FILE",
              "what isplit features measured: the range of int8 to\nint2")},
    ROW_DATA,
    ROW_CLASSES,
    ROWS_MEASURING,
    ROW_STORE,
    {ROW_FLAG(0, "no-store", no_store, "neither keep measured rows nor look for them"), .measures = true},
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_split = {
    .name = "split",
    .synopsis = "isplit split CFG WEIGHTS --at LAYER|NAME|best -o DIR [OPTIONS]\n"
                "isplit split FILE.data --at LAYER|NAME|best -o DIR [OPTIONS]\n"
                "isplit split RETRAINED -o DIR [OPTIONS]",
    .summary = "Cuts a network after a layer into two networks, the head and the tail, which\n"
               "stock Darknet runs. They get their names only after libdarknet has run head then\n"
               "tail and the whole network and found the same bits: on images of DATA, or on\n"
               "made-up inputs where there is no DATA.",
    .notes = "Exit status: 0 done; 1 bad input, or the network cannot be cut there; 2 wrong\n"
             "usage; 3 the worker was lost; 130 interrupted. Nothing is written unless it is\n"
             "0.",
    .entries = split_entries,
    .entries_n = ROWS_COUNT(split_entries),
    .tables = "split",
    .arguments_min = 1,
    .arguments_max = 2,
};

/* One run of `isplit split`. */
struct split {
    struct job job; /* the network, its images and, for best, what is measured of it */
    char *sheet;    /* DIR/split.csv */
    int layer;
    long *images; /* [images_n] in the order in which they are tried; none: made-up inputs */
    long images_n;
    char *chosen; /* by what, for the provenance */
    struct frame_format sent;
};

static bool wants_best(const struct options *o)
{
    return o->at && strcmp(o->at, "best") == 0;
}

/* A retrained network's folder says itself where it is to be cut. */
static bool knows_its_cut(const struct options *o)
{
    return o->arguments_n == 1 && inputs_is_retrained(o->arguments[0]);
}

static int check_usage(struct split *s)
{
    const struct options *o = &s->job.c->options;
    if (!o->at && !knows_its_cut(o))
        return command_usage(s->job.c, "--at is missing: where to cut");
    if (!o->output.path)
        return command_usage(s->job.c, "-o is missing: the folder for head and tail");
    int status = command_find_inputs(s->job.c, false, &s->job.inputs);
    if (status != COMMAND_DONE)
        return status;
    if (wants_best(o) && !o->input.curve_csv && !s->job.inputs.data)
        return command_usage(s->job.c, "--at best needs a curve: --curve FILE, or -d DATA to measure one");
    if (!wants_best(o) && o->input.curve_csv)
        return command_usage(s->job.c, "--curve is read for --at best only");
    if (!o->input.curve_csv && o->input.subset)
        return command_usage(s->job.c, "--subset says which curve of --curve FILE");
    struct error e;
    return partition_sent_check(o, &e) < 0 ? command_usage(s->job.c, e.text) : COMMAND_DONE;
}

/* What can be seen before anything is loaded; the worker looks again, at all files. */
static int command_split_check_outputs(struct split *s)
{
    const struct options *o = &s->job.c->options;
    const struct inputs *in = &s->job.inputs;
    enum { NAMED = 7 };
    const char *inputs[NAMED + RUN_LABEL_FILES] = {in->cfg,
                                                   in->weights,
                                                   in->named,
                                                   in->data,
                                                   o->input.curve_csv,
                                                   o->measure.tuning_file,
                                                   o->cost_model.features_csv};
    run_label_files(o, inputs + NAMED);
    const char *const outputs[] = {s->sheet};
    struct stat st;
    struct error e;
    if (stat(o->output.path, &st) < 0)
        return COMMAND_DONE;
    if (!S_ISDIR(st.st_mode)) {
        error_at(&e, o->output.path, 0, "is no folder (expected one, or a new name)");
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    }
    if (!o->force && access(s->sheet, F_OK) == 0) {
        error_at(&e, s->sheet, 0, "exists already (expected another folder, or --force)");
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    }
    return outputs_check(s->job.c, outputs, 1, inputs, sizeof inputs / sizeof inputs[0]);
}

static int connect_worker(struct split *s)
{
    return job_connect(&s->job);
}

/* ---- Where ------------------------------------------------------------------------------------------ */

static int best_of_file(struct split *s)
{
    struct error e;
    struct curve_file *f = job_read_curve(&s->job);
    const char *const files[RESULTS_KINDS] = {[RESULTS_CURVE] = s->job.c->options.input.curve_csv};
    if (!f)
        return COMMAND_BAD_INPUT;
    job_warn_of_results(&s->job, false, files);
    int best = curve_file_best(f), status = COMMAND_DONE;
    if (best >= 0) {
        s->layer = best;
        s->chosen = memory_format("best of %s", curve_file_path(f));
    } else {
        error_at(&e, curve_file_path(f), 0,
                 "holds no candidate, no layer is a local maximum (expected one, or --at with a layer)");
        status = command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    }
    curve_file_free(f);
    return status;
}

/* "best" is the best candidate of what isplit curve would write with these options. */
static int best_measured(struct split *s)
{
    struct job *j = &s->job;
    struct error e;
    const char *state;
    int status = job_measure_whole(j, &state);
    if (status != COMMAND_DONE)
        return status;
    int best = curve_pick(j->study->curve, j->chosen);
    if (best < 0) {
        error_at(&e, j->study->inputs.data, 0,
                 "no layer is a local maximum on these images (expected --at with a layer)");
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    }
    s->layer = j->study->layer_list.layers[best];
    s->chosen = memory_format("best of %ld images", j->study->curve->rows_n);
    return COMMAND_DONE;
}

static int take_retrained(void *data, char **cells, long line, struct error *e)
{
    (void)line;
    return partition_find_layer(((struct split *)data)->job.study->table, cells[0],
                                &((struct split *)data)->layer, e);
}

/* Without a bottleneck nothing but the sheet tells it. */
static int cut_of_sheet(struct split *s)
{
    static const char *const columns[] = {"layer", NULL};
    struct error e;
    char *path = partition_folder_path(s->job.c->options.arguments[0], RETRAIN_CSV);
    s->layer = -1;
    int status = sheet_rows_read(path, columns, 1, NULL, "what isplit retrain has written, or --at LAYER",
                                 NULL, take_retrained, s, &e);
    if (status == 0 && s->layer < 0)
        status =
            error_at(&e, path, 0, "holds no row (expected what isplit retrain has written, or --at LAYER)");
    free(path);
    return status < 0 ? command_fail(s->job.c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

/* After the encoder of its bottleneck, else where it was retrained. */
static int own_cut(struct split *s)
{
    const struct table *table = s->job.study->table;
    int status = COMMAND_DONE;
    s->layer = table_encoder_end(table);
    if (s->layer < 0)
        status = cut_of_sheet(s);
    s->chosen = memory_copy("bottleneck");
    return status;
}

static int find_layer(struct split *s)
{
    const struct options *o = &s->job.c->options;
    struct error e;
    if (!o->at)
        return own_cut(s);
    if (wants_best(o) && !o->input.curve_csv)
        return best_measured(s);
    if (wants_best(o))
        return best_of_file(s);
    if (partition_find_layer(s->job.study->table, o->at, &s->layer, &e) < 0)
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    s->chosen = memory_copy("layer");
    return COMMAND_DONE;
}

static int choose_layer(struct split *s)
{
    const struct table *table = s->job.study->table;
    struct error e, why;
    int status = find_layer(s);
    if (status != COMMAND_DONE)
        return status;
    if (partition_possible(table, s->layer, &why) == 0)
        return COMMAND_DONE;
    error_at(&e, s->job.study->inputs.cfg, 0, "%s", why.text);
    return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
}

/* With what is known of the run by now. */
static struct partition_job partition_job_of(const struct split *s)
{
    const struct command *c = s->job.c;
    return (struct partition_job){
        .program = "isplit split",
        .options = &c->options,
        .cfg = s->job.study->inputs.cfg,
        .weights = s->job.study->inputs.weights,
        .data = s->job.study->inputs.data,
        .folder = c->options.output.path,
        .chosen_by = s->chosen,
        .sent = s->sent,
    };
}

static int command_split_choose_images(struct split *s)
{
    struct error e;
    const struct partition_job h = partition_job_of(s);
    if (!s->job.study->inputs.data)
        return COMMAND_DONE;
    s->images = partition_job_images(s->job.c->connection, &h, &s->images_n, &e);
    return s->images ? COMMAND_DONE : command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
}

static int command_split_choose_sending(struct split *s)
{
    struct error e;
    const struct command *c = s->job.c;
    if (partition_sent(&c->options, c->connection, s->job.study->inputs.cfg, s->layer, &s->sent, &e) < 0)
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    return COMMAND_DONE;
}

/* ---- The cut ---------------------------------------------------------------------------------------- */

static int cut(struct split *s)
{
    struct command *c = s->job.c;
    struct error e;
    const struct partition_job h = partition_job_of(s);
    snprintf(c->what, sizeof c->what, "cutting the network");
    if (partition_job_ask(c->connection, &h, s->layer, c->options.force, s->images, s->images_n, &e) < 0)
        return command_fail(c, COMMAND_LOST, &e);
    return command_wait_whole(c);
}

/* ---- What came of it -------------------------------------------------------------------------------- */

static int command_split_write_sheet(struct split *s)
{
    struct error e;
    const struct partition_job h = partition_job_of(s);
    if (partition_job_write_csv(s->job.c->connection, &h, &e) < 0)
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    return COMMAND_DONE;
}

/* Millions: 0.224 M, 1050 M, never 1.05e+03 M. New string. */
static char *millions(int64_t n)
{
    double m = (double)n / 1e6;
    if (m >= 999.5)
        return memory_format("%.0f M", m);
    return n > 0 && n < 100 ? memory_format("%.6f M", m) : memory_format("%.3g M", m);
}

static void print_half(const struct split *s, const char *name, int64_t params, int64_t macs,
                       enum partition_file weights)
{
    char size[16];
    text_bytes(size, connection_split_answer(s->job.c->connection)->files[weights].bytes);
    char *p = millions(params), *m = millions(macs);
    console_print(stdout, "%s  %s params, %s multiply-adds, %s of weights: %s/%s.cfg", name, p, m, size,
                  s->job.c->options.output.path, name);
    free(p);
    free(m);
}

static int command_split_write_rows(struct split *s)
{
    struct command *c = s->job.c;
    const struct pixels_options pixels = run_of_options(&c->options).pixels;
    const struct report r = {.table = c->connection->table,
                             .split = connection_split_answer(c->connection),
                             .sent = &s->sent,
                             .pixels = &pixels};
    return format_write_rows(c, report_partition, &r);
}

static void command_split_conclude(struct split *s)
{
    const struct table_row *row = &s->job.c->connection->table->rows[s->layer];
    const struct partition_job h = partition_job_of(s);
    char *proof = partition_job_proof(s->job.c->connection, &h);
    char *folder = partition_folder_path(s->job.c->options.output.path, "");
    conclusion_set(s->job.c, "cut after layer %d (%s): %s", row->layer, row->name, proof);
    conclusion_made(s->job.c, folder);
    free(folder);
    free(proof);
}

static int command_split_tell(struct split *s)
{
    command_split_conclude(s);
    if (format_wants_rows(s->job.c))
        return command_split_write_rows(s);
    const struct connection *n = s->job.c->connection;
    const struct table_row *row = &n->table->rows[s->layer];
    char bytes[16];
    text_bytes(bytes, row->cut_bytes);
    process_become_filter();
    console_print(stdout, "cut after layer %d (%s): %dx%dx%d, %s are sent", row->layer, row->name, row->out.c,
                  row->out.h, row->out.w, bytes);
    print_half(s, "head", row->head_params, row->head_macs, PARTITION_HEAD_WEIGHTS);
    print_half(s, "tail", row->tail_params, row->tail_macs, PARTITION_TAIL_WEIGHTS);
    const struct partition_job h = partition_job_of(s);
    char *proof = partition_job_proof(n, &h);
    console_print(stdout, "%s", proof);
    free(proof);
    return command_flush(s->job.c);
}

int command_split(struct command *c)
{
    struct split s = {.job.c = c};
    int status = check_usage(&s);
    if (status == COMMAND_DONE) {
        s.sheet = partition_folder_path(c->options.output.path, PARTITION_CSV);
        status = command_split_check_outputs(&s);
    }
    int (*const steps[])(struct split *) = {connect_worker,
                                            choose_layer,
                                            command_split_choose_sending,
                                            command_split_choose_images,
                                            cut,
                                            command_split_write_sheet,
                                            command_split_tell};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&s);
    job_free(&s.job);
    free(s.sheet);
    free(s.images);
    free(s.chosen);
    return status;
}
