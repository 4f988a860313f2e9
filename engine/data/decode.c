#include "data/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/pnm.h"
#include "data/stb.h"

#define FILE_BYTES_MAX ((int64_t)1 << 30)

int decode_check_size(int64_t w, int64_t h, struct error *e)
{
    if (w < 1 || h < 1)
        return error_set(e, "has %lld x %lld pixels (expected at least 1 x 1)", (long long)w, (long long)h);
    if (w > DECODE_SIDE_MAX || h > DECODE_SIDE_MAX)
        return error_set(e, "has %lld x %lld pixels (expected no side above %d)", (long long)w, (long long)h,
                         DECODE_SIDE_MAX);
    if (w > DECODE_PIXELS_MAX / h)
        return error_set(e, "has %lld x %lld pixels (expected at most %lld million)", (long long)w,
                         (long long)h, (long long)(DECODE_PIXELS_MAX / 1000000));
    return 0;
}

struct decode_picture decode_measure(const unsigned char *bytes, size_t length)
{
    return pnm_is(bytes, length) ? pnm_measure(bytes, length) : stb_measure(bytes, length);
}

int decode_bytes(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e)
{
    *picture = (struct decode_picture){0};
    if (length == 0)
        return error_set(e, "is empty");
    return pnm_is(bytes, length) ? pnm_decode(bytes, length, picture, e)
                                 : stb_decode(bytes, length, picture, e);
}

/* Not file_read of base/file.h: its messages begin with the path, ours must not. */
static unsigned char *decode_read_all(int fd, size_t size, struct error *e)
{
    unsigned char *bytes = malloc(size ? size : 1);
    if (!bytes) {
        error_set(e, "no memory for %zu bytes", size);
        return NULL;
    }
    for (size_t got = 0; got < size;) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            error_set(e, "cannot read: %s", n < 0 ? strerror(errno) : "the file became shorter");
            free(bytes);
            return NULL;
        }
        got += (size_t)n;
    }
    return bytes;
}

unsigned char *decode_read(const char *path, size_t *length, struct error *e)
{
    /* O_NONBLOCK: a FIFO among the images must not hang the program. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_set(e, "cannot open: %s", strerror(errno));
        return NULL;
    }
    struct stat st;
    unsigned char *bytes = NULL;
    if (fstat(fd, &st) < 0)
        error_set(e, "cannot read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        error_set(e, "is not a regular file");
    else if (st.st_size > FILE_BYTES_MAX)
        error_set(e, "has %lld bytes (expected at most %lld)", (long long)st.st_size,
                  (long long)FILE_BYTES_MAX);
    else
        bytes = decode_read_all(fd, (size_t)st.st_size, e);
    close(fd);
    if (bytes)
        *length = (size_t)st.st_size;
    return bytes;
}
