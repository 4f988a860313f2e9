/* Tables in other styles than CSV: JSON as jansson reads it back, and columns for people. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "csv/csv_table.h"
#include "report/columns_csv.h"

struct thing {
    const char *name;
    int64_t bytes;
    double share;
    int absent; /* nothing is ever known */
};

static void name_cell(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct thing *)row)->name);
}

static void bytes_cell(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct thing *)row)->bytes);
}

static void share_cell(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct thing *)row)->share);
}

static void absent_cell(struct sheet *s, const void *row)
{
    sheet_known_integer(s, 0, ((const struct thing *)row)->absent);
}

static const struct csv_column columns[] = {
    {"name", "of it", name_cell, NULL},
    {"absent", "never", absent_cell, NULL},
    {"head_peak_bytes", "of it", bytes_cell, NULL},
    {"share", "of it", share_cell, NULL},
};
static const struct csv_table table = CSV_TABLE_FIRST("things", columns, "share,name");
static const struct thing things[] = {{"one", 1234567, 1.0 / 3, 0},
                                      {"two, \"three\"\xff", 12, NAN, 0},
                                      {"", -65536, 40, 0},
                                      {"four", 0, INFINITY, 0}};

static char *written(const struct sheet_style *style)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    struct sheet *s = csv_table_begin(out, &table, NULL, style);
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        csv_table_row(s, &table, &things[i]);
    sheet_free(s);
    fclose(out);
    return text;
}

static void expect(const struct sheet_style *style, const char *wanted)
{
    char *text = written(style);
    assert_string_equal(text, wanted);
    free(text);
}

/* Numbers are those of the CSV, as they stand there; what is empty there is null. */
static void test_json(void **state)
{
    (void)state;
    const struct sheet_style json = {.format = SHEET_JSON};
    char *text = written(&json);
    assert_non_null(strstr(text, "\"share\": 0.333333333}"));
    assert_non_null(strstr(text, "\"share\": 40}"));
    json_t *rows = json_loads(text, 0, NULL);
    assert_int_equal(json_array_size(rows), 4);
    const json_t *first = json_array_get(rows, 0), *second = json_array_get(rows, 1);
    assert_int_equal(json_integer_value(json_object_get(first, "head_peak_bytes")), 1234567);
    assert_true(json_is_null(json_object_get(first, "absent")));
    assert_true(json_is_null(json_object_get(second, "share")));
    assert_string_equal(json_string_value(json_object_get(second, "name")), "two, \"three\"\\xff");
    assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "name")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 3), "share")), "inf");
    json_decref(rows);
    free(text);
}

static void test_columns_that_are_asked_for(void **state)
{
    (void)state;
    const struct sheet_style csv = {.format = SHEET_CSV, .columns = "share,head_peak_bytes"};
    expect(&csv, "share,head_peak_bytes\n0.333333333,1234567\n,12\n40,-65536\ninf,0\n");
    const struct sheet_style narrow = {.format = SHEET_TABLE, .columns = "absent,name", .width = 3};
    expect(&narrow, "absent  name\n        one\n        two, \"three\"\\xff\n\n        four\n");
}

/* Numbers stand to the right, long names are broken, and what is known nowhere is left out. */
static void test_table(void **state)
{
    (void)state;
    const struct sheet_style wide = {.format = SHEET_TABLE};
    expect(&wide, "                              head_\n"
                  "                              peak_\n"
                  " share  name                  bytes\n"
                  "0.3333  one               1,234,567\n"
                  "        two, \"three\"\\xff         12\n"
                  "    40                      -65,536\n"
                  "   inf  four                      0\n");
    const struct sheet_style narrow = {.format = SHEET_TABLE, .width = 30};
    expect(&narrow, " share  name\n0.3333  one\n        two, \"three\"\\xff\n    40\n   inf  four\n"
                    "and 1 column more (--columns, --format csv)\n");
}

static void test_unknown_columns(void **state)
{
    (void)state;
    const struct csv_table *const tables[] = {&table, &csv_table_link, NULL};
    struct error e;
    assert_int_equal(csv_table_check(tables, NULL, &e), 0);
    assert_int_equal(csv_table_check(tables, "name,rtt_ms,share", &e), 0);
    assert_int_equal(csv_table_check(tables, "name,shares", &e), -1);
    assert_string_equal(e.text, "--columns 'shares': there is no such column (nearest: share)");
    assert_int_equal(csv_table_check(tables, "name,", &e), -1);
}

/* What tables begin with is named by hand. */
static void test_first_columns_exist(void **state)
{
    (void)state;
    struct error e;
    for (int i = 0; csv_tables[i]; i++) {
        const struct csv_table *const one[] = {csv_tables[i], NULL};
        assert_int_equal(csv_table_check(one, csv_tables[i]->first, &e), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_columns_that_are_asked_for),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_unknown_columns),
        cmocka_unit_test(test_first_columns_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
