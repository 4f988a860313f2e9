/* The decoding threads: same order and pixels for every number of them, damaged images in between,
 * stopping in the middle. */
#include "dataset_fixture.h"

#include "data/loader.h"

enum { IMAGES = 60 };

static const struct net_shape shape = {1, 2, 2};
static const struct pixels_options options = {.scale = 255, .std = {1, 1, 1}};

/* Image i has four pixels of value i; every seventh is damaged. */
static struct dataset *make_set(void)
{
    for (int i = 0; i < IMAGES; i++) {
        char name[32], content[32];
        snprintf(name, sizeof name, "l/c/%03d.pgm", i);
        int n = snprintf(content, sizeof content, "P5 2 2 255\n");
        memset(content + n, i, 4);
        fixture_bytes(name, content, (size_t)n + (i % 7 == 3 ? 2 : 4));
    }
    struct dataset *d = fixture_open("l", (struct dataset_options){0});
    assert_int_equal(d->images_n, IMAGES);
    return d;
}

/* Of exactly the bytes that make_set wrote, damaged or not. */
static void assert_content(const struct content *content, long i)
{
    char bytes[32];
    int n = snprintf(bytes, sizeof bytes, "P5 2 2 255\n");
    memset(bytes + n, (int)i, 4);
    struct content wanted = content_of(bytes, (size_t)n + (i % 7 == 3 ? 2 : 4));
    assert_true(content->known && content->high == wanted.high && content->low == wanted.low);
}

static void check_run(const struct dataset *d, const long *order, long n, int threads, int ahead)
{
    struct error e = {""};
    struct loader *l = loader_start(d, order, n, shape, &options, NULL, threads, ahead, &e);
    assert_non_null(l);
    for (long i = 0; i < n; i++) {
        long image = -5;
        float out[4] = {-1, -1, -1, -1};
        struct content content;
        int status = loader_next(l, &image, out, &content, &e);
        assert_int_equal(image, order[i]);
        assert_content(&content, image);
        assert_int_equal(status, image % 7 == 3 ? -1 : 1);
        if (status < 0)
            assert_non_null(strstr(e.text, "truncated"));
        else
            for (int p = 0; p < 4; p++)
                assert_true(out[p] == (float)image);
    }
    long image;
    float out[4];
    assert_int_equal(loader_next(l, &image, out, NULL, &e), 0);
    assert_int_equal(loader_next(l, &image, out, NULL, &e), 0);
    loader_stop(l);
}

static void test_order(void **state)
{
    (void)state;
    struct dataset *d = make_set();
    long order[3 * IMAGES];
    for (long i = 0; i < 3 * IMAGES; i++)
        order[i] = i * 37 % IMAGES; /* each three times */
    const int threads[] = {1, 2, 3, 8, 0}, ahead[] = {1, 2, 7, 1000, 0};
    for (int t = 0; t < 5; t++)
        for (int a = 0; a < 5; a++)
            check_run(d, order, 3 * IMAGES, threads[t], ahead[a]);
    check_run(d, order, 1, 8, 4);
    check_run(d, order, 0, 2, 4);
    dataset_free(d);
}

static void test_stop_midway(void **state)
{
    (void)state;
    struct dataset *d = make_set();
    long order[IMAGES];
    for (long i = 0; i < IMAGES; i++)
        order[i] = i;
    for (int taken = 0; taken <= 20; taken++)
        for (int threads = 1; threads <= 4; threads++) {
            struct error e;
            struct loader *l =
                loader_start(d, order, IMAGES, shape, &options, NULL, threads, 1 + taken % 5, &e);
            assert_non_null(l);
            long image;
            float out[4];
            for (int i = 0; i < taken; i++)
                assert_int_not_equal(loader_next(l, &image, out, NULL, &e), 0);
            loader_stop(l);
        }
    loader_stop(NULL);
    dataset_free(d);
}

/* The consumer is never overtaken by more than `ahead` images: memory stays bounded. */
static void test_bounded(void **state)
{
    (void)state;
    struct dataset *d = make_set();
    long order[IMAGES];
    for (long i = 0; i < IMAGES; i++)
        order[i] = 0;
    struct error e;
    struct loader *l = loader_start(d, order, IMAGES, shape, &options, NULL, 4, 3, &e);
    assert_non_null(l);
    long image;
    float out[4];
    assert_int_equal(loader_next(l, &image, out, NULL, &e), 1);
    usleep(50000); /* the threads fill the ring: images 1 to 3 */
    fixture_bytes("l/c/000.pgm", "P5 2 2 255\n\x09\x09\x09\x09", 15);
    for (int i = 1; i < IMAGES; i++) {
        assert_int_equal(loader_next(l, &image, out, NULL, &e), 1);
        if (i > 4)
            assert_true(out[0] == 9);
    }
    loader_stop(l);
    dataset_free(d);
}

static void test_refused(void **state)
{
    (void)state;
    struct dataset *d = make_set();
    struct error e = {""};
    long order[] = {0, IMAGES, -1};
    assert_null(loader_start(d, order, 1, (struct net_shape){3, 0, 4}, &options, NULL, 2, 2, &e));
    assert_non_null(strstr(e.text, "3 x 0 x 4"));
    assert_null(
        loader_start(d, order, 1, (struct net_shape){1 << 20, 1 << 20, 1 << 20}, &options, NULL, 2, 2, &e));
    assert_non_null(strstr(e.text, "no memory"));
    struct loader *l = loader_start(d, order, 3, shape, &options, NULL, 2, 2, &e);
    long image;
    float out[4];
    assert_int_equal(loader_next(l, &image, out, NULL, &e), 1);
    assert_int_equal(loader_next(l, &image, out, NULL, &e), -1);
    assert_non_null(strstr(e.text, "no image 60"));
    assert_int_equal(loader_next(l, &image, out, NULL, &e), -1);
    loader_stop(l);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_stop_midway, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_bounded, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_refused, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
