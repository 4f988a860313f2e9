/* Trapped Fisher energy: geometry, energy at any rate, patches, eigenvalues both ways, drawn answers,
 * messages. (tests/reference/test_trapped.py compares whole networks with the definition.) */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph/predicted.h"
#include "graph_fixture.h"
#include "predict/lapack.h"
#include "predict/patches.h"
#include "predict/spectrum.h"
#include "predict/trapped.h"
#include "wire/message.h"
#include "wire/message_trapped.h"

/* ---- Geometry and energy ---------------------------------------------------------------------------- */

static void test_geometry(void **state)
{
    (void)state;
    static const struct {
        struct net_shape a;
        long floats;
        struct trapped_geometry expected; /* k_h, k_w, across, u, D, r */
    } cases[] = {
        {{16, 32, 32}, 0, {4, 4, 8, 64, 256, 4}},
        {{128, 2, 2}, 0, {2, 2, 1, 1, 512, 32}},         /* H < 4 */
        {{3, 1, 1}, 0, {1, 1, 1, 1, 3, 1}},              /* C < 4 */
        {{10, 7, 6}, 0, {4, 4, 1, 1, 160, 2}},           /* incomplete edges */
        {{8, 3, 9}, 0, {3, 4, 2, 2, 96, 2}},             /* a rectangle */
        {{64, 56, 56}, 512, {14, 14, 4, 16, 12544, 32}}, /* 512 / 16 */
        {{64, 7, 7}, 512, {1, 1, 7, 49, 64, 32}},        /* 7 / 4 = 1 pixel a place */
        {{512, 2, 2}, 512, {1, 1, 2, 4, 512, 128}},      /* 512 / 4 */
        {{10, 1, 1}, 512, {1, 1, 1, 1, 10, 512}},        /* r >= D */
        {{64, 56, 56}, 5, {14, 14, 4, 16, 12544, 1}},    /* less than one a place */
        {{5, 9, 6}, 100, {2, 1, 6, 24, 10, 6}},          /* 9 / 4 and 6 / 4; 100 / 16 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct trapped_geometry g = trapped_geometry(cases[i].a, cases[i].floats), e = cases[i].expected;
        if (g.k_h != e.k_h || g.k_w != e.k_w || g.across != e.across || g.patches != e.patches ||
            g.numbers != e.numbers || g.rank != e.rank)
            fail_msg("case %zu: %d x %d, %d across, u %ld, D %ld, r %ld", i, g.k_h, g.k_w, g.across,
                     (long)g.patches, (long)g.numbers, (long)g.rank);
    }
}

static void test_energy(void **state)
{
    (void)state;
    const double lambda[] = {8, 4, 2, 1, 0};
    const struct trapped_geometry g = {.patches = 3, .numbers = 6};
    const double expected[] = {22.5, 10.5, 4.5, 1.5, 0, 0, 0, 0};
    for (int r = 0; r < 8; r++)
        assert_true(trapped_energy(&g, r, lambda, 5) == expected[r]);
    const struct trapped_geometry narrow = {.patches = 3, .numbers = 2};
    assert_true(trapped_energy(&narrow, 2, lambda, 5) == 0); /* r >= D, whatever was measured */
    assert_true(trapped_energy(&narrow, 1000, lambda, 5) == 0);
    assert_true(fabs(trapped_shown(0) - 9) < 1e-12);
    assert_true(fabs(trapped_shown(0.01) - 2) < 1e-6);
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long floats; /* below 0: refused */
    } cases[] = {{"ratio", 0},
                 {"floats:512", 512},
                 {"floats:1", 1},
                 {"floats:0", -1},
                 {"floats:", -1},
                 {"floats:-3", -1},
                 {"floats: 3", -1},
                 {"floats:3x", -1},
                 {"floats:1e3", -1},
                 {"bytes:3", -1},
                 {"", -1},
                 {"ratio ", -1},
                 {"Ratio", -1},
                 {"floats", -1},
                 {"floats:99999999999999999999", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        long floats;
        struct error e = {""};
        int status = trapped_rate_read(cases[i].text, &floats, &e);
        if (status != (cases[i].floats < 0 ? -1 : 0) || (status == 0 && floats != cases[i].floats))
            fail_msg("'%s' is %d, %ld", cases[i].text, status, floats);
        if (status < 0)
            assert_non_null(strstr(e.text, "expected ratio, or floats:N"));
        char *text = status == 0 ? trapped_rate_text(floats) : NULL;
        if (text)
            assert_string_equal(text, cases[i].text);
        free(text);
    }
}

/* ---- Patches ---------------------------------------------------------------------------------------- */

/* Numbers that tell their place: image * 10^6 + c * 10^4 + y * 100 + x. */
static float *numbered(struct tensor t, int image)
{
    float *a = calloc(tensor_numbers(t), sizeof *a);
    for (size_t i = 0; i < tensor_numbers(t); i++)
        a[i] = NAN; /* padding is not to be read */
    for (int c = 0; c < t.c; c++)
        for (int y = 0; y < t.h; y++)
            for (int x = 0; x < t.w; x++)
                a[tensor_at(t, c, y, x)] = (float)(image * 1000000 + c * 10000 + y * 100 + x);
    return a;
}

static struct patches *passed(struct tensor t, long floats, int images, uint64_t seed)
{
    const struct trapped_geometry g = trapped_geometry((struct net_shape){t.c, t.h, t.w}, floats);
    struct patches *p = patches_new(&g, g.patches * images, seed, 7);
    for (int i = 0; i < images; i++) {
        float *a = numbered(t, i);
        patches_pass(p, t, a);
        free(a);
    }
    return p;
}

/* All there, in order, without the incomplete edges; the same from blocks of channels. */
static void test_patches(void **state)
{
    (void)state;
    const struct tensor plain = {.c = 10, .h = 9, .w = 6, .block = 1},
                        blocks = {.c = 10, .h = 9, .w = 6, .block = 8};
    struct patches *p = passed(plain, 0, 3, 1), *q = passed(blocks, 0, 3, 1);
    assert_int_equal(patches_n(p), 6); /* 2 x 1 of 4 x 4 in each image */
    assert_int_equal(patches_numbers(p), 160);
    for (long row = 0; row < 6; row++) {
        const float *v = patches_row(p, row);
        for (int c = 0; c < 10; c++)
            for (int y = 0; y < 4; y++)
                for (int x = 0; x < 4; x++)
                    assert_true(*v++ ==
                                (float)(row / 2 * 1000000 + c * 10000 + ((int)(row % 2) * 4 + y) * 100 + x));
        assert_memory_equal(patches_row(p, row), patches_row(q, row), 160 * sizeof(float));
    }
    patches_free(p);
    patches_free(q);
}

static void test_kept(void **state)
{
    (void)state;
    const struct trapped_geometry small = {.numbers = 4800}, large = {.numbers = 4801};
    assert_int_equal(patches_kept(&small, 100000), 4800);
    assert_int_equal(patches_kept(&large, 100000), 2000);
    assert_int_equal(patches_kept(&large, 1999), 1999);
}

/* More pass than are kept: each is kept as often as another, once at most, and the seed decides. */
static void test_reservoir(void **state)
{
    (void)state;
    const struct tensor t = {.c = 1, .h = 80, .w = 80, .block = 1}; /* 400 of 4 x 4 */
    enum { IMAGES = 20, PASSED = 400 * IMAGES, KEPT = 4800 };
    struct patches *p = passed(t, 0, IMAGES, 3), *same = passed(t, 0, IMAGES, 3),
                   *other = passed(t, 0, IMAGES, 4);
    assert_int_equal(patches_n(p), KEPT);
    long of_first = 0, differ = 0, *seen = calloc(PASSED, sizeof *seen);
    for (long row = 0; row < KEPT; row++) {
        float first = patches_row(p, row)[0];
        int image = (int)(first / 1000000), place = (int)(first - (float)image * 1000000);
        long patch = image * 400 + place / 100 / 4 * 20 + place % 100 / 4;
        assert_in_range(patch, 0, PASSED - 1);
        assert_int_equal(seen[patch]++, 0);
        of_first += image < IMAGES / 2;
        differ += patches_row(other, row)[0] != first;
        assert_true(patches_row(same, row)[0] == first);
    }
    /* Hypergeometric: 2400, standard deviation 22. */
    assert_in_range(of_first, 2400 - 110, 2400 + 110);
    assert_true(differ > 100);
    free(seen);
    patches_free(p);
    patches_free(same);
    patches_free(other);
}

/* ---- Eigenvalues ----------------------------------------------------------------------------------------
 */

/* n patches of d numbers each from `value`. */
static struct patches *made(int n, int d, float (*value)(int row, int at, uint64_t *random), uint64_t seed)
{
    const struct tensor t = {.c = d, .h = 1, .w = 1, .block = 1};
    const struct trapped_geometry g = trapped_geometry((struct net_shape){d, 1, 1}, 0);
    struct patches *p = patches_new(&g, n, 0, 0);
    float *a = calloc((size_t)d, sizeof *a);
    for (int row = 0; row < n; row++) {
        for (int at = 0; at < d; at++)
            a[at] = value(row, at, &seed);
        patches_pass(p, t, a);
    }
    free(a);
    return p;
}

/* Row k of every d is +-(k + 1) in place k, else 1 there: variances and squares are known. */
static float axis_value(int row, int at, uint64_t *random)
{
    (void)random;
    return 5 + (row / 2 % 4 == at ? (row % 2 ? 1.0f : -1.0f) * (float)(at + 1) : 0);
}

static float axis_gradient(int row, int at, uint64_t *random)
{
    (void)random;
    return row % 4 == at ? (float)(4 - at) : 0;
}

static double *spectrum(const struct patches *x, const struct patches *y, enum spectrum_way way, int *n)
{
    double *lambda;
    struct error e;
    assert_int_equal(spectrum_of(x, y, way, &lambda, n, &e), 0);
    return lambda;
}

/* Sigma = diag((k + 1)^2 / 4), M = diag((4 - k)^2 / 4): lambda are their products. */
static void test_known_spectrum(void **state)
{
    (void)state;
    static const double expected[] = {36. / 16, 36. / 16, 16. / 16, 16. / 16};
    for (enum spectrum_way way = SPECTRUM_AUTO; way <= SPECTRUM_OF_PATCHES; way++) {
        struct patches *x = made(8, 4, axis_value, 0), *y = made(4, 4, axis_gradient, 0);
        int n;
        double *lambda = spectrum(x, y, way, &n);
        for (int i = 0; i < 4; i++)
            assert_true(fabs(lambda[i] - expected[i]) < 1e-12);
        for (int i = 4; i < n; i++)
            assert_true(lambda[i] == 0);
        free(lambda);
        patches_free(x);
        patches_free(y);
    }
}

static float noise(int row, int at, uint64_t *random)
{
    (void)row;
    return fixture_random(random) / (float)(1 + at);
}

/* Numbers 1, 4, 7 ... are dead, 2, 5, 8 ... repeat their neighbours: no full rank. */
static float dependent(int row, int at, uint64_t *random)
{
    static float last;
    if (at % 3 == 0)
        last = noise(row, at, random);
    return at % 3 == 1 ? 0.25f : last;
}

static void check_ways(int n_x, int n_y, int d, float (*value)(int, int, uint64_t *))
{
    struct patches *x = made(n_x, d, value, 1), *y = made(n_y, d, noise, 2);
    int n, m;
    double *a = spectrum(x, y, SPECTRUM_OF_NUMBERS, &n), *b = spectrum(x, y, SPECTRUM_OF_PATCHES, &m);
    assert_true(a[0] > 0);
    assert_int_equal(m, n_x < n_y ? n_x : n_y);
    for (int i = 0; i < (n > m ? n : m); i++) {
        double one = i < n ? a[i] : 0, other = i < m ? b[i] : 0;
        if (!(fabs(one - other) < 1e-12 * a[0]))
            fail_msg("%d and %d patches of %d numbers: lambda %d is %.17g over numbers, %.17g over patches",
                     n_x, n_y, d, i, one, other);
        assert_true(i == 0 || i >= n || a[i] <= a[i - 1]);
    }
    free(a);
    free(b);
    patches_free(x);
    patches_free(y);
}

static void test_both_ways_agree(void **state)
{
    (void)state;
    check_ways(400, 800, 60, noise);
    check_ways(40, 80, 60, noise);
    check_ways(80, 40, 60, noise);    /* fewer gradients */
    check_ways(300, 500, 290, noise); /* more than one portion */
    check_ways(400, 800, 60, dependent);
    check_ways(30, 60, 61, dependent);
    check_ways(2, 4, 5, noise);
}

static float constant(int row, int at, uint64_t *random)
{
    (void)row;
    (void)random;
    return 0.1f * (float)at;
}

/* What never changes loses nothing: one patch, or equal ones. */
static void test_nothing_varies(void **state)
{
    (void)state;
    const struct trapped_geometry g = trapped_geometry((struct net_shape){6, 1, 1}, 0);
    for (int n_x = 1; n_x <= 9; n_x += 8)
        for (enum spectrum_way way = SPECTRUM_AUTO; way <= SPECTRUM_OF_PATCHES; way++) {
            struct patches *x = made(n_x, 6, constant, 0), *y = made(12, 6, noise, 2);
            int n;
            double *lambda = spectrum(x, y, way, &n);
            assert_true(trapped_energy(&g, 0, lambda, n) < 1e-12);
            free(lambda);
            patches_free(x);
            patches_free(y);
        }
}

static float broken(int row, int at, uint64_t *random)
{
    return row == 2 && at == 1 ? INFINITY : noise(row, at, random);
}

static void test_not_finite(void **state)
{
    (void)state;
    struct patches *x = made(5, 3, noise, 1), *y = made(5, 3, broken, 2);
    double *lambda;
    int n;
    struct error e;
    assert_int_equal(spectrum_of(x, y, SPECTRUM_AUTO, &lambda, &n, &e), 1);
    assert_null(lambda);
    assert_int_equal(spectrum_of(y, x, SPECTRUM_AUTO, &lambda, &n, &e), 1);
    patches_free(x);
    patches_free(y);
}

/* The sum of all eigenvalues is the trace, to rounding, and what is smaller than that is 0. */
static void test_eigenvalues(void **state)
{
    (void)state;
    double a[9] = {4, 1, 0, 1, 3, 0, 0, 0, 1e-16}, values[3];
    struct error e;
    assert_int_equal(lapack_eigenvalues(3, 3, a, values, &e), 0);
    assert_true(fabs(values[0] - (7 + sqrt(5)) / 2) < 1e-14 && fabs(values[1] - (7 - sqrt(5)) / 2) < 1e-14);
    assert_true(values[2] == 0);
}

/* ---- Drawn answers ---------------------------------------------------------------------------------------
 */

static struct net *net_of(const char *end, char *path)
{
    char *text = memory_format("[net]\nwidth=4\nheight=4\nchannels=1\n%s", end);
    struct error e;
    struct net *net = net_parse(text, strlen(text), path, &e);
    if (!net)
        fail_msg("%s", e.text);
    free(text);
    return net;
}

enum { DRAWS = 20000 };

/* How often each output was drawn; a drawn one has 1 - p as gradient, times `sharp`. */
static void draw_many(const char *end, const float *scores, const double *p, int n, double sharp)
{
    struct error e;
    struct net *net = net_of(end, "drawn.cfg");
    struct predicted *predicted = predicted_make(net, &e);
    struct order_random random;
    long drawn[8] = {0};
    assert_int_equal(net->classes, n);
    order_random_seed(&random, 5, 0);
    for (int k = 0; k < DRAWS; k++) {
        float gradient[8];
        predicted_draw(predicted, scores, &random, gradient);
        for (int i = 0; i < n; i++) {
            bool one = gradient[i] > 0;
            drawn[i] += one;
            assert_true(fabs((double)gradient[i] - sharp * (one - p[i])) < 1e-6);
        }
    }
    for (int i = 0; i < n; i++)
        if (!(fabs((double)drawn[i] / DRAWS - p[i]) < 5 * sqrt(p[i] * (1 - p[i]) / DRAWS)))
            fail_msg("%s: output %d was drawn %ld times of %d, it has probability %g", end, i, drawn[i],
                     DRAWS, p[i]);
    predicted_free(predicted);
    net_free(net);
}

static void test_draws(void **state)
{
    (void)state;
    const float scores[] = {0, 1, 2, -1};
    const double all = exp(0) + exp(1) + exp(2) + exp(-1), warm = exp(0) + exp(0.5) + exp(1) + exp(-0.5);
    const double p[] = {exp(0) / all, exp(1) / all, exp(2) / all, exp(-1) / all};
    const double half[] = {exp(0) / warm, exp(0.5) / warm, exp(1) / warm, exp(-0.5) / warm};
    const double pairs[] = {1 / (1 + exp(1)), 1 / (1 + exp(-1)), 1 / (1 + exp(-3)), 1 / (1 + exp(3))};
    draw_many("[connected]\noutput=4\nactivation=linear\n[softmax]\n", scores, p, 4, 1);
    draw_many("[connected]\noutput=4\nactivation=tanh\n", scores, p, 4, 1);
    draw_many("[connected]\noutput=4\nactivation=linear\n[softmax]\ntemperature=2\n", scores, half, 4, 0.5);
    draw_many("[connected]\noutput=4\nactivation=linear\n[softmax]\ngroups=2\n", scores, pairs, 4, 1);
}

/* The gradient by y is that of log p, and stands at class 1. */
static void test_draws_of_one_output(void **state)
{
    (void)state;
    struct error e;
    struct net *net = net_of("[connected]\noutput=1\nactivation=logistic\n", "one.cfg");
    struct predicted *predicted = predicted_make(net, &e);
    struct order_random random;
    const float scores[] = {-0.7f, 0.7f}; /* y = 0.7 */
    const double p = 1 / (1 + exp(-0.7));
    long ones = 0;
    order_random_seed(&random, 5, 0);
    for (int k = 0; k < DRAWS; k++) {
        float gradient[2];
        predicted_draw(predicted, scores, &random, gradient);
        assert_true(gradient[0] == 0);
        assert_true(fabs((double)gradient[1] - ((gradient[1] > 0) - p)) < 1e-6);
        ones += gradient[1] > 0;
    }
    assert_true(fabs((double)ones / DRAWS - p) < 5 * sqrt(p * (1 - p) / DRAWS));
    predicted_free(predicted);
    net_free(net);
}

/* Down from the root: of the groups that are not on the way nothing is drawn. */
static void test_draws_of_a_tree(void **state)
{
    (void)state;
    char folder[] = "/tmp/isplit-trapped-XXXXXX", tree[64], end[256];
    assert_non_null(mkdtemp(folder));
    snprintf(tree, sizeof tree, "%s/tree", folder);
    FILE *file = fopen(tree, "w");
    fputs("animal -1\nthing -1\ncat 0\ndog 0\n", file);
    fclose(file);
    snprintf(end, sizeof end, "[connected]\noutput=4\nactivation=linear\n[softmax]\ntree=%s\n", tree);
    struct error e;
    struct net *net = net_of(end, "tree.cfg");
    struct predicted *predicted = predicted_make(net, &e);
    struct order_random random;
    const float scores[] = {1, 0, 0, 2};
    long animals = 0, dogs = 0;
    order_random_seed(&random, 5, 0);
    for (int k = 0; k < DRAWS; k++) {
        float g[4];
        predicted_draw(predicted, scores, &random, g);
        bool animal = g[0] > 0;
        assert_true(animal ? (g[2] > 0) != (g[3] > 0) : g[1] > 0 && g[2] == 0 && g[3] == 0);
        animals += animal;
        dogs += animal && g[3] > 0;
    }
    const double p = 1 / (1 + exp(-1)), q = p / (1 + exp(-2));
    assert_true(fabs((double)animals / DRAWS - p) < 5 * sqrt(p * (1 - p) / DRAWS));
    assert_true(fabs((double)dogs / DRAWS - q) < 5 * sqrt(q * (1 - q) / DRAWS));
    predicted_free(predicted);
    net_free(net);
    remove(tree);
    remove(folder);
}

/* ---- Messages ---------------------------------------------------------------------------------------------
 */

static json_t *parsed(const char *text)
{
    struct error e;
    enum message_type type;
    json_t *m = message_parse(text, strlen(text), &type, &e);
    if (!m)
        fail_msg("%s", e.text);
    assert_int_equal(type, MESSAGE_TRAPPED);
    return m;
}

/* Through text and back, as over the pipe. */
static json_t *carried_trapped(json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(message);
    assert_non_null(text);
    json_t *copy = parsed(text);
    free(text);
    return copy;
}

static void test_messages(void **state)
{
    (void)state;
    int layers[] = {0, 3, 17};
    long images[] = {9, 2, 1000000000000}, floats;
    uint64_t seed;
    struct error e;
    struct run_options run = run_options_default(), got;
    run.layers = layers;
    run.layers_n = 3;
    run.images = images;
    run.images_n = 3;
    run.batch = 4;
    run.exact = true;
    run.pixels.exif = true;
    json_t *m = carried_trapped(message_trapped_request(&run, 512, UINT64_C(9223372036854775807)));
    assert_int_equal(message_trapped_request_read(m, &got, &floats, &seed, &e), 0);
    assert_true(got.layers_n == 3 && memcmp(got.layers, layers, sizeof layers) == 0);
    assert_true(got.images_n == 3 && memcmp(got.images, images, sizeof images) == 0);
    assert_true(got.batch == 4 && got.exact && got.pixels.exif && floats == 512 && seed == INT64_MAX);
    run_options_free(&got);
    json_decref(m);

    const double lambda[] = {2.5, 1e-9, 0};
    double *values;
    int layer, n;
    m = carried_trapped(message_trapped(7, lambda, 3));
    assert_int_equal(message_trapped_read(m, &layer, &values, &n, &e), 0);
    assert_true(layer == 7 && n == 3 && values[0] == 2.5 && values[2] == 0);
    free(values);
    json_decref(m);
    m = carried_trapped(message_trapped(8, NULL, 0));
    assert_int_equal(message_trapped_read(m, &layer, &values, &n, &e), 0);
    assert_true(layer == 8 && !values && n == 0);
    json_decref(m);
}

#define HEAD                                                                                                 \
    "{\"type\":\"trapped\",\"images\":[1],\"fit\":\"crop\",\"mean\":[0,0,0],\"std\":[1,1,1],\"scale\":1,"    \
    "\"bgr\":false,"
#define REST ",\"batch\":0,\"threads\":0,\"exact\":false,\"memory\":0}"

static void test_bad_messages(void **state)
{
    (void)state;
    static const char *const requests[][2] = {
        {HEAD "\"layers\":[0],\"floats\":-1,\"seed\":0" REST, "floats"},
        {HEAD "\"layers\":[0],\"floats\":0,\"seed\":-1" REST, "seed"},
        {HEAD "\"layers\":[],\"floats\":0,\"seed\":0" REST, "layers"},
        {HEAD "\"layers\":[1,1],\"floats\":0,\"seed\":0" REST, "layers"},
        {"{\"type\":\"trapped\",\"images\":[],\"fit\":\"crop\",\"mean\":[0,0,0],\"std\":[1,1,1],\"scale\":1,"
         "\"bgr\":false,\"layers\":[0],\"floats\":0,\"seed\":0" REST,
         "images"},
    };
    static const char *const answers[][2] = {
        {"{\"type\":\"trapped\",\"layer\":-1,\"lambda\":[]}", "layer"},
        {"{\"type\":\"trapped\",\"layer\":1}", "lambda"},
        {"{\"type\":\"trapped\",\"layer\":1,\"lambda\":[1,2]}", "lambda"},
        {"{\"type\":\"trapped\",\"layer\":1,\"lambda\":[-1]}", "lambda"},
        {"{\"type\":\"trapped\",\"layer\":1,\"lambda\":[\"1\"]}", "lambda"},
    };
    struct error e;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct run_options run;
        long floats;
        uint64_t seed;
        json_t *m = parsed(requests[i][0]);
        assert_int_equal(message_trapped_request_read(m, &run, &floats, &seed, &e), -1);
        assert_non_null(strstr(e.text, requests[i][1]));
        json_decref(m);
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        double *lambda;
        int layer, n;
        json_t *m = parsed(answers[i][0]);
        assert_int_equal(message_trapped_read(m, &layer, &lambda, &n, &e), -1);
        assert_non_null(strstr(e.text, answers[i][1]));
        assert_null(lambda);
        json_decref(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geometry),
        cmocka_unit_test(test_energy),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_patches),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_reservoir),
        cmocka_unit_test(test_known_spectrum),
        cmocka_unit_test(test_both_ways_agree),
        cmocka_unit_test(test_nothing_varies),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_eigenvalues),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_draws_of_one_output),
        cmocka_unit_test(test_draws_of_a_tree),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_bad_messages),
    };
    return cmocka_run_group_tests_name("trapped", tests, NULL, NULL);
}
