#include "features/jpeg_writer.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "base/memory.h"

/* libjpeg ends the program at an error, unless its handler does not return. */
struct writer {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    unsigned char *bytes; /* malloc'ed by libjpeg, */
    unsigned long length; /* and how many are written */
};

static void jpeg_writer_fail(j_common_ptr jpeg)
{
    longjmp(((struct writer *)jpeg->client_data)->failed, 1);
}

static void jpeg_writer_say_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void jpeg_writer_set_up(struct writer *x, int w, int h, int c, int quality)
{
    jpeg_create_compress(&x->jpeg);
    jpeg_mem_dest(&x->jpeg, &x->bytes, &x->length);
    x->jpeg.image_width = (JDIMENSION)w;
    x->jpeg.image_height = (JDIMENSION)h;
    x->jpeg.input_components = c;
    x->jpeg.in_color_space = c == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&x->jpeg);
    jpeg_set_quality(&x->jpeg, quality, TRUE);
    x->jpeg.dct_method = JDCT_ISLOW;
    x->jpeg.optimize_coding = TRUE;
}

/* The row is only read, but libjpeg's type does not say so. */
static void jpeg_writer_put_rows(struct writer *x, const unsigned char *pixels)
{
    size_t row = (size_t)x->jpeg.image_width * (size_t)x->jpeg.input_components;
    jpeg_start_compress(&x->jpeg, TRUE);
    while (x->jpeg.next_scanline < x->jpeg.image_height) {
        JSAMPROW at = (JSAMPROW)(uintptr_t)(pixels + (size_t)x->jpeg.next_scanline * row);
        jpeg_write_scanlines(&x->jpeg, &at, 1);
    }
    jpeg_finish_compress(&x->jpeg);
}

static struct writer *jpeg_writer_new(void)
{
    struct writer *x = memory_new(1, sizeof *x);
    x->jpeg.err = jpeg_std_error(&x->errors);
    x->errors.error_exit = jpeg_writer_fail;
    x->errors.output_message = jpeg_writer_say_nothing;
    x->jpeg.client_data = x;
    return x;
}

/* The bytes stay. */
static void jpeg_writer_free(struct writer *x)
{
    jpeg_destroy_compress(&x->jpeg);
    free(x);
}

unsigned char *jpeg_writer_run(const unsigned char *pixels, int w, int h, int c, int quality, size_t *length,
                               struct error *e)
{
    struct writer *x = jpeg_writer_new();
    if (setjmp(x->failed)) {
        char reason[JMSG_LENGTH_MAX];
        x->errors.format_message((j_common_ptr)&x->jpeg, reason);
        error_set(e, "%d x %d pixels cannot be written as JPEG: %s", w, h, reason);
        free(x->bytes);
        jpeg_writer_free(x);
        return NULL;
    }
    jpeg_writer_set_up(x, w, h, c, quality);
    jpeg_writer_put_rows(x, pixels);
    unsigned char *bytes = x->bytes;
    *length = x->length;
    jpeg_writer_free(x);
    return bytes;
}

#define JPEG_WRITER_TEXT(x) #x
#define JPEG_WRITER_WORDS(x) JPEG_WRITER_TEXT(x)

const char *jpeg_writer_version(void)
{
    return JPEG_WRITER_WORDS(LIBJPEG_TURBO_VERSION);
}
