/* Pictures for terminals with pixels: what is written is read again, by another program, and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/base64.h"
#include "base/memory.h"
#include "screen/graphics.h"
#include "screen/kitty.h"
#include "screen/sixel.h"

enum { SIDE_MOST = 64 };

/* As a terminal would: what it shows, in per cent; -1 where nothing was drawn. */
struct screen {
    int w, h; /* as the sequence says */
    int registers[256][3];
    int rgb[SIDE_MOST][SIDE_MOST][3];
};

static int read_number(const char **s)
{
    char *end;
    int n = (int)strtol(*s, &end, 10);
    assert_ptr_not_equal(end, *s);
    *s = end;
    return n;
}

/* "#5" chooses, "#5;2;R;G;B" defines. */
static int read_colour(struct screen *t, const char **s)
{
    int colour = read_number(s);
    assert_in_range(colour, 0, SIXEL_COLOURS - 1);
    if (**s != ';')
        return colour;
    assert_int_equal(strncmp(*s, ";2;", 3), 0);
    *s += 2;
    for (int i = 0; i < 3; i++) {
        ++*s;
        t->registers[colour][i] = read_number(s);
        assert_in_range(t->registers[colour][i], 0, 100);
    }
    return colour;
}

static void paint(struct screen *t, int x, int y, int bits, int colour)
{
    for (int i = 0; i < 6; i++)
        if (bits >> i & 1) {
            assert_true(x < t->w && y + i < t->h);
            assert_int_equal(t->rgb[y + i][x][0], -1); /* each pixel once */
            memcpy(t->rgb[y + i][x], t->registers[colour], sizeof t->rgb[0][0]);
        }
}

static void read_sixels(struct screen *t, const char *s)
{
    int x = 0, y = 0, colour = 0;
    memset(t, -1, sizeof *t);
    assert_int_equal(sscanf(s, "\033P0;1;0q\"1;1;%d;%d", &t->w, &t->h), 2);
    s = strchr(s, '#');
    while (*s != '\033') {
        int n = 1;
        char c = *s++;
        if (c == '!') {
            n = read_number(&s);
            c = *s++;
        }
        if (c == '#') {
            colour = read_colour(t, &s);
        } else if (c == '$' || c == '-') {
            x = 0;
            y += c == '-' ? 6 : 0;
        } else {
            assert_in_range(c, '?', '~');
            for (; n > 0; n--)
                paint(t, x++, y, c - '?', colour);
        }
    }
    assert_string_equal(s, "\033\\");
}

static void check_sixels(struct screen *t, const unsigned char *rgb, int w, int h)
{
    char *text;
    size_t n;
    FILE *out = memory_stream(&text, &n);
    sixel_write(out, rgb, w, h);
    fclose(out);
    read_sixels(t, text);
    free(text);
    assert_int_equal(t->w, w);
    assert_int_equal(t->h, h);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int i = 0; i < 3; i++) /* every pixel is drawn, within a step of its colour */
                assert_true(abs(t->rgb[y][x][i] * 255 / 100 - rgb[3 * (y * w + x) + i]) <= 52);
}

/* Sizes around a band and a run; smooth, striped and uniform. */
static void test_sixel_pixels(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 7}, {7, 6}, {3, 5}, {40, 12}, {33, 13}, {64, 64}};
    static struct screen t;
    unsigned char rgb[SIDE_MOST * SIDE_MOST * 3];
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        int w = sizes[k][0], h = sizes[k][1];
        for (int i = 0; i < 3 * w * h; i++)
            rgb[i] = (unsigned char)(i * 37 + i / 3 / w * 11);
        check_sixels(&t, rgb, w, h);
        for (int i = 0; i < 3 * w * h; i++)
            rgb[i] = (unsigned char)(i / 3 * 255 / (w * h));
        check_sixels(&t, rgb, w, h);
    }
}

/* Colours between the palette's are right in the mean of 4 x 4 pixels; those of the palette everywhere. */
static void test_sixel_colours(void **state)
{
    (void)state;
    static const unsigned char colours[][3] = {{22, 9, 51},     {200, 13, 77}, {128, 128, 128},
                                               {255, 255, 255}, {0, 0, 0},     {3, 250, 99}};
    static struct screen t;
    unsigned char rgb[8 * 8 * 3];
    for (size_t k = 0; k < sizeof colours / sizeof colours[0]; k++) {
        for (int i = 0; i < 8 * 8; i++)
            memcpy(rgb + 3 * (size_t)i, colours[k], 3);
        check_sixels(&t, rgb, 8, 8);
        for (int i = 0; i < 3; i++) {
            double sum = 0;
            for (int j = 0; j < 64; j++)
                sum += t.rgb[j / 8][j % 8][i] * 2.55 / 64;
            assert_float_equal(sum, colours[k][i], 2.5);
        }
    }
    const unsigned char exact[] = {0, 51, 255, 102, 102, 153};
    check_sixels(&t, exact, 2, 1);
    assert_int_equal(t.rgb[0][0][1], 20);
    assert_int_equal(t.rgb[0][0][2], 100);
    assert_int_equal(t.rgb[0][1][2], 60);
}

/* Appends the payloads of all sequences to `text`; how many they were. */
static int join_portions(const char *s, char *text)
{
    int n = 0, more = 1;
    for (text[0] = '\0'; *s; n++) {
        const char *begin = strchr(s, ';'), *end = strstr(s, "\033\\");
        const char *m = strstr(s, "m=");
        assert_int_equal(strncmp(s, "\033_G", 3), 0);
        assert_true(more && m && begin && end && m < begin);
        more = m[2] == '1';
        assert_true(end - begin - 1 <= 4096 && (!more || (end - begin - 1) % 4 == 0));
        strncat(text, begin + 1, (size_t)(end - begin - 1));
        s = end + 2;
    }
    assert_false(more);
    return n;
}

static void test_kitty(void **state)
{
    (void)state;
    enum { W = 60, H = 50, N = 3 * W * H };
    unsigned char rgb[N], back[N];
    unsigned random = 1;
    for (int i = 0; i < N; i++)
        rgb[i] = (unsigned char)((random = random * 1103515245 + 12345) >> 16);
    for (int h = 1; h <= H; h += H - 1) {
        char *text;
        size_t n;
        FILE *out = memory_stream(&text, &n);
        kitty_write(out, 77, rgb, W, h);
        fclose(out);
        char *head = memory_format("\033_Ga=T,f=24,o=z,t=d,s=%d,v=%d,i=77,C=1,q=2,", W, h);
        assert_int_equal(strncmp(text, head, strlen(head)), 0);
        char *joined = memory_new(n + 1, 1);
        assert_int_equal(join_portions(text, joined) > 1, h == H);
        size_t length = strlen(joined), packed_n = length / 4 * 3;
        while (length > 0 && joined[length - 1] == '=') {
            length--;
            packed_n--;
        }
        unsigned char *packed = memory_new(packed_n, 1);
        assert_int_equal(base64_decode(joined, packed, packed_n), 0);
        uLongf back_n = sizeof back;
        assert_int_equal(uncompress(back, &back_n, packed, packed_n), Z_OK);
        assert_int_equal(back_n, 3 * W * h);
        assert_memory_equal(back, rgb, back_n);
        free(packed);
        free(joined);
        free(head);
        free(text);
    }
}

/* ---- What is sent of a frame ---- */

struct frame {
    struct graphics *g;
    struct canvas *c;
    unsigned char rgb[4 * 4 * 3];
};

/* Draws and sends a frame: what was sent. */
static char *show(struct frame *f, bool picture, bool cover, bool again)
{
    char *text;
    size_t n;
    struct picture p = {.w = 4, .h = 4, .rgb = f->rgb};
    canvas_clear(f->c);
    if (picture)
        picture_draw(f->c, (struct area){2, 3, 4, 8}, &p, PICTURE_IMAGE);
    if (cover)
        canvas_text(f->c, canvas_area(f->c), 3, 0, ROLE_TEXT, "a line over it");
    graphics_settle(f->g, f->c);
    assert_int_equal(graphics_holds(f->g, 2, 3), picture && !cover);
    FILE *out = memory_stream(&text, &n);
    graphics_write(f->g, out, again);
    fclose(out);
    return text;
}

static void expect_sent(struct frame *f, bool picture, bool cover, bool again, bool draws, bool deletes)
{
    char *sent = show(f, picture, cover, again);
    assert_int_equal(strstr(sent, "\0337\033[3;4H") != NULL, draws);
    assert_int_equal(strstr(sent, "_Ga=d") != NULL, deletes);
    if (!draws && !deletes)
        assert_string_equal(sent, "");
    free(sent);
}

static void test_frames(void **state)
{
    (void)state;
    static const enum graphics_way ways[] = {GRAPHICS_SIXEL, GRAPHICS_KITTY};
    for (int i = 0; i < 2; i++) {
        bool kitty = ways[i] == GRAPHICS_KITTY;
        struct frame f = {.g = graphics_new(), .c = canvas_new(10, 20, GLYPHS_BLOCK)};
        f.c->colours = 256;
        f.c->graphics = f.g;
        expect_sent(&f, false, false, false, false, false);
        assert_false(graphics_use(f.g, ways[i], 0, 0)); /* without a cell's size: blocks */
        assert_false(graphics_use(f.g, ways[i], 10, 5000));
        assert_true(graphics_use(f.g, ways[i], 10, 20));
        assert_false(graphics_use(f.g, ways[i], 10, 20));
        expect_sent(&f, true, false, false, true, false);
        expect_sent(&f, true, false, false, false, false); /* nothing changed */
        expect_sent(&f, true, false, true, true, kitty);   /* the screen was cleared */
        f.rgb[0] = 99;
        expect_sent(&f, true, false, false, true, kitty);
        assert_true(graphics_shown(f.g));
        assert_int_equal(graphics_stains(f.g, 2), !kitty); /* as long as no frame wants it */
        assert_false(graphics_stains(f.g, 1));
        expect_sent(&f, true, true, false, false, kitty); /* something is drawn over it */
        assert_false(graphics_shown(f.g));
        expect_sent(&f, true, false, false, true, false);
        expect_sent(&f, false, false, false, false, kitty);
        expect_sent(&f, false, false, false, false, false);
        assert_true(graphics_use(f.g, GRAPHICS_BLOCKS, 10, 20));
        canvas_free(f.c);
        graphics_free(f.g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sixel_pixels),
        cmocka_unit_test(test_sixel_colours),
        cmocka_unit_test(test_kitty),
        cmocka_unit_test(test_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
