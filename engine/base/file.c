#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

enum { ASIDE_MAX = 1000 };

static char *file_read_all(int fd, const char *path, size_t size, size_t *length, struct error *e)
{
    char *bytes = malloc(size + 1);
    if (!bytes) {
        error_at(e, path, 0, "no memory for %zu bytes", size);
        return NULL;
    }
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_at(e, path, 0, "cannot read: %s", strerror(errno));
            free(bytes);
            return NULL;
        }
        if (n == 0)
            break;
        got += (size_t)n;
    }
    bytes[got] = '\0';
    *length = got;
    return bytes;
}

char *file_read(const char *path, size_t limit, size_t *length, struct error *e)
{
    /* O_NONBLOCK: opening a FIFO by mistake must not hang the program. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_at(e, path, 0, "cannot open: %s", strerror(errno));
        return NULL;
    }
    char *bytes = NULL;
    struct stat st;
    if (fstat(fd, &st) < 0)
        error_at(e, path, 0, "cannot read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        error_at(e, path, 0, "is not a regular file");
    else if ((size_t)st.st_size > limit)
        error_at(e, path, 0, "has %lld bytes (expected at most %zu)", (long long)st.st_size, limit);
    else
        bytes = file_read_all(fd, path, (size_t)st.st_size, length, e);
    close(fd);
    return bytes;
}

bool file_is_device(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

char *file_resolve(const char *path)
{
    char *whole = realpath(path, NULL);
    if (whole)
        return whole;
    char *for_folder = memory_copy(path);
    char *for_base = memory_copy(path);
    char *folder = realpath(dirname(for_folder), NULL);
    char *resolved = folder ? memory_format("%s/%s", folder, basename(for_base)) : memory_copy(path);
    free(for_folder);
    free(for_base);
    free(folder);
    return resolved;
}

/* A folder that is there is made already, whatever mkdir says of it. */
static int file_make_folder(const char *path, const char *folder, struct error *e)
{
    struct stat st;
    if (mkdir(folder, 0700) == 0)
        return 0;
    int why = errno;
    if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    char *shown = text_escape(folder);
    error_at(e, path, 0, "cannot make the folder %s: %s", shown, strerror(why));
    free(shown);
    return -1;
}

int file_make_folders(const char *path, struct error *e)
{
    int status = 0;
    char *copy = memory_copy(path);
    for (char *p = strchr(copy + 1, '/'); p && status == 0; p = strchr(p + 1, '/')) {
        *p = '\0';
        status = file_make_folder(path, copy, e);
        *p = '/';
    }
    free(copy);
    return status;
}

/* "All paths set in these environment variables must be absolute": others are ignored (XDG Base Directory
 * Specification 0.8). */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] == '/' ? value : NULL;
}

char *file_user_path(const char *variable, const char *below_home, const char *name)
{
    const char *base = absolute(variable);
    const char *home = absolute("HOME");
    if (base)
        return memory_format("%s/isplit/%s", base, name);
    return home ? memory_format("%s/%s/isplit/%s", home, below_home, name) : NULL;
}

char *file_put_aside(const char *path)
{
    for (int i = 1; i <= ASIDE_MAX; i++) {
        struct stat st;
        char *aside = i == 1 ? memory_format("%s.damaged", path) : memory_format("%s.damaged-%d", path, i);
        if (lstat(aside, &st) < 0) {
            if (rename(path, aside) == 0)
                return aside;
            free(aside);
            return NULL;
        }
        free(aside);
    }
    errno = EEXIST;
    return NULL;
}

static int cannot_write(const char *path, struct error *e)
{
    return error_at(e, path, 0, "cannot write: %s", strerror(errno));
}

/* A new private file next to `path`, with the permissions any new file would have. */
static int open_temporary(struct file_out *f, const char *path)
{
    f->temporary = memory_format("%s.XXXXXX", path);
    int fd = mkstemp(f->temporary);
    if (fd < 0) {
        free(f->temporary);
        f->temporary = NULL;
        return -1;
    }
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
    return fd;
}

int file_out_open(struct file_out *f, const char *path, struct error *e)
{
    *f = (struct file_out){0};
    if (!path || strcmp(path, "-") == 0) {
        f->stream = stdout;
        return 0;
    }
    /* A symbolic link stays: the file it points to is replaced. */
    char *target = realpath(path, NULL);
    f->named = memory_copy(path);
    f->path = target ? target : memory_copy(path);
    int fd = file_is_device(f->path) ? open(f->path, O_WRONLY | O_CLOEXEC) : open_temporary(f, f->path);
    if (fd < 0) {
        cannot_write(path, e);
        file_out_abandon(f);
        return -1;
    }
    f->stream = fdopen(fd, "w");
    if (!f->stream) {
        cannot_write(path, e);
        close(fd);
        file_out_abandon(f);
        return -1;
    }
    return 0;
}

int file_out_check(const char *path, struct error *e)
{
    if (strcmp(path, "-") == 0)
        return 0;
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return error_at(e, path, 0, "is a folder (expected a file to write)");
    if (file_is_device(path))
        return access(path, W_OK) == 0 ? 0 : cannot_write(path, e);
    struct file_out f;
    if (file_out_open(&f, path, e) < 0)
        return -1;
    file_out_abandon(&f);
    return 0;
}

int file_out_sync(const struct file_out *f)
{
    bool failed = fflush(f->stream) != 0 || ferror(f->stream) ||
                  (f->temporary && !f->hasty && fsync(fileno(f->stream)) < 0);
    return failed ? -1 : 0;
}

/* Everything but the name: the bytes are safe. Nothing is open any more. */
static int file_out_finish(struct file_out *f, struct error *e)
{
    int failed = file_out_sync(f) < 0;
    if (!f->path)
        return failed ? cannot_write("standard output", e) : 0;
    int saved = errno;
    if (fclose(f->stream) != 0 && !failed)
        failed = 1;
    else
        errno = saved;
    f->stream = NULL;
    return failed ? cannot_write(f->named, e) : 0;
}

int file_out_commit(struct file_out *f, struct error *e)
{
    int status = file_out_finish(f, e);
    if (!f->path)
        return status;
    if (status == 0 && f->temporary && rename(f->temporary, f->path) < 0)
        status = cannot_write(f->named, e);
    if (status == 0) {
        free(f->temporary);
        f->temporary = NULL;
    }
    file_out_abandon(f);
    return status;
}

/* Gives the file its name if that is free: 0, or -1 with errno. Not all file systems have links or rename
 * without replacing; where neither is possible a race between two programs remains. */
static int give_name(const char *own, const char *path)
{
    struct stat st;
    if (link(own, path) == 0) /* abandoning the file removes its other name */
        return 0;
    if (errno == EEXIST)
        return -1;
    if (renameat2(AT_FDCWD, own, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (lstat(path, &st) < 0)
        return rename(own, path);
    errno = EEXIST;
    return -1;
}

/* Another name for the file that the commit is to replace, so that it can be renamed back: new string, and by
 * `link` it keeps its own, too. NULL with errno where there is no such file, or the file system has no links.
 */
static char *earlier_of(const struct file_out *f, int (*name)(const char *, const char *))
{
    struct stat st;
    char *earlier = f->temporary ? memory_format("%s.earlier", f->temporary) : NULL;
    bool folder = lstat(f->path, &st) == 0 && S_ISDIR(st.st_mode); /* which stays where it is */
    if (earlier && !folder && name(f->path, earlier) == 0)
        return earlier;
    int why = folder ? EISDIR : errno;
    free(earlier);
    errno = why;
    return NULL;
}

int file_out_commit_pair(struct file_out *first, struct file_out *second, struct error *e)
{
    struct stat st;
    char *place = memory_copy(first->path), *second_place = memory_copy(second->path);
    bool made = first->temporary && lstat(place, &st) < 0;
    char *earlier = earlier_of(first, link), *second_earlier = earlier_of(second, rename);
    bool stuck = second->temporary && !second_earlier && errno != ENOENT;
    int status = stuck ? cannot_write(second->named, e) : file_out_commit(first, e);
    if (stuck)
        file_out_abandon(first);
    if (status < 0)
        file_out_abandon(second);
    else if ((status = file_out_commit(second, e)) < 0) {
        if (earlier)
            rename(earlier, place);
        else if (made)
            unlink(place);
    }
    if (earlier)
        unlink(earlier);
    if (second_earlier && status == 0)
        unlink(second_earlier);
    else if (second_earlier)
        rename(second_earlier, second_place);
    free(second_earlier);
    free(second_place);
    free(earlier);
    free(place);
    return status;
}

int file_out_commit_new(struct file_out *f, struct error *e)
{
    int status = file_out_finish(f, e);
    if (!f->path)
        return status;
    if (status == 0 && f->temporary && give_name(f->temporary, f->path) < 0)
        status = errno == EEXIST ? 1 : cannot_write(f->named, e);
    file_out_abandon(f);
    return status;
}

void file_out_abandon(struct file_out *f)
{
    if (f->stream && f->stream != stdout)
        fclose(f->stream);
    if (f->temporary) {
        unlink(f->temporary);
        free(f->temporary);
    }
    free(f->named);
    free(f->path);
    *f = (struct file_out){0};
}
