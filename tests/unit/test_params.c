#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/params.h"

static const char net_text[] = "[net]\nchannels=2\nheight=4\nwidth=4\n"
                               "[conv]\nbatch_normalize=1\nfilters=3\nsize=3\npad=1\nactivation=relu\n"
                               "[batchnorm]\n"
                               "[maxpool]\nsize=2\nstride=2\n"
                               "[connected]\nbatch_normalize=1\noutput=5\nactivation=relu\n"
                               "[connected]\noutput=2\nactivation=linear\n[softmax]\n";
enum { CONV = 4 * 3 + 2 * 3 * 9, NORM = 3 * 3, FULL = 4 * 5 + 12 * 5, LAST = 2 + 5 * 2 };

/* A file whose number i is i, and the network. */
struct file {
    char path[32];
    struct net *net;
    struct weights_info info;
    struct params *params;
};

static void file_make(struct file *f, int32_t minor)
{
    struct error e;
    *f = (struct file){.path = "/tmp/isplit-params-XXXXXX"};
    f->net = net_parse(net_text, strlen(net_text), "t.cfg", &e);
    assert_non_null(f->net);
    FILE *out = fdopen(mkstemp(f->path), "wb");
    assert_non_null(out);
    const int32_t version[5] = {0, minor, 0, 0, 0};
    fwrite(version, 4, minor > 1000 ? 4 : 5, out);
    for (int i = 0; i < CONV + NORM + FULL + LAST; i++)
        fwrite(&(float){(float)i}, 4, 1, out);
    fclose(out);
    assert_int_equal(weights_check(f->path, f->net, &f->info, &e), 0);
    f->params = params_open(f->path, f->net, &f->info, &e);
    assert_non_null(f->params);
}

static void file_free(struct file *f)
{
    params_close(f->params);
    net_free(f->net);
    unlink(f->path);
}

static struct net_params params_at(const struct file *f, int layer)
{
    struct error e;
    struct net_params p;
    assert_int_equal(params_read(f->params, layer, &p, &e), 0);
    return p;
}

static void each_part_is_where_darknet_puts_it(void **state)
{
    (void)state;
    struct file f;
    file_make(&f, 2);
    struct net_params p = params_at(&f, 0);
    assert_float_equal(p.biases[2], 2, 0);
    assert_float_equal(p.scales[0], 3, 0);
    assert_float_equal(p.mean[0], 6, 0);
    assert_float_equal(p.variance[0], 9, 0);
    assert_float_equal(p.weights[0], 12, 0);
    p = params_at(&f, 1);
    assert_null(p.biases);
    assert_null(p.weights);
    assert_float_equal(p.scales[0], CONV, 0);
    assert_float_equal(p.variance[2], CONV + 8, 0);
    p = params_at(&f, 2);
    assert_true(!p.biases && !p.scales && !p.mean && !p.variance && !p.weights);
    p = params_at(&f, 3); /* weights before its batch norm */
    assert_float_equal(p.weights[0], CONV + NORM + 5, 0);
    assert_float_equal(p.scales[0], CONV + NORM + 5 + 60, 0);
    p = params_at(&f, 4);
    assert_null(p.scales);
    assert_float_equal(p.weights[9], CONV + NORM + FULL + LAST - 1, 0);
    file_free(&f);
}

static void connected_weights_are_turned(void **state)
{
    (void)state;
    struct file f;
    file_make(&f, 1001);
    struct net_params p = params_at(&f, 3);
    for (int out = 0; out < 5; out++)
        for (int in = 0; in < 12; in++)
            assert_float_equal(p.weights[out * 12 + in], CONV + NORM + 5 + in * 5 + out, 0);
    assert_float_equal(p.biases[1], CONV + NORM + 1, 0);
    p = params_at(&f, 0); /* the others are not */
    assert_float_equal(p.weights[1], 13, 0);
    file_free(&f);
}

static void file_that_became_shorter(void **state)
{
    (void)state;
    struct file f;
    struct error e;
    struct net_params p;
    file_make(&f, 2);
    assert_int_equal(truncate(f.path, 20 + 4 * (CONV + NORM + 1)), 0);
    assert_int_equal(params_read(f.params, 3, &p, &e), -1);
    assert_non_null(strstr(e.text, "cannot read: it has become shorter meanwhile"));
    assert_int_equal(params_read(f.params, 1, &p, &e), 0);
    file_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_is_where_darknet_puts_it),
        cmocka_unit_test(connected_weights_are_turned),
        cmocka_unit_test(file_that_became_shorter),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
