#include "worker/partition.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/pixels.h"
#include "net/possible.h"
#include "net/stock.h"
#include "net/weights.h"
#include "onnx/onnx_export.h"
#include "partition/partition_folder.h"
#include "partition/partition_weights.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/own_graph.h"
#include "worker/processor.h"
#include "worker/runner.h"

struct job {
    struct session *session;
    const struct net *net;
    const char *weights;
    const struct partition_request *request;
    long next; /* index into the images of the request */
    struct weights_info info;
    struct partition_folder *folder;

    int inputs;          /* inputs available of those requested */
    size_t in, cut, out; /* numbers in an input, in the tensor that is sent, in the output */
    float *x, *sent, *y; /* [inputs] of each, from the whole network */
    bool stock;          /* libdarknet runs the network, and compares */
    float *scores;       /* [inputs][classes] as libdarknet computes them with folded variances, or NULL */
    struct partition_answer *answer;
};

/* A long step begins; -1 to stop. */
static int partition_step(const struct job *j, const char *what, struct error *e)
{
    if (session_stop_asked(j->session))
        return error_set(e, "stopped; nothing is written");
    return session_send(j->session, message_progress(what), e);
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

static int write_cfgs(struct job *j, const struct cfg *cfg, struct error *e)
{
    int layer = j->request->layer;
    FILE *head = partition_folder_stream(j->folder, PARTITION_HEAD_CFG),
         *tail = partition_folder_stream(j->folder, PARTITION_TAIL_CFG);
    if (partition_write_head(head, cfg, j->net, layer, e) < 0 ||
        partition_folder_wrote(j->folder, PARTITION_HEAD_CFG, e) < 0)
        return -1;
    if (partition_write_tail(tail, cfg, j->net, layer, e) < 0 ||
        partition_folder_wrote(j->folder, PARTITION_TAIL_CFG, e) < 0)
        return -1;
    return 0;
}

/* Whether a half (0 head, 1 tail) is written for stock Darknet. One of two that are a fork's stays a fork's,
 * so that the two fit together. */
static bool is_for_stock(const struct job *j, int half)
{
    return j->stock || (!j->answer->lacking[half][0] && j->info.epsilon != EPSILON_FORK);
}

static int write_weights(struct job *j, int half, int first, int last, struct error *e)
{
    static const enum partition_file files[] = {PARTITION_HEAD_WEIGHTS, PARTITION_TAIL_WEIGHTS};
    FILE *out = partition_folder_stream(j->folder, files[half]);
    if (partition_write_weights(out, j->weights, &j->info, j->net, first, last, is_for_stock(j, half), e) < 0)
        return -1;
    return partition_folder_wrote(j->folder, files[half], e);
}

/* From the files just written, and so as they are for Darknet: a fork's batch norm has been folded. */
static int partition_write_onnx(struct job *j, int half, struct error *e)
{
    static const enum partition_file files[][3] = {
        {PARTITION_HEAD_CFG, PARTITION_HEAD_WEIGHTS, PARTITION_HEAD_ONNX},
        {PARTITION_TAIL_CFG, PARTITION_TAIL_WEIGHTS, PARTITION_TAIL_ONNX}};
    const char *weights = partition_folder_draft(j->folder, files[half][1]);
    struct weights_info info;
    struct net *net = net_read(partition_folder_draft(j->folder, files[half][0]), e);
    int status = net ? weights_check(weights, net, &info, e) : -1;
    if (status == 0) {
        char *doc = memory_format("the %s of a network, cut after layer %d (%s)", half ? "tail" : "head",
                                  j->request->layer, j->net->layers[j->request->layer].name);
        if (!is_for_stock(j, half))
            info.epsilon = j->info.epsilon;
        status = onnx_export(net, weights, &info, half ? ONNX_OUTPUT_LIST : ONNX_OUTPUT_MAP, doc,
                             partition_folder_stream(j->folder, files[half][2]), e);
        free(doc);
    }
    net_free(net);
    return status == 0 ? partition_folder_wrote(j->folder, files[half][2], e) : -1;
}

static int write_files(struct job *j, const struct cfg *cfg, struct error *e)
{
    int layer = j->request->layer, last = j->net->layers_n - 1;
    if (partition_step(j, "writing head and tail", e) < 0 || write_cfgs(j, cfg, e) < 0 ||
        write_weights(j, 0, 0, layer, e) < 0 || write_weights(j, 1, layer + 1, last, e) < 0)
        return -1;
    bool onnx = j->request->onnx;
    return onnx && (partition_write_onnx(j, 0, e) < 0 || partition_write_onnx(j, 1, e) < 0) ? -1 : 0;
}

/* ---- The whole network ------------------------------------------------------------------------------ */

static int partition_make_capacity(struct job *j, struct error *e)
{
    size_t n = (size_t)j->request->inputs;
    j->in = (size_t)net_shape_size(j->net->in);
    j->cut = (size_t)net_shape_size(j->net->layers[j->request->layer].out);
    j->out = (size_t)net_shape_size(j->net->layers[runner_output(j->net, j->stock)].out);
    j->x = memory_try(memory_product(n, j->in), sizeof *j->x);
    j->sent = memory_try(memory_product(n, j->cut), sizeof *j->sent);
    j->y = memory_try(memory_product(n, j->out), sizeof *j->y);
    bool folds = j->stock && j->info.epsilon == EPSILON_FORK;
    size_t classes = (size_t)net_shape_size(j->net->layers[j->net->score].out);
    j->scores = folds ? memory_try(memory_product(n, classes), sizeof *j->scores) : NULL;
    if (!j->x || !j->sent || !j->y || (folds && !j->scores))
        return error_set(e, "no memory to compare %zu inputs (expected fewer)", n);
    return 0;
}

/* Fills x with number i: the next image that can be decoded (the others are reported), or made up. 0 where
 * there are no more; -1 where the pipe is gone or there is no input at all. */
static int load_input(struct job *j, int i, float *x, struct error *e)
{
    const struct partition_request *r = j->request;
    if (r->images_n == 0) {
        session_made_up(j->session, i, x);
        return 1;
    }
    while (j->next < r->images_n) {
        struct error why;
        struct content content;
        long image = r->images[j->next++];
        session_decode_alone(j->session);
        if (pixels_load(j->session->data, image, j->net->in, &r->pixels, j->session->decoding, x, &content,
                        &why) >= 0)
            return 1;
        if (session_send(j->session, message_skipped(image, why.text, &content), e) < 0)
            return -1;
    }
    return i > 0 ? 0 : error_set(e, "none of the images can be decoded, so head and tail cannot be compared");
}

static int load_inputs(struct job *j, struct error *e)
{
    int status = 1;
    while (j->inputs < j->request->inputs &&
           (status = load_input(j, j->inputs, j->x + (size_t)j->inputs * j->in, e)) > 0)
        j->inputs++;
    return status < 0 ? -1 : 0;
}

static int step_of_inputs(const struct job *j, const char *what, int input, struct error *e)
{
    char *text = memory_format("running the %s: %d of %d inputs", what, input + 1, j->inputs);
    int status = partition_step(j, text, e);
    free(text);
    return status;
}

static int run_whole(struct job *j, struct error *e)
{
    if (partition_step(j, "running the whole network", e) < 0)
        return -1;
    int output = runner_output(j->net, j->stock), score = j->net->score;
    size_t classes = (size_t)net_shape_size(j->net->layers[score].out);
    struct runner *r = runner_open_whole(j->net, j->weights, &j->info, j->stock, e);
    int status = r ? 0 : -1;
    for (int i = 0; i < j->inputs && status == 0; i++) {
        size_t n = (size_t)i;
        if (runner_run(r, j->x + n * j->in, e) < 0)
            status = -1;
        if (status < 0)
            break;
        runner_get(r, j->request->layer, j->sent + n * j->cut, j->cut);
        runner_get(r, output, j->y + n * j->out, j->out);
        if (j->scores)
            runner_get(r, score, j->scores + n * classes, classes);
        status = step_of_inputs(j, "whole network", i, e);
    }
    runner_close(r);
    return status;
}

/* What a tail's first layer passes on: Darknet makes -FLT_MAX of what is no number, and of -infinity. */
static int partition_check_sent(const struct job *j, struct error *e)
{
    const struct net_layer *l = &j->net->layers[j->request->layer];
    for (size_t i = 0; i < (size_t)j->inputs * j->cut; i++)
        if (!isfinite(j->sent[i]))
            return error_set(
                e,
                "layer %d (%s) gives %.9g as number %zu of its output, input %zu (expected finite "
                "numbers, as only these can be sent there); nothing is written",
                j->request->layer, l->name, (double)j->sent[i], i % j->cut, i / j->cut);
    return 0;
}

/* How far the folded network is from the original one, which our own graph computes. */
static int compare_original(struct job *j, struct error *e)
{
    size_t classes = (size_t)net_shape_size(j->net->layers[j->net->score].out);
    double most = 0, difference = 0;
    if (partition_step(j, "running the original network", e) < 0)
        return -1;
    struct own_graph *own = own_graph_open(j->net, j->weights, &j->info, e);
    float *scores = memory_new(classes, sizeof *scores);
    int status = own ? 0 : -1;
    for (int i = 0; i < j->inputs && status == 0; i++) {
        status = own_graph_run(own, j->x + (size_t)i * j->in, e);
        if (status == 0)
            own_graph_get(own, j->net->score, scores);
        for (size_t k = 0; k < classes && status == 0; k++) {
            double original = (double)scores[k], folded = (double)j->scores[(size_t)i * classes + k];
            most = fmax(most, fabs(original));
            difference = fmax(difference, fabs(folded - original));
        }
    }
    free(scores);
    own_graph_close(own);
    j->answer->folded = most > 0 ? difference / most : 0;
    return status;
}

/* ---- Head and tail ---------------------------------------------------------------------------------- */

struct half {
    const char *name;
    enum partition_file cfg, weights;
    const float *x, *y; /* [inputs] the input, and the expected output */
    size_t in, out;     /* numbers of each */
};

static uint32_t bits(float value)
{
    uint32_t b;
    memcpy(&b, &value, sizeof b);
    return b;
}

static int partition_compare(const struct half *h, const float *got, const float *wanted, int input,
                             struct error *e)
{
    for (size_t i = 0; i < h->out; i++)
        if (bits(got[i]) != bits(wanted[i]))
            return error_set(e,
                             "the %s is not the whole network's: input %d gives %.9g as number %zu of its "
                             "output (expected %.9g); nothing is written",
                             h->name, input, (double)got[i], i, (double)wanted[i]);
    return 0;
}

static int run_half(struct job *j, const struct half *h, const struct net *net, struct error *e)
{
    const char *weights = partition_folder_draft(j->folder, h->weights);
    struct weights_info info;
    if (weights_check(weights, net, &info, e) < 0)
        return -1;
    info.epsilon = j->info.epsilon; /* what isplit's own graph is to compute */
    struct runner *r = runner_open_half(net, weights, &info, j->stock, e);
    float *got = memory_try(h->out, sizeof *got);
    int status = !r ? -1 : got ? 0 : error_set(e, "no memory for %zu numbers", h->out);
    for (int i = 0; i < j->inputs && status == 0; i++) {
        status = runner_run(r, h->x + (size_t)i * h->in, e);
        if (status < 0)
            break;
        runner_get(r, runner_output(net, j->stock), got, h->out);
        status = partition_compare(h, got, h->y + (size_t)i * h->out, i, e);
        if (status == 0)
            status = step_of_inputs(j, h->name, i, e);
    }
    runner_close(r);
    free(got);
    return status;
}

/* Our strict reader first: libdarknet ends the program when it cannot read a file. */
static int check_half(struct job *j, const struct half *h, struct error *e)
{
    struct net *net = net_read(partition_folder_draft(j->folder, h->cfg), e);
    if (!net)
        return -1;
    int status = 0;
    if ((size_t)net_shape_size(net->in) != h->in ||
        (size_t)net_shape_size(net->layers[runner_output(net, j->stock)].out) != h->out)
        status = error_set(e, "the %s has another input or output than the cut; nothing is written", h->name);
    if (status == 0)
        status = run_half(j, h, net, e);
    net_free(net);
    return status;
}

static int check_parts(struct job *j, struct error *e)
{
    if (partition_make_capacity(j, e) < 0 || load_inputs(j, e) < 0 || run_whole(j, e) < 0)
        return -1;
    const struct half head = {"head", PARTITION_HEAD_CFG, PARTITION_HEAD_WEIGHTS, j->x, j->sent, j->in,
                              j->cut};
    const struct half tail = {"tail", PARTITION_TAIL_CFG, PARTITION_TAIL_WEIGHTS, j->sent, j->y, j->cut,
                              j->out};
    if (partition_needs_lead(j->net, j->request->layer) && partition_check_sent(j, e) < 0)
        return -1;
    if (check_half(j, &head, e) < 0 || check_half(j, &tail, e) < 0)
        return -1;
    return j->scores ? compare_original(j, e) : 0;
}

/* ---- The answer ------------------------------------------------------------------------------------- */

static int describe_file(const struct job *j, enum partition_file file, struct partition_answer *answer,
                         struct error *e)
{
    const char *path = partition_folder_draft(j->folder, file);
    struct stat st;
    uint64_t hash;
    if (weights_hash_file(path, &hash, e) < 0)
        return -1;
    if (stat(path, &st) < 0)
        return error_at(e, path, 0, "is gone");
    answer->files[file].bytes = st.st_size;
    snprintf(answer->files[file].xxh3, sizeof answer->files[file].xxh3, "%016" PRIx64, hash);
    return 0;
}

/* Of head and tail, once it is known whose batch norm they are for. */
static void find_darknets(const struct job *j)
{
    const int first[] = {0, j->request->layer + 1}, last[] = {j->request->layer, j->net->layers_n - 1};
    for (int i = 0; i < 2; i++) {
        enum net_runs runs_in = net_runs_in(j->net, first[i], last[i]);
        bool other = runs_in == NET_RUNS_STOCK && j->answer->fork;
        j->answer->runs_in[i] = other ? NET_RUNS_FORK : runs_in;
    }
}

static int partition_describe(const struct job *j, struct error *e)
{
    struct partition_answer *answer = j->answer;
    answer->layer = j->request->layer;
    answer->lead = partition_needs_lead(j->net, j->request->layer);
    answer->inputs = j->inputs;
    processor_describe(answer->processor, sizeof answer->processor);
    answer->images = j->request->images_n > 0;
    answer->fork = !j->stock && j->info.epsilon == EPSILON_FORK;
    find_darknets(j);
    answer->onnx = j->request->onnx;
    for (int i = 0; i < partition_files(answer->onnx); i++)
        if (describe_file(j, (enum partition_file)i, answer, e) < 0)
            return -1;
    return 0;
}

/* What stock Darknet cannot run is written for others, and compared without it. */
static void find_lacking(struct job *j)
{
    int layer = j->request->layer;
    char *lacking[] = {net_stock_fails(j->net, 0, layer),
                       net_stock_fails(j->net, layer + 1, j->net->layers_n - 1)};
    j->stock = !lacking[0] && !lacking[1];
    j->answer->folded = -1;
    for (int i = 0; i < 2; i++) {
        snprintf(j->answer->lacking[i], sizeof j->answer->lacking[i], "%s", lacking[i] ? lacking[i] : "");
        free(lacking[i]);
    }
}

static int make_in_folder(struct job *j, const struct cfg *cfg, struct error *e)
{
    const char *const inputs[] = {j->net->path, j->weights};
    j->folder = partition_folder_open(j->request->folder, j->request->onnx, j->request->force, inputs, 2, e);
    if (!j->folder)
        return -1;
    if (write_files(j, cfg, e) == 0 && check_parts(j, e) == 0 && partition_describe(j, e) == 0 &&
        weights_check_same(j->weights, &j->info, e) == 0 && partition_step(j, "naming the files", e) == 0)
        return partition_folder_commit(j->folder, e);
    partition_folder_abandon(j->folder);
    return -1;
}

int partition_make(struct session *s, const struct partition_request *request,
                   struct partition_answer *answer, struct error *e)
{
    const struct net *net = s->net;
    struct job j = {.session = s, .net = net, .weights = s->weights, .request = request, .answer = answer};
    *answer = (struct partition_answer){0};
    struct table *table = table_make(net);
    int status = partition_possible(table, request->layer, e);
    table_free(table);
    if (status < 0 || session_check_sources(s, request->cfg_xxh3, request->weights_xxh3, &j.info, e) < 0)
        return -1;
    if (request->onnx && onnx_export_possible(net, e) < 0)
        return -1;
    find_lacking(&j);
    size_t length;
    char *text = file_read(net->path, CFG_BYTES_MAX, &length, e);
    struct cfg *cfg = text ? cfg_parse(text, length, net->path, e) : NULL;
    status = cfg ? make_in_folder(&j, cfg, e) : -1;
    cfg_free(cfg);
    free(text);
    free(j.x);
    free(j.sent);
    free(j.y);
    free(j.scores);
    return status;
}
