/* A weights file, read in pieces: nothing of it stays in this process's memory, and one that becomes shorter
 * meanwhile is an error, where mapped pages would end the process. */
#ifndef ISPLIT_NET_WEIGHTS_FILE_H
#define ISPLIT_NET_WEIGHTS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What the system says of a file: as long as that stays, so do its bytes; of a young one, whose last change
 * was just then, another might bear the same time. */
struct weights_stamp {
    uint64_t device, inode;
    int64_t size, written_ns, changed_ns;
    bool young;
};

struct weights_file {
    const char *path; /* borrowed */
    int fd;
    struct weights_stamp stamp; /* of the file, before it was read */
};

/* 0, or -1 where it cannot be opened or is no regular file. */
int weights_file_open(struct weights_file *f, const char *path, struct error *e);
void weights_file_close(struct weights_file *f);

/* Exactly n bytes from byte `at` on. 0 or -1. */
int weights_file_read(const struct weights_file *f, int64_t at, void *bytes, size_t n, struct error *e);

/* All bytes once, in order: their hash, and `look` (may be NULL) is called for each piece that begins at byte
 * `at` of the file; pieces are aligned for floats, and all but the last have a multiple of four bytes. Ends
 * with -1 where look does. */
typedef int weights_look(void *context, int64_t at, const unsigned char *bytes, size_t n, struct error *e);
int weights_file_hash(const struct weights_file *f, weights_look *look, void *context, uint64_t *xxh3,
                      struct error *e);

/* Whether nothing can have happened to the file of that name since. */
bool weights_file_is_untouched(const char *path, const struct weights_stamp *before);

#endif
