/* CSV cells, and the reports written with them. libcsv reads back what was written. */
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <csv.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/chart.h"
#include "commands/console.h"
#include "csv/provenance.h"
#include "report/report.h"
#include "csv/sheet.h"
#include "report/columns_csv.h"
#include "report/curve_file.h"
#include "report/device_file.h"
#include "report/features_file.h"

struct text {
    FILE *stream;
    char *bytes;
    size_t size;
};

static void text_open(struct text *t)
{
    *t = (struct text){0};
    t->stream = open_memstream(&t->bytes, &t->size);
    assert_non_null(t->stream);
}

static void expect(struct text *t, const char *wanted)
{
    fclose(t->stream);
    assert_string_equal(t->bytes, wanted);
    free(t->bytes);
}

static void test_quotes_only_where_needed(void **state)
{
    (void)state;
    static const char *const cells[][2] = {
        {"plain", "plain"},     {"", ""},
        {"a b", "a b"},         {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""}, {"a\nb", "\"a\nb\""},
        {"a\rb", "\"a\rb\""},   {" a", "\" a\""},
        {"a\t", "\"a\t\""},     {"\xc3\xa9\xff", "\xc3\xa9\xff"},
        {"\"", "\"\"\"\""},     {"a;b|c'd", "a;b|c'd"},
    };
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct text t;
        text_open(&t);
        struct sheet *s = sheet_new(t.stream);
        sheet_text(s, cells[i][0]);
        sheet_free(s);
        expect(&t, cells[i][1]);
    }
}

/* Names that are escape sequences: a terminal gets what it can show. */
static void test_terminal(void **state)
{
    (void)state;
    char got[64] = "";
    int ours = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0);
    FILE *terminal = fdopen(open(ptsname(ours), O_WRONLY | O_NOCTTY), "w");
    assert_non_null(terminal);
    struct sheet *s = sheet_new(terminal);
    sheet_text(s, "a\033[31m");
    sheet_text(s, "b\u202e,");
    sheet_end_row(s);
    sheet_free(s);
    assert_int_equal(fclose(terminal), 0);
    assert_true(read(ours, got, sizeof got - 1) > 0);
    assert_string_equal(got, "a\\x1b[31m,\"b\\u202e,\"\r\n");
    close(ours);
}

static void test_rows(void **state)
{
    (void)state;
    struct text t;
    text_open(&t);
    struct sheet *s = sheet_new(t.stream);
    sheet_names(s, "a,b,c,d");
    sheet_end_row(s);
    sheet_integer(s, INT64_MIN);
    sheet_real(s, NAN);
    sheet_real(s, 0.1);
    sheet_empty(s);
    sheet_end_row(s);
    sheet_real(s, (double)FLT_TRUE_MIN);
    sheet_real(s, -0.0048340000098);
    sheet_real(s, 1e20);
    sheet_real(s, 1.0 / 3);
    sheet_end_row(s);
    sheet_free(s);
    expect(&t, "a,b,c,d\n-9223372036854775808,,0.1,\n1.40129846e-45,-0.00483400001,1e+20,0.333333333\n");
}

/* A row that begins with an empty cell still counts it. */
static void test_empty_first_cell(void **state)
{
    (void)state;
    struct text t;
    text_open(&t);
    struct sheet *s = sheet_new(t.stream);
    sheet_empty(s);
    sheet_text(s, "x");
    sheet_end_row(s);
    sheet_text(s, "");
    sheet_empty(s);
    sheet_end_row(s);
    sheet_free(s);
    expect(&t, ",x\n,\n");
}

struct back {
    int fields;
    char last[64];
};

static void take_field(void *bytes, size_t n, void *data)
{
    struct back *b = data;
    b->fields++;
    snprintf(b->last, sizeof b->last, "%.*s", (int)n, (const char *)bytes);
}

static void test_libcsv_reads_it_back(void **state)
{
    (void)state;
    struct text t;
    text_open(&t);
    struct sheet *s = sheet_new(t.stream);
    sheet_text(s, "one");
    sheet_text(s, " a,\"b\"\r\n'c' ");
    sheet_end_row(s);
    sheet_free(s);
    fclose(t.stream);
    struct csv_parser parser;
    struct back back = {0};
    assert_int_equal(csv_init(&parser, CSV_STRICT), 0);
    assert_int_equal(csv_parse(&parser, t.bytes, t.size, take_field, NULL, &back), t.size);
    csv_fini(&parser, take_field, NULL, &back);
    csv_free(&parser);
    free(t.bytes);
    assert_int_equal(back.fields, 2);
    assert_string_equal(back.last, " a,\"b\"\r\n'c' ");
}

/* Two listed layers of three, two classes, four images of which three are measured. */
struct fixture {
    struct table_row rows[3];
    struct table table;
    struct dataset_image images[4];
    struct dataset_class classes[2];
    struct dataset dataset;
    int listed[2];
    bool cde[2];
    bool chosen[2];
    double correction[2];
    long order[4];
    struct report report;
};

static void add(struct curve *c, long image, int class_index, int predicted, float a, float b)
{
    struct error e;
    const struct curve_row row = {
        .image = image, .class_index = class_index, .predicted = predicted, .score = 0.1f};
    assert_int_equal(curve_add(c, &row, (float[]){a, b}, &e), 0);
}

static void fill(struct fixture *f)
{
    static char *const paths[4] = {"a/0.png", "b/1,1.png", "a/2.png", "b/3.png"};
    static char *const names[2] = {"cat", "\"dog\""};
    *f = (struct fixture){
        .listed = {0, 2}, .cde = {false, true}, .chosen = {true, true}, .correction = {10, 1}};
    for (int i = 0; i < 3; i++) {
        f->rows[i] = (struct table_row){.layer = i,
                                        .type = "convolutional",
                                        .out = {1, 2, 3},
                                        .out_bytes = 24,
                                        .params = 4,
                                        .macs = 5,
                                        .kernel = 3,
                                        .stride = 2,
                                        .cut_tensors = 1,
                                        .cut_bytes = 24,
                                        .head_params = 6,
                                        .head_macs = 7,
                                        .head_peak_bytes = 8,
                                        .tail_params = 9,
                                        .tail_macs = 10,
                                        .tail_peak_bytes = 11};
        snprintf(f->rows[i].name, sizeof f->rows[i].name, "conv%d", i);
    }
    f->table = (struct table){.classes = 2, .rows_n = 3, .rows = f->rows};
    for (int i = 0; i < 4; i++) {
        f->images[i] = (struct dataset_image){.path = paths[i], .class_index = i % 2};
        f->order[i] = 3 - i;
    }
    for (int i = 0; i < 2; i++)
        f->classes[i] = (struct dataset_class){.index = i, .name = names[i], .images = 2};
    f->dataset = (struct dataset){.images = f->images, .images_n = 4, .classes = f->classes, .classes_n = 2};
    struct curve *c = curve_new(2, 2, NULL);
    add(c, 0, 0, 0, 1, 0);
    add(c, 1, 1, 0, 4, 0);
    add(c, 3, 1, 1, 5, 0);
    f->report = (struct report){.table = &f->table,
                                .listed = f->listed,
                                .listed_n = 2,
                                .cde = f->cde,
                                .dataset = &f->dataset,
                                .curve = c,
                                .correction = f->correction,
                                .chosen = f->chosen,
                                .order = f->order,
                                .order_n = 4};
}

static void test_layers_report(void **state)
{
    (void)state;
    struct fixture f;
    struct text t;
    fill(&f);
    text_open(&t);
    report_layers(t.stream, &f.report);
    expect(
        &t,
        "layer,name,type,out_c,out_h,out_w,out_bytes,cut_tensors,cut_bytes,params,macs,head_params,head_macs,"
        "head_peak_bytes,tail_params,tail_macs,tail_peak_bytes,cde,kernel,stride,filters,head_memory,network_"
        "runs_in\n"
        "0,conv0,convolutional,1,2,3,24,1,24,4,5,6,7,8,9,10,11,0,3,2,,32,stock\n"
        "2,conv2,convolutional,1,2,3,24,1,24,4,5,6,7,8,9,10,11,1,3,2,,32,stock\n");
    curve_free(f.report.curve);
}

static void test_curve_report(void **state)
{
    (void)state;
    struct fixture f;
    struct text t;
    fill(&f);
    text_open(&t);
    report_curve(t.stream, &f.report);
    expect(
        &t,
        "layer,name,type,out_c,out_h,out_w,out_bytes,cut_tensors,cut_bytes,params,macs,head_params,head_macs,"
        "head_peak_bytes,tail_params,tail_macs,tail_peak_bytes,images,cui,log10_cui,ci95_low,ci95_high,"
        "zero_share,log10_cui_size_corrected,local_max,rank,pick_share,candidate_share,cde\n"
        "0,conv0,convolutional,1,2,3,24,1,24,4,5,6,7,8,9,10,11,3,3.33333333,0.522878745,,,0,1.52287875,0,1,"
        ",,0\n"
        "2,conv2,convolutional,1,2,3,24,1,24,4,5,6,7,8,9,10,11,3,0,,,,1,,0,2,,,1\n");
    /* With two images of every class there are shares: of two layers none is ever a local maximum. */
    add(f.report.curve, 2, 0, 0, 1, 0);
    text_open(&t);
    report_curve(t.stream, &f.report);
    fclose(t.stream);
    assert_non_null(strstr(t.bytes, ",0,1,0,0,0\n2,conv2,"));
    free(t.bytes);
    curve_free(f.report.curve);
}

static void test_subset_column(void **state)
{
    (void)state;
    struct fixture f;
    struct text t;
    fill(&f);
    bool first[2] = {true, false};
    struct subset subsets[2] = {{"all, of them", f.chosen}, {"cats", first}};
    f.report.subsets = subsets;
    f.report.subsets_n = 2;
    text_open(&t);
    report_curve(t.stream, &f.report);
    fclose(t.stream);
    assert_int_equal(strncmp(t.bytes, "subset,layer,name,", 18), 0);
    assert_non_null(strstr(t.bytes, "\n\"all, of them\",0,conv0,"));
    assert_non_null(strstr(t.bytes, "\ncats,2,conv2,"));
    free(t.bytes);
    curve_free(f.report.curve);
}

static void test_images_report(void **state)
{
    (void)state;
    struct fixture f;
    struct text t;
    fill(&f);
    text_open(&t);
    report_images(t.stream, &f.report);
    expect(&t, "image,class_index,class,top_index,score,L0,L2,number,top_class,correct\n"
               "b/3.png,1,\"\"\"dog\"\"\",1,0.100000001,5,0,3,\"\"\"dog\"\"\",1\n"
               "\"b/1,1.png\",1,\"\"\"dog\"\"\",0,0.100000001,4,0,1,cat,0\n"
               "a/0.png,0,cat,0,0.100000001,1,0,0,cat,1\n");
    curve_free(f.report.curve);
}

static void test_classes_report(void **state)
{
    (void)state;
    struct fixture f;
    struct text t;
    fill(&f);
    text_open(&t);
    report_classes(t.stream, &f.report);
    expect(&t, "class_index,class,images,accuracy,L0,L2\n"
               "0,cat,1,1,1,0\n"
               "1,\"\"\"dog\"\"\",2,0.5,4.5,0\n");
    f.chosen[0] = false;
    text_open(&t);
    report_classes(t.stream, &f.report);
    expect(&t, "class_index,class,images,accuracy,L0,L2\n"
               "1,\"\"\"dog\"\"\",2,0.5,4.5,0\n");
    curve_free(f.report.curve);
}

/* Of a file without quotes: the sum of the hashes of its lines, with a NUL behind each cell. */
static uint64_t hash_rows(const char *path)
{
    struct error e;
    size_t n;
    uint64_t sum = 0;
    char *bytes = file_read(path, 10000, &n, &e);
    assert_non_null(bytes);
    assert_null(strchr(bytes, '"'));
    for (char *row = bytes, *end; (end = strchr(row, '\n')); row = end + 1) {
        for (char *c = row; c <= end; c++)
            *c = *c == ',' || *c == '\n' ? '\0' : *c;
        sum += XXH3_64bits(row, (size_t)(end + 1 - row));
    }
    free(bytes);
    return sum;
}

static void test_provenance_beside_the_file(void **state)
{
    (void)state;
    struct fixture f;
    struct error e = {""};
    struct provenance *p = provenance_new();
    char folder[] = "/tmp/isplit-csv-XXXXXX";
    char path[64], meta[80];
    fill(&f);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/c.csv", folder);
    snprintf(meta, sizeof meta, "%s.meta.csv", path);
    provenance_add(p, "cfg", "%s", "a,b.cfg");
    provenance_add_arguments(p, 4, (char *[]){"isplit", "curve", "it's", ""});
    if (provenance_write(p, path, report_layers, &f.report, &e) < 0)
        fail_msg("%s", e.text);
    size_t n;
    char *bytes = file_read(meta, 10000, &n, &e);
    assert_non_null(bytes);
    char *wanted = memory_format("key,value\ncfg,\"a,b.cfg\"\narguments,isplit curve 'it'\\''s' ''\n"
                                 "rows_xxh3,%016" PRIx64 "\n",
                                 hash_rows(path));
    assert_string_equal(bytes, wanted);
    free(wanted);
    free(bytes);
    assert_int_equal(provenance_check(path, &e), 0);
    FILE *edited = fopen(path, "a");
    assert_true(edited && fputs("edited\n", edited) >= 0 && fclose(edited) == 0);
    assert_int_equal(provenance_check(path, &e), -1);
    assert_null(provenance_of(path));
    unlink(path);
    unlink(meta);
    assert_int_equal(provenance_write(p, "/no/such/folder/c.csv", report_layers, &f.report, &e), -1);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
    provenance_free(p);
    curve_free(f.report.curve);
}

static void test_what_is_no_provenance(void **state)
{
    (void)state;
    enum { MANY = 100001 };
    static const char *const wrong[][2] = {
        {"", ":1: is no provenance (expected the header key,value)"},
        {"a,b\nkey,value\n", ":1: is no provenance (expected the header key,value)"},
        {"key,value\na\n", ":2: has 1 columns (expected key,value)"},
        {NULL, ":100002: has more than 100000 keys"},
    };
    char path[] = "/tmp/isplit-csv-XXXXXX";
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error e = {""};
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(wrong[i][0] ? wrong[i][0] : "key,value\n", f);
        for (int k = 0; !wrong[i][0] && k < MANY; k++)
            fputs("a,b\n", f);
        fclose(f);
        assert_null(provenance_read(path, &e));
        if (strncmp(e.text, path, sizeof path - 1) != 0 || strcmp(e.text + sizeof path - 1, wrong[i][1]) != 0)
            fail_msg("'%s' (expected '%s')", e.text, wrong[i][1]);
    }
    unlink(path);
}

/* A report whose bytes find no room. */
static void report_to_full_disk(FILE *out, const struct report *r)
{
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0 && dup2(full, fileno(out)) >= 0);
    close(full);
    report_layers(out, r);
}

static void expect_file(const char *path, const char *wanted)
{
    struct error e;
    size_t n;
    char *bytes = file_read(path, 10000, &n, &e);
    assert_non_null(bytes);
    assert_string_equal(bytes, wanted);
    free(bytes);
}

static void test_a_failing_report_leaves_the_old_pair(void **state)
{
    (void)state;
    struct fixture f;
    struct error e = {""};
    struct provenance *p = provenance_new();
    char folder[] = "/tmp/isplit-csv-XXXXXX";
    char path[64], meta[80];
    fill(&f);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/c.csv", folder);
    snprintf(meta, sizeof meta, "%s.meta.csv", path);
    const char *const names[] = {path, meta};
    for (int i = 0; i < 2; i++) {
        FILE *old = fopen(names[i], "w");
        assert_true(old && fputs("old", old) >= 0 && fclose(old) == 0);
    }
    provenance_add(p, "cfg", "%s", "a.cfg");
    assert_int_equal(provenance_write(p, path, report_to_full_disk, &f.report, &e), -1);
    assert_non_null(strstr(e.text, "c.csv: cannot write"));
    expect_file(path, "old");
    expect_file(meta, "old");
    unlink(path);
    unlink(meta);
    assert_int_equal(rmdir(folder), 0); /* no temporary file was left */
    provenance_free(p);
    curve_free(f.report.curve);
}

/* What console_progress draws, seen through a pipe in the place of standard error. */
static void test_progress_beyond_the_total(void **state)
{
    (void)state;
    struct console *bars[] = {console_new(true), console_new(true), console_new(true)}; /* no two too soon */
    char text[1024];
    int ends[2], kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && pipe(ends) == 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    console_progress(bars[0], "measuring", 4000, 40, 0);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, "#####] 100%  40/40 images  "));
    assert_non_null(strstr(text, "ETA 0:00\033"));
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    console_progress(bars[1], "mess\x1b[31mung", 3, 40, 12);
    console_progress(bars[2], "reading the network", 0, 0, 12);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    n = read(ends[0], text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, "\rmess\\x1b[31mung"));
    assert_non_null(strstr(text, "   7%  3/40 images  no answer from the worker for 12 s\033"));
    assert_null(strstr(text, "ETA"));
    assert_non_null(strstr(text, "\rreading the network, no answer from the worker for 12 s\033"));
    for (int i = 0; i < 3; i++)
        console_free(bars[i]);
    close(ends[0]);
    close(ends[1]);
    close(kept);
}

static void test_chart(void **state)
{
    (void)state;
    struct fixture f;
    struct text t;
    fill(&f);
    text_open(&t);
    chart_print(t.stream, &f.report, "title");
    fclose(t.stream);
    assert_int_equal(strncmp(t.bytes, "title\n\nlayer ", 13), 0);
    assert_non_null(strstr(t.bytes, "conv0  1x2x3        24 B       1       0.52  ===="));
    assert_non_null(strstr(t.bytes, "conv2  1x2x3        24 B c     2       zero\n"));
    assert_non_null(strstr(t.bytes, "best: none"));
    free(t.bytes);
    curve_free(f.report.curve);

    char bytes[16];
    text_bytes(bytes, 1023);
    assert_string_equal(bytes, "1023 B");
    text_bytes(bytes, 65536);
    assert_string_equal(bytes, "64.0 KiB");
    text_bytes(bytes, 1048575);
    assert_string_equal(bytes, "1.0 MiB");
}

static bool holds_name(const struct csv_table *t, const char *name)
{
    for (int i = 0; i < t->n; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return true;
    return false;
}

/* The manual is made from them: every column is told in one line, once, and has a cell. */
static void test_every_column_is_reported(void **state)
{
    (void)state;
    int tables = 0;
    for (; csv_tables[tables]; tables++) {
        const struct csv_table *t = csv_tables[tables];
        assert_ptr_equal(csv_table_find(t->name), t); /* no two have one name */
        assert_true(t->n > 0);
        for (int i = 0; i < t->n; i++) {
            const struct csv_column *column = &t->columns[i];
            if (strlen(column->meaning) < 10 || strlen(column->meaning) > 110 ||
                strchr(column->meaning, '\n'))
                fail_msg("%s.%s: '%s'", t->name, column->name, column->meaning);
            assert_int_equal(column->cell == NULL, t == &csv_table_meta);
            assert_true(strpbrk(column->name, "<>") == NULL || column->names);
            for (int k = 0; k < i; k++)
                assert_string_not_equal(t->columns[k].name, column->name);
        }
    }
    assert_int_equal(tables, 24);
    assert_null(csv_table_find("nothing"));
}

/* What the program reads back is a column of what it writes. */
static void test_readers_know_the_columns(void **state)
{
    (void)state;
    static const struct {
        const char *table;
        const char *const *names;
    } readers[] = {
        {"curve", curve_file_columns}, {"profile", device_file_columns}, {"features", features_file_columns}};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        for (int k = 0; readers[i].names[k]; k++)
            if (!holds_name(csv_table_find(readers[i].table), readers[i].names[k]))
                fail_msg("%s has no column %s", readers[i].table, readers[i].names[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes_only_where_needed),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_empty_first_cell),
        cmocka_unit_test(test_libcsv_reads_it_back),
        cmocka_unit_test(test_every_column_is_reported),
        cmocka_unit_test(test_readers_know_the_columns),
        cmocka_unit_test(test_layers_report),
        cmocka_unit_test(test_curve_report),
        cmocka_unit_test(test_subset_column),
        cmocka_unit_test(test_images_report),
        cmocka_unit_test(test_classes_report),
        cmocka_unit_test(test_provenance_beside_the_file),
        cmocka_unit_test(test_what_is_no_provenance),
        cmocka_unit_test(test_a_failing_report_leaves_the_old_pair),
        cmocka_unit_test(test_progress_beyond_the_total),
        cmocka_unit_test(test_chart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
