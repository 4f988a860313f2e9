/* Times of layers: what is made of the times, whom the passes leave out, that the pass layer by layer is the
 * whole one, and the messages that carry it. */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph/allowance.h"
#include "graph/pages.h"
#include "graph_fixture.h"
#include "wire/message_profile.h"
#include "worker/footprint.h"
#include "base/quantile.h"
#include "worker/profile.h"

static void test_quantile(void **state)
{
    (void)state;
    const double one[] = {7}, four[] = {1, 2, 4, 8};
    assert_true(quantile_of(one, 1, 0.5) == 7 && quantile_of(one, 1, 0.95) == 7);
    assert_true(quantile_of(four, 4, 0.5) == 3);
    assert_true(fabs(quantile_of(four, 4, 0.95) - 7.4) < 1e-12);
    assert_true(quantile_of(four, 4, 0) == 1 && quantile_of(four, 4, 1) == 8);
}

/* ---- Passes ----------------------------------------------------------------------------------------- */

struct fake {
    int whole, layers, asked, last;
    int ends_after; /* runs; -1: never */
    bool fails;
    int sleeps; /* 5 ms in all whole passes but one of so many; 0: never */
};

static int64_t own_ns(void)
{
    struct timespec own;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
    return (int64_t)own.tv_sec * 1000000000 + own.tv_nsec;
}

/* Processor time, which takes as long in real time, or longer. */
static void spin(int64_t ns)
{
    int64_t begin = own_ns();
    while (own_ns() - begin < ns)
        continue;
}

static int fake_whole(void *user, struct error *e)
{
    struct fake *f = user;
    assert_int_equal(f->whole++, f->layers); /* they take turns */
    if (f->sleeps && f->whole % f->sleeps)
        usleep(5000);
    return f->fails ? error_set(e, "broken") : 0;
}

/* Layer 1 does nothing, layer 2 takes 2 ms. */
static int fake_layers(void *user, graph_after_call *after, void *clock, struct error *e)
{
    struct fake *f = user;
    (void)e;
    f->layers++;
    after(clock, 0);
    spin(2000000);
    after(clock, 2);
    return 0;
}

static int fake_between(void *user, int runs, struct error *e)
{
    struct fake *f = user;
    f->asked++;
    assert_true(runs >= f->last && runs <= f->last + 1);
    f->last = runs;
    return f->ends_after >= 0 && runs >= f->ends_after ? error_set(e, "stopped") : 0;
}

enum { RUNS = 5 }; /* that take half a second, where the machine is busy 2 */

static void test_passes(void **state)
{
    (void)state;
    struct fake f = {.ends_after = -1};
    const struct profile_subject subject = {&f, 3, true, fake_whole, fake_layers};
    struct profile p = {0};
    struct error e = {""};
    assert_int_equal(profile_make(&subject, RUNS, fake_between, &f, &p, &e), 0);
    assert_int_equal(f.whole, f.layers);
    assert_int_equal(f.asked, f.whole);
    assert_true(p.runs >= RUNS && p.runs < f.whole && p.runs <= PROFILE_RUNS_LIMIT);
    assert_int_equal(p.layers_n, 3);
    assert_true(p.median_ms[1] == 0 && p.p95_ms[1] == 0);
    assert_true(p.median_ms[2] >= 2 && p.p95_ms[2] >= p.median_ms[2]);
    assert_true(p.median_ms[0] < p.median_ms[2] && p.whole_ms[0] < p.median_ms[2]);
    profile_free(&p);
}

/* One run takes a twentieth of the time: whose pass layer by layer takes 2 ms, at most 200 within 0.4 s. */
static void test_quick_look(void **state)
{
    (void)state;
    struct fake f = {.ends_after = -1};
    const struct profile_subject subject = {&f, 3, true, fake_whole, fake_layers};
    struct profile p = {0};
    struct error e = {""};
    assert_int_equal(profile_make(&subject, 1, fake_between, &f, &p, &e), 0);
    assert_in_range(p.runs, 1, 200);
    profile_free(&p);
}

/* A pass in which the processor is given away does not count for the median, although most are such. */
static void test_calm(void **state)
{
    (void)state;
    struct fake f = {.ends_after = -1, .sleeps = 3};
    const struct profile_subject subject = {&f, 3, true, fake_whole, fake_layers};
    struct profile p = {0};
    struct error e = {""};
    assert_int_equal(profile_make(&subject, RUNS, fake_between, &f, &p, &e), 0);
    assert_true(p.whole_ms[0] < 5 && p.whole_ms[1] >= 5);
    profile_free(&p);
}

/* Where all passes are such, one thread's own time still tells what it took; of several there is only real
 * time. */
static void test_never_calm(void **state)
{
    (void)state;
    for (int one_thread = 0; one_thread < 2; one_thread++) {
        struct fake f = {.ends_after = -1, .sleeps = 1000000};
        const struct profile_subject subject = {&f, 3, one_thread, fake_whole, fake_layers};
        struct profile p = {0};
        struct error e = {""};
        assert_int_equal(profile_make(&subject, RUNS, fake_between, &f, &p, &e), 0);
        assert_int_equal(p.basis, one_thread ? PROFILE_PROCESSOR : PROFILE_ALL);
        assert_true(one_thread ? p.whole_ms[0] < 5 : p.whole_ms[0] >= 5);
        assert_true(p.whole_ms[1] >= 5 && p.median_ms[2] > 0);
        profile_free(&p);
    }
}

static void test_ends(void **state)
{
    (void)state;
    struct fake stopped = {.ends_after = 3}, broken = {.ends_after = -1, .fails = true};
    struct profile_subject subject = {&stopped, 3, true, fake_whole, fake_layers};
    struct profile p = {0};
    struct error e = {""};
    assert_int_equal(profile_make(&subject, 30, fake_between, &stopped, &p, &e), -1);
    assert_string_equal(e.text, "stopped");
    subject.user = &broken;
    assert_int_equal(profile_make(&subject, 30, fake_between, &broken, &p, &e), -1);
    assert_string_equal(e.text, "broken");
    assert_null(p.median_ms);
}

/* ---- Memory ----------------------------------------------------------------------------------------- */

#define MEGABYTE ((size_t)1 << 20)

/* A network of 10 MB, whose first layer takes 5 MB of pages and whose last one gives them back. */
struct taker {
    char *held;
    char *pages;
    bool fails;
};

static int taking_layers(void *user, graph_after_call *after, void *clock, struct error *e)
{
    struct taker *t = user;
    t->pages = pages_new(5 * MEGABYTE);
    assert_non_null(t->pages);
    memset(t->pages, 1, 4 * MEGABYTE);
    after(clock, 0);
    pages_free(t->pages, 5 * MEGABYTE);
    after(clock, 2);
    return t->fails ? error_set(e, "broken") : 0;
}

static bool between_megabytes(int64_t bytes, int64_t low, int64_t high)
{
    return bytes >= low * (int64_t)MEGABYTE && bytes < high * (int64_t)MEGABYTE;
}

static void test_footprint(void **state)
{
    (void)state;
    if (allowance_heap() == 0)
        skip(); /* a malloc of its own, which counts nothing */
    struct taker t = {.held = NULL};
    const struct profile_subject subject = {&t, 3, true, NULL, taking_layers};
    struct profile f;
    struct error e;
    size_t pages = pages_held();
    int64_t allocated, resident;
    footprint_now(&allocated, &resident);
    t.held = memory_try(10, MEGABYTE);
    assert_non_null(t.held);
    memset(t.held, 1, 2 * MEGABYTE);
    assert_int_equal(footprint_measure(allocated, resident, &subject, &f, &e), 0);
    assert_true(between_megabytes(f.loaded, 10, 11));
    assert_true(between_megabytes(f.peak, 15, 16));
    assert_true(f.resident < 0 || between_megabytes(f.resident, 6, 20));
    assert_int_equal(pages_held(), pages);
    t.fails = true;
    assert_int_equal(footprint_measure(allocated, resident, &subject, &f, &e), -1);
    free(t.held);
    t.fails = false;
    assert_int_equal(footprint_measure(allocated, resident, &subject, &f, &e), 0);
    assert_true(between_megabytes(f.loaded, 0, 1)); /* what was given back is not counted */
}

/* ---- Layer by layer --------------------------------------------------------------------------------- */

#define CONV "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=1\nactivation=linear\n"
static const char layered[] = "[net]\nchannels=3\nheight=8\nwidth=8\n" CONV CONV
                              "[shortcut]\nfrom=-2\nactivation=relu\n[maxpool]\nsize=2\nstride=2\n"
                              "[route]\nlayers=-1,-1\n[dropout]\nprobability=.5\n"
                              "[connected]\noutput=5\nactivation=linear\n[softmax]\n[cost]\n";
enum { LAYERS = 9, CLASSES = 5, PIXELS = 3 * 8 * 8 };

static void note(void *user, int layer)
{
    int *reported = user;
    for (int l = 0; l < LAYERS; l++)
        assert_true(l < layer || reported[l] == 0); /* in their order */
    reported[layer]++;
}

static void test_darknet(void **state)
{
    (void)state;
    const bool listed[LAYERS] = {0};
    const struct graph_options options = {.batch = 1, .listed = listed};
    struct fixture f = fixture_make_graph(layered, "profile", &options, 1);
    float x[PIXELS], whole[CLASSES];
    uint64_t random = 1;
    int reported[LAYERS] = {0};
    for (int i = 0; i < PIXELS; i++)
        x[i] = fixture_random(&random);
    darknet_predict(f.darknet, x);
    memcpy(whole, darknet_output(f.darknet, 7), sizeof whole);
    memset((float *)(uintptr_t)darknet_output(f.darknet, 7), 0, sizeof whole);
    darknet_predict_traced(f.darknet, x, note, reported);
    assert_memory_equal(darknet_output(f.darknet, 7), whole, sizeof whole);
    for (int l = 0; l < LAYERS; l++)
        assert_int_equal(reported[l], 1);
    fixture_free(&f);
}

/* Without a listed layer a plan has no gradients at all; what lies behind the scores is not run. */
static void test_onednn(void **state)
{
    (void)state;
    const bool listed[LAYERS] = {0};
    const struct graph_options options = {.batch = 1, .listed = listed};
    struct fixture f = fixture_make_graph(layered, "profile", &options, 1);
    float x[PIXELS], whole[CLASSES];
    uint64_t random = 1;
    int reported[LAYERS] = {0};
    struct error e = {""};
    for (int i = 0; i < PIXELS; i++)
        x[i] = fixture_random(&random);
    graph_set_input(f.graph, 0, x);
    assert_int_equal(graph_forward(f.graph, &e), 0);
    memcpy(whole, graph_scores(f.graph), sizeof whole);
    memset((float *)(uintptr_t)graph_scores(f.graph), 0, sizeof whole);
    assert_int_equal(graph_forward_traced(f.graph, note, reported, &e), 0);
    assert_memory_equal(graph_scores(f.graph), whole, sizeof whole);
    darknet_predict(f.darknet, x);
    for (int i = 0; i < CLASSES; i++)
        assert_true(fabsf(whole[i] - darknet_output(f.darknet, 6)[i]) < 1e-4f);
    for (int l = 0; l < LAYERS; l++)
        assert_int_equal(reported[l], l <= 6);
    fixture_free(&f);
}

/* ---- Messages --------------------------------------------------------------------------------------- */

static void test_messages(void **state)
{
    (void)state;
    struct error e = {""};
    enum profile_runtime runtime;
    int threads, runs;
    json_t *m = message_profile_request(PROFILE_ONEDNN, 3, 25);
    assert_int_equal(message_profile_request_read(m, &runtime, &threads, &runs, &e), 0);
    json_decref(m);
    assert_true(runtime == PROFILE_ONEDNN && threads == 3 && runs == 25);

    float median[] = {0.1f, 0}, p95[] = {0.2f, 1e-7f};
    struct profile sent = {
        .runtime = PROFILE_DARKNET,
        .threads = 1,
        .runs = 40,
        .processor = "a \xff name",
        .basis = PROFILE_ALL,
        .whole_ms = {0.1f, 0.3f},
        .median_ms = median,
        .p95_ms = p95,
        .layers_n = 2,
        .loaded = INT64_C(1) << 33,
        .peak = INT64_C(1) << 34,
        .resident = -1,
    };
    struct profile p;
    m = message_profile(&sent);
    assert_int_equal(message_profile_read(m, &p, &e), 0);
    assert_int_equal(p.basis, PROFILE_ALL);
    assert_true(p.runtime == PROFILE_DARKNET && p.threads == 1 && p.runs == 40 && p.layers_n == 2);
    assert_string_equal(p.processor, "a \\xff name");
    assert_true(p.whole_ms[0] == 0.1f && p.whole_ms[1] == 0.3f);
    assert_memory_equal(p.median_ms, median, sizeof median);
    assert_memory_equal(p.p95_ms, p95, sizeof p95);
    assert_true(p.loaded == sent.loaded && p.peak == sent.peak && p.resident == sent.resident);
    profile_free(&p);
    json_decref(m);
    sent.resident = 7;
    m = message_profile(&sent);
    assert_int_equal(message_profile_read(m, &p, &e), 0);
    assert_int_equal(p.resident, 7);
    profile_free(&p);
    json_decref(m);
}

static void test_no_messages(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"'runtime':'cuda','threads':0,'runs':1", "\"runtime\" is wrong (expected one of darknet, onednn)"},
        {"'runtime':'onednn','threads':-1,'runs':1", "\"threads\" is wrong (expected an integer"},
        {"'runtime':'onednn','threads':0,'runs':10001",
         "\"runs\" is wrong (expected an integer from 1 to 10000)"},
    };
    static const struct {
        const char *text, *why;
    } worse[] = {
        {"'whole_ms':[1],'median_ms':[1],'p95_ms':[1]", "\"whole_ms\" is wrong (expected an array of 2)"},
        {"'whole_ms':[1,-1],'median_ms':[1],'p95_ms':[1]",
         "\"whole_ms\" is wrong (expected numbers from 0 up)"},
        {"'whole_ms':[1,1],'median_ms':[1],'p95_ms':[1,2]", "\"p95_ms\" is wrong (expected an array of 1)"},
        {"'whole_ms':[1,1],'median_ms':['1'],'p95_ms':[1]", "\"median_ms\" is wrong (expected numbers)"},
        {"'whole_ms':[1,1],'median_ms':[1],'p95_ms':[1],'loaded_bytes':1",
         "\"peak_bytes\" is missing (expected an integer"},
        {"'whole_ms':[1,1],'median_ms':[1],'p95_ms':[1],'loaded_bytes':1,'peak_bytes':1,'resident_bytes':0.5",
         "\"resident_bytes\" is wrong (expected an integer"},
        {"'whole_ms':[1,1],'p95_ms':[1]", "\"median_ms\" is missing (expected an array)"},
    };
    struct error e = {""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0] + sizeof worse / sizeof worse[0]; i++) {
        size_t w = i - sizeof bad / sizeof bad[0];
        bool asks = i < sizeof bad / sizeof bad[0];
        char *text =
            asks ? memory_format("{%s}", bad[i].text)
                 : memory_format("{'runtime':'onednn','threads':1,'runs':1,'basis':'all','processor':'',%s}",
                                 worse[w].text);
        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        json_t *m = json_loads(text, 0, NULL);
        assert_non_null(m);
        enum profile_runtime runtime;
        int threads, runs;
        struct profile p;
        assert_int_equal(asks ? message_profile_request_read(m, &runtime, &threads, &runs, &e)
                              : message_profile_read(m, &p, &e),
                         -1);
        if (!strstr(e.text, asks ? bad[i].why : worse[w].why))
            fail_msg("%s: %s", text, e.text);
        json_decref(m);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantile),   cmocka_unit_test(test_passes),
        cmocka_unit_test(test_quick_look), cmocka_unit_test(test_calm),
        cmocka_unit_test(test_never_calm), cmocka_unit_test(test_ends),
        cmocka_unit_test(test_darknet),    cmocka_unit_test(test_onednn),
        cmocka_unit_test(test_messages),   cmocka_unit_test(test_no_messages),
        cmocka_unit_test(test_footprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
