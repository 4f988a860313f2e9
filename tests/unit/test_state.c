/* What is kept from one session to the next: where it stands, what a damaged or newer file does, and that
 * nothing is lost or made up on the way. */
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

#include "app/scenarios.h"
#include "app/state.h"
#include "app_fixture.h"
#include "base/file.h"
#include "base/memory.h"
#include "screen/keys.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/isplit-state-XXXXXX");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    return !mkdtemp(folder) || setenv("HOME", folder, 1) < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char *command = memory_format("chmod -R u+w '%s' && rm -rf '%s'", folder, folder);
    int status = system(command);
    free(command);
    return status;
}

#define SETTINGS ".config/isplit/settings.json"
#define NETWORK ".local/state/isplit/networks/0123456789abcdef.json"

/* A path below the folder, good until the next call. */
static const char *below(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *slurp(const char *name)
{
    size_t length;
    struct error e;
    return file_read(below(name), 1 << 20, &length, &e);
}

static void spill(const char *name, const char *text)
{
    FILE *f = fopen(below(name), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static bool exists(const char *name)
{
    struct stat st;
    return stat(below(name), &st) == 0;
}

static void check_error(const struct error *e, const char *part)
{
    if (!strstr(e->text, part))
        fail_msg("'%s' does not hold '%s'", e->text, part);
}

static const struct settings some = {
    .linear = true, .bytes = DTYPE_INT8, .theme = THEME_LIGHT, .glyphs = GLYPHS_BLOCK};

static void save_settings(void)
{
    struct error e;
    if (state_save_settings(&some, &e) < 0)
        fail_msg("%s", e.text);
}

static void test_settings(void **state)
{
    (void)state;
    struct error e;
    struct settings s = {.corrected = true};
    assert_int_equal(state_load_settings(&s, &e), 0); /* nothing is there yet */
    assert_true(s.corrected);
    save_settings();
    assert_int_equal(state_load_settings(&s, &e), 0);
    assert_memory_equal(&s, &some, sizeof s);
    /* The folders are nobody else's business; and no temporary file is left. */
    struct stat st;
    assert_int_equal(stat(below(".config/isplit"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    char *text = slurp(SETTINGS);
    assert_non_null(strstr(text, "\"isplit\": \"settings\""));
    assert_non_null(strstr(text, "\"version\": 1"));
    free(text);
}

static void test_folders_of_xdg(void **state)
{
    (void)state;
    setenv("XDG_CONFIG_HOME", below("a/b"), 1);
    save_settings();
    assert_true(exists("a/b/isplit/settings.json"));
    assert_false(exists(SETTINGS));
    /* "All paths must be absolute": others are passed over. */
    setenv("XDG_CONFIG_HOME", "relative", 1);
    save_settings();
    assert_true(exists(SETTINGS));
    setenv("XDG_CONFIG_HOME", "", 1);
    save_settings();
    /* No home: nothing is kept, nothing is said. */
    struct error e;
    struct settings s = {0};
    unsetenv("HOME");
    assert_int_equal(state_save_settings(&some, &e), 0);
    assert_int_equal(state_load_settings(&s, &e), 0);
    assert_false(s.linear);
    assert_int_equal(access("relative", F_OK), -1);
}

static void test_damaged_settings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "line 1"},
        {"{\"isplit\":", "line 1"},
        {"\xff\xfe\x01", "line 1"},
        {"[]", "\"isplit\" is not \"settings\""},
        {"{\"isplit\":\"state\",\"version\":1}", "\"isplit\" is not \"settings\""},
        {"{\"isplit\":\"settings\",\"version\":\"1\"}", "\"version\""},
        {"{\"isplit\":\"settings\",\"version\":0}", "\"version\""},
        {"{\"isplit\":\"settings\",\"version\":1}", "settings: \"linear\" is missing"},
        {"{\"isplit\":\"settings\",\"version\":1,\"linear\":1}", "settings: \"linear\" is wrong"},
        {"{\"isplit\":\"settings\",\"version\":1,\"linear\":true,\"corrected\":true,\"bytes\":\"f64\"}",
         "\"bytes\" is wrong (expected one of f32, f16, int8, int6, int5, int4, int3, int2)"},
        {"{\"isplit\":\"settings\",\"isplit\":\"settings\",\"version\":1}", "duplicate"},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    save_settings();
    for (int i = 0; i < CASES; i++) {
        struct error e;
        struct settings s = {.corrected = true};
        char aside[80];
        spill(SETTINGS, cases[i].text);
        assert_int_equal(state_load_settings(&s, &e), -1);
        assert_true(s.corrected);
        check_error(&e, cases[i].why);
        assert_null(strstr(e.text, "message"));
        snprintf(aside, sizeof aside, i ? "%s.damaged-%d" : "%s.damaged", SETTINGS, i + 1);
        check_error(&e, below(aside));
        char *text = slurp(aside);
        assert_string_equal(text, cases[i].text);
        free(text);
        assert_false(exists(SETTINGS));
        assert_int_equal(state_load_settings(&s, &e), 0); /* said once */
    }
}

/* Damaged since it was read: by saving it is told, and kept beside. */
static void test_damaged_meanwhile(void **state)
{
    (void)state;
    struct error e;
    struct settings s = {0};
    save_settings();
    spill(SETTINGS, "{\"isplit\":");
    assert_int_equal(state_save_settings(&some, &e), -1);
    check_error(&e, "is damaged (line 1: ");
    check_error(&e, below(SETTINGS ".damaged"));
    char *text = slurp(SETTINGS ".damaged");
    assert_string_equal(text, "{\"isplit\":");
    free(text);
    assert_int_equal(state_load_settings(&s, &e), 0);
    assert_memory_equal(&s, &some, sizeof s);
    save_settings();
    /* What cannot be read, here since it is too large, is not replaced. */
    assert_int_equal(truncate(below(SETTINGS), (17 << 20)), 0);
    assert_int_equal(state_save_settings(&some, &e), -1);
    check_error(&e, "cannot keep the settings: ");
    struct stat st;
    assert_true(stat(below(SETTINGS), &st) == 0 && st.st_size == 17 << 20);
}

static void test_newer(void **state)
{
    (void)state;
    static const char newer[] = "{\"isplit\":\"settings\",\"version\":2,\"colours\":\"many\"}";
    struct error e;
    struct settings s = {0};
    save_settings();
    spill(SETTINGS, newer);
    assert_int_equal(state_load_settings(&s, &e), -1);
    check_error(&e, "newer isplit (version 2, expected 1): left as it is");
    save_settings();
    char *text = slurp(SETTINGS);
    assert_string_equal(text, newer);
    free(text);
}

static void test_unwritable(void **state)
{
    (void)state;
    struct error e;
    struct settings s = {0};
    spill(".config", "a file where a folder should be");
    assert_int_equal(state_save_settings(&some, &e), -1);
    check_error(&e, "cannot keep the settings: ");
    assert_int_equal(state_load_settings(&s, &e), 0);
    /* A folder where the file should be is no damaged file. */
    setenv("XDG_CONFIG_HOME", below("x"), 1);
    mkdir(below("x"), 0700);
    mkdir(below("x/isplit"), 0700);
    mkdir(below("x/isplit/settings.json"), 0700);
    assert_int_equal(state_load_settings(&s, &e), -1);
    check_error(&e, "is not a regular file");
    assert_true(exists("x/isplit/settings.json"));
    assert_int_equal(state_save_settings(&some, &e), -1);
    if (geteuid() == 0)
        return; /* root writes anywhere */
    setenv("XDG_CONFIG_HOME", below("y"), 1);
    mkdir(below("y"), 0500);
    assert_int_equal(state_save_settings(&some, &e), -1);
    check_error(&e, "Permission denied");
}

static struct app *new_app(void)
{
    return app_fixture_new(18, 10, 3);
}

static void save_network(struct app *a)
{
    struct error e;
    if (state_save_network(a, &e) < 0)
        fail_msg("%s", e.text);
}

static void load_network(struct app *a)
{
    struct error e;
    if (state_load_network(a, &e) < 0)
        fail_msg("%s", e.text);
}

static void test_network(void **state)
{
    (void)state;
    struct app *a = new_app();
    load_network(a); /* nothing is there yet */
    const bool chosen[10] = {[0] = true, [3] = true, [4] = true};
    app_choose(a, chosen, NULL);
    subsets_set(a->subsets, "a \"quoted\"\nname", "0,3-4", false);
    subsets_set(a->subsets, "Größe", "A,!B", false);
    subsets_set(a->subsets, "from a file", "1", true);
    marks_set(a->marks, 13, "\"here\",\n\tsaid \\ she\x01");
    marks_set(a->marks, 2, "");
    marks_set(a->marks, 7, "no UTF-8: \xff\xfe.");
    a->plot.first = 3;
    a->plot.last = 15;
    save_network(a); /* a cursor that was not moved is none */
    load_network(a);
    assert_false(a->plot.placed);
    app_move(a, 13);
    a->plot.first = 3;
    a->view = VIEW_COMPARE;
    save_network(a);
    app_fixture_free(a);

    a = new_app();
    load_network(a);
    assert_memory_equal(a->shown.chosen, chosen, sizeof chosen);
    assert_int_equal(subsets_n(a->subsets), 2);
    assert_string_equal(subsets_all(a->subsets)[0].name, "a \"quoted\"\nname");
    assert_string_equal(subsets_all(a->subsets)[0].expression, "0,3-4");
    assert_string_equal(subsets_all(a->subsets)[1].name, "Größe");
    assert_false(subsets_all(a->subsets)[1].group);
    assert_int_equal(marks_n(a->marks), 3);
    assert_string_equal(marks_find(a->marks, 13)->note, "\"here\",\n\tsaid \\ she\x01");
    assert_string_equal(marks_find(a->marks, 2)->note, "");
    assert_string_equal(marks_find(a->marks, 7)->note, "no UTF-8: \\xff\\xfe.");
    assert_int_equal(a->plot.first, 3);
    assert_int_equal(a->plot.last, 15);
    assert_int_equal(a->plot.cursor, 13);
    assert_int_equal(a->view, VIEW_COMPARE);

    /* The same again: the file does not change. */
    char *before = slurp(NETWORK);
    save_network(a);
    char *after = slurp(NETWORK);
    assert_string_equal(before, after);
    free(before);
    free(after);
    app_fixture_free(a);
}

static struct app *planned(const char *edge)
{
    struct app *a = new_app();
    app_resize(a, 40, 132);
    a->options = options_default();
    a->options.cost_model.edge = edge;
    planning_open(a);
    scenarios_open(a);
    planning_refresh(a);
    return a;
}

static void expect_last(const struct app *a, const char *part)
{
    const char *text = a->journal.n ? a->journal.lines[a->journal.n - 1].text : "";
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

/* What was changed of the plan is changed again, as long as the command line gives what it gave; scenarios
 * and pinned curves are there again, too. */
static void test_plan_and_pins(void **state)
{
    (void)state;
    struct app *a = planned(NULL);
    const bool pinned[10] = {[1] = true, [4] = true};
    shown_set(&a->pins.curves[a->pins.n++], a->study, a->shown.chosen, "all classes");
    shown_set(&a->pins.curves[a->pins.n++], a->study, pinned, "B,E");
    app_fixture_press(a, "9 L");
    expect_last(a, "no scenario is saved");
    app_fixture_press(a, "+ + ] + w \"BLE camera\" Enter");
    expect_last(a, "saved the plan's values as 'BLE camera'");
    double head = a->planning.cuts[3].head_ms;
    app_fixture_press(a, "[ - - - [ [ + w Ctrl-U \"slow\" Enter");
    double slow = a->planning.cuts[3].head_ms;
    enum metric objective = a->planning.deployment.objective;
    save_network(a);
    app_fixture_free(a);

    a = planned(NULL);
    load_network(a);
    expect_last(a, "3 values of the plan as you left them last time");
    planning_refresh(a);
    assert_float_equal(a->planning.cuts[3].head_ms, slow, 1e-12);
    assert_int_equal(a->planning.deployment.objective, objective);
    assert_int_equal(a->pins.n, 2);
    assert_int_equal(a->pins.curves[0].classes_n, 10);
    assert_string_equal(a->pins.curves[1].name, "B,E");
    assert_memory_equal(a->pins.curves[1].chosen, pinned, sizeof pinned);
    app_fixture_press(a, "9 L \"BLE\" Tab Enter");
    expect_last(a, "the plan's values are those of 'BLE camera' (U takes that back)");
    app_fixture_press(a, "L Ctrl-U \"BLE camera\" Enter");
    expect_last(a, "the plan's values are those of 'BLE camera' (as they were)");
    assert_float_equal(a->planning.cuts[3].head_ms, head, 1e-12);
    assert_int_not_equal(a->planning.deployment.objective, objective);
    app_fixture_press(a, "L \"nothing\" Enter");
    expect_last(a, "no scenario is called 'nothing'");
    app_fixture_press(a, "Esc");
    app_fixture_free(a);

    a = planned("7GFLOP/s"); /* another device is asked for now: only the others change again */
    load_network(a);
    expect_last(a, "2 values of the plan");
    assert_string_equal(a->planning.edge.typed, "7GFLOP/s");
    assert_int_equal(a->planning.edge.steps, 0);
    app_fixture_free(a);
}

/* An index whose class has another name means another class. */
static void test_renamed_classes(void **state)
{
    (void)state;
    struct app *a = new_app();
    const bool chosen[10] = {[0] = true, [3] = true};
    app_choose(a, chosen, NULL);
    save_network(a);
    app_fixture_free(a);
    a = new_app();
    char *name = a->study->dataset->classes[3].name;
    name[0] = 'd';
    load_network(a);
    assert_int_equal(a->shown.classes_n, 10);
    expect_last(a, "class 3 has another name now, d");
    name[0] = 'D';
    load_network(a);
    assert_memory_equal(a->shown.chosen, chosen, sizeof chosen);
    app_fixture_free(a);
}

static void test_defaults_of_a_network(void **state)
{
    (void)state;
    struct app *a = new_app();
    save_network(a);
    load_network(a);
    assert_int_equal(a->shown.classes_n, 10);
    assert_int_equal(a->plot.cursor, 0);
    assert_int_equal(a->plot.last, 17);
    assert_int_equal(a->view, VIEW_CURVE);
    assert_int_equal(marks_n(a->marks) + subsets_n(a->subsets), 0);
    app_fixture_free(a);
}

#define HEAD "{\"isplit\":\"state\",\"version\":1,\"network\":\"a.cfg\",\"view\":\"Log\","

#define WHOLE                                                                                                \
    HEAD "\"layer\":1,\"zoom\":null,\"chosen\":null,\"subsets\":[],\"marks\":[{\"layer\":1,\"note\":\"\"}],"

static void test_what_the_network_lacks(void **state)
{
    (void)state;
    struct app *a = new_app();
    save_network(a);
    spill(NETWORK, HEAD "\"layer\":400,\"zoom\":[3,99],\"chosen\":[2,99,5],\"subsets\":[],"
                        "\"marks\":[{\"layer\":3,\"note\":\"x\"},{\"layer\":99,\"note\":\"y\"}]}");
    load_network(a);
    assert_int_equal(a->plot.cursor, 0);
    assert_true(a->plot.first == 0 && a->plot.last == 17);
    assert_int_equal(a->shown.classes_n, 2);
    assert_true(a->shown.chosen[2] && a->shown.chosen[5]);
    assert_int_equal(marks_n(a->marks), 1);
    assert_int_equal(a->view, VIEW_LOG);
    app_fixture_free(a);

    /* Nothing that is left of the choice, or another one on the command line: it is not taken. */
    a = new_app();
    spill(NETWORK, HEAD "\"layer\":4,\"zoom\":null,\"chosen\":[99],\"subsets\":[],\"marks\":[]}");
    load_network(a);
    assert_int_equal(a->shown.classes_n, 10);
    assert_int_equal(a->plot.cursor, 4);
    spill(NETWORK, HEAD "\"layer\":4,\"zoom\":null,\"chosen\":[1],\"subsets\":[],\"marks\":[]}");
    a->study->options.input.classes = "A,B";
    load_network(a);
    assert_int_equal(a->shown.classes_n, 10);
    app_fixture_free(a);
}

static void test_damaged_networks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{\"isplit\":\"state\",\"version\":1}", "state: \"network\" is missing"},
        {"{\"isplit\":\"state\",\"version\":1,\"network\":\"%zz\"}", "\"network\" is wrong"},
        {"{\"isplit\":\"state\",\"version\":1,\"network\":\"a\",\"view\":\"Sky\"}", "\"view\" is wrong"},
        {HEAD "\"layer\":-2}", "\"layer\" is wrong"},
        {HEAD "\"layer\":1.5}", "\"layer\" is wrong"},
        {HEAD "\"layer\":1,\"zoom\":[1]}", "\"zoom\" is wrong"},
        {HEAD "\"layer\":1,\"zoom\":[2,1]}", "\"zoom\" is wrong (expected the first layer before the last)"},
        {HEAD "\"layer\":1,\"zoom\":null}", "\"chosen\" is missing"},
        {HEAD "\"layer\":1,\"zoom\":null,\"chosen\":[\"A\"]}", "\"chosen\" is wrong"},
        {HEAD "\"layer\":1,\"zoom\":null,\"chosen\":null,\"subsets\":[3]}", "state: subsets[0]: is not an"},
        {HEAD "\"layer\":1,\"zoom\":null,\"chosen\":null,\"subsets\":[{\"name\":\"\",\"classes\":\"1\"}]}",
         "state: subsets[0]: \"name\" is wrong"},
        {HEAD "\"layer\":1,\"zoom\":null,\"chosen\":null,\"subsets\":[{\"name\":\"x\\u0000\"}]}", "line 1"},
        {HEAD "\"layer\":1,\"zoom\":null,\"chosen\":[0],\"subsets\":[{\"name\":\"x\",\"classes\":\"1\"}],"
              "\"marks\":[{\"layer\":1,\"note\":\"\"},{\"layer\":2,\"note\":7}]}",
         "state: marks[1]: \"note\" is wrong"},
        {WHOLE "\"pins\":[{\"chosen\":null}]}", "state: pins[0]: \"name\" is missing"},
        {WHOLE "\"pins\":[{\"name\":\"x\",\"chosen\":[-1]}]}", "state: pins[0]: \"chosen\" is wrong"},
        {WHOLE "\"plan\":[{\"value\":3}]}", "\"plan\" is wrong"},
        {WHOLE "\"plan\":{}}", "\"plan\" is wrong"},
        {WHOLE "\"scenarios\":[{\"name\":\"x\",\"values\":{\"device\":5}}]}", "\"scenarios\" is wrong"},
        {WHOLE "\"scenarios\":[7]}", "\"scenarios\" is wrong"},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct app *a = new_app();
    save_network(a);
    for (int i = 0; i < CASES; i++) {
        struct error e;
        spill(NETWORK, cases[i].text);
        assert_int_equal(state_load_network(a, &e), -1);
        check_error(&e, cases[i].why);
        check_error(&e, "put aside as ");
        assert_false(exists(NETWORK));
        /* Nothing of it is used. */
        assert_true(marks_n(a->marks) == 0 && subsets_n(a->subsets) == 0 && a->shown.classes_n == 10 &&
                    a->view == VIEW_CURVE);
    }
    app_fixture_free(a);
}

static void test_network_without_content(void **state)
{
    (void)state;
    struct error e;
    struct app *a = app_fixture_new(18, 3, 2);
    a->study->cfg_xxh3[0] = '\0';
    assert_int_equal(state_save_network(a, &e), 0);
    assert_int_equal(state_load_network(a, &e), 0);
    assert_false(exists(".local"));
    app_fixture_free(a);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_settings),
        TEST(test_folders_of_xdg),
        TEST(test_damaged_settings),
        TEST(test_damaged_meanwhile),
        TEST(test_newer),
        TEST(test_unwritable),
        TEST(test_network),
        TEST(test_plan_and_pins),
        TEST(test_renamed_classes),
        TEST(test_damaged_networks),
        TEST(test_defaults_of_a_network),
        TEST(test_what_the_network_lacks),
        TEST(test_network_without_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
