/* The figure: well-formed, complete, and without what a paper cannot have. A small reader checks that tags
 * nest and that entities are known ones. */
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "app/shown.h"
#include "base/memory.h"
#include "report/figure.h"
#include "panes/plot.h"

static char *written(const struct figure *f)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    figure_write(out, f);
    fclose(out);
    return text;
}

static int count(const char *text, const char *word)
{
    int n = 0;
    for (const char *s = text; (s = strstr(s, word)); s += strlen(word))
        n++;
    return n;
}

static void check_entity(const char *s)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(s, known[i], strlen(known[i])) == 0)
            return;
    fail_msg("an entity that is none: %.20s", s);
}

/* Every tag is closed in its turn, quotes are closed, and nothing is "nan" or "inf". */
static void expect_well_formed(const char *text)
{
    char open[16][32];
    int depth = 0;
    const char *s = strstr(text, "<svg");
    assert_non_null(s);
    for (; *s; s++) {
        if (*s == '&')
            check_entity(s);
        assert_true((unsigned char)*s >= 0x20 || *s == '\n');
        if (*s != '<')
            continue;
        const char *end = s;
        for (bool quoted = false; *end != '>' || quoted; end++) {
            assert_true(*end != '\0' && (*end != '<' || end == s));
            if (*end == '"')
                quoted = !quoted;
        }
        if (s[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_memory_equal(open[depth], s + 2, strlen(open[depth]));
        } else if (end[-1] != '/') {
            assert_true(depth < 16);
            sscanf(s + 1, "%31[a-z]", open[depth++]);
        }
    }
    assert_int_equal(depth, 0);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf,"));
    assert_null(strstr(text, "\"-inf"));
    assert_null(strstr(text, "<script"));
}

/* ---- By hand ------------------------------------------------------------------------------------- */

static void test_signs(void **state)
{
    (void)state;
    static const char *const names[] = {"a<b", "c&\"d\"", "e\x01\xff", "f"};
    const double values[] = {-3, -1, NAN, -2}, low[] = {-3.5, -1.5, NAN, -INFINITY},
                 high[] = {-2.5, -0.5, NAN, -1};
    const bool peaks[] = {false, true, false, false}, cde[] = {false, false, true, false};
    const bool marked[] = {true, false, false, false};
    const int64_t bytes[] = {4096, 2048, 0, 1024};
    struct figure f = {.title = "A & B",
                       .description = "x < y",
                       .value_name = "log10 CUI*KHW",
                       .layers_n = 4,
                       .names = names,
                       .series = {{"one", values, low, high, peaks, 1}},
                       .series_n = 1,
                       .bytes = bytes,
                       .cde = cde,
                       .marked = marked,
                       .input_bytes = 3072,
                       .bytes_name = "f32"};
    char *text = written(&f);
    expect_well_formed(text);
    assert_non_null(strstr(text, "width=\"88.0mm\""));
    assert_non_null(strstr(text, "<title>A &amp; B</title>"));
    assert_non_null(strstr(text, "<desc>x &lt; y</desc>"));
    assert_non_null(strstr(text, ">a&lt;b</text>"));
    assert_non_null(strstr(text, ">c&amp;&quot;d&quot;</text>"));
    assert_non_null(strstr(text, ">e\\x01\\xff</text>"));
    assert_non_null(strstr(text, "CUI\xc2\xb7KHW"));
    assert_non_null(strstr(text, ">candidate<"));
    assert_non_null(strstr(text, ">best<"));
    assert_non_null(strstr(text, ">CDE<"));
    assert_non_null(strstr(text, ">input<"));
    assert_int_equal(count(text, "font-weight=\"bold\""), 2); /* the name and the legend */
    assert_int_equal(count(text, "<rect"), 1 + 1 + 3);        /* page, legend, bars: none for 0 bytes */
    assert_null(strstr(text, ">one<"));                       /* one curve needs no name */
    free(text);
}

/* Two curves differ in dashes and markers, not only in colour. */
static void test_series_differ(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    const double values[] = {1, 2, 3};
    struct figure f = {
        .value_name = "CUI", .linear = true, .layers_n = 3, .names = names, .series_n = FIGURE_SERIES};
    for (int s = 0; s < FIGURE_SERIES; s++)
        f.series[s] = (struct figure_series){"the name of a series", values, NULL, NULL, NULL, -1};
    f.series[1].name = "a name that is much longer than what a legend has room for, <&> and so on, and so on";
    char *text = written(&f);
    expect_well_formed(text);
    assert_int_equal(count(text, "stroke-dasharray=\"none\""), 2);
    assert_int_equal(count(text, "stroke-dasharray=\"1.6 0.7\""), 2);
    assert_int_equal(count(text, "stroke-dasharray=\"0.4 0.6\""), 2);
    assert_int_equal(count(text, "<circle"), 4); /* only the first one's */
    assert_non_null(strstr(text, "a name that is much longer than what a legen...</text>"));
    assert_null(strstr(text, ">best<"));
    free(text);
}

static void test_nothing_to_draw(void **state)
{
    (void)state;
    static const char *const names[] = {"only"};
    const double none[] = {NAN};
    struct figure f = {.value_name = "log10 CUI", .layers_n = 1, .names = names, .series_n = 1};
    f.series[0] = (struct figure_series){"x", none, none, none, NULL, -1};
    char *text = written(&f);
    expect_well_formed(text);
    free(text);
    const double zero[] = {0};
    f.linear = true;
    f.series[0].values = zero;
    text = written(&f);
    expect_well_formed(text);
    free(text);
}

/* ---- From the app -------------------------------------------------------------------------------- */

static char *figure_of(const struct app *a)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    plot_figure(a, out);
    fclose(out);
    return text;
}

static void test_from_the_app(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    char *text = figure_of(a);
    expect_well_formed(text);
    assert_int_equal(count(text, "<rect"), 1 + 1 + 18);
    assert_int_equal(count(text, ">block"), 18);
    assert_int_equal(count(text, "<path d=\"M") >= 4, 1); /* CDE points, the band, the curve */
    free(text);
    /* The zoom and pinned curves. */
    a->plot.first = 3;
    a->plot.last = 8;
    bool one[] = {true, false, false};
    shown_set(&a->pins.curves[a->pins.n++], a->study, one, "only A");
    text = figure_of(a);
    expect_well_formed(text);
    assert_int_equal(count(text, ">block"), 6);
    assert_int_equal(count(text, ">only A<"), 1);
    assert_int_equal(count(text, ">all classes<"), 1);
    assert_null(strstr(text, ">best<")); /* it lies outside */
    free(text);
    app_fixture_free(a);
}

static void test_many_layers(void **state)
{
    (void)state;
    static const int layers[] = {1, 2, 25, 60, 400};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        struct app *a = app_fixture_new(layers[i], 2, 2);
        char *text = figure_of(a);
        expect_well_formed(text);
        assert_non_null(strstr(text, layers[i] > 24 ? "width=\"180.0mm\"" : "width=\"88.0mm\""));
        assert_in_range(count(text, ">block"), 1, 75); /* names do not lie over one another */
        free(text);
        app_fixture_free(a);
    }
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),           cmocka_unit_test(test_series_differ),
        cmocka_unit_test(test_nothing_to_draw), cmocka_unit_test(test_from_the_app),
        cmocka_unit_test(test_many_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
