/* Weights files: sizes known from Debian's networks, headers, and every number accounted for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"
#include "net/weights.h"

/* conv1: 2 biases, scales, means, variances, 2*1*9 weights = 26; pool; deconv1: 3 biases, 2*3*4 weights
 * = 27; batchnorm1: scales, mean, variance of 3 = 9; fc1: 4 biases, 3*64*4 weights, then 4 scales, means,
 * variances. */
static const char cfg[] = "[net]\nchannels=1\nheight=8\nwidth=8\n"
                          "[conv]\nbatch_normalize=1\nfilters=2\nsize=3\npad=1\nactivation=relu\n"
                          "[maxpool]\nsize=2\nstride=2\n"
                          "[deconv]\nfilters=3\nsize=2\nstride=2\nactivation=relu\n"
                          "[batchnorm]\n"
                          "[connected]\nbatch_normalize=1\noutput=4\nactivation=linear\n";

enum { FLOATS = 26 + 27 + 9 + 4 + 768 + 12 };

static struct net *make_net(void)
{
    struct error e = {""};
    struct net *net = net_parse(cfg, strlen(cfg), "t.cfg", &e);
    if (!net)
        fail_msg("%s", e.text);
    return net;
}

/* A file as Darknet writes it, with floats of which number `bad` (-1: none) is replaced. */
struct file {
    int32_t major, minor;
    int seen_bytes; /* 4 or 8 */
    long floats, extra_bytes;
    long bad;
    float bad_value;
};

static size_t make_bytes(const struct file *f, unsigned char **bytes)
{
    size_t size = 12 + (size_t)f->seen_bytes + 4 * (size_t)f->floats + (size_t)f->extra_bytes;
    *bytes = memory_new(size, 1);
    int32_t version[3] = {f->major, f->minor, 7};
    uint64_t seen = 0x123456789aULL;
    memcpy(*bytes, version, 12);
    memcpy(*bytes + 12, &seen, (size_t)f->seen_bytes);
    for (long i = 0; i < f->floats; i++) {
        float v = i == f->bad ? f->bad_value : (float)i / 16;
        memcpy(*bytes + 12 + f->seen_bytes + 4 * i, &v, 4);
    }
    return size;
}

static int check(const struct file *f, struct weights_info *info, struct error *e)
{
    unsigned char *bytes;
    size_t size = make_bytes(f, &bytes);
    char path[] = "/tmp/isplit_weights_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    struct net *net = make_net();
    int status = weights_check(path, net, info, e);
    if (status == 0) {
        uint64_t whole;
        assert_int_equal(weights_hash_file(path, &whole, e), 0);
        assert_true(whole == XXH3_64bits(bytes, size));
        assert_true(info->xxh3 == whole);
    }
    net_free(net);
    unlink(path);
    free(bytes);
    return status;
}

static void refused(const struct file *f, const char *part)
{
    struct weights_info info;
    struct error e = {""};
    assert_int_equal(check(f, &info, &e), -1);
    assert_non_null(strstr(e.text, "/tmp/isplit_weights_"));
    if (!strstr(e.text, part))
        fail_msg("'%s' does not hold '%s'", e.text, part);
}

static void test_bundled_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t bytes;
    } known[] = {
        {"vgg-16", 553430196},   {"resnet18", 46094004}, {"resnet50", 91303604},
        {"darknet19", 83427124}, {"tiny", 4185972}, /* the real file has the short header: 4 bytes fewer */
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *path = memory_format("/usr/share/darknet/cfg/%s.cfg", known[i].name);
        struct error e = {""};
        struct net *net = net_read(path, &e);
        free(path);
        if (!net) {
            print_message("skipped: %s\n", e.text);
            skip();
        }
        assert_int_equal(weights_expected_bytes(net), known[i].bytes);
        net_free(net);
    }
}

static void test_real_file(void **state)
{
    (void)state;
    static const char path[] = "../shared/data/tiny-darknet/tiny.weights";
    static const char cfg_path[] = "/usr/share/darknet/cfg/tiny.cfg";
    if (access(path, R_OK) != 0 || access(cfg_path, R_OK) != 0) {
        print_message("skipped: %s or %s is not there\n", path, cfg_path);
        skip();
    }
    struct net *net = net_read(cfg_path, NULL);
    struct weights_info info;
    struct error e = {""};
    int status = weights_check(path, net, &info, &e);
    net_free(net);
    assert_string_equal(e.text, "");
    assert_int_equal(status, 0);
    assert_int_equal(info.major, 0);
    assert_int_equal(info.minor, 1);
    assert_int_equal(info.header_bytes, 16);
    assert_false(info.transposed);
}

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        int major, minor, seen_bytes;
        bool transposed;
    } cases[] = {
        {0, 2, 8, false}, {0, 1, 4, false},    {0, 0, 4, false},   {1, 0, 8, false},
        {0, 5, 8, false}, {1000, 0, 4, false}, {1001, 2, 4, true}, {0, 1001, 4, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weights_info info;
        struct error e = {""};
        struct file f = {cases[i].major, cases[i].minor, cases[i].seen_bytes, FLOATS, 0, -1, 0};
        int status = check(&f, &info, &e);
        assert_string_equal(e.text, "");
        assert_int_equal(status, 0);
        assert_int_equal(info.header_bytes, 12 + cases[i].seen_bytes);
        assert_int_equal(info.transposed, cases[i].transposed);
        assert_int_equal(info.revision, 7);
        assert_true(info.seen == (cases[i].seen_bytes == 8 ? 0x123456789aULL : 0x3456789aULL));
    }
    static const int none[][2] = {{-1, 2}, {0, -1}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct weights_info info;
        struct error e = {""};
        struct file f = {none[i][0], none[i][1], 4, FLOATS, 0, -1, 0};
        assert_int_equal(check(&f, &info, &e), -1);
        assert_non_null(strstr(e.text, "is no Darknet weights file: its version would be"));
    }
}

static void test_wrong_sizes(void **state)
{
    (void)state;
    struct net *net = make_net();
    assert_int_equal(weights_expected_bytes(net), 20 + 4 * FLOATS); /* 3404 */
    net_free(net);
    refused(&(struct file){0, 2, 8, FLOATS - 1, 0, -1, 0},
            "has 3400 bytes, which fits a header of 16 bytes, but its "
            "version 0.2 means one of 20 (expected 3404)");
    refused(&(struct file){0, 1, 8, FLOATS, 0, -1, 0},
            "has 3404 bytes, which fits a header of 20 bytes, but its "
            "version 0.1 means one of 16 (expected 3400)");
    refused(&(struct file){0, 2, 8, FLOATS - 2, 0, -1, 0},
            "has 3396 bytes (expected 3404 for this network: 846 numbers and a header of 20)");
    refused(&(struct file){0, 2, 8, FLOATS + 1, 0, -1, 0}, "has 3408 bytes (expected 3404 for this network");
    refused(&(struct file){0, 2, 8, FLOATS, 1, -1, 0}, "has 3405 bytes (expected 3404 for this network");
    refused(&(struct file){0, 2, 8, 26 + 27, 0, -1, 0},
            "has 232 bytes (expected 3404 for this network); it ends after layer deconv1");
    refused(&(struct file){0, 2, 8, 0, 0, -1, 0}, "has 20 bytes (expected 3404 for this network");
    refused(&(struct file){0, 2, 4, 0, 0, -1, 0}, "has 16 bytes");
    refused(&(struct file){-5, 3, 8, FLOATS, 0, -1, 0},
            "is no Darknet weights file: its version would be -5.3.7");
}

static void test_not_finite(void **state)
{
    (void)state;
    static const struct {
        long place;
        float value;
        const char *message;
    } cases[] = {
        {0, NAN, "layer 0 (conv1): biases[0] is nan (expected finite numbers)"},
        {3, INFINITY, "layer 0 (conv1): scales[1] is inf (expected finite numbers)"},
        {5, -INFINITY, "layer 0 (conv1): mean[1] is -inf (expected finite numbers)"},
        {6, NAN, "layer 0 (conv1): variance[0] is nan"},
        {8, NAN, "layer 0 (conv1): weights[0] is nan"},
        {25, NAN, "layer 0 (conv1): weights[17] is nan"},
        {26, NAN, "layer 2 (deconv1): biases[0] is nan"},
        {29, NAN, "layer 2 (deconv1): weights[0] is nan"},
        {53, NAN, "layer 3 (batchnorm1): scales[0] is nan"},
        {61, NAN, "layer 3 (batchnorm1): variance[2] is nan"},
        {62, NAN, "layer 4 (fc1): biases[0] is nan"},
        {66, NAN, "layer 4 (fc1): weights[0] is nan"},
        {66 + 767, NAN, "layer 4 (fc1): weights[767] is nan"},
        {66 + 768, NAN, "layer 4 (fc1): scales[0] is nan"},
        {FLOATS - 1, NAN, "layer 4 (fc1): variance[3] is nan"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file f = {0, 2, 8, FLOATS, 0, cases[i].place, cases[i].value};
        refused(&f, cases[i].message);
        f.minor = 1; /* the place is the same behind the short header */
        f.seen_bytes = 4;
        refused(&f, cases[i].message);
    }
    struct weights_info info;
    struct error e = {""};
    struct file largest = {0, 2, 8, FLOATS, 0, 9, 3.4e38f};
    assert_int_equal(check(&largest, &info, &e), 0);
}

/* A number behind the first chunk of the streaming check. */
/* Where the square root is taken; 0 is the variance of a channel that never changed. */
static void test_variances(void **state)
{
    (void)state;
    const struct {
        long bad;
        float value;
        const char *message;
    } cases[] = {
        {7, -0.25f, "layer 0 (conv1): variance[1] is -0.25 (expected numbers from 0 up)"},
        {26 + 27 + 8, -1e-30f, "layer 3 (batchnorm1): variance[2] is -1e-30 (expected numbers from 0 up)"},
        {FLOATS - 4, -3, "layer 4 (fc1): variance[0] is -3 (expected numbers from 0 up)"},
        {7, 0.0f, NULL},
        {7, -0.0f, NULL},
        {5, -0.25f, NULL}, /* a mean */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct file f = {0, 2, 8, FLOATS, 0, cases[i].bad, cases[i].value};
        struct weights_info info;
        struct error e = {""};
        if (cases[i].message)
            refused(&f, cases[i].message);
        else
            assert_int_equal(check(&f, &info, &e), 0);
    }
}

/* All of these files have revision 7. */
static void test_formula_of_the_header(void **state)
{
    (void)state;
    const struct {
        int32_t major, minor;
        int seen_bytes;
        enum epsilon expected;
    } cases[] = {{0, 2, 8, EPSILON_FORK},
                 {0, 1, 4, EPSILON_DARKNET},
                 {0, 3, 8, EPSILON_DARKNET},
                 {1, 2, 8, EPSILON_DARKNET},
                 {0, 1002, 4, EPSILON_DARKNET}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct file f = {cases[i].major, cases[i].minor, cases[i].seen_bytes, FLOATS, 0, -1, 0};
        struct weights_info info;
        struct error e = {""};
        assert_int_equal(check(&f, &info, &e), 0);
        assert_int_equal(info.epsilon, cases[i].expected);
    }
}

static void test_not_finite_far_in(void **state)
{
    (void)state;
    const char text[] = "[net]\ninputs=1000\n[connected]\noutput=300\nactivation=linear\n";
    struct net *net = net_parse(text, strlen(text), "t.cfg", NULL);
    assert_non_null(net);
    unsigned char *bytes;
    struct file f = {0, 2, 8, 300300, 0, 300 + 123456, NAN};
    size_t size = make_bytes(&f, &bytes);
    char path[] = "/tmp/isplit_weights_XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    struct weights_info info;
    struct error e = {""};
    assert_int_equal(weights_check(path, net, &info, &e), -1);
    assert_non_null(strstr(e.text, "layer 0 (fc1): weights[123456] is nan"));
    unlink(path);
    free(bytes);
    net_free(net);
}

static void expect_same(const char *path, const struct weights_info *info, bool same)
{
    struct error e = {""};
    assert_int_equal(weights_check_same(path, info, &e), same ? 0 : -1);
    assert_true(same || strstr(e.text, "has changed since it was opened"));
}

/* A file that was just written may be changed within the same tick of its clock: what it holds decides. */
static void test_a_young_file_is_read_again(void **state)
{
    (void)state;
    struct file f = {0, 2, 8, FLOATS, 0, -1, 0};
    unsigned char *bytes;
    size_t size = make_bytes(&f, &bytes);
    char path[] = "/tmp/isplit_weights_XXXXXX";
    struct net *net = make_net();
    struct weights_info info;
    struct error e;
    int fd = mkstemp(path);
    assert_int_equal(pwrite(fd, bytes, size, 0), (ssize_t)size);
    assert_int_equal(weights_check(path, net, &info, &e), 0);
    assert_true(info.stamp.young);
    expect_same(path, &info, true);
    assert_int_equal(pwrite(fd, "?", 1, 100), 1);
    expect_same(path, &info, false);
    struct stat st; /* as within one tick */
    assert_int_equal(fstat(fd, &st), 0);
    info.stamp.written_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    info.stamp.changed_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
    expect_same(path, &info, false);
    assert_int_equal(pwrite(fd, bytes, size, 0), (ssize_t)size);
    expect_same(path, &info, true);
    unlink(path);
    close(fd);
    free(bytes);
    net_free(net);
}

/* One that nobody can have changed is not, which shows where the hash is another; a stamp that differs is no
 * proof. */
static void test_an_old_file_is_not_read_again(void **state)
{
    (void)state;
    static const char path[] = "weights/letters-vgg16.weights";
    struct error e;
    struct net *net = net_read("cfg/letters-vgg16.cfg", &e);
    struct weights_info info;
    assert_int_equal(weights_check(path, net, &info, &e), 0);
    net_free(net);
    if (info.stamp.young)
        skip();
    expect_same(path, &info, true);
    struct weights_info other = info;
    other.xxh3 ^= 1;
    expect_same(path, &other, true);
    struct weights_info changed[] = {other, other, other, other, other, other};
    changed[0].stamp.device ^= 1;
    changed[1].stamp.inode ^= 1;
    changed[2].stamp.size ^= 1;
    changed[3].stamp.written_ns ^= 1;
    changed[4].stamp.changed_ns ^= 1;
    changed[5].stamp.young = true;
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++)
        expect_same(path, &changed[i], false);
    info.stamp.changed_ns++;
    expect_same(path, &info, true);
}

static void test_no_such_file(void **state)
{
    (void)state;
    struct net *net = make_net();
    struct weights_info info;
    struct error e = {""};
    uint64_t hash;
    assert_int_equal(weights_check("/nonexistent.weights", net, &info, &e), -1);
    assert_string_equal(e.text, "/nonexistent.weights: cannot open: No such file or directory");
    assert_int_equal(weights_check("/tmp", net, &info, &e), -1);
    assert_string_equal(e.text, "/tmp: is not a regular file");
    assert_int_equal(weights_check("/dev/null", net, &info, &e), -1);
    assert_string_equal(e.text, "/dev/null: is not a regular file");
    char fifo[] = "/tmp/isplit_weights_XXXXXX";
    assert_true(close(mkstemp(fifo)) == 0 && unlink(fifo) == 0 && mkfifo(fifo, 0600) == 0);
    alarm(60); /* nobody writes to it, and nothing waits for it */
    assert_int_equal(weights_check(fifo, net, &info, &e), -1);
    assert_int_equal(weights_hash_file(fifo, &hash, &e), -1);
    assert_non_null(strstr(e.text, "is not a regular file"));
    alarm(0);
    unlink(fifo);
    assert_int_equal(weights_hash_file("/nonexistent.cfg", &hash, &e), -1);
    net_free(net);

    char path[] = "/tmp/isplit_weights_XXXXXX";
    close(mkstemp(path));
    net = make_net();
    assert_int_equal(weights_check(path, net, &info, &e), -1);
    assert_non_null(
        strstr(e.text, "has 0 bytes (expected a Darknet weights file with a header of 16 or 20)"));
    assert_int_equal(weights_hash_file(path, &hash, &e), 0); /* an empty file has a hash as well */
    assert_true(hash == XXH3_64bits("", 0));
    unlink(path);
    net_free(net);
}

/* Of its four pieces the last is a byte short. */
static void test_a_file_becomes_shorter(void **state)
{
    (void)state;
    char path[] = "/tmp/isplit_weights_XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    struct weights_file f;
    struct error e;
    uint64_t hash;
    assert_int_equal(weights_file_open(&f, path, &e), 0);
    assert_int_equal(weights_file_hash(&f, NULL, NULL, &hash, &e), 0);
    assert_int_equal(ftruncate(fd, (1 << 20) - 1), 0);
    assert_int_equal(weights_file_hash(&f, NULL, NULL, &hash, &e), -1);
    assert_non_null(strstr(e.text, "has become shorter meanwhile"));
    weights_file_close(&f);
    unlink(path);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundled_sizes),
        cmocka_unit_test(test_real_file),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_wrong_sizes),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_not_finite_far_in),
        cmocka_unit_test(test_variances),
        cmocka_unit_test(test_formula_of_the_header),
        cmocka_unit_test(test_no_such_file),
        cmocka_unit_test(test_a_young_file_is_read_again),
        cmocka_unit_test(test_an_old_file_is_not_read_again),
        cmocka_unit_test(test_a_file_becomes_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
