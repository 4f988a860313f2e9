/* A graph as a whole: equal graph and input give equal bytes; how algorithms are chosen and remembered; what
 * a tuning holds a graph to; and tuning on disk. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "folder_fixture.h"
#include "graph/choose.h"
#include "graph/gradcam.h"
#include "graph_fixture.h"
#include "net/cfg.h"
#include "net/definition.h"
#include "worker/tuning_file.h"

/* Large enough that a timing is worth while, with all that could tell one slot from another. */
static const char net_text[] =
    "[net]\nchannels=3\nheight=24\nwidth=24\n"
    "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=64\nsize=3\npad=1\nactivation=leaky\n[maxpool]\nsize=2\nstride=2\n"
    "[convolutional]\nbatch_normalize=1\nfilters=64\nsize=3\npad=1\nactivation=linear\n"
    "[shortcut]\nfrom=-2\nactivation=relu\n"
    "[convolutional]\nfilters=64\nsize=3\npad=1\nactivation=relu\n[avgpool]\n"
    "[connected]\noutput=20\nactivation=relu\n[connected]\noutput=5\nactivation=linear\n[softmax]\n";
enum { LAYERS = 10, MOST_LAYERS = 16, CLASSES = 5, IMAGES = 11, BATCH = 4, PIXELS = 3 * 24 * 24 };

/* ---- Rows --------------------------------------------------------------------------------------- */

struct rows {
    float rows[IMAGES][MOST_LAYERS];
    float scores[IMAGES][CLASSES];
    const int *slots; /* the image in each slot, or -1 */
    int batch;
};

static void keep_row(void *user, int layer, struct tensor t, const void *a, const float *alpha, const void *g)
{
    (void)g;
    struct rows *r = user;
    float importance[16];
    void *capacity = memory_try(gradcam_scratch_bytes(t, r->batch), 1);
    gradcam_weigh(t, r->batch, REDUCE_MEAN, a, alpha, capacity, importance);
    free(capacity);
    for (int slot = 0; slot < r->batch; slot++)
        if (r->slots[slot] >= 0)
            r->rows[r->slots[slot]][layer] = importance[slot];
}

static void set_image(struct graph *graph, int slot, int image)
{
    float x[PIXELS];
    uint64_t state = 100 + (uint64_t)image;
    for (int i = 0; i < PIXELS; i++)
        x[i] = fixture_random(&state);
    graph_set_input(graph, slot, x);
}

/* Measures the images in the given order, in batches; the last one is short. */
static void measure(struct graph *graph, const int *order, struct rows *r)
{
    struct error e;
    memset(r, 0, sizeof *r);
    r->batch = graph_batch(graph);
    for (int first = 0; first < IMAGES; first += r->batch) {
        int slots[16], target[16] = {0};
        for (int slot = 0; slot < r->batch; slot++) {
            slots[slot] = first + slot < IMAGES ? order[first + slot] : -1;
            if (slots[slot] < 0)
                continue;
            set_image(graph, slot, slots[slot]);
            target[slot] = slots[slot] % CLASSES;
        }
        r->slots = slots;
        assert_int_equal(graph_forward(graph, &e), 0);
        for (int slot = 0; slot < r->batch; slot++)
            if (slots[slot] >= 0)
                memcpy(r->scores[slots[slot]], graph_scores(graph) + slot * CLASSES, sizeof r->scores[0]);
        assert_int_equal(graph_backward(graph, target, keep_row, r, &e), 0);
    }
    r->slots = NULL;
}

static void equal_plans_give_equal_bytes(void **state)
{
    (void)state;
    static const int forward[IMAGES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
                     mixed[IMAGES] = {7, 2, 10, 0, 5, 9, 1, 8, 3, 6, 4};
    static const struct graph_options kinds[] = {{.algorithms = GRAPH_EXACT},
                                                 {.algorithms = GRAPH_WINOGRAD},
                                                 {.algorithms = GRAPH_BY_SHAPE},
                                                 {.precision = PRECISION_BF16}};
    int kinds_n = onednn_has_bf16() ? 4 : 3;
    for (int threads = 1; threads <= 2; threads++)
        for (int k = 0; k < kinds_n; k++) {
            struct graph_options options = kinds[k];
            options.batch = BATCH;
            options.threads = threads;
            struct fixture f = fixture_make_graph(net_text, "plan", &options, 1.0f);
            struct error e;
            struct rows first, again, other;
            measure(f.graph, forward, &first);
            measure(f.graph, forward, &again);
            assert_memory_equal(&first, &again, sizeof first);
            measure(f.graph, mixed, &other);
            assert_memory_equal(&first, &other, sizeof first);
            uint64_t hash = graph_hash(f.graph);
            assert_int_equal(fixture_graph_again(&f, &options, &e), 0);
            assert_true(graph_hash(f.graph) == hash);
            measure(f.graph, mixed, &other);
            assert_memory_equal(&first, &other, sizeof first);
            fixture_free(&f);
        }
}

static enum onednn_algorithm by_shape(int batch, int in, int out, int side, enum onednn_pass pass)
{
    const struct onednn_layer l = {.in = tensor_of((struct net_shape){in, side, side}, 16),
                                   .out = tensor_of((struct net_shape){out, side, side}, 16),
                                   .size_h = 3,
                                   .size_w = 3,
                                   .stride_h = 1,
                                   .stride_w = 1,
                                   .dilation = 1,
                                   .pad = 1,
                                   .groups = 1};
    return choose_by_shape(batch, &l, pass);
}

/* Winograd where it was faster by a fifth or more, 32 images and one thread; where it was slower, direct. */
static void shapes_choose_the_faster_algorithm(void **state)
{
    (void)state;
    static const struct {
        int in, out, side;
        enum onednn_algorithm by_pass[3]; /* forward, gradient, parameters */
    } measured[] = {
        {16, 16, 32, {ONEDNN_DIRECT, ONEDNN_DIRECT, ONEDNN_DIRECT}},
        {32, 64, 8, {ONEDNN_WINOGRAD, ONEDNN_WINOGRAD, ONEDNN_WINOGRAD}},
        {64, 64, 32, {ONEDNN_WINOGRAD, ONEDNN_WINOGRAD, ONEDNN_WINOGRAD}},
        {128, 128, 4, {ONEDNN_DIRECT, ONEDNN_DIRECT, ONEDNN_WINOGRAD}},
        {512, 512, 8, {ONEDNN_WINOGRAD, ONEDNN_WINOGRAD, ONEDNN_WINOGRAD}},
        {512, 512, 2, {ONEDNN_DIRECT, ONEDNN_DIRECT, ONEDNN_DIRECT}},
    };
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++)
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_PARAMETERS; pass++)
            assert_int_equal(
                by_shape(32, measured[i].in, measured[i].out, measured[i].side, (enum onednn_pass)pass),
                measured[i].by_pass[pass]);
    assert_int_equal(by_shape(1, 512, 512, 8, ONEDNN_GRADIENT), ONEDNN_DIRECT); /* of weights above all */
}

/* Residual blocks: two with a projection or none, whose last convolution and shortcut a graph may join; one
 * behind which the sum has another activation; one whose inner layer is read twice, so that it may not. */
static const char residual_text[] =
    "[net]\nchannels=3\nheight=24\nwidth=24\n"
    "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=leaky\n"
    "[convolutional]\nbatch_normalize=1\nfilters=32\nsize=1\nactivation=linear\n"
    "[shortcut]\nfrom=-3\nactivation=relu\n"
    "[convolutional]\nfilters=48\nsize=1\nactivation=linear\n[route]\nlayers=-2\n"
    "[convolutional]\nfilters=48\nsize=1\nactivation=linear\n"
    "[shortcut]\nfrom=-3\nactivation=leaky\n"
    "[convolutional]\nfilters=48\nsize=1\nactivation=linear\n[shortcut]\nfrom=-2\nactivation=elu\n"
    "[convolutional]\nfilters=48\nsize=1\nactivation=linear\n[shortcut]\nfrom=-2\nactivation=linear\n"
    "[shortcut]\nfrom=-2\nactivation=relu\n"
    "[avgpool]\n[connected]\noutput=5\nactivation=linear\n[softmax]\n";
enum { RESIDUAL_LAYERS = 16 };

static void measure_listed(struct fixture *f, enum tap tap, const bool *listed, struct rows *rows)
{
    static const int order[IMAGES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct graph_options options = {
        .batch = BATCH, .threads = 1, .tap = tap, .listed = listed, .algorithms = GRAPH_EXACT};
    struct error e;
    if (fixture_graph_again(f, &options, &e) < 0)
        fail_msg("%s", e.text);
    measure(f->graph, order, rows);
}

/* A graph that shows fewer layers takes short cuts; what it shows is the same. */
static void layers_that_are_not_shown_change_nothing(void **state)
{
    (void)state;
    struct graph_options options = {.batch = 1, .threads = 1, .algorithms = GRAPH_EXACT};
    struct fixture f = fixture_make_graph(residual_text, "residual", &options, 1.0f);
    assert_int_equal(f.net->layers_n, RESIDUAL_LAYERS);
    for (int tap = TAP_POST; tap <= TAP_PRE; tap++) {
        struct rows all, some;
        measure_listed(&f, (enum tap)tap, NULL, &all);
        size_t whole = graph_bytes(f.graph);
        static const int shown[] = {0, 3, 7, 9, 12};
        bool listed[RESIDUAL_LAYERS] = {false};
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            listed[shown[i]] = true;
        measure_listed(&f, (enum tap)tap, listed, &some);
        assert_true(graph_bytes(f.graph) < whole);
        for (int image = 0; image < IMAGES; image++)
            for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
                double a = all.rows[image][shown[i]], b = some.rows[image][shown[i]];
                if (!(fabs(a - b) <= 1e-4 * fabs(a) + 1e-9))
                    fail_msg("image %d layer %d: %.7g, not %.7g", image, shown[i], b, a);
            }
    }
    fixture_free(&f);
}

/* ---- Precision ---------------------------------------------------------------------------------- */

/* Largest relative difference of two layers' importances, each the mean of all images. */
static double apart(const struct rows *a, const struct rows *b, int layers)
{
    double most = 0;
    for (int l = 0; l < layers; l++) {
        double one = 0, other = 1e-30;
        for (int image = 0; image < IMAGES; image++) {
            one += a->rows[image][l];
            other += b->rows[image][l];
        }
        most = fmax(most, fabs(one - other) / other);
    }
    return most;
}

static void check_parts(const char *cfg, int layers, enum tap tap)
{
    static const int order[IMAGES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct graph_options options = {.batch = BATCH, .threads = 1, .tap = tap, .algorithms = GRAPH_EXACT};
    struct fixture f = fixture_make_graph(cfg, "plan", &options, 1.0f);
    struct rows floats, halves;
    struct error e;
    measure(f.graph, order, &floats);
    uint64_t hash = graph_hash(f.graph);
    size_t bytes = graph_bytes(f.graph);
    options.precision = PRECISION_BF16;
    if (fixture_graph_again(&f, &options, &e) < 0)
        fail_msg("%s", e.text);
    measure(f.graph, order, &halves);
    assert_true(graph_hash(f.graph) != hash);
    assert_true(graph_bytes(f.graph) < bytes);
    for (int image = 0; image < IMAGES; image++)
        for (int k = 0; k < CLASSES; k++)
            assert_float_equal(halves.scores[image][k], floats.scores[image][k], 0.02);
    double most = apart(&halves, &floats, layers);
    if (!(most < 0.05)) /* 0.02 decade */
        fail_msg("importances are %.2g apart", most);
    fixture_free(&f);
}

/* Pixels that bfloat16 holds exactly, weights that it does not: the sum of two products does. */
static void weights_keep_their_digits_in_halves(void **state)
{
    (void)state;
    if (!onednn_has_bf16())
        skip();
    struct graph_options options = {.batch = 1, .threads = 1, .algorithms = GRAPH_EXACT};
    struct fixture f = fixture_make_graph("[net]\nchannels=3\nheight=24\nwidth=24\n"
                                          "[connected]\noutput=5\nactivation=linear\n[softmax]\n",
                                          "connected", &options, 1.0f);
    float x[PIXELS], scores[2][CLASSES];
    uint64_t seed = 3;
    struct error e;
    for (int i = 0; i < PIXELS; i++)
        x[i] = roundf(64 * fixture_random(&seed)) / 64;
    for (int k = 0; k < 2; k++) {
        options.precision = k == 0 ? PRECISION_F32 : PRECISION_BF16;
        assert_int_equal(fixture_graph_again(&f, &options, &e), 0);
        graph_set_input(f.graph, 0, x);
        assert_int_equal(graph_forward(f.graph, &e), 0);
        memcpy(scores[k], graph_scores(f.graph), sizeof scores[k]);
    }
    for (int c = 0; c < CLASSES; c++)
        assert_float_equal(scores[1][c], scores[0][c], 1e-4);
    fixture_free(&f);
}

static void halves_are_near_floats(void **state)
{
    (void)state;
    if (!onednn_has_bf16())
        skip();
    for (int tap = TAP_POST; tap <= TAP_PRE; tap++) {
        check_parts(net_text, LAYERS - 1, (enum tap)tap);
        check_parts(residual_text, RESIDUAL_LAYERS - 1, (enum tap)tap);
    }
}

/* ---- Choices ------------------------------------------------------------------------------------ */

static char *in_folder(const char *name)
{
    return fixture_in(fixture_group_folder, name);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static char *read_text(const char *path)
{
    struct error e;
    size_t length;
    char *text = file_read(path, 1 << 20, &length, &e);
    if (!text)
        fail_msg("%s", e.text);
    return text;
}

static struct fixture timed(const char *cache)
{
    const struct graph_options options = {.batch = BATCH, .threads = 1, .cache = cache};
    return fixture_make_graph(net_text, "plan", &options, 1.0f);
}

/* Puts one word for another all over the text, which must hold it. */
static char *exchange(const char *text, const char *from, const char *to)
{
    char *out = memory_new(2 * strlen(text) + 1, 1);
    assert_non_null(strstr(text, from));
    for (const char *hit; (hit = strstr(text, from)); text = hit + strlen(from))
        strcat(strncat(out, text, (size_t)(hit - text)), to);
    strcat(out, text);
    return out;
}

static void cached_choices_are_followed(void **state)
{
    (void)state;
    char *cache = in_folder("new/folder/algorithms.json");
    struct fixture f = timed(cache);
    char *text = read_text(cache);
    if (!strstr(text, "winograd") && !strstr(text, "direct"))
        fail_msg("nothing was remembered: %s", text);
    fixture_free(&f);
    f = timed(cache); /* what is remembered is not timed or written again */
    char *kept = read_text(cache);
    assert_string_equal(text, kept);
    free(kept);
    fixture_free(&f);

    /* Whatever the file says is done. */
    char *all = strstr(text, "winograd\"") ? exchange(text, "\"winograd\"", "\"direct\"") : memory_copy(text);
    write_text(cache, all);
    f = timed(cache);
    assert_int_equal(fixture_winograds(&f), 0);
    fixture_free(&f);
    char *other = exchange(all, "\"direct\"", "\"winograd\"");
    write_text(cache, other);
    f = timed(cache);
    struct graph_options options = {.batch = BATCH, .threads = 1, .algorithms = GRAPH_WINOGRAD};
    struct error e;
    int winograds = fixture_winograds(&f);
    assert_int_equal(fixture_graph_again(&f, &options, &e), 0);
    if (fixture_winograds(&f) > 0) /* they exist here */
        assert_true(winograds > 0);
    fixture_free(&f);
    free(other);
    free(all);
    free(text);
    free(cache);
}

static void damaged_cache_is_written_again(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "{\"choices\":", "[1,2]", "{\"choices\":[3]}",
                                          "{\"choices\":{\"a\":7,\"b\":\"other\"}}"};
    char *cache = in_folder("damaged.json");
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        write_text(cache, damaged[i]);
        struct fixture f = timed(cache);
        fixture_free(&f);
        char *text = read_text(cache);
        assert_non_null(strstr(text, "oneDNN"));
        assert_null(strstr(text, "other"));
        free(text);
    }
    free(cache);
}

static void no_place_for_a_cache_is_no_fault(void **state)
{
    (void)state;
    char *file = in_folder("file"), *below = in_folder("file/algorithms.json");
    write_text(file, "x");
    struct fixture f = timed(below);
    fixture_free(&f);
    f = timed(NULL);
    fixture_free(&f);
    free(file);
    free(below);

    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", "/home/x", 1);
    char *path = choose_cache_path();
    assert_string_equal(path, "/home/x/.cache/isplit/algorithms.json");
    free(path);
    setenv("XDG_CACHE_HOME", "/c", 1);
    path = choose_cache_path();
    assert_string_equal(path, "/c/isplit/algorithms.json");
    free(path);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_null(choose_cache_path());
}

/* ---- Recipes ------------------------------------------------------------------------------------ */

static void tuning_makes_the_same_graph(void **state)
{
    (void)state;
    struct graph_options options = {.batch = 3, .threads = 2, .tap = TAP_PRE, .algorithms = GRAPH_WINOGRAD};
    struct fixture f = fixture_make_graph(net_text, "plan", &options, 1.0f);
    char *path = in_folder("plan.json");
    struct error e;
    uint64_t hash = graph_hash(f.graph);
    struct tuning *tuning = graph_tuning(f.graph), *read;
    assert_int_equal(tuning_file_write(path, tuning, &e), 0);
    if (tuning_file_read(path, &read, &e) < 0 || !read)
        fail_msg("%s", e.text);
    assert_int_equal(tuning_check(read, tuning, &e), 0);
    assert_int_equal(tuning_check_layers(read, tuning, &e), 0);
    struct graph_options after = {.tap = TAP_PRE, .tuning = read};
    if (fixture_graph_again(&f, &after, &e) < 0)
        fail_msg("%s", e.text);
    assert_true(graph_hash(f.graph) == hash);
    tuning_free(tuning);
    tuning_free(read);
    free(path);
    fixture_free(&f);
}

/* Shards that start together: one file wins, whole, and the others are told so. */
static void one_of_many_tuning_files_wins(void **state)
{
    (void)state;
    enum { PROGRAMS = 8 };
    struct graph_options options = {.batch = 3, .threads = 1};
    struct fixture f = fixture_make_graph(net_text, "plan", &options, 1.0f);
    char *path = in_folder("together.json");
    struct tuning *tuning = graph_tuning(f.graph), *written;
    pid_t children[PROGRAMS];
    struct error e = {""};
    int ends[2], won = 0, status;
    char byte;
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < PROGRAMS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            close(ends[1]);
            tuning->batch = i + 1;
            _exit(read(ends[0], &byte, 1) ? 9 : tuning_file_write(path, tuning, &e) + 1);
        }
    }
    close(ends[1]); /* go */
    for (int i = 0; i < PROGRAMS; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2));
        if (WEXITSTATUS(status) == 1) {
            won++;
            tuning->batch = i + 1;
        }
    }
    close(ends[0]);
    assert_int_equal(won, 1);
    assert_int_equal(tuning_file_read(path, &written, &e), 0);
    assert_int_equal(written->batch, tuning->batch);
    tuning_free(tuning);
    tuning_free(written);
    assert_int_equal(fixture_files(fixture_group_folder, "together.json"), 1);
    unlink(path);
    free(path);
    fixture_free(&f);
}

static void check_refused(struct fixture *f, struct tuning *tuning, const struct graph_options *options,
                          const char *why)
{
    struct graph_options with = *options;
    struct error e = {""};
    with.tuning = tuning;
    assert_int_equal(fixture_graph_again(f, &with, &e), -1);
    if (!strstr(e.text, why))
        fail_msg("'%s' does not say '%s'", e.text, why);
}

static void tuning_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct graph_options made = {.batch = 2, .threads = 1, .algorithms = GRAPH_WINOGRAD}, plain = {0};
    struct fixture f = fixture_make_graph(net_text, "plan", &made, 1.0f);
    struct tuning *tuning = graph_tuning(f.graph), r = *tuning;
    r.isa[0]++;
    check_refused(&f, &r, &plain, "this machine has");
    r = *tuning;
    strcpy(r.onednn, "1.0");
    check_refused(&f, &r, &plain, "oneDNN 1.0");
    r = *tuning;
    r.net++;
    check_refused(&f, &r, &plain, "another network");
    r = *tuning;
    r.layers_n--;
    check_refused(&f, &r, &plain, "another network");
    r = *tuning;
    r.listed++;
    check_refused(&f, &r, &plain, "--layers");
    check_refused(&f, tuning, &(struct graph_options){.tap = TAP_PRE}, "--tap post");
    check_refused(&f, tuning, &(struct graph_options){.batch = 3}, "a batch of 2 (expected 3");
    check_refused(&f, tuning, &(struct graph_options){.threads = 2}, "1 threads (expected 2");
    r = *tuning;
    strcpy(r.precision, "bf16");
    check_refused(&f, &r, &plain, "computes in bf16 (expected f32)");
    if (onednn_has_bf16())
        check_refused(&f, tuning, &(struct graph_options){.precision = PRECISION_BF16},
                      "computes in f32 (expected bf16)");
    char kept[sizeof tuning->layers[0].passes[0]];
    strcpy(kept, tuning->layers[0].passes[ONEDNN_FORWARD]);
    strcpy(tuning->layers[0].passes[ONEDNN_FORWARD], "magic");
    check_refused(&f, tuning, &plain, "layer 0 by 'magic'");
    strcpy(tuning->layers[0].passes[ONEDNN_FORWARD], kept);
    struct error e;
    assert_int_equal(fixture_graph_again(&f, &made, &e), 0);
    if (fixture_winograds(&f) > 0)
        check_refused(&f, tuning, &(struct graph_options){.algorithms = GRAPH_EXACT}, "--exact");
    tuning_free(tuning);
    fixture_free(&f);
}

/* 16 MB of them would take 1 GB. */
static void more_layers_than_a_network_has_are_refused(void **state)
{
    (void)state;
    static const char before[] =
        "{\"isplit_plan\":1,\"batch\":1,\"threads\":1,\"isa\":\"\",\"onednn\":\"\",\"precision\":\"\","
        "\"tap\":\"post\","
        "\"network\":\"0123456789abcdef\",\"listed\":\"0123456789abcdef\",\"layers\":[0";
    char *path = in_folder("many.json"), *text;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    fputs(before, out);
    for (int i = 1; i < CFG_SECTIONS_MAX; i++)
        fputs(",0", out);
    fputs("]}", out);
    fclose(out);
    struct tuning *tuning;
    struct error e;
    write_text(path, text);
    assert_int_equal(tuning_file_read(path, &tuning, &e), -1);
    assert_non_null(strstr(e.text, "\"layers\" is wrong (expected no more of them than a network has)"));
    free(text);
    free(path);
}

static void what_is_no_tuning_file_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "{}",
                                        "[]",
                                        "{\"isplit_plan\":2}",
                                        "{\"isplit_plan\":1,\"batch\":0}",
                                        "{\"isplit_plan\":1,\"batch\":1,\"threads\":1,\"isa\":7}"};
    char *path = in_folder("wrong.json"), *none = in_folder("none.json");
    struct tuning *tuning;
    struct error e;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_text(path, wrong[i]);
        assert_int_equal(tuning_file_read(path, &tuning, &e), -1);
        assert_null(tuning);
        assert_non_null(strstr(e.text, "is not a tuning"));
    }
    assert_int_equal(tuning_file_read(none, &tuning, &e), 0);
    assert_null(tuning);
    assert_int_equal(tuning_file_read(fixture_group_folder, &tuning, &e), -1);
    free(path);
    free(none);
}

/* ---- Memory ------------------------------------------------------------------------------------- */

/* libdarknet builds networks without drawing a random number for each weight. */
static void no_random_numbers_are_drawn(void **state)
{
    (void)state;
    struct error e;
    struct net *net = net_parse(net_text, strlen(net_text), "plan", &e);
    srand(1);
    int expected = rand();
    srand(1);
    struct darknet *d = darknet_open(net, NULL, &e);
    assert_non_null(d);
    assert_int_equal(rand(), expected);
    darknet_close(d);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_that_are_not_shown_change_nothing),
        cmocka_unit_test(equal_plans_give_equal_bytes),
        cmocka_unit_test(shapes_choose_the_faster_algorithm),
        cmocka_unit_test(halves_are_near_floats),
        cmocka_unit_test(weights_keep_their_digits_in_halves),
        cmocka_unit_test(cached_choices_are_followed),
        cmocka_unit_test(damaged_cache_is_written_again),
        cmocka_unit_test(tuning_makes_the_same_graph),
        cmocka_unit_test(one_of_many_tuning_files_wins),
        cmocka_unit_test(tuning_that_does_not_fit_is_refused),
        cmocka_unit_test(more_layers_than_a_network_has_are_refused),
        cmocka_unit_test(what_is_no_tuning_file_is_refused),
        cmocka_unit_test(no_random_numbers_are_drawn),
        cmocka_unit_test(no_place_for_a_cache_is_no_fault),
    };
    return cmocka_run_group_tests_name("plan", tests, fixture_group_begin, fixture_group_end);
}
