#include "net/weights_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"

#define PIECE ((size_t)256 << 10) /* bytes: fits the cache of a core */

/* Clocks of file systems may be as coarse, and those of servers as wrong. */
enum { YOUNG_SECONDS = 2 };

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct weights_stamp stamp_of(const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct weights_stamp){
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = st->st_size,
        .written_ns = nanoseconds(st->st_mtim),
        .changed_ns = nanoseconds(st->st_ctim),
        .young = st->st_ctim.tv_sec > now.tv_sec - YOUNG_SECONDS ||
                 st->st_mtim.tv_sec > now.tv_sec - YOUNG_SECONDS,
    };
}

bool weights_file_is_untouched(const char *path, const struct weights_stamp *before)
{
    struct stat st;
    if (before->young || stat(path, &st) < 0)
        return false;
    struct weights_stamp now = stamp_of(&st);
    return now.device == before->device && now.inode == before->inode && now.size == before->size &&
           now.written_ns == before->written_ns && now.changed_ns == before->changed_ns;
}

int weights_file_open(struct weights_file *f, const char *path, struct error *e)
{
    *f = (struct weights_file){.path = path};
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    if (f->fd < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    struct stat st;
    int status = 0;
    if (fstat(f->fd, &st) < 0)
        status = error_at(e, path, 0, "cannot read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        status = error_at(e, path, 0, "is not a regular file");
    if (status < 0)
        close(f->fd);
    else
        f->stamp = stamp_of(&st);
    return status;
}

void weights_file_close(struct weights_file *f)
{
    close(f->fd);
}

int weights_file_read(const struct weights_file *f, int64_t at, void *bytes, size_t n, struct error *e)
{
    for (size_t have = 0; have < n;) {
        ssize_t got = pread(f->fd, (char *)bytes + have, n - have, (off_t)(at + (int64_t)have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_at(e, f->path, 0, "cannot read: %s", strerror(errno));
        if (got == 0)
            return error_at(e, f->path, 0, "cannot read: it has become shorter meanwhile");
        have += (size_t)got;
    }
    return 0;
}

int weights_file_hash(const struct weights_file *f, weights_look *look, void *context, uint64_t *xxh3,
                      struct error *e)
{
    XXH3_state_t *hash = XXH3_createState();
    unsigned char *bytes = memory_try_unset(PIECE, 1);
    int status = hash && bytes ? 0 : error_at(e, f->path, 0, "no memory to hash it");
    if (status == 0)
        XXH3_64bits_reset(hash);
    for (int64_t at = 0; status == 0 && at < f->stamp.size;) {
        int64_t left = f->stamp.size - at;
        size_t n = left < (int64_t)PIECE ? (size_t)left : PIECE;
        status = weights_file_read(f, at, bytes, n, e);
        if (status == 0)
            XXH3_64bits_update(hash, bytes, n);
        if (status == 0 && look)
            status = look(context, at, bytes, n, e);
        at += (int64_t)n;
    }
    if (status == 0)
        *xxh3 = XXH3_64bits_digest(hash);
    XXH3_freeState(hash);
    free(bytes);
    return status;
}
