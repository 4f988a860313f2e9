#include "study/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

#define FOLDER_LOCK_FILE ".isplit-lock"

/* Byte I of the file stands for share I, all of them for the whole. Who has it says so in a line, in the
 * slot of that byte. */
enum { FOLDER_LOCK_SLOT = 128 /* bytes */, FOLDER_LOCK_TRIES = 1000 };

struct folder_lock {
    char *folder, *path;
    int fd; /* -1: nothing is locked */
    long share;
    bool made; /* the folder */
};

/* Locks of open files: those of a process would go with any other descriptor of the file. They work on NFS.
 */
static int folder_lock_ask(int fd, int command, long share, struct flock *range)
{
    *range =
        (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = share, .l_len = share > 0 ? 1 : 0};
    return fcntl(fd, command, range);
}

/* Who has been locked out may have removed the file that this one waited for. */
static bool folder_lock_is_there(const struct folder_lock *l)
{
    struct stat own, there;
    return fstat(l->fd, &own) == 0 && stat(l->path, &there) == 0 && own.st_dev == there.st_dev &&
           own.st_ino == there.st_ino;
}

static void folder_lock_sign(const struct folder_lock *l)
{
    char host[HOST_NAME_MAX + 1] = "", slot[FOLDER_LOCK_SLOT];
    gethostname(host, sizeof host - 1);
    snprintf(slot, sizeof slot, "process %ld on %.80s", (long)getpid(), host);
    size_t n = strlen(slot);
    memset(slot + n, ' ', sizeof slot - n);
    slot[sizeof slot - 1] = '\n';
    if (pwrite(l->fd, slot, sizeof slot, l->share * FOLDER_LOCK_SLOT) < 0)
        return; /* a full disk: then nobody is told who it is */
}

/* 1: nobody has it any more; -1: who has it. */
static int folder_lock_tell(const struct folder_lock *l, struct error *e)
{
    struct flock held;
    char slot[FOLDER_LOCK_SLOT + 1] = "";
    if (folder_lock_ask(l->fd, F_OFD_GETLK, l->share, &held) == 0 && held.l_type == F_UNLCK)
        return 1;
    ssize_t n = pread(l->fd, slot, FOLDER_LOCK_SLOT, held.l_start * FOLDER_LOCK_SLOT);
    slot[n > 0 ? n : 0] = '\0';
    for (n = (ssize_t)strlen(slot); n > 0 && (slot[n - 1] == ' ' || slot[n - 1] == '\n'); n--)
        slot[n - 1] = '\0';
    char *who = text_escape(*slot ? slot : "which does not say where");
    error_at(e, l->folder, 0,
             "another isplit works here: %s (expected to wait for its end, or another folder)", who);
    free(who);
    return -1;
}

/* 0: locked, or there are no locks; 1: to be tried again, as the file or the folder was removed meanwhile. */
static int folder_lock_try(struct folder_lock *l, struct error *e)
{
    struct flock range;
    l->made = mkdir(l->folder, 0777) == 0 || l->made;
    bool may_be_there = l->made || errno == EEXIST;
    l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (l->fd < 0)
        return errno == ENOENT && may_be_there;
    int status = folder_lock_ask(l->fd, F_OFD_SETLK, l->share, &range);
    if (status == 0 && folder_lock_is_there(l)) {
        folder_lock_sign(l);
        return 0;
    }
    if (status == 0)
        status = 1;
    else
        status = errno == EAGAIN || errno == EACCES ? folder_lock_tell(l, e) : 0;
    close(l->fd);
    l->fd = -1;
    return status;
}

struct folder_lock *folder_lock_take(const char *folder, long share, struct error *e)
{
    struct folder_lock *l = memory_new(1, sizeof *l);
    *l = (struct folder_lock){.folder = memory_copy(folder),
                              .path = memory_format("%s/" FOLDER_LOCK_FILE, folder),
                              .fd = -1,
                              .share = share};
    int status = 1;
    for (int i = 0; i < FOLDER_LOCK_TRIES && status > 0; i++)
        status = folder_lock_try(l, e);
    if (status >= 0)
        return l;
    folder_lock_free(l);
    return NULL;
}

void folder_lock_free(struct folder_lock *l)
{
    struct flock range;
    if (!l)
        return;
    if (l->fd >= 0) {
        if (folder_lock_ask(l->fd, F_OFD_SETLK, 0, &range) == 0) /* else other shares need it */
            unlink(l->path);
        close(l->fd);
    }
    if (l->made)
        rmdir(l->folder);
    free(l->folder);
    free(l->path);
    free(l);
}
