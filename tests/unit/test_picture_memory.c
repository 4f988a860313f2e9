/* What decoding and fitting an image takes: resampling a row at a time gives bit for bit what it gave with
 * all rows at once; what is measured is enough for every format; and what is allowed is never exceeded. */
#include "dataset_fixture.h"

#include <math.h>
#include <zlib.h>

#include "data/decode.h"
#include "data/fit.h"
#include "data/loader.h"
#include "data/pixels.h"
#include "data/resample.h"

static const struct pixels_options plain = {.scale = 255, .std = {1, 1, 1}};

static uint32_t state = 1;

static int random_below(int n)
{
    state = state * 1664525 + 1013904223;
    return (int)((uint64_t)state * (uint64_t)n >> 32);
}

/* ---- Resampling, as straightforward as can be ------------------------------------------------------ */

static int clamped(long value, int size)
{
    return value < 0 ? 0 : value > size - 1 ? size - 1 : (int)value;
}

/* The weight of each input pixel [size] in one output pixel. */
static void weigh(struct resample_axis axis, int size, int i, float *weights, int *first, int *last)
{
    double support = axis.step > 1 ? axis.step : 1, x = axis.origin + (i + 0.5) * axis.step, total = 0;
    long low = (long)floor(x - 0.5 - support) + 1, high = (long)ceil(x - 0.5 + support) - 1;
    *first = clamped(low, size);
    *last = clamped(high, size);
    for (long j = low; j <= high; j++)
        total += 1 - fabs(x - 0.5 - (double)j) / support;
    for (int p = *first; p <= *last; p++) {
        double sum = 0;
        for (long j = p == *first ? low : p; j <= (p == *last ? high : p); j++)
            sum += 1 - fabs(x - 0.5 - (double)j) / support;
        weights[p] = (float)(sum / total);
    }
}

/* All rows across, then all columns down. */
static void resample_at_once(const unsigned char *in, int w, int h, int c, int k, struct resample_axis x,
                             struct resample_axis y, float *out)
{
    float *weights = memory_new((size_t)(w > h ? w : h), sizeof *weights);
    float *middle = memory_new((size_t)h * (size_t)x.n * (size_t)k, sizeof *middle);
    int first, last;
    for (int i = 0; i < x.n; i++) {
        weigh(x, w, i, weights, &first, &last);
        for (int row = 0; row < h; row++)
            for (int p = first; p <= last; p++)
                for (int channel = 0; channel < k; channel++)
                    middle[(row * x.n + i) * k + channel] +=
                        weights[p] * (float)in[(row * w + p) * c + channel];
    }
    memset(out, 0, (size_t)y.n * (size_t)x.n * (size_t)k * sizeof *out);
    for (int i = 0; i < y.n; i++) {
        weigh(y, h, i, weights, &first, &last);
        for (int p = first; p <= last; p++)
            for (int j = 0; j < x.n * k; j++)
                out[i * x.n * k + j] += weights[p] * middle[p * x.n * k + j];
    }
    free(weights);
    free(middle);
}

/* The axes of a fit: the whole side, or its middle as a crop takes it, at whole pixels or between them. */
static struct resample_axis random_axis(int size, int n)
{
    double step = (double)size / n, part = random_below(3) ? 1 : 0.3 + 0.7 * random_below(1000) / 1000;
    double origin = (size - step * part * n) / 2;
    return (struct resample_axis){random_below(4) ? origin : floor(origin), step * part, n};
}

static void test_rows_one_by_one(void **unused)
{
    (void)unused;
    enum { SIDE = 160, OUT = 96 };
    static unsigned char in[SIDE * SIDE * 4];
    static float once[OUT * OUT * 3], by_row[OUT * OUT * 3];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)random_below(256);
    for (int trial = 0; trial < 400; trial++) {
        int w = 1 + random_below(random_below(4) ? SIDE : 3),
            h = 1 + random_below(random_below(4) ? SIDE : 3);
        int c = 1 + random_below(4), k = c < 3 ? 1 : 3;
        struct resample_axis x = random_axis(w, 1 + random_below(OUT)),
                             y = random_axis(h, 1 + random_below(OUT));
        resample_at_once(in, w, h, c, k, x, y, once);
        assert_int_equal(resample_run(in, w, h, c, k, x, y, by_row, NULL), 0);
        assert_memory_equal(once, by_row, (size_t)x.n * (size_t)y.n * (size_t)k * sizeof *once);
    }
}

/* A few rows of input or output, whatever the other side. */
static void test_resampling_is_bounded(void **unused)
{
    (void)unused;
    const int most = DECODE_SIDE_MAX;
    struct resample_axis one = {0, 1, 1}, shrunk = {0, most / 224., 224}, grown = {0, 1 / 224., 224};
    assert_true(resample_bytes(1, 3, grown, shrunk) < 100 << 10);
    assert_true(resample_bytes(most, 3, shrunk, grown) < 9 * (int64_t)most);
    assert_true(resample_bytes(most, 3, one, one) < 9 * (int64_t)most);
    for (int fit = 0; fit < 3; fit++) {
        struct pixels_options options = {.fit = (enum pixels_fit)fit, .scale = 1, .std = {1, 1, 1}};
        assert_true(fit_bytes(1, most, 1, (struct net_shape){3, 224, 224}, &options) < 2 << 20);
    }
}

/* ---- Measuring ------------------------------------------------------------------------------------- */

struct file {
    unsigned char bytes[1 << 17];
    size_t n;
};

static void add_chunk(struct file *f, const char *kind, const void *data, size_t n)
{
    unsigned char *at = f->bytes + f->n;
    assert_true(f->n + n + 12 <= sizeof f->bytes);
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(n >> (24 - 8 * i));
    memcpy(at + 4, kind, 4);
    memcpy(at + 8, data, n);
    memset(at + 8 + n, 0, 4); /* the checksum, which stb_image passes over */
    f->n += n + 12;
}

/* Bytes of the rows that a PNG packs. */
static size_t packed_size(int w, int h, int bits, bool interlaced)
{
    static const int xs[] = {0, 4, 0, 2, 0, 1, 0}, ys[] = {0, 0, 4, 0, 2, 0, 1}, dx[] = {8, 8, 4, 4, 2, 2, 1},
                     dy[] = {8, 8, 8, 4, 4, 2, 2};
    if (!interlaced)
        return (size_t)h * (size_t)((w * bits + 7) / 8 + 1);
    size_t sum = 0;
    for (int p = 0; p < 7; p++) {
        int wide = (w - xs[p] + dx[p] - 1) / dx[p], high = (h - ys[p] + dy[p] - 1) / dy[p];
        sum += wide > 0 && high > 0 ? (size_t)high * (size_t)((wide * bits + 7) / 8 + 1) : 0;
    }
    return sum;
}

/* A black PNG; `extra` bytes follow the rows that it packs. */
static void make_png(struct file *f, int w, int h, int depth, int kind, int transparent, bool interlaced,
                     size_t extra)
{
    static const int channels[] = {1, 0, 3, 1, 2, 0, 4};
    const unsigned char header[] = {0,
                                    0,
                                    (unsigned char)(w >> 8),
                                    (unsigned char)w,
                                    0,
                                    0,
                                    (unsigned char)(h >> 8),
                                    (unsigned char)h,
                                    (unsigned char)depth,
                                    (unsigned char)kind,
                                    0,
                                    0,
                                    interlaced};
    size_t rows = packed_size(w, h, depth * channels[kind], interlaced) + extra;
    unsigned char *raw = memory_new(rows, 1), packed[1 << 16];
    uLongf n = sizeof packed;
    assert_int_equal(compress2(packed, &n, raw, rows, 9), Z_OK);
    free(raw);
    memcpy(f->bytes, "\x89PNG\r\n\x1a\n", 8);
    f->n = 8;
    add_chunk(f, "IHDR", header, sizeof header);
    if (kind == 3)
        add_chunk(f, "PLTE", "\0\0\0\1\1\1", 6);
    if (transparent)
        add_chunk(f, "tRNS", "\0\1\0\1\0\1", kind == 3 ? 2 : kind == 0 ? 2 : 6);
    for (size_t i = 0; i < n; i += 100) /* in parts, so that they have to be joined */
        add_chunk(f, "IDAT", packed + i, n - i < 100 ? n - i : 100);
    add_chunk(f, "IEND", "", 0);
}

/* Decodes with no more than is measured: too little would be an error. */
static void check_need(const struct file *f, int w, int h, const char *what)
{
    struct decode_picture need = decode_measure(f->bytes, f->n);
    struct decode_picture picture;
    struct error e;
    if (decode_bytes(f->bytes, f->n, &picture, &e) < 0)
        fail_msg("%s: %s", what, e.text);
    assert_true(need.w == w && need.h == h && picture.w == w && picture.h == h);
    assert_int_equal(need.c, picture.c);
    assert_true(need.takes >= (int64_t)w * h * picture.c);
    /* And not much more: at most 8 bytes for each of a channel. */
    assert_true(need.takes < 8 * (int64_t)w * h * picture.c + 4 * (int64_t)f->n + (100 << 10));
    free(picture.bytes);
}

static void test_png_need(void **unused)
{
    (void)unused;
    static struct file f;
    static const struct {
        int depth, kind;
    } kinds[] = {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {16, 0}, {8, 2}, {16, 2}, {1, 3},
                 {2, 3}, {4, 3}, {8, 3}, {8, 4}, {16, 4}, {8, 6}, {16, 6}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int interlaced = 0; interlaced < 2; interlaced++)
            for (int transparent = 0; transparent < (kinds[i].kind & 4 ? 1 : 2); transparent++)
                for (int size = 0; size < 3; size++) {
                    static const int w[] = {1, 613, 301}, h[] = {1, 401, 1000};
                    char what[80];
                    snprintf(what, sizeof what, "%d x %d, depth %d, kind %d, interlaced %d, transparent %d",
                             w[size], h[size], kinds[i].depth, kinds[i].kind, interlaced, transparent);
                    make_png(&f, w[size], h[size], kinds[i].depth, kinds[i].kind, transparent, interlaced, 0);
                    check_need(&f, w[size], h[size], what);
                }
}

static void read_fixture(struct file *f, const char *name)
{
    char *path = memory_format("tests/unit/fixtures/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    f->n = fread(f->bytes, 1, sizeof f->bytes, file);
    fclose(file);
    free(path);
}

/* Where the header of a JPEG says its size. */
static unsigned char *frame_of(struct file *f)
{
    for (size_t i = 2; i + 9 < f->n; i += 2 + (size_t)(f->bytes[i + 2] << 8 | f->bytes[i + 3]))
        if (f->bytes[i + 1] >= 0xc0 && f->bytes[i + 1] <= 0xc2)
            return f->bytes + i + 5;
    fail_msg("no frame");
    return NULL;
}

/* As they are, and claiming to be far larger: then stb_image makes all of them before it finds no more data.
 */
static void test_jpeg_need(void **unused)
{
    (void)unused;
    static struct file f;
    static const struct {
        const char *name;
        int side;
    } files[] = {{"cmyk.jpg", 8}, {"grey.jpg", 8}, {"noise.jpg", 64}, {"progressive.jpg", 8}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        read_fixture(&f, files[i].name);
        unsigned char *frame = frame_of(&f);
        int h = frame[0] << 8 | frame[1], w = frame[2] << 8 | frame[3];
        check_need(&f, w, h, files[i].name);
        frame[0] = frame[2] = 4;
        struct decode_picture need = decode_measure(f.bytes, f.n);
        struct decode_picture picture;
        struct error e = {""};
        assert_true(need.w == 4 * 256 + w % 256 && need.h == 4 * 256 + h % 256);
        if (decode_bytes(f.bytes, f.n, &picture, &e) == 0)
            free(picture.bytes);
        assert_null(strstr(e.text, "unpacks"));
    }
}

/* A PNG of 8 x 8 pixels which unpacks to 32 MB. */
static void test_bomb(void **unused)
{
    (void)unused;
    static struct file f;
    struct decode_picture picture;
    struct error e = {""};
    make_png(&f, 8, 8, 8, 2, 0, false, 0);
    check_need(&f, 8, 8, "no bomb");
    make_png(&f, 8, 8, 8, 2, 0, false, 32 << 20);
    assert_int_equal(decode_bytes(f.bytes, f.n, &picture, &e), -1);
    assert_string_equal(e.text, "unpacks to more than the size in its header");
}

/* Sides that no product may be made of: 2^31 - 1, its negative, and -2^31. */
static void test_sides(void **unused)
{
    (void)unused;
    static const unsigned char sides[][4] = {{255, 255, 255, 127}, {1, 0, 0, 128}, {0, 0, 0, 128}};
    for (int wide = 0; wide < 3; wide++)
        for (int high = 0; high < 3; high++) {
            unsigned char bmp[30] = {'B', 'M', [10] = 26, [14] = 40, [28] = 255, [29] = 255};
            struct decode_picture picture;
            struct error e;
            memcpy(bmp + 18, sides[wide], 4);
            memcpy(bmp + 22, sides[high], 4);
            assert_int_equal(decode_bytes(bmp, sizeof bmp, &picture, &e), -1);
            assert_non_null(strstr(e.text, wide == 0 ? "expected no side above 16777216" : "at least 1 x 1"));
            assert_int_equal(decode_measure(bmp, sizeof bmp).bytes, 0);
        }
    assert_int_equal(decode_check_size(DECODE_SIDE_MAX, 1, NULL), 0);
    assert_int_equal(decode_check_size(DECODE_SIDE_MAX + 1, 1, NULL), -1);
    assert_int_equal(decode_check_size(1, INT64_MAX, NULL), -1);
}

/* ---- Limits ---------------------------------------------------------------------------------------- */

enum { SIDE = 100, IMAGES = 40 };
static const struct net_shape shape = {1, 2, 2};

static struct dataset *make_set(void)
{
    static unsigned char file[SIDE * SIDE + 32];
    for (int i = 0; i < IMAGES; i++) {
        char name[32];
        int n = snprintf((char *)file, sizeof file, "P5 %d %d 255\n", SIDE, SIDE);
        snprintf(name, sizeof name, "m/c/%03d.pgm", i);
        memset(file + n, i, SIDE * SIDE);
        fixture_bytes(name, (const char *)file, (size_t)n + SIDE * SIDE);
    }
    return fixture_open("m", (struct dataset_options){0});
}

/* Bytes of the file, and what is made of them. */
static int64_t one_image(void)
{
    return 15 + 2 * SIDE * SIDE + fit_bytes(SIDE, SIDE, 1, shape, &plain);
}

static void test_too_large(void **unused)
{
    (void)unused;
    struct dataset *d = make_set();
    struct content content;
    struct error e;
    float out[4];
    struct decode_memory *memory = decode_memory_new();
    decode_memory_limit(memory, one_image() - 1, " here");
    assert_int_equal(pixels_load(d, 3, shape, &plain, memory, out, &content, &e), -1);
    assert_string_equal(e.text, "has 100 x 100 pixels, which take 1 MB of memory (allowed: 20.5 KiB here)");
    assert_false(content.known); /* that says nothing about the image, and must not be remembered */
    decode_memory_limit(memory, 100, " here");
    assert_int_equal(pixels_load(d, 3, shape, &plain, memory, out, &content, &e), -1);
    assert_string_equal(e.text, "its file alone takes 1 MB of memory (allowed: 100 B here)");
    assert_false(content.known);
    decode_memory_limit(memory, one_image(), " here");
    assert_int_equal(pixels_load(d, 3, shape, &plain, memory, out, &content, &e), 0);
    assert_true(content.known && fabsf(out[3] - 3) < 1e-3F);
    assert_int_equal(decode_memory_used(memory), 0);
    decode_memory_free(memory);
    dataset_free(d);
}

/* Eight threads and memory for one image and a half: each waits for its turn, none for ever. */
static void test_threads_share(void **unused)
{
    (void)unused;
    struct dataset *d = make_set();
    long order[5 * IMAGES];
    for (int i = 0; i < 5 * IMAGES; i++)
        order[i] = i % IMAGES;
    struct decode_memory *memory = decode_memory_new();
    for (int halves = 2; halves < 7; halves++) {
        decode_memory_limit(memory, one_image() * halves / 2, "");
        struct loader *l = loader_start(d, order, 5 * IMAGES, shape, &plain, memory, 8, 16, NULL);
        assert_non_null(l);
        for (int i = 0; i < 5 * IMAGES; i++) {
            long image;
            float out[4];
            struct error e;
            if (loader_next(l, &image, out, NULL, &e) != 1)
                fail_msg("%s", e.text);
            assert_true(image == order[i] && fabsf(out[0] - (float)order[i]) < 1e-3F);
        }
        loader_stop(l);
        assert_int_equal(decode_memory_used(memory), 0);
    }
    decode_memory_free(memory);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_one_by_one),
        cmocka_unit_test(test_resampling_is_bounded),
        cmocka_unit_test(test_png_need),
        cmocka_unit_test(test_jpeg_need),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_sides),
        cmocka_unit_test_setup_teardown(test_too_large, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_threads_share, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests_name("picture memory", tests, NULL, NULL);
}
