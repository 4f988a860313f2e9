/* Command lines: what each kind of option takes and refuses, and the help made from the same table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "commands/commands.h"
#include "data/pixels.h"
#include "deploy/planner.h"
#include "features/features.h"
#include "net/definition.h"
#include "net/table.h"

#define PARSE(o, e, ...) parse(o, e, (char *[]){__VA_ARGS__, NULL})

/* What the last PARSE gave, until the next one or the end of the test. */
static struct options kept;

static int parse(struct options *o, struct error *e, char **words)
{
    int n = 0;
    while (words[n])
        n++;
    e->text[0] = '\0';
    options_free(&kept);
    int status = options_parse(&options_curve, n, words, o, e);
    if (status == 0)
        kept = *o;
    return status;
}

static int forget(void **state)
{
    (void)state;
    options_free(&kept);
    return 0;
}

static void test_defaults(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve", "a.cfg", "a.weights", "-d", "x"), 0);
    assert_int_equal(o.arguments_n, 2);
    assert_string_equal(o.arguments[0], "a.cfg");
    assert_string_equal(o.arguments[1], "a.weights");
    assert_string_equal(o.input.data, "x");
    assert_true(o.input.images == 0 && o.input.seed == 0 && o.measure.batch == 0 && o.measure.threads == 0);
    assert_true(o.measure.layers == TABLE_BACKBONE && o.measure.score == SCORE_TRUTH &&
                o.measure.reduce == REDUCE_MEAN && o.measure.tap == TAP_POST);
    assert_true(o.measure.fit == PIXELS_CROP && o.measure.scale == 0 && !o.measure.bgr && !o.output.chart &&
                !o.help);
    assert_true(o.measure.mean[2] == 0 && o.measure.std[2] == 1);
    assert_null(o.output.path);
}

static void test_everything(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    int status = PARSE(&o, &e, "curve", "--score=top", "--reduce", "sum", "a", "--tap", "pre", "--fit",
                       "letterbox", "--layers", "all", "--mean", "0.1,0.2,-0.3", "--std", "0.5", "--scale",
                       "255", "--bgr", "--batch", "8", "--threads", "2", "--exact", "--precision", "bf16",
                       "--tuning", "p.json", "--memory", "3G", "-n", "12", "--seed", "7", "-c", "cat,!dog",
                       "b", "-o", "c.csv", "--images-csv", "i", "--classes-csv", "k", "--split", "val",
                       "--labels", "l", "--engine", "ssh box", "--chart", "-d", "x");
    if (status < 0)
        fail_msg("%s", e.text);
    assert_string_equal(o.arguments[0], "a");
    assert_string_equal(o.arguments[1], "b");
    assert_true(o.measure.layers == TABLE_ALL && o.measure.score == SCORE_TOP &&
                o.measure.reduce == REDUCE_SUM && o.measure.tap == TAP_PRE);
    assert_true(o.measure.fit == PIXELS_LETTERBOX && o.measure.scale == 1 && o.measure.bgr && o.output.chart);
    assert_true(o.measure.mean[0] == 0.1f && o.measure.mean[1] == 0.2f && o.measure.mean[2] == -0.3f);
    assert_true(o.measure.std[0] == 0.5f && o.measure.std[1] == 0.5f && o.measure.std[2] == 0.5f);
    assert_true(o.measure.batch == 8 && o.measure.threads == 2 && o.input.images == 12 && o.input.seed == 7);
    assert_true(o.measure.exact && o.measure.precision == PRECISION_BF16 && o.measure.memory == 3L << 30);
    assert_string_equal(o.measure.tuning_file, "p.json");
    assert_string_equal(o.input.classes, "cat,!dog");
    assert_string_equal(o.output.path, "c.csv");
    assert_string_equal(o.output.images_csv, "i");
    assert_string_equal(o.output.classes_csv, "k");
    assert_string_equal(o.input.split, "val");
    assert_string_equal(o.input.labels, "l");
    assert_string_equal(o.engines[0], "ssh box");
}

static void test_fraction_with_and_without_argument(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b"), 0);
    assert_true(o.measure.until_stable == 0);
    assert_int_equal(PARSE(&o, &e, "curve", "a", "--until-stable", "b", "-d", "x"), 0);
    assert_true(o.measure.until_stable == 0.95 && o.arguments_n == 2);
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b", "--until-stable"), 0);
    assert_true(o.measure.until_stable == 0.95);
    assert_int_equal(PARSE(&o, &e, "curve", "a", "--until-stable", "0.8", "b"), 0);
    assert_true(o.measure.until_stable == 0.8 && o.arguments_n == 2);
    assert_string_equal(o.arguments[1], "b");
    assert_int_equal(PARSE(&o, &e, "curve", "--until-stable=.999", "a", "b"), 0);
    assert_true(o.measure.until_stable == 0.999 && o.arguments_n == 2);
}

static void test_the_order_of_words_stays(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    char *words[] = {"curve", "a", "-d", "x", "b", NULL};
    char *before[] = {words[0], words[1], words[2], words[3], words[4]};
    assert_int_equal(options_parse(&options_curve, 5, words, &o, &e), 0);
    assert_memory_equal(words, before, sizeof before);
    options_free(&o);
}

static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        char *text;
        long bytes;
    } cases[] = {{"1", 1},           {"7B", 7},          {"500m", 500L << 20}, {"0.5G", 1L << 29},
                 {"2GiB", 2L << 30}, {"2gib", 2L << 30}, {"2GB", 2000000000},  {"1.5 MB", 1500000},
                 {"3k", 3 << 10},    {"1T", 1L << 40},   {"900M", 900L << 20}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options o;
        struct error e;
        if (PARSE(&o, &e, "curve", "a", "b", "-d", "x", "--memory", cases[i].text) < 0)
            fail_msg("%s", e.text);
        assert_int_equal(o.measure.memory, cases[i].bytes);
    }
}

static void test_dashes(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve", "-d", "x", "--", "-a", "--bgr"), 0);
    assert_string_equal(o.arguments[0], "-a");
    assert_string_equal(o.arguments[1], "--bgr");
    assert_false(o.measure.bgr);
}

static void test_help_wins(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve", "--help"), 0);
    assert_true(o.help);
    assert_int_equal(PARSE(&o, &e, "curve", "a", "-h", "--nonsense"), 0);
    assert_true(o.help);
}

static void refuse(char *option, char *value, const char *part)
{
    struct options o;
    struct error e;
    if (PARSE(&o, &e, "curve", "a", "b", "-d", "x", option, value) == 0)
        fail_msg("%s %s was taken", option, value ? value : "");
    if (!strstr(e.text, part))
        fail_msg("'%s' does not hold '%s'", e.text, part);
}

static void test_wrong_values(void **state)
{
    (void)state;
    refuse("--until-stable", "1", "between 0 and 1");
    refuse("--until-stable", "0", "between 0 and 1");
    refuse("--until-stable", "-0.5", "between 0 and 1");
    refuse("--until-stable", "x", "--until-stable 'x' (expected a number between 0 and 1");
    refuse("--until-stable=x", NULL, "--until-stable 'x' (expected a number between 0 and 1");
    refuse("--until-stable=", NULL, "between 0 and 1");
    refuse("-n", "0", "--images '0'");
    refuse("-n", "1e3", "--images '1e3'");
    refuse("-n", "9223372036854775808", "at least 1");
    refuse("--seed", "-1", "--seed '-1' (expected a whole number, at least 0)");
    refuse("--batch", "5000", "from 1 to 4096");
    refuse("--threads", "", "--threads ''");
    refuse("--memory", "2X", "--memory '2X' (expected bytes");
    refuse("--memory", "0", "--memory '0'");
    refuse("--memory", "0.5", "--memory '0.5'");
    refuse("--memory", "-1G", "--memory '-1G'");
    refuse("--memory", "1Bi", "--memory '1Bi'");
    refuse("--memory", "1iB", "--memory '1iB'");
    refuse("--memory", "G", "--memory 'G'");
    refuse("--memory", "9000000T", "--memory '9000000T'");
    refuse("--tuning", "-", "--tuning '-' (expected the path of a file");
    refuse("--score", "best", "--score 'best' (expected one of: truth, top)");
    refuse("--scale", "2", "expected one of: 1, 255");
    refuse("--mean", "1,2", "three numbers");
    refuse("--mean", "1,2,3,4", "three numbers");
    refuse("--mean", "1,2,", "three numbers");
    refuse("--mean", "nan,0,0", "three numbers");
    refuse("--std", "1,1,0", "above 0");
    refuse("--std", "-1", "above 0");
    refuse("-o", "", "--output is empty");
    refuse("--engine", NULL, "--engine needs an argument: CMD");
    refuse("-c", NULL, "--classes needs an argument");
    refuse("--bgr=1", NULL, "no argument is taken by --bgr=1");
    refuse("--tresholds", NULL, "unknown option --tresholds");
    refuse("--thread=2x", NULL, "--threads '2x'"); /* an unambiguous beginning counts */
    refuse("--sco", "x\n\x1b", "--score 'x\\n\\x1b'");
    refuse("--chartt", NULL, "(nearest: --chart)");
    refuse("-x", NULL, "unknown option -x");
    refuse("-d", "", "--data is empty");
}

static void test_number_of_arguments(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve"), -1);
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b", "c"), -1);
    assert_int_equal(PARSE(&o, &e, "curve", "a", ""), -1);
    char *none[] = {"layers", NULL};
    assert_int_equal(options_parse(&options_layers, 1, none, &o, &e), -1);
    assert_non_null(strstr(e.text, "isplit layers --help"));
}

static void check_help(const struct option_command *command)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    options_print_help(f, command);
    fclose(f);
    for (int i = 0; i < command->entries_n; i++) {
        char name[64];
        snprintf(name, sizeof name, " --%s", command->entries[i].name);
        if (!strstr(text, name))
            fail_msg("the help of %s does not name%s", command->name, name);
        /* Letters and names are there once. */
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(command->entries[i].name, command->entries[k].name);
            assert_true(!command->entries[i].letter ||
                        command->entries[i].letter != command->entries[k].letter);
        }
    }
    for (char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    free(text);
}

static void test_the_screen(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    char *nothing[] = {"isplit", NULL};
    assert_int_equal(options_parse(&options_screen, 1, nothing, &o, &e), 0);
    assert_true(o.arguments_n == 0 && o.screen.theme == 0 && !o.screen.ascii && !o.screen.no_color &&
                !o.screen.mouse && !o.screen.no_state);
    assert_true(!o.screen.dump && !o.screen.script);
    options_free(&o);
    char *words[] = {"isplit",  "a",          "b",       "-d",         "x",      "--theme", "light",
                     "--ascii", "--no-color", "--mouse", "--no-state", "--dump", "80x24",   "--script",
                     "3 Down",  "--seed",     "4",       "--tap=pre",  NULL};
    int n = sizeof words / sizeof words[0] - 1;
    assert_int_equal(options_parse(&options_screen, n, words, &o, &e), 0);
    assert_true(o.arguments_n == 2 && o.screen.theme == 2 && o.screen.ascii && o.screen.no_color &&
                o.screen.mouse && o.screen.no_state);
    assert_true(o.input.seed == 4 && o.measure.tap == TAP_PRE);
    assert_string_equal(o.screen.dump, "80x24");
    assert_string_equal(o.screen.script, "3 Down");
    options_free(&o);
    /* It has no name that could be typed. */
    char *three[] = {"isplit", "a", "b", "c", NULL};
    assert_int_equal(options_parse(&options_screen, 4, three, &o, &e), -1);
    assert_string_equal(e.text,
                        "too many arguments for isplit: \"c\" (expected -d before DATA; see isplit --help)");
    char *given[] = {"isplit", "a", "b", "c", "-d", "x", NULL};
    assert_int_equal(options_parse(&options_screen, 6, given, &o, &e), -1);
    assert_string_equal(e.text, "too many arguments for isplit (see isplit --help)");
    char *unknown[] = {"isplit", "-Q", NULL};
    assert_int_equal(options_parse(&options_screen, 2, unknown, &o, &e), -1);
    assert_string_equal(e.text, "unknown option -Q (see isplit --help)");
}

static void test_help_is_whole(void **state)
{
    (void)state;
    check_help(&options_screen);
    for (int i = 0; i < commands_n; i++)
        check_help(commands_options(i));
}

/* What the options say as a command line again, for a shell. */
static void test_words(void **state)
{
    struct options o;
    struct error e;
    (void)state;
    assert_int_equal(PARSE(&o, &e, "curve", "a b", "w'x", "-c", "x y", "--mean", "0.5", "--std", "1",
                           "--shard", "2/8", "--until-stable=0.75", "--bgr", "--layers", "all", "--memory",
                           "2K", "--seed", "0"),
                     0);
    char *words = options_words(&options_curve, &o, (const char *const[]){"shard", NULL});
    assert_string_equal(words, "curve 'a b' 'w'\\''x' --classes 'x y' --until-stable=0.75 --layers all"
                               " --mean 0.5,0.5,0.5 --bgr --memory 2048");
    free(words);
}

static void test_shards(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b", "--shard", "2/8"), 0);
    assert_true(o.input.shard[0] == 2 && o.input.shard[1] == 8);
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b"), 0);
    assert_int_equal(o.input.shard[1], 0);
    static char *const wrong[] = {"0/8", "9/8", "8", "/", "1/", "/8", "1/0", "-1/2", "1/2/3", "a/b"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refuse("--shard", wrong[i], "(expected I/N with I from 1 to N, as in 2/8)");
}

/* With --from there is neither a network nor anything that says how to measure. */
static void test_from(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    assert_int_equal(PARSE(&o, &e, "curve", "--from", "rows.db", "-c", "cat", "-n", "3", "--seed", "1",
                           "--study", "4", "--until-stable", "--chart", "--shard", "1/2"),
                     0);
    assert_string_equal(o.from, "rows.db");
    assert_true(o.study == 4 && o.arguments_n == 0);
    assert_int_equal(PARSE(&o, &e, "curve", "--from", "rows.db", "a.data"), -1);
    assert_string_equal(e.text, "\"a.data\" does not go with --from, whose file names network and data "
                                "(see isplit curve --help)");
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b", "--study", "4"), -1);
    assert_non_null(strstr(e.text, "needs --from"));
    assert_int_equal(PARSE(&o, &e, "curve", "a", "b", "--store", "s", "--no-store"), -1);
    assert_string_equal(e.text, "--store and --no-store exclude each other");
    int measuring = 0;
    for (int i = 0; i < options_curve.entries_n; i++) {
        const struct option_entry *entry = &options_curve.entries[i];
        if (!entry->measures)
            continue;
        char words[2][40] = {"", "1"}, expected[80];
        snprintf(words[0], sizeof words[0], "--%s", entry->name);
        if (entry->words)
            snprintf(words[1], sizeof words[1], "%s", entry->words[0]);
        snprintf(expected, sizeof expected, "%s does not go with --from", words[0]);
        bool flag = entry->kind == OPTION_FLAG;
        assert_int_equal(PARSE(&o, &e, "curve", "--from", "x", words[0], flag ? NULL : words[1]), -1);
        assert_non_null(strstr(e.text, expected));
        measuring++;
    }
    assert_int_equal(measuring, 29);
}

/* Names and words of old are read as those that stand now, and messages name what stands now. */
static void test_spellings_of_old(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    char *spellings[][10] = {
        {"plan", "--tuning", "t", "--optimize", "latency", "--dtype", "int8", "--layers", "backbone",
         "--coder=zstd"},
        {"plan", "--plan-file", "t", "--wish", "latency", "--type", "int8", "--layers", "features", "--zstd"},
    };
    for (int i = 0; i < 2; i++) {
        char *words[12] = {NULL};
        memcpy(words, spellings[i], sizeof spellings[i]);
        words[10] = "a.data";
        assert_int_equal(options_parse(&options_plan, 11, words, &o, &e), 0);
        assert_string_equal(o.measure.tuning_file, "t");
        assert_true(o.cost_model.objective == METRIC_LATENCY && o.cost_model.type == DTYPE_INT8);
        assert_int_equal(o.cost_model.coder, CODER_ZSTD);
        assert_true(o.measure.layers == TABLE_BACKBONE && o.arguments_n == 1);
        options_free(&o);
    }
    char *of_features[] = {"features", "a", "b", "--layers", "features", NULL};
    assert_int_equal(options_parse(&options_features, 5, of_features, &o, &e), 0);
    assert_int_equal(o.measure.layers, TABLE_BACKBONE);
    options_free(&o);
    refuse("--plan-file", "-", "--tuning '-' (expected the path of a file");
    refuse("--layers", "feature", "--layers 'feature' (expected one of: backbone, clean, all)");
    refuse("--plan-file", NULL, "--tuning needs an argument: FILE");
    refuse("--plan-f", "", "--tuning is empty"); /* an unambiguous beginning counts */
    refuse("--plan-fill", "x", "unknown option --plan-fill");
}

static void test_many_arguments(void **state)
{
    (void)state;
    struct options o;
    struct error e;
    char *words[2002] = {"store", "merge"};
    for (int i = 2; i < 2001; i++)
        words[i] = "x.db";
    assert_int_equal(options_parse(&options_store, 2001, words, &o, &e), 0);
    assert_int_equal(o.arguments_n, 2000);
    assert_string_equal(o.arguments[1999], "x.db");
    assert_null(o.arguments[2000]);
    options_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_defaults, forget),
        cmocka_unit_test_teardown(test_everything, forget),
        cmocka_unit_test_teardown(test_bytes, forget),
        cmocka_unit_test_teardown(test_dashes, forget),
        cmocka_unit_test_teardown(test_fraction_with_and_without_argument, forget),
        cmocka_unit_test_teardown(test_the_order_of_words_stays, forget),
        cmocka_unit_test_teardown(test_help_wins, forget),
        cmocka_unit_test_teardown(test_wrong_values, forget),
        cmocka_unit_test_teardown(test_help_is_whole, forget),
        cmocka_unit_test_teardown(test_number_of_arguments, forget),
        cmocka_unit_test_teardown(test_the_screen, forget),
        cmocka_unit_test_teardown(test_words, forget),
        cmocka_unit_test_teardown(test_shards, forget),
        cmocka_unit_test_teardown(test_from, forget),
        cmocka_unit_test_teardown(test_spellings_of_old, forget),
        cmocka_unit_test_teardown(test_many_arguments, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
