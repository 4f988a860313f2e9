/* The orientation in EXIF data: found in JPEG and PNG, hostile data, and what it does to the pixels. */
#include "dataset_fixture.h"

#include "base/file.h"
#include "data/exif.h"
#include "data/fit.h"
#include "data/pixels.h"

/* A TIFF directory of two entries, the second of them the orientation. */
static size_t make_tiff(unsigned char *to, bool little, int orientation)
{
    static const unsigned char big[] = {'M', 'M', 0, 42, 0,    0, 0, 8, 0, 2, 1, 0, 0, 4, 0, 0, 0, 1, 0,
                                        0,   0,   9, 1,  0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    static const unsigned char small[] = {'I', 'I', 42, 0,    8, 0, 0, 0, 2, 0, 0, 1, 4, 0, 1, 0, 0, 0, 9,
                                          0,   0,   0,  0x12, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    memcpy(to, little ? small : big, sizeof big);
    to[little ? 30 : 31] = (unsigned char)orientation;
    return sizeof big;
}

enum { ROOM = 256 };

/* SOI, APP1 of XMP, APP1 of EXIF, and the rest of `jpeg` behind its SOI. */
static size_t make_jpeg(unsigned char *to, bool little, int orientation, const unsigned char *rest, size_t n)
{
    static const unsigned char begin[] = {0xff, 0xd8, 0xff, 0xe1, 0,    7,    'h', 't',
                                          't',  'p',  0,    0xff, 0xff, 0xe1, 0,   0};
    memcpy(to, begin, sizeof begin);
    size_t at = sizeof begin;
    memcpy(to + at, "Exif\0", 6);
    size_t tiff = make_tiff(to + at + 6, little, orientation);
    to[at - 1] = (unsigned char)(2 + 6 + tiff);
    at += 6 + tiff;
    memcpy(to + at, rest, n);
    return at + n;
}

static size_t make_png(unsigned char *to, int orientation)
{
    static const unsigned char begin[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,  0,
                                          0,    1,   't', 'E', 'X',  't',  7,    0,    0,  0,
                                          0,    0,   0,   0,   0,    'e',  'X',  'I',  'f'};
    memcpy(to, begin, sizeof begin);
    size_t tiff = make_tiff(to + sizeof begin, false, orientation);
    to[24] = (unsigned char)tiff;
    memset(to + sizeof begin + tiff, 0, 4);
    return sizeof begin + tiff + 4;
}

/* In a block of exactly this size, so that a sanitizer or valgrind sees every byte beyond it. */
static int orientation_of(const unsigned char *bytes, size_t n)
{
    unsigned char *exact = memory_new(n ? n : 1, 1);
    memcpy(exact, bytes, n);
    int found = exif_orientation(exact, n);
    free(exact);
    return found;
}

static void test_found(void **state)
{
    (void)state;
    static const unsigned char scan[] = {0xff, 0xda, 0, 2};
    unsigned char bytes[ROOM];
    for (int o = 1; o <= EXIF_ORIENTATIONS; o++) {
        for (int little = 0; little < 2; little++)
            assert_int_equal(orientation_of(bytes, make_jpeg(bytes, little, o, scan, sizeof scan)), o);
        assert_int_equal(orientation_of(bytes, make_png(bytes, o)), o);
    }
    assert_int_equal(orientation_of(bytes, make_jpeg(bytes, true, 0, scan, sizeof scan)), EXIF_UPRIGHT);
    assert_int_equal(orientation_of(bytes, make_jpeg(bytes, true, 9, scan, sizeof scan)), EXIF_UPRIGHT);
    assert_int_equal(orientation_of((const unsigned char *)"P5 1 1 255\n7", 12), EXIF_UPRIGHT);
}

/* Whatever is cut off or changed: some orientation, and nothing read beyond the end. */
static void test_hostile(void **state)
{
    (void)state;
    static const unsigned char values[] = {0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff};
    unsigned char bytes[ROOM], changed[ROOM];
    for (int kind = 0; kind < 3; kind++) {
        size_t n = kind == 2 ? make_png(bytes, 6) : make_jpeg(bytes, kind, 6, values, 0);
        for (size_t cut = 0; cut < n; cut++) {
            int found = orientation_of(bytes, cut);
            assert_true(found == EXIF_UPRIGHT || cut > n - 8); /* what follows the value is not needed */
        }
        for (size_t at = 0; at < n; at++)
            for (size_t v = 0; v < sizeof values; v++) {
                memcpy(changed, bytes, n);
                changed[at] = values[v];
                int found = orientation_of(changed, n);
                assert_true(found >= EXIF_UPRIGHT && found <= EXIF_ORIENTATIONS);
            }
    }
}

static void expect_ignored(size_t at, unsigned char value)
{
    unsigned char bytes[ROOM];
    size_t n = make_jpeg(bytes, false, 6, (const unsigned char *)"", 0), tiff = n - 38;
    assert_int_equal(orientation_of(bytes, n), 6);
    bytes[tiff + at] = value;
    assert_int_equal(orientation_of(bytes, n), EXIF_UPRIGHT);
}

static void test_not_well_formed(void **state)
{
    (void)state;
    expect_ignored(3, 43);    /* not TIFF's number */
    expect_ignored(4, 0x80);  /* a directory beyond the end */
    expect_ignored(7, 37);    /* one whose number of entries is beyond the end */
    expect_ignored(7, 0);     /* one in the header */
    expect_ignored(9, 1);     /* one entry, another one */
    expect_ignored(23, 0x13); /* another tag */
    expect_ignored(25, 4);    /* of another type */
    expect_ignored(29, 2);    /* two numbers */
    expect_ignored(30, 1);    /* 262 */
}

/* -------- the pixels */

enum { W = 5, H = 3, C = 3 };

/* The picture as a viewer shows it, put down by EXIF 2.32's table: where its first row and its first column
 * are in the stored picture. */
static struct decode_picture shown(const struct decode_picture *p, int orientation)
{
    static const char *const first[] = {
        "",         "top left",  "top right",    "bottom right", "bottom left",
        "left top", "right top", "right bottom", "left bottom"};
    char row[8], column[8];
    sscanf(first[orientation], "%7s %7s", row, column);
    bool swapped = strcmp(row, "left") == 0 || strcmp(row, "right") == 0;
    struct decode_picture out = {.bytes = memory_new((size_t)p->w * (size_t)p->h * C, 1),
                                 .w = swapped ? p->h : p->w,
                                 .h = swapped ? p->w : p->h,
                                 .c = C,
                                 .orientation = EXIF_UPRIGHT};
    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++) {
            /* The stored row as many away from the side where the first one is; the column likewise. */
            int down = swapped ? x : y, across = swapped ? y : x;
            bool row_begins = strcmp(row, "top") == 0 || strcmp(row, "left") == 0;
            bool column_begins = strcmp(column, "left") == 0 || strcmp(column, "top") == 0;
            int stored_y = row_begins ? down : p->h - 1 - down;
            int stored_x = column_begins ? across : p->w - 1 - across;
            memcpy(out.bytes + (y * out.w + x) * C, p->bytes + (stored_y * p->w + stored_x) * C, C);
        }
    return out;
}

static void test_turned(void **state)
{
    (void)state;
    static const struct net_shape shapes[] = {{3, H, W}, {3, W, H}, {1, 7, 2}, {3, 2, 4}, {1, 16, 16}};
    unsigned char bytes[W * H * C];
    for (int i = 0; i < W * H * C; i++)
        bytes[i] = (unsigned char)(i * 37 % 251);
    for (int o = 1; o <= EXIF_ORIENTATIONS; o++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (int fit = 0; fit < 3; fit++) {
                float ours[3 * 256], theirs[3 * 256];
                struct error e = {""};
                struct pixels_options options = {.fit = (enum pixels_fit)fit, .scale = 255, .std = {1, 1, 1}};
                struct decode_picture stored = {.bytes = bytes, .w = W, .h = H, .c = C, .orientation = o},
                                      turned = shown(&stored, o);
                assert_int_equal(fit_picture(&stored, shapes[s], &options, ours, &e), 0);
                assert_int_equal(fit_picture(&turned, shapes[s], &options, theirs, &e), 0);
                assert_memory_equal(ours, theirs, (size_t)net_shape_size(shapes[s]) * sizeof *ours);
                free(turned.bytes);
            }
}

/* A JPEG of colours with an orientation, from the file to the network's input. */
static void test_files(void **state)
{
    (void)state;
    const struct net_shape shape = {3, 24, 16};
    size_t length;
    char *jpeg = file_read("tests/unit/fixtures/noise.jpg", 1 << 20, &length, NULL);
    assert_non_null(jpeg);
    unsigned char *bytes = memory_new(length + ROOM, 1);
    struct decode_picture stored;
    struct error e = {""};
    assert_int_equal(decode_bytes((unsigned char *)jpeg, length, &stored, &e), 0);
    for (int o = 1; o <= EXIF_ORIENTATIONS; o++) {
        float out[3 * 24 * 16], plain[3 * 24 * 16], expected[3 * 24 * 16];
        struct pixels_options options = {.fit = PIXELS_STRETCH, .scale = 1, .std = {1, 1, 1}};
        stored.orientation = EXIF_UPRIGHT;
        assert_int_equal(fit_picture(&stored, shape, &options, plain, &e), 0);
        stored.orientation = o;
        assert_int_equal(fit_picture(&stored, shape, &options, expected, &e), 0);
        size_t n = make_jpeg(bytes, o % 2, o, (unsigned char *)jpeg + 2, length - 2);
        fixture_bytes("set/c/x.jpg", bytes, n);
        struct dataset *d = fixture_open("set", (struct dataset_options){0});
        int told = o == EXIF_UPRIGHT ? 0 : PIXELS_NOT_TURNED;
        assert_int_equal(pixels_load(d, 0, shape, &options, NULL, out, NULL, &e), told);
        assert_memory_equal(out, plain, sizeof out);
        options.exif = true;
        assert_int_equal(pixels_load(d, 0, shape, &options, NULL, out, NULL, &e), 0);
        assert_memory_equal(out, expected, sizeof out);
        dataset_free(d);
    }
    free(stored.bytes);
    free(bytes);
    free(jpeg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_not_well_formed),
        cmocka_unit_test(test_turned),
        cmocka_unit_test_setup_teardown(test_files, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
