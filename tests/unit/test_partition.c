/* Cutting a network in two: which cuts can be made and why not, the texts of the halves, their weights, the
 * folder they go to, and what is said of it over the pipe. That libdarknet runs the halves as the whole is
 * shown by tests/reference/test_split_nets.py. */
#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/possible.h"
#include "partition/partition.h"
#include "partition/partition_folder.h"
#include "partition/partition_request.h"
#include "partition/partition_weights.h"
#include "wire/message_partition.h"

#define NET "[net]\nchannels=3\nheight=8\nwidth=6\n"
#define CONV "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"

static struct net *read_net(const char *text)
{
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), "folder/t.cfg", &e);
    if (!net)
        fail_msg("%s", e.text);
    return net;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

/* ---- Which cuts ------------------------------------------------------------------------------------- */

/* 0 conv, 1 conv, 2 conv, 3 shortcut with 0, 4 dropout, 5 connected, 6 softmax, 7 cost */
static const char skipping[] =
    NET CONV CONV CONV "[shortcut]\nfrom=0\nactivation=linear\n[dropout]\n"
                       "[connected]\noutput=3\nactivation=linear\n[softmax]\n[cost]\n";

static void possible(const char *text, int layer, const char *reason)
{
    struct net *net = read_net(text);
    struct table *table = table_make(net);
    struct error e = {""};
    int status = partition_possible(table, layer, &e);
    if (reason)
        has(e.text, reason);
    assert_int_equal(status, reason ? -1 : 0);
    table_free(table);
    net_free(net);
}

static void test_reasons(void **state)
{
    (void)state;
    possible(skipping, 0, NULL);
    possible(skipping, 3, NULL);
    possible(skipping, 5, NULL);
    possible(skipping, -1, "has no layer -1 (expected 0 to 7)");
    possible(skipping, 8, "has no layer 8 (expected 0 to 7)");
    possible(skipping, 1,
             "cannot cut after layer 1 (layer1_block1_conv1): the tail reads the skip connection of layer 0 "
             "(conv1) too "
             "(the nearest clean cuts are after layer 0 (conv1) and layer 3 (layer1_block1))");
    possible(skipping, 4, "cannot cut after layer 4 (dropout1): a dropout passes on what it is given");
    possible(NET CONV "[maxpool]\nsize=1\nstride=1\n" CONV, 1,
             "cannot cut after layer 1 (identity1): a pool of one pixel passes on what it is given");
    possible(skipping, 6, "cannot cut after layer 6 (softmax): it comes after the scores");
    possible(skipping, 7, "cannot cut after layer 7 (cost): no tail is left");
    possible(NET "[crop]\ncrop_height=5\ncrop_width=5\n" CONV CONV, 0, "is preprocessing");
    possible(NET CONV CONV "[crop]\ncrop_height=5\ncrop_width=5\n" CONV, 2, NULL);
    /* What layer 1 makes is read by nobody. */
    possible(NET CONV CONV "[route]\nlayers=0\n" CONV, 1,
             "the tail reads the skip connection of layer 0 (conv1), not its output");
}

static void test_reasons_name_all(void **state)
{
    (void)state;
    possible(
        NET CONV CONV CONV CONV "[route]\nlayers=0,1,3\n" CONV, 3,
        "the tail reads the skip connection of layer 0 (conv1), the skip connection of layer 1 (conv2) too");
    char many[4096] = NET;
    for (int i = 0; i < 12; i++)
        strcat(many, CONV);
    strcat(many, "[route]\nlayers=0,1,2,3,4,5,6,7,8,9,11\n" CONV);
    possible(many, 11, "layer 7 (conv8) and 2 more too");
}

static void found(const struct table *table, const char *text, int wanted, const char *why)
{
    struct error e = {""};
    int layer = -2;
    assert_int_equal(partition_find_layer(table, text, &layer, &e), why ? -1 : 0);
    if (why)
        has(e.text, why);
    else
        assert_int_equal(layer, wanted);
}

static void test_find(void **state)
{
    (void)state;
    struct net *net = read_net(skipping);
    struct table *table = table_make(net);
    found(table, "conv1", 0, NULL);
    found(table, "layer1_block1", 3, NULL);
    found(table, "7", 7, NULL);
    found(table, "8", 0, "has no layer 8 (expected 0 to 7)");
    found(table, "-1", 0, "has no layer -1 (expected 0 to 7)");
    found(table, "conv11", 0, "has no layer 'conv11' (nearest: conv1)");
    found(table, "nothing like it\n", 0, "'nothing like it\\n' (expected a number or a name");
    table_free(table);
    net_free(net);
}

/* ---- The texts -------------------------------------------------------------------------------------- */

/* Every key that must change or stay, blanks, a comment, CRLF, a key written twice, a short name of a kind.
 */
static const char original[] =
    "# a comment\n[net]\r\nbatch = 128\nsubdivisions=4\nheight=8\nwidth=6\nchannels=3\n"
    "max_crop=20\nhue=.1\nlearning_rate=0.1\npolicy=steps\nsteps=10,20\nscales=.1,.1\n"
    "[conv]\nfilters=4\nsize=1\nactivation=relu\nfilters=5\n"
    "[maxpool]\nsize=2\nstride=2\n"
    "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\nstopbackward=1\n"
    "[shortcut]\nfrom=1\nactivation=linear\n"
    "[route]\nlayers = -1, 2\n"
    "[dropout]\nprobability=.3\n"
    "[connected]\noutput=3\nactivation=linear\n[softmax]\ngroups=1\n[cost]\ntype=sse\n";

static char *written_of(const char *path, int layer, bool tail, const char *text)
{
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), path, &e);
    struct cfg *cfg = cfg_parse(text, strlen(text), path, &e);
    assert_non_null(net);
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_int_equal((tail ? partition_write_tail : partition_write_head)(out, cfg, net, layer, &e), 0);
    fclose(out);
    cfg_free(cfg);
    net_free(net);
    return bytes;
}

static char *written(int layer, bool tail, const char *text)
{
    return written_of("folder/t.cfg", layer, tail, text);
}

static void text_is(int layer, bool tail, const char *wanted)
{
    char *text = written(layer, tail, original);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_head(void **state)
{
    (void)state;
    text_is(1, false,
            "# The head of t.cfg, cut after layer 1 (pool1): layers 0 to 1.\n"
            "# The tensor that is sent: 4 x 4 x 3 (channels, rows, columns).\n"
            "# In the whole network: batch=128\n# In the whole network: subdivisions=4\n\n"
            "[net]\nbatch=1\nsubdivisions=1\nheight=8\nwidth=6\nchannels=3\nmax_crop=20\nhue=.1\nlearning_"
            "rate=0.1\n"
            "policy=steps\nsteps=10,20\nscales=.1,.1\n\n"
            "[conv]\nfilters=4\nsize=1\nactivation=relu\n\n[maxpool]\nsize=2\nstride=2\n");
}

/* A name of more than one line stays in its comment. */
static void test_name_of_the_network(void **state)
{
    (void)state;
    for (int tail = 0; tail < 2; tail++) {
        char *text = written_of("folder/t\n[avgpool]\n.cfg", 1, tail, original);
        has(text,
            tail ? "# The tail of t\\n[avgpool]\\n.cfg, cut" : "# The head of t\\n[avgpool]\\n.cfg, cut");
        free(text);
    }
}

#define TAIL_TITLE(first, layer, name)                                                                       \
    "# The tail of t.cfg, cut after layer " #layer " (" name "): layers " #first " to 8.\n"
#define TAIL_NET                                                                                             \
    "# In the whole network: batch=128\n# In the whole network: subdivisions=4\n\n"                          \
    "[net]\nbatch=1\nsubdivisions=1\nheight=4\nwidth=3\n"
#define TAIL_LEARNING "learning_rate=0.1\npolicy=steps\nsteps=10,20\nscales=.1,.1\n"
#define LEAD                                                                                                 \
    "\n# What is sent, as a layer: others read it by its number, or need one before them.\n"                 \
    "[maxpool]\nsize=1\nstride=1\n"
#define TAIL_END                                                                                             \
    "\n[dropout]\nprobability=.3\n\n[connected]\noutput=3\nactivation=linear\n\n[softmax]\ngroups=1\n\n["    \
    "cost]\n"                                                                                                \
    "type=sse\n"

/* The shortcut names layer 1, the route layer 2: with a layer in pareto they are the first and the second. */
static void test_tail_with_lead(void **state)
{
    (void)state;
    text_is(
        1, true,
        TAIL_TITLE(2, 1, "pool1") "# The tensor that is sent: 4 x 4 x 3 (channels, rows, columns).\n" TAIL_NET
                                  "channels=4\n" TAIL_LEARNING LEAD
                                  "\n[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
                                  "stopbackward=1\n\n[shortcut]\nfrom=0\nactivation=linear\n\n[route]\n"
                                  "layers=-1,1\n" TAIL_END);
}

static void test_tail_before_dropout(void **state)
{
    (void)state;
    text_is(4, true,
            TAIL_TITLE(5, 4,
                       "route1") "# The tensor that is sent: 8 x 4 x 3 (channels, rows, columns).\n" TAIL_NET
                                 "channels=8\n" TAIL_LEARNING LEAD TAIL_END);
}

/* Numbers from the start with nothing in pareto: 3 + 1 layers are gone. */
static void test_tail_without_lead(void **state)
{
    (void)state;
    char *text =
        written(3, true,
                NET CONV CONV CONV CONV CONV CONV "[route]\nlayers=5,4\n[shortcut]\nfrom=6\nactivation=relu\n"
                                                  "[shortcut]\nfrom=-4\nactivation=relu\n");
    has(text, "\nlayers=1,0\n");
    has(text, "\nfrom=2\n");
    has(text, "\nfrom=-4\n");
    assert_null(strstr(text, "[maxpool]"));
    free(text);
}

/* A key under the name that stock Darknet reads, no comments behind values, and a gate that reads the cut. */
static void test_layers_of_forks(void **state)
{
    (void)state;
    static const char text[] =
        NET "[convolutional] # first\nfilters=6 # three\ngroup=3\nactivation=mish\n[avgpool]\n"
            "[convolutional]\nfilters=6\nactivation=logistic\n[scale_channels]\nfrom=0\n"
            "[sam]\nfrom=-1\nactivation=linear;\n[route]\nlayers=3\ngroups=2\ngroup_id=1\n";
    char *head = written(0, false, text), *tail = written(0, true, text);
    has(head, "\n[convolutional]\nfilters=6\ngroups=3\nactivation=mish\n");
    has(tail, LEAD "\n[avgpool]\n");
    has(tail, "\n[scale_channels]\nfrom=0\n"); /* the lead */
    has(tail, "\n[sam]\nfrom=-1\nactivation=linear\n");
    has(tail, "\n[route]\nlayers=3\ngroups=2\ngroup_id=1\n");
    struct net *net = read_net(tail);
    assert_int_equal(net->layers[3].inputs[1], 0);
    net_free(net);
    free(head);
    free(tail);
}

static bool lead(const char *text, int layer)
{
    struct net *net = read_net(text);
    bool needed = partition_needs_lead(net, layer);
    net_free(net);
    return needed;
}

static void test_lead(void **state)
{
    (void)state;
    assert_true(lead(skipping, 0)); /* by a shortcut, later */
    assert_true(lead(skipping, 3)); /* a dropout is next */
    assert_true(lead(skipping, 5)); /* no scores in the tail */
    assert_false(lead(NET CONV CONV, 0));
    assert_true(lead(NET CONV "[shortcut]\nfrom=0\nactivation=relu\n" CONV, 0));
    assert_false(lead(NET CONV "[shortcut]\nfrom=0\nactivation=relu\n" CONV, 1));
    assert_true(lead(NET CONV "[route]\nlayers=-1\n" CONV, 0));
    assert_true(lead(NET CONV CONV "[route]\nlayers=-1,0\n" CONV, 0));
}

/* Darknet looks for the tree from wherever it is started, so the half names its whole path. */
static void test_tree(void **state)
{
    (void)state;
    char path[] = "/tmp/isplit_tree_XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "a -1\nb -1\n", 10), 10);
    close(fd);
    assert_int_equal(chdir("/tmp"), 0);
    char *text =
        memory_format(NET CONV "[connected]\noutput=2\nactivation=linear\n[softmax]\ntree=%s\n", path + 5);
    char *tail = written(0, true, text);
    char *wanted = memory_format("[softmax]\ntree=%s\n", path);
    has(tail, wanted);
    free(wanted);
    free(tail);
    free(text);
    unlink(path);
}

/* ---- The weights ------------------------------------------------------------------------------------ */

/* Layers of 4*3*9+4 = 112, 0 and 4*4*9+4 = 148 numbers. */
static void slice(int32_t minor, int header)
{
    static const char text[] = NET CONV "[maxpool]\nsize=2\nstride=2\n" CONV;
    enum { FIRST = 112, SECOND = 148 };
    struct net *net = read_net(text);
    char path[] = "/tmp/isplit_slice_XXXXXX";
    FILE *f = fdopen(mkstemp(path), "wb");
    int32_t head[5] = {0, minor, 3, 64013, header == 20 ? 7 : 0};
    fwrite(head, 1, (size_t)header, f);
    for (int i = 0; i < FIRST + SECOND; i++) {
        float v = (float)i / 4;
        fwrite(&v, sizeof v, 1, f);
    }
    fclose(f);
    struct weights_info info;
    struct error e = {""};
    assert_int_equal(weights_check(path, net, &info, &e), 0);
    const struct {
        int first, last, from, n;
    } slices[] = {{0, 0, 0, FIRST},
                  {0, 1, 0, FIRST},
                  {1, 1, FIRST, 0},
                  {1, 2, FIRST, SECOND},
                  {0, 2, 0, FIRST + SECOND}};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
        char *bytes = NULL;
        size_t size;
        FILE *out = open_memstream(&bytes, &size);
        assert_int_equal(
            partition_write_weights(out, path, &info, net, slices[i].first, slices[i].last, false, &e), 0);
        fclose(out);
        assert_int_equal(size, header + 4 * slices[i].n);
        assert_memory_equal(bytes, head, (size_t)header);
        for (int k = 0; k < slices[i].n; k++) {
            float v, wanted = (float)(slices[i].from + k) / 4;
            memcpy(&v, bytes + header + 4 * k, sizeof v);
            assert_memory_equal(&v, &wanted, sizeof v);
        }
        free(bytes);
    }
    assert_int_equal(truncate(path, header + 40), 0);
    FILE *nowhere = fopen("/dev/null", "w");
    assert_int_equal(partition_write_weights(nowhere, path, &info, net, 0, 2, false, &e), -1);
    has(e.text, "shorter");
    fclose(nowhere);
    unlink(path);
    assert_int_equal(partition_write_weights(stdout, path, &info, net, 0, 2, false, &e), -1);
    has(e.text, "cannot open");
    net_free(net);
}

static void test_slices(void **state)
{
    (void)state;
    slice(2, 20);
    slice(1, 16);
}

/* The header of a file, and what becomes of it: of 20 or 16 bytes, as the version says. */
static void header_becomes(const int32_t *version, uint64_t seen, enum epsilon epsilon, bool stock,
                           const int32_t *expected, int bytes)
{
    static const char text[] = NET "[convolutional]\nbatch_normalize=1\nfilters=2\nsize=1\nactivation=relu\n";
    enum { FLOATS = 2 + 6 + 6 };
    struct net *net = read_net(text);
    char path[] = "/tmp/isplit_header_XXXXXX", *written = NULL;
    FILE *f = fdopen(mkstemp(path), "wb");
    fwrite(version, 4, 3, f);
    fwrite(&seen, weights_seen_is_wide(version[0], version[1]) ? 8 : 4, 1, f);
    for (int i = 0; i < FLOATS; i++)
        fwrite(&(float){(float)i / 16}, 4, 1, f);
    fclose(f);
    struct weights_info info;
    struct error e = {""};
    assert_int_equal(weights_check(path, net, &info, &e), 0);
    info.epsilon = epsilon;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    assert_int_equal(partition_write_weights(out, path, &info, net, 0, 0, stock, &e), 0);
    fclose(out);
    assert_int_equal(size, bytes + 4 * FLOATS);
    assert_memory_equal(written, expected, 12);
    uint64_t got = 0;
    memcpy(&got, written + 12, (size_t)bytes - 12);
    assert_true(got == (bytes == 16 && seen > UINT32_MAX ? UINT32_MAX : seen));
    for (int i = 0; i < FLOATS; i++) {
        float v, wanted = (float)i / 16;
        memcpy(&v, written + bytes + 4 * i, sizeof v);
        bool folded = stock && epsilon == EPSILON_FORK && (i == 6 || i == 7);
        double divisor = folded ? sqrt((double)wanted + 1e-5) : sqrt((double)wanted) + 1e-6;
        assert_true(folded ? fabs(sqrt((double)v) + 1e-6 - divisor) <= 1e-7 * divisor : v == wanted);
        assert_true(!folded || v != wanted);
    }
    free(written);
    unlink(path);
    net_free(net);
}

static void test_headers(void **state)
{
    (void)state;
    static const int32_t stock[] = {0, 1, 0}, old[] = {0, 1, 3}, plain[] = {0, 2, 0}, fork[] = {0, 2, 5},
                         later[] = {0, 2, 6}, turned[] = {0, 1001, 0};
    const uint64_t many = UINT64_C(1) << 40;
    header_becomes(plain, 7, EPSILON_DARKNET, true, stock, 16);
    header_becomes(plain, many, EPSILON_DARKNET, true, stock, 16);
    header_becomes(old, 7, EPSILON_DARKNET, true, stock, 16);
    header_becomes(fork, 7, EPSILON_FORK, true, stock, 16);
    header_becomes(turned, 7, EPSILON_FORK, true, turned, 16);
    header_becomes(plain, many, EPSILON_DARKNET, false, plain, 20);
    header_becomes(later, many, EPSILON_FORK, false, later, 20);
    header_becomes(old, 7, EPSILON_FORK, false, fork, 20);
    header_becomes(fork, 7, EPSILON_DARKNET, false, plain, 20);
}

/* ---- The folder ------------------------------------------------------------------------------------- */

struct folder {
    char path[40];
};

static int make_folder(void **state)
{
    struct folder *f = memory_new(1, sizeof *f);
    strcpy(f->path, "/tmp/isplit_place_XXXXXX");
    *state = f;
    return mkdtemp(f->path) && chdir(f->path) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct folder *f = *state;
    char *command = memory_format("rm -r %s", f->path);
    int status = system(command);
    free(command);
    free(f);
    return chdir("/") < 0 ? -1 : status;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void holds(const char *path, const char *text)
{
    size_t length;
    struct error e = {""};
    char *got = file_read(path, 1 << 20, &length, &e);
    assert_string_equal(e.text, "");
    assert_string_equal(got, text);
    free(got);
}

static int entries(const char *path)
{
    int n = 0;
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static void open_refused(const char *path, bool force, const char *input, const char *why)
{
    struct error e = {""};
    assert_null(partition_folder_open(path, false, force, &input, 1, &e));
    has(e.text, why);
}

static struct partition_folder *filled_with(const char *path, bool onnx, bool force)
{
    struct error e = {""};
    const char *none = NULL;
    struct partition_folder *p = partition_folder_open(path, onnx, force, &none, 1, &e);
    if (!p)
        fail_msg("%s", e.text);
    for (int i = 0; i < partition_files(onnx); i++) {
        fprintf(partition_folder_stream(p, (enum partition_file)i), "new %d", i);
        assert_int_equal(partition_folder_wrote(p, (enum partition_file)i, &e), 0);
        char wanted[16];
        snprintf(wanted, sizeof wanted, "new %d", i);
        holds(partition_folder_draft(p, (enum partition_file)i), wanted);
    }
    return p;
}

static struct partition_folder *filled(const char *path, bool force)
{
    return filled_with(path, false, force);
}

/* Models of another cut never stand beside new halves. */
static void test_folder_with_models(void **state)
{
    (void)state;
    struct error e = {""};
    assert_int_equal(partition_folder_commit(filled_with("out", true, false), &e), 0);
    assert_int_equal(entries("out"), 6);
    holds("out/tail.onnx", "new 5");
    open_refused("out", false, NULL, "exists already");
    partition_folder_abandon(filled("out", true));
    assert_int_equal(entries("out"), 6);
    assert_int_equal(partition_folder_commit(filled("out", true), &e), 0);
    assert_int_equal(entries("out"), 4);
}

static void test_new_folder(void **state)
{
    (void)state;
    struct partition_folder *p;
    struct error e = {""};
    p = filled("out", false);
    assert_int_equal(access("out/head.cfg", F_OK), -1); /* not before the commit */
    partition_folder_abandon(p);
    assert_int_equal(access("out", F_OK), -1);
    p = filled("out/", false);
    assert_int_equal(partition_folder_commit(p, &e), 0);
    assert_int_equal(entries("out"), 4);
    holds("out/head.cfg", "new 0");
    holds("out/tail.weights", "new 3");
}

static void test_folder_that_is_there(void **state)
{
    (void)state;
    struct partition_folder *p;
    struct error e = {""};
    mkdir("out", 0777);
    put("out/note", "mine");
    p = filled("out", false);
    partition_folder_abandon(p);
    assert_int_equal(entries("out"), 1);
    for (int i = 0; i <= PARTITION_FILES; i++) { /* any one of them is enough */
        const char *name = i < PARTITION_FILES ? partition_file_names[i] : PARTITION_CSV;
        char *path = partition_folder_path("out", name);
        put(path, "old");
        open_refused("out", false, NULL, "exists already (expected another folder, or --force)");
        open_refused("out", false, NULL, name);
        holds(path, "old");
        unlink(path);
        free(path);
    }
    assert_int_equal(entries("out"), 1);
    put("out/head.cfg", "old");
    put("out/split.csv", "old");
    put("out/split.csv.meta.csv", "old");
    p = filled("out", true);
    holds("out/head.cfg", "old");
    holds("out/split.csv", "old");
    assert_int_equal(partition_folder_commit(p, &e), 0);
    holds("out/head.cfg", "new 0");
    assert_int_equal(entries("out"), 5); /* the sheet of the earlier split is gone */
    holds("out/note", "mine");
}

static void test_folder_refused(void **state)
{
    (void)state;
    put("file", "");
    open_refused("file", true, NULL, "is no folder");
    open_refused("none/out", true, NULL, "none/out: cannot make the folder: No such file");
    mkdir("out", 0777);
    put("out/head.weights", "weights");
    open_refused("out", true, "out/head.weights", "out/head.weights: is what is to be cut");
    assert_int_equal(symlink("out/head.weights", "link"), 0);
    open_refused("out", true, "link", "is what is to be cut");
    holds("out/head.weights", "weights");
    assert_int_equal(mkdir("out/tail.cfg", 0777), 0);
    open_refused("out", true, NULL, "out/tail.cfg: is not a regular file");
    rmdir("out/tail.cfg");
    assert_int_equal(symlink("../none", "out/tail.cfg"), 0);
    open_refused("out", true, NULL, "out/tail.cfg: is not a regular file");
    assert_int_equal(entries("out"), 2);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct partition_folder *p;
    struct error e = {""};
    const char *none = NULL;
    p = partition_folder_open("out", false, false, &none, 1, &e);
    assert_non_null(p);
    assert_non_null(freopen("/dev/full", "w", partition_folder_stream(p, PARTITION_HEAD_WEIGHTS)));
    for (int i = 0; i < 100000; i++)
        fputs("12345678", partition_folder_stream(p, PARTITION_HEAD_WEIGHTS));
    assert_int_equal(partition_folder_wrote(p, PARTITION_HEAD_WEIGHTS, &e), -1);
    assert_string_equal(e.text, "out/head.weights: cannot write: No space left on device");
    partition_folder_abandon(p);
    assert_int_equal(access("out", F_OK), -1);
}

/* ---- The messages ----------------------------------------------------------------------------------- */

static void test_request(void **state)
{
    (void)state;
    long images[] = {4, 0, 9};
    const struct partition_request asked = {
        .layer = 3,
        .folder = (char *)"a b/\xff",
        .force = true,
        .cfg_xxh3 = "0123456789abcdef",
        .weights_xxh3 = "fedcba9876543210",
        .inputs = 8,
        .images = images,
        .images_n = 3,
        .pixels = {.fit = PIXELS_STRETCH, .scale = 255, .mean = {1, 2, 3}, .std = {4, 5, 6}, .bgr = true},
    };
    json_t *m = message_partition_request(&asked);
    struct partition_request got;
    struct error e = {""};
    assert_int_equal(message_partition_request_read(m, &got, &e), 0);
    assert_int_equal(got.layer, 3);
    assert_string_equal(got.folder, "a b/\xff");
    assert_true(got.force);
    assert_string_equal(got.cfg_xxh3, asked.cfg_xxh3);
    assert_string_equal(got.weights_xxh3, asked.weights_xxh3);
    assert_int_equal(got.inputs, 8);
    assert_int_equal(got.images_n, 3);
    assert_memory_equal(got.images, images, sizeof images);
    assert_int_equal(got.pixels.fit, PIXELS_STRETCH);
    assert_memory_equal(got.pixels.mean, asked.pixels.mean, sizeof got.pixels.mean);
    assert_memory_equal(got.pixels.std, asked.pixels.std, sizeof got.pixels.std);
    assert_true(got.pixels.bgr);
    partition_request_free(&got);
    static const char *const bad[][2] = {
        {"layer", "-1"},          {"folder", "null"}, {"force", "1"},     {"cfg_xxh3", "\"0123\""},
        {"weights_xxh3", "null"}, {"inputs", "0"},    {"inputs", "5000"}, {"images", "[-1]"},
        {"std", "[0,1,1]"},       {"scale", "2"},     {"fit", "\"cut\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *wrong = json_copy(m);
        json_object_set_new(wrong, bad[i][0], json_loads(bad[i][1], JSON_DECODE_ANY, NULL));
        assert_int_equal(message_partition_request_read(wrong, &got, &e), -1);
        has(e.text, bad[i][0]);
        json_decref(wrong);
    }
    json_decref(m);
}

static void test_answer(void **state)
{
    (void)state;
    struct partition_answer got,
        reported = {.layer = 3,
                    .lead = true,
                    .inputs = 8,
                    .processor = "riscv64 (a board)",
                    .images = true,
                    .lacking = {"it crashes on layer 1 (deconv1), [deconvolutional]", ""},
                    .runs_in = {NET_RUNS_ISPLIT, NET_RUNS_FORK},
                    .fork = true,
                    .folded = -1};
    for (int i = 0; i < PARTITION_FILES; i++) {
        reported.files[i].bytes = 20 + i;
        snprintf(reported.files[i].xxh3, sizeof reported.files[i].xxh3, "%016d", i);
    }
    json_t *m = message_partition(&reported);
    struct error e = {""};
    assert_int_equal(message_partition_read(m, &got, &e), 0);
    assert_int_equal(got.layer, 3);
    assert_true(got.lead && got.images);
    assert_int_equal(got.inputs, 8);
    assert_string_equal(got.processor, "riscv64 (a board)");
    assert_string_equal(got.lacking[0], reported.lacking[0]);
    assert_string_equal(got.lacking[1], "");
    assert_true(got.fork && got.folded < 0);
    assert_int_equal(got.runs_in[0], NET_RUNS_ISPLIT);
    assert_int_equal(got.runs_in[1], NET_RUNS_FORK);
    json_object_set_new(m, "folded", json_real(2.5e-7));
    assert_int_equal(message_partition_read(m, &got, &e), 0);
    assert_true(fabs(got.folded - 2.5e-7) < 1e-13);
    json_t *right = json_incref(json_object_get(m, "lacking"));
    json_object_set_new(m, "lacking", json_pack("[si]", "x", 1));
    assert_int_equal(message_partition_read(m, &got, &e), -1);
    has(e.text, "lacking");
    json_object_set_new(m, "lacking", right);
    right = json_incref(json_object_get(m, "runs_in"));
    json_object_set_new(m, "runs_in", json_pack("[ss]", "stock", "darknet"));
    assert_int_equal(message_partition_read(m, &got, &e), -1);
    has(e.text, "runs_in");
    json_object_set_new(m, "runs_in", right);
    assert_int_equal(message_partition_read(m, &got, &e), 0);
    for (int onnx = 0; onnx < 2; onnx++) {
        reported.onnx = onnx;
        json_t *files = message_partition(&reported);
        assert_int_equal(message_partition_read(files, &got, &e), 0);
        assert_int_equal(got.onnx, onnx);
        for (int i = 0; i < PARTITION_FILES; i++) {
            bool there = i < partition_files(onnx);
            assert_int_equal(got.files[i].bytes, there ? 20 + i : 0);
            assert_string_equal(got.files[i].xxh3, there ? reported.files[i].xxh3 : "");
        }
        json_decref(files);
    }
    json_t *file = json_array_get(json_object_get(m, "files"), 2);
    json_object_set_new(file, "name", json_string("head.cfg")); /* in another order */
    assert_int_equal(message_partition_read(m, &got, &e), -1);
    has(e.text, "files[2]");
    json_object_set_new(file, "name", json_string("tail.cfg"));
    json_object_set_new(file, "bytes", json_integer(-1));
    assert_int_equal(message_partition_read(m, &got, &e), -1);
    json_array_remove(json_object_get(m, "files"), 3);
    assert_int_equal(message_partition_read(m, &got, &e), -1);
    has(e.text, "files");
    json_decref(m);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_reasons_name_all),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_name_of_the_network),
        cmocka_unit_test(test_tail_with_lead),
        cmocka_unit_test(test_tail_before_dropout),
        cmocka_unit_test(test_tail_without_lead),
        cmocka_unit_test(test_layers_of_forks),
        cmocka_unit_test(test_lead),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_headers),
        IN_FOLDER(test_new_folder),
        IN_FOLDER(test_folder_with_models),
        IN_FOLDER(test_folder_that_is_there),
        IN_FOLDER(test_folder_refused),
        IN_FOLDER(test_full_disk),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
