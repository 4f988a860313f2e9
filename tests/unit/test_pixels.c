/* Decoding and fitting: every format, damaged files, and resampling against hand-worked values, its
 * definition, and stb_image_resize. */
#include "dataset_fixture.h"

#include <math.h>
#include <time.h>

#include "data/pixels.h"
#include "data/resample.h"

#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

#define SHAPE(c, h, w) ((struct net_shape){c, h, w})

static const struct pixels_options plain = {.scale = 1, .std = {1, 1, 1}};
static const struct pixels_options bytes = {.scale = 255, .std = {1, 1, 1}};

static uint32_t random_state = 1;

static int random_byte(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return (int)(random_state >> 24);
}

/* Loads file set/c/NAME, which must stand there alone. */
static int load(const char *name, struct net_shape shape, const struct pixels_options *options, float *out,
                struct error *e)
{
    char *path = memory_format("c/%s", name);
    struct dataset *d = fixture_open("set", (struct dataset_options){0});
    long i = fixture_find(d, path);
    assert_true(i >= 0);
    int status = pixels_load(d, i, shape, options, NULL, out, NULL, e);
    dataset_free(d);
    free(path);
    return status;
}

static void load_ok(const char *name, struct net_shape shape, const struct pixels_options *options,
                    float *out)
{
    struct error e = {""};
    if (load(name, shape, options, out, &e) < 0)
        fail_msg("%s: %s", name, e.text);
}

static void load_refused(const char *name, const char *word)
{
    float out[4];
    struct error e = {""};
    assert_int_equal(load(name, SHAPE(1, 2, 2), &plain, out, &e), -1);
    if (!strstr(e.text, word) || strstr(e.text, fixture_root))
        fail_msg("\"%s\": %s", word, e.text);
}

static void expect_near(const float *got, const double *expected, int n, double tolerance)
{
    for (int i = 0; i < n; i++)
        if (!(fabs((double)got[i] - expected[i]) <= tolerance))
            fail_msg("value %d is %.9g, expected %.9g", i, (double)got[i], expected[i]);
}

static void write_png(const char *name, int w, int h, int c, const unsigned char *pixels)
{
    fixture_bytes(name, "", 0);
    assert_true(stbi_write_png(fixture_path(name), w, h, c, pixels, w * c));
}

static void test_equal_size_is_exact(void **state)
{
    (void)state;
    enum { W = 16, H = 48 }; /* every byte value in each channel */
    static unsigned char pixels[H * W * 3];
    static float out[3 * H * W];
    for (int i = 0; i < H * W * 3; i++)
        pixels[i] = (unsigned char)(i / 3 * 37 + i % 3 * 85);
    write_png("set/c/rgb.PNG", W, H, 3, pixels);
    const enum pixels_fit fits[] = {PIXELS_CROP, PIXELS_STRETCH, PIXELS_LETTERBOX};
    for (int f = 0; f < 3; f++) {
        struct pixels_options options = plain;
        options.fit = fits[f];
        load_ok("rgb.PNG", SHAPE(3, H, W), &options, out);
        for (int c = 0; c < 3; c++)
            for (int p = 0; p < H * W; p++)
                assert_true(out[c * H * W + p] == (float)pixels[p * 3 + c] / 255.f);
        options.scale = 255;
        load_ok("rgb.PNG", SHAPE(3, H, W), &options, out);
        for (int p = 0; p < H * W; p++)
            assert_true(out[2 * H * W + p] == pixels[p * 3 + 2]);
    }
}

static void test_channels(void **state)
{
    (void)state;
    float out[3];
    write_png("set/c/rgb.png", 1, 1, 3, (const unsigned char[]){200, 100, 50});
    write_png("set/c/rgba.png", 1, 1, 4, (const unsigned char[]){200, 100, 50, 7});
    write_png("set/c/grey.png", 1, 1, 1, (const unsigned char[]){77});
    write_png("set/c/greya.png", 1, 1, 2, (const unsigned char[]){77, 3});
    const double luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50;
    const char *const colour[] = {"rgb.png", "rgba.png"}, *const grey[] = {"grey.png", "greya.png"};
    for (int i = 0; i < 2; i++) {
        load_ok(colour[i], SHAPE(3, 1, 1), &bytes, out);
        assert_true(out[0] == 200 && out[1] == 100 && out[2] == 50);
        load_ok(colour[i], SHAPE(1, 1, 1), &bytes, out);
        expect_near(out, &luma, 1, 1e-5);
        load_ok(grey[i], SHAPE(3, 1, 1), &bytes, out);
        assert_true(out[0] == 77 && out[1] == 77 && out[2] == 77);
        load_ok(grey[i], SHAPE(1, 1, 1), &bytes, out);
        assert_true(out[0] == 77);
    }
    struct error e = {""};
    assert_int_equal(load("rgb.png", SHAPE(4, 1, 1), &plain, out, &e), -1);
    assert_non_null(strstr(e.text, "4 channels"));
}

static void test_normalisation(void **state)
{
    (void)state;
    float out[3];
    write_png("set/c/a.png", 1, 1, 3, (const unsigned char[]){255, 102, 51});
    struct pixels_options o = {.scale = 1, .mean = {0.5F, 0.4F, 0.3F}, .std = {0.25F, 0.5F, 2}};
    load_ok("a.png", SHAPE(3, 1, 1), &o, out);
    expect_near(out, (const double[]){2, 0, -0.05}, 3, 1e-6);
    o.bgr = true; /* the same numbers, in the other order */
    load_ok("a.png", SHAPE(3, 1, 1), &o, out);
    expect_near(out, (const double[]){-0.05, 0, 2}, 3, 1e-6);
    o = (struct pixels_options){.scale = 255, .mean = {5, 0, 0}, .std = {10, 1, 1}, .bgr = true};
    load_ok("a.png", SHAPE(1, 1, 1), &o, out);
    expect_near(out, (const double[]){(0.299 * 255 + 0.587 * 102 + 0.114 * 51 - 5) / 10}, 1, 1e-5);
    struct error e = {""};
    o.std[0] = 0;
    assert_int_equal(load("a.png", SHAPE(1, 1, 1), &o, out, &e), -1);
    o.std[0] = 1;
    o.scale = 0;
    assert_int_equal(load("a.png", SHAPE(1, 1, 1), &o, out, &e), -1);
}

static void test_formats(void **state)
{
    (void)state;
    float out[64 * 3];
    fixture_bytes("set/c/p5.pgm", "P5 # x\n2 1\n255\n\x0a\xc8", 17);
    fixture_bytes("set/c/p5_16.pgm", "P5 2 1 65535\n\x80\xff\x01\x02", 17);
    fixture_bytes("set/c/p5_4bit.pgm", "P5 2 1 15\n\x0f\x05", 12);
    fixture_text("set/c/p2.pgm", "P2 2 1 255\n10 200\n");
    fixture_text("set/c/p3.ppm", "P3 1 1 255 10 20 30");
    fixture_bytes("set/c/p6.ppm", "P6 1 1 255\n\x0a\x14\x1e", 14);
    load_ok("p5.pgm", SHAPE(1, 1, 2), &bytes, out);
    assert_true(out[0] == 10 && out[1] == 200);
    load_ok("p2.pgm", SHAPE(1, 1, 2), &bytes, out);
    assert_true(out[0] == 10 && out[1] == 200);
    load_ok("p5_16.pgm", SHAPE(1, 1, 2), &bytes, out);
    assert_true(out[0] == 128 && out[1] == 1);
    load_ok("p5_4bit.pgm", SHAPE(1, 1, 2), &bytes, out);
    assert_true(out[0] == 255 && out[1] == 85);
    const char *const ppm[] = {"p3.ppm", "p6.ppm"};
    for (int i = 0; i < 2; i++) {
        load_ok(ppm[i], SHAPE(3, 1, 1), &bytes, out);
        assert_true(out[0] == 10 && out[1] == 20 && out[2] == 30);
    }
    unsigned char grey[64 * 3];
    memset(grey, 90, sizeof grey);
    fixture_bytes("set/c/a.bmp", "", 0);
    assert_true(stbi_write_bmp(fixture_path("set/c/a.bmp"), 8, 8, 3, grey));
    load_ok("a.bmp", SHAPE(3, 8, 8), &bytes, out);
    assert_true(out[0] == 90 && out[191] == 90);
    /* A PNG named .JPEG: content counts. */
    write_png("set/c/png.JPEG", 8, 8, 1, grey);
    load_ok("png.JPEG", SHAPE(1, 8, 8), &bytes, out);
    assert_true(out[63] == 90);
}

static void copy_fixture(const char *name)
{
    char *from = memory_format("tests/unit/fixtures/%s", name), *to = memory_format("set/c/%s", name);
    unsigned char content[8192];
    FILE *f = fopen(from, "rb");
    assert_non_null(f);
    fixture_bytes(to, content, fread(content, 1, sizeof content, f));
    fclose(f);
    free(from);
    free(to);
}

/* Files written by Pillow; the values are those that it reads back. */
static void test_fixtures(void **state)
{
    (void)state;
    float out[64 * 3];
    copy_fixture("cmyk.jpg"); /* left half C=255, right half Y=255 K=128 */
    load_ok("cmyk.jpg", SHAPE(3, 8, 8), &bytes, out);
    expect_near(&out[0], (const double[]){0}, 1, 2);
    expect_near(&out[64], (const double[]){255}, 1, 2);
    expect_near(&out[7], (const double[]){127}, 1, 2);
    expect_near(&out[64 + 7], (const double[]){127}, 1, 2);
    expect_near(&out[128 + 7], (const double[]){0}, 1, 2);
    copy_fixture("grey.jpg"); /* 90 everywhere */
    for (int c = 1; c <= 3; c += 2) {
        load_ok("grey.jpg", SHAPE(c, 8, 8), &bytes, out);
        for (int i = 0; i < c * 64; i++)
            expect_near(&out[i], (const double[]){90}, 1, 1);
    }
    copy_fixture("progressive.jpg");
    load_ok("progressive.jpg", SHAPE(3, 8, 8), &bytes, out);
    expect_near(&out[27], (const double[]){200}, 1, 1);
    expect_near(&out[64 + 27], (const double[]){100}, 1, 1);
    copy_fixture("grey16.png"); /* 0, 0x1234, 0x80ff, 0xffff: the upper 8 bits */
    load_ok("grey16.png", SHAPE(1, 2, 2), &bytes, out);
    expect_near(out, (const double[]){0, 0x12, 0x80, 255}, 4, 0);
}

/* Makes set/c/cut.jpg of the first `length` bytes of a file of the fixtures. */
static void cut_fixture(const char *name, size_t length)
{
    char *from = memory_format("tests/unit/fixtures/%s", name);
    unsigned char content[8192];
    FILE *f = fopen(from, "rb");
    assert_non_null(f);
    assert_true(fread(content, 1, sizeof content, f) > length);
    fclose(f);
    free(from);
    fixture_bytes("set/c/cut.jpg", content, length);
}

/* The reason names the format of the file, not one that was tried before. */
static void test_cut_short(void **state)
{
    (void)state;
    static const size_t grey[] = {20, 106, 154, 325}, progressive[] = {23, 179, 231, 491},
                        grey16[] = {20, 40, 70};
    for (int i = 0; i < 4; i++) {
        cut_fixture("grey.jpg", grey[i]);
        load_refused("cut.jpg", "the JPEG is truncated");
        cut_fixture("progressive.jpg", progressive[i]);
        load_refused("cut.jpg", "the JPEG is truncated");
    }
    for (int i = 0; i < 3; i++) {
        cut_fixture("grey16.png", grey16[i]);
        load_refused("cut.jpg", "the PNG is truncated");
    }
    fixture_text("set/c/cut.jpg", "\xff\xd8\xff\xda no scan \xff\xd9"); /* its end is there */
    load_refused("cut.jpg", "the JPEG is damaged");
}

static void test_damaged(void **state)
{
    (void)state;
    fixture_text("set/c/zero.png", "");
    load_refused("zero.png", "is empty");
    fixture_text("set/c/text.jpg", "this is no image at all, but long enough to be one");
    load_refused("text.jpg", "not of any known type");
    fixture_text("set/c/short.pgm", "P5 2 2 255\nabc");
    load_refused("short.pgm", "truncated");
    fixture_text("set/c/short2.pgm", "P2 2 2 255\n1 2 3");
    load_refused("short2.pgm", "truncated");
    fixture_text("set/c/bad.pgm", "P5 2 x 255\nabcd");
    load_refused("bad.pgm", "bad P5 header");
    fixture_text("set/c/nil.pgm", "P5 0 2 255\nabcd");
    load_refused("nil.pgm", "0 x 2 pixels");
    fixture_text("set/c/bomb.pgm", "P5 99999 99999 255\nabcd");
    load_refused("bomb.pgm", "at most 100 million");
    fixture_text("set/c/tall.pgm", "P5 1 16777217 255\nabcd");
    load_refused("tall.pgm", "no side above 16777216");
    fixture_text("set/c/lie.pgm", "P5 9999 9999 255\nabcd");
    load_refused("lie.pgm", "truncated");
    /* The header of a PNG of 16384 x 16384 pixels, and of one of 65536 x 65536. */
    fixture_bytes("set/c/bomb.png",
                  "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x40\0\0\0\x40\0\x08\x02\0\0\0\0\0\0\0", 33);
    load_refused("bomb.png", "16384 x 16384");
    fixture_bytes("set/c/bomb2.png", "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\1\0\0\0\1\0\0\x08\x02\0\0\0\0\0\0\0",
                  33);
    load_refused("bomb2.png", "too large");
    assert_int_equal(mkfifo(fixture_path("set/c/fifo.png"), 0666), 0);
    load_refused("fifo.png", "not a regular file");
    assert_int_equal(symlink("nowhere", fixture_path("set/c/dangling.png")), 0);
    load_refused("dangling.png", "No such file");
}

/* stb_image before 2.28 writes beyond its arrays for a Huffman table of more than 256 codes: before, and in
 * a progressive JPEG between its scans. */
static void test_hostile_jpeg(void **state)
{
    (void)state;
    copy_fixture("progressive.jpg");
    unsigned char content[8192];
    FILE *f = fopen(fixture_path("set/c/progressive.jpg"), "rb");
    size_t n = fread(content, 1, sizeof content, f);
    fclose(f);
    int tables = 0;
    for (size_t i = 0; i + 8 < n; i++) {
        if (content[i] != 0xff || content[i + 1] != 0xc4)
            continue;
        unsigned char kept = content[i + 5], kept2 = content[i + 6];
        content[i + 5] = content[i + 6] = 0xc0;
        fixture_bytes("set/c/hostile.jpg", content, n);
        load_refused("hostile.jpg", "Huffman table");
        content[i + 5] = kept;
        content[i + 6] = kept2;
        tables++;
    }
    assert_true(tables > 2);
}

/* No part of a file counts as the whole: each of them ends in an error, not in grey rows. */
static void test_truncated(void **state)
{
    (void)state;
    static unsigned char noise[24 * 24 * 3], content[8192];
    static float out[24 * 24 * 3];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)random_byte();
    write_png("set/c/a.png", 24, 24, 3, noise);
    fixture_bytes("set/c/a.bmp", "", 0);
    assert_true(stbi_write_bmp(fixture_path("set/c/a.bmp"), 24, 24, 3, noise));
    copy_fixture("noise.jpg");
    copy_fixture("progressive.jpg");
    const char *const names[] = {"set/c/a.png", "set/c/noise.jpg", "set/c/a.bmp", "set/c/progressive.jpg"};
    for (int k = 0; k < 4; k++) {
        FILE *f = fopen(fixture_path(names[k]), "rb");
        size_t n = fread(content, 1, sizeof content, f);
        fclose(f);
        assert_true(n > 100 && n < sizeof content);
        struct dataset *d = fixture_open("set", (struct dataset_options){0});
        long image = fixture_find(d, names[k] + 4);
        struct error e;
        for (size_t keep = 1; keep < n; keep += keep < 64 || keep + 64 > n ? 1 : 29) {
            assert_int_equal(truncate(fixture_path(names[k]), 0), 0);
            fixture_bytes(names[k], content, keep);
            if (pixels_load(d, image, SHAPE(3, 24, 24), &plain, NULL, out, NULL, &e) == 0 && n - keep > 14)
                fail_msg("%s: %zu of %zu bytes were taken for an image", names[k], keep, n);
        }
        dataset_free(d);
    }
}

/* -------- resampling */

/* The definition, pixel by pixel, in double. */
static double by_definition(const unsigned char *in, int size, double centre, double step)
{
    double support = step > 1 ? step : 1, sum = 0, total = 0;
    for (int j = (int)floor(centre - support) - 1; j <= (int)ceil(centre + support) + 1; j++) {
        double weight = 1 - fabs(centre - (j + 0.5)) / support;
        if (weight <= 0)
            continue;
        sum += weight * in[j < 0 ? 0 : j >= size ? size - 1 : j];
        total += weight;
    }
    return sum / total;
}

static void run_1d(const unsigned char *in, int size, struct resample_axis axis, float *out)
{
    struct resample_axis one = {0, 1, 1};
    assert_int_equal(resample_run(in, size, 1, 1, 1, axis, one, out, NULL), 0);
    float turned[512]; /* the same across and down */
    assert_int_equal(resample_run(in, 1, size, 1, 1, one, axis, turned, NULL), 0);
    for (int i = 0; i < axis.n; i++)
        assert_true(fabsf(turned[i] - out[i]) < 1e-4F);
}

static void test_resample_by_hand(void **state)
{
    (void)state;
    float out[8];
    /* Twice as large: centres at -.25, .25, .75, 1.25 pixels from the first one's centre. */
    run_1d((const unsigned char[]){0, 100}, 2, (struct resample_axis){0, 0.5, 4}, out);
    expect_near(out, (const double[]){0, 25, 75, 100}, 4, 1e-5);
    /* Half as large: weights 1 3 3 1 around each centre; at the edge the pixel beyond repeats the last. */
    run_1d((const unsigned char[]){0, 80, 160, 240}, 4, (struct resample_axis){0, 2, 2}, out);
    expect_near(out, (const double[]){(0 * 4 + 80 * 3 + 160) / 8., (80 + 160 * 3 + 240 * 4) / 8.}, 2, 1e-5);
    /* Four pixels to one: the triangle reaches 4 to each side, weights .125 .375 .625 .875 mirrored. */
    run_1d((const unsigned char[]){8, 0, 0, 0}, 4, (struct resample_axis){0, 4, 1}, out);
    expect_near(out, (const double[]){8 * (0.125 + 0.375 + 0.625) / 4}, 1, 1e-5);
    /* Half a pixel aside at scale 1: the mean of two. */
    run_1d((const unsigned char[]){10, 20, 40}, 3, (struct resample_axis){0.5, 1, 2}, out);
    expect_near(out, (const double[]){15, 30}, 2, 1e-5);
}

static void test_resample_by_definition(void **state)
{
    (void)state;
    unsigned char in[300];
    float out[300], theirs[300], floats[300];
    int compared = 0;
    for (int trial = 0; trial < 2000; trial++) {
        int size = 1 + random_byte() + random_byte() / 8, n = 1 + random_byte() % 250;
        for (int i = 0; i < size; i++)
            floats[i] = in[i] = (unsigned char)random_byte();
        double step = (double)size / n;
        run_1d(in, size, (struct resample_axis){0, step, n}, out);
        for (int i = 0; i < n; i++)
            assert_true(fabs((double)out[i] - by_definition(in, size, (i + 0.5) * step, step)) < 2e-4);
        /* Enlarging, stb_image_resize agrees within its own rounding; shrinking, it stops at some sizes. */
        if (size >= n)
            continue;
        assert_true(stbir_resize_float_generic(floats, size, 1, 0, theirs, n, 1, 0, 1, -1, 0,
                                               STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE,
                                               STBIR_COLORSPACE_LINEAR, NULL));
        for (int i = 0; i < n; i++)
            assert_true(fabsf(out[i] - theirs[i]) < 0.05F);
        compared++;
    }
    assert_true(compared > 500);
}

static void test_resample_properties(void **state)
{
    (void)state;
    unsigned char in[40 * 30 * 3];
    float out[64 * 64 * 3], ramp[64];
    memset(in, 200, sizeof in);
    for (int n = 1; n <= 64; n += 3) {
        struct resample_axis x = {0, 40. / n, n}, y = {0, 30. / (65 - n), 65 - n};
        assert_int_equal(resample_run(in, 40, 30, 3, 3, x, y, out, NULL), 0);
        for (int i = 0; i < n * (65 - n) * 3; i++)
            assert_true(fabsf(out[i] - 200) < 1e-4F); /* a constant stays constant */
    }
    /* A ramp stays a ramp away from the edges, mirrored input gives mirrored output. */
    unsigned char up[40], down[40];
    for (int i = 0; i < 40; i++)
        up[i] = down[39 - i] = (unsigned char)(5 * i);
    run_1d(up, 40, (struct resample_axis){0, 40. / 13, 13}, ramp);
    for (int i = 2; i < 11; i++)
        expect_near(&ramp[i], (const double[]){5 * ((i + 0.5) * 40 / 13 - 0.5)}, 1, 0.35);
    run_1d(down, 40, (struct resample_axis){0, 40. / 13, 13}, out);
    for (int i = 0; i < 13; i++)
        assert_true(fabsf(out[i] - ramp[12 - i]) < 1e-4F);
    /* Channels do not mix. */
    for (int i = 0; i < 40 * 30; i++)
        for (int c = 0; c < 3; c++)
            in[3 * i + c] = (unsigned char)(50 * c + 20);
    struct resample_axis x = {0, 4, 10}, y = {0, 0.75, 40};
    assert_int_equal(resample_run(in, 40, 30, 3, 3, x, y, out, NULL), 0);
    for (int i = 0; i < 10 * 40 * 3; i++)
        assert_true(fabsf(out[i] - (float)(50 * (i % 3) + 20)) < 1e-4F);
}

static void test_fit(void **state)
{
    (void)state;
    float out[64];
    /* 4 x 2 pixels; the network reads 2 x 2. */
    const unsigned char wide[] = {10, 20, 30, 40, 50, 60, 70, 80};
    write_png("set/c/wide.png", 4, 2, 1, wide);
    struct pixels_options o = bytes;
    o.fit = PIXELS_CROP; /* the shorter side fits: a plain cut of the middle */
    load_ok("wide.png", SHAPE(1, 2, 2), &o, out);
    expect_near(out, (const double[]){20, 30, 60, 70}, 4, 0);
    o.fit = PIXELS_STRETCH;
    load_ok("wide.png", SHAPE(1, 2, 2), &o, out);
    expect_near(out, (const double[]){(10 * 4 + 20 * 3 + 30) / 8., (20 + 30 * 3 + 40 * 4) / 8.}, 2, 1e-5);
    o.fit = PIXELS_LETTERBOX; /* 4 x 4: two rows of the image between two grey ones */
    load_ok("wide.png", SHAPE(1, 4, 4), &o, out);
    expect_near(out,
                (const double[]){127.5, 127.5, 127.5, 127.5, 10, 20, 30, 40, 50, 60, 70, 80, 127.5, 127.5,
                                 127.5, 127.5},
                16, 0);
    o = plain;
    o.fit = PIXELS_LETTERBOX;
    o.mean[0] = 0.5F;
    load_ok("wide.png", SHAPE(1, 4, 4), &o, out);
    assert_true(out[0] == 0);

    /* 5 x 2 leaves an odd rest: still whole pixels, the left ones. */
    write_png("set/c/odd.png", 5, 2, 1, (const unsigned char[]){10, 20, 30, 40, 50, 60, 70, 80, 90, 100});
    o = bytes;
    load_ok("odd.png", SHAPE(1, 2, 2), &o, out);
    expect_near(out, (const double[]){20, 30, 70, 80}, 4, 0);

    /* A crop of a larger image is centred and keeps the aspect: 8 x 4 to 2 x 2 sees columns 2..5. */
    unsigned char ramp[32];
    for (int i = 0; i < 32; i++)
        ramp[i] = (unsigned char)(i % 8 * 10);
    write_png("set/c/ramp.png", 8, 4, 1, ramp);
    load_ok("ramp.png", SHAPE(1, 2, 2), &o, out);
    expect_near(out, (const double[]){25, 45, 25, 45}, 4, 1e-4);
    unsigned char tall[32];
    for (int i = 0; i < 32; i++)
        tall[i] = (unsigned char)(i / 4 * 10);
    write_png("set/c/tall.png", 4, 8, 1, tall);
    load_ok("tall.png", SHAPE(1, 2, 2), &o, out);
    expect_near(out, (const double[]){25, 25, 45, 45}, 4, 1e-4);
}

static void test_extreme_shapes(void **state)
{
    (void)state;
    static unsigned char line[40000];
    static float out[3 * 32 * 32];
    memset(line, 99, sizeof line);
    write_png("set/c/long.png", 40000, 1, 1, line);
    write_png("set/c/high.png", 1, 40000, 1, line);
    const char *const names[] = {"long.png", "high.png"};
    for (int i = 0; i < 2; i++)
        for (int f = 0; f < 3; f++) {
            struct pixels_options o = bytes;
            o.fit = (enum pixels_fit)f;
            load_ok(names[i], SHAPE(3, 32, 32), &o, out);
            assert_true(fabsf(out[f == PIXELS_LETTERBOX ? (i ? 15 : 15 * 32) : 0] - 99) < 1e-3F);
        }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void test_speed(void **state)
{
    (void)state;
    static float out[3 * 224 * 224];
    copy_fixture("noise.jpg"); /* 64 x 64 */
    struct dataset *d = fixture_open("set", (struct dataset_options){0});
    struct error e;
    double t0 = now();
    for (int i = 0; i < 200; i++)
        assert_int_equal(pixels_load(d, 0, SHAPE(3, 64, 64), &plain, NULL, out, NULL, &e), 0);
    double t1 = now();
    for (int i = 0; i < 20; i++)
        assert_int_equal(pixels_load(d, 0, SHAPE(3, 224, 224), &plain, NULL, out, NULL, &e), 0);
    double t2 = now();
    print_message("decode 64 x 64: %.2f ms; resampled to 224 x 224: %.2f ms\n", 1e3 * (t1 - t0) / 200,
                  1e3 * (t2 - t1) / 20);
    dataset_free(d);
    assert_true((t1 - t0) / 200 < 0.02); /* 0.2 ms here; room for sanitizers and valgrind's like */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_equal_size_is_exact, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_channels, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_normalisation, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_formats, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_fixtures, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_cut_short, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_damaged, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_hostile_jpeg, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_truncated, fixture_make, fixture_remove),
        cmocka_unit_test(test_resample_by_hand),
        cmocka_unit_test(test_resample_by_definition),
        cmocka_unit_test(test_resample_properties),
        cmocka_unit_test_setup_teardown(test_fit, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_extreme_shapes, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_speed, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
