#include "train/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"

/* The file: this head, then the states, then the XXH3-64 of all before it. Numbers as the machine has them:
 * one of the other kind finds another magic. */
struct checkpoint_head {
    char magic[8];
    uint32_t version, one;
    uint64_t key[2];
    int64_t place[CHECKPOINT_PLACES];
    uint64_t parts, floats;
};
static const char checkpoint_magic[8] = {'i', 's', 'p', 'l', 'i', 't', 'C', 'P'};
enum { CHECKPOINT_VERSION = 1, CHECKPOINT_ONE = 0x01020304 };

/* ---- Writing --------------------------------------------------------------------------------------------
 */

struct checkpoint_out {
    FILE *stream;
    XXH3_state_t *hash;
};

/* Write errors are kept by the stream. */
static void checkpoint_put(const struct checkpoint_out *o, const void *bytes, size_t n)
{
    XXH3_64bits_update(o->hash, bytes, n);
    fwrite(bytes, 1, n, o->stream);
}

static struct checkpoint_head checkpoint_head_of(const struct content *key, int parts_n, size_t floats)
{
    struct checkpoint_head head = {
        .version = CHECKPOINT_VERSION,
        .one = CHECKPOINT_ONE,
        .key = {key->high, key->low},
        .parts = (uint64_t)parts_n,
        .floats = floats,
    };
    memcpy(head.magic, checkpoint_magic, sizeof head.magic);
    return head;
}

int checkpoint_write(const char *path, const struct content *key, const int64_t place[CHECKPOINT_PLACES],
                     const float *const *states, int parts_n, size_t floats, struct error *e)
{
    struct file_out f;
    struct checkpoint_head head = checkpoint_head_of(key, parts_n, floats);
    memcpy(head.place, place, sizeof head.place);
    if (file_out_open(&f, path, e) < 0)
        return -1;
    struct checkpoint_out o = {f.stream, XXH3_createState()};
    if (!o.hash) {
        file_out_abandon(&f);
        return error_at(e, path, 0, "no memory to write it");
    }
    XXH3_64bits_reset(o.hash);
    checkpoint_put(&o, &head, sizeof head);
    for (int i = 0; i < parts_n; i++)
        checkpoint_put(&o, states[i], floats * sizeof **states);
    uint64_t hash = XXH3_64bits_digest(o.hash);
    XXH3_freeState(o.hash);
    fwrite(&hash, 1, sizeof hash, f.stream);
    return file_out_commit(&f, e);
}

/* ---- Reading --------------------------------------------------------------------------------------------
 */

struct checkpoint_in {
    const char *path;
    FILE *stream;
    XXH3_state_t *hash;
    struct error *e;
};

static int checkpoint_get(const struct checkpoint_in *in, void *bytes, size_t n)
{
    if (fread(bytes, 1, n, in->stream) != n)
        return error_at(in->e, in->path, 0, "cannot read: %s",
                        ferror(in->stream) ? strerror(errno) : "it ends early");
    XXH3_64bits_update(in->hash, bytes, n);
    return 0;
}

/* Reads and checks all of the head but the sizes. */
static int checkpoint_get_head(const struct checkpoint_in *in, const struct content *key,
                               struct checkpoint_head *head)
{
    if (checkpoint_get(in, head, sizeof *head) < 0)
        return -1;
    if (memcmp(head->magic, checkpoint_magic, sizeof head->magic) != 0)
        return error_at(in->e, in->path, 0, "is no checkpoint of isplit (expected one, or a free name)");
    if (head->version != CHECKPOINT_VERSION || head->one != CHECKPOINT_ONE)
        return error_at(
            in->e, in->path, 0,
            "is a checkpoint of another version of isplit, or of another kind of machine (expected "
            "version %d; --force begins anew)",
            CHECKPOINT_VERSION);
    if (head->key[0] != key->high || head->key[1] != key->low)
        return error_at(in->e, in->path, 0,
                        "is a checkpoint of another training (expected the same network, images, options and "
                        "number of threads; --force begins anew)");
    return 0;
}

static int checkpoint_check_size(const struct checkpoint_in *in, const struct checkpoint_head *head,
                                 int parts_n, size_t floats)
{
    struct stat st;
    bool sound = head->parts >= 1 && head->parts <= (uint64_t)parts_n;
    uint64_t parts = sound ? head->parts : (uint64_t)parts_n;
    uint64_t bytes = sizeof *head + parts * floats * sizeof(float) + sizeof(uint64_t);
    if (sound && head->floats == floats && fstat(fileno(in->stream), &st) == 0 &&
        (uint64_t)st.st_size == bytes)
        return 0;
    return error_at(in->e, in->path, 0,
                    "is damaged: it has another size than its training needs (expected %llu bytes; --force "
                    "begins anew)",
                    (unsigned long long)bytes);
}

static int checkpoint_take(const struct checkpoint_in *in, const struct content *key, int64_t *place,
                           float *const *states, int parts_n, size_t floats)
{
    struct checkpoint_head head;
    uint64_t hash;
    if (checkpoint_get_head(in, key, &head) < 0 || checkpoint_check_size(in, &head, parts_n, floats) < 0)
        return -1;
    int kept = (int)head.parts;
    for (int i = 0; i < kept; i++)
        if (checkpoint_get(in, states[i], floats * sizeof **states) < 0)
            return -1;
    for (int i = kept; i < parts_n; i++)
        memcpy(states[i], states[0], floats * sizeof **states);
    uint64_t own = XXH3_64bits_digest(in->hash);
    if (checkpoint_get(in, &hash, sizeof hash) < 0)
        return -1;
    if (hash != own)
        return error_at(in->e, in->path, 0, "is damaged: its hash is another one (--force begins anew)");
    memcpy(place, head.place, sizeof head.place);
    return 0;
}

/* 0 with the file open and a hash begun, or as checkpoint_look. No FIFO is waited for. */
static int checkpoint_open(struct checkpoint_in *in)
{
    struct stat st;
    int fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT
                   ? 1
                   : error_at(in->e, in->path, 0, "cannot open the checkpoint: %s", strerror(errno));
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    in->stream = regular ? fdopen(fd, "rb") : NULL;
    in->hash = in->stream ? XXH3_createState() : NULL;
    if (in->hash) {
        XXH3_64bits_reset(in->hash);
        return 0;
    }
    if (in->stream)
        fclose(in->stream);
    else
        close(fd);
    return error_at(in->e, in->path, 0,
                    regular ? "no memory to read the checkpoint"
                            : "is no regular file (expected a checkpoint)");
}

static void checkpoint_close(struct checkpoint_in *in)
{
    XXH3_freeState(in->hash);
    fclose(in->stream);
}

int checkpoint_look(const char *path, const struct content *key, struct error *e)
{
    struct checkpoint_in in = {.path = path, .e = e};
    struct checkpoint_head head;
    int status = checkpoint_open(&in);
    if (status != 0)
        return status;
    status = checkpoint_get_head(&in, key, &head);
    checkpoint_close(&in);
    return status;
}

int checkpoint_read(const char *path, const struct content *key, int64_t place[CHECKPOINT_PLACES],
                    float *const *states, int parts_n, size_t floats, struct error *e)
{
    struct checkpoint_in in = {.path = path, .e = e};
    int status = checkpoint_open(&in);
    if (status != 0)
        return status;
    status = checkpoint_take(&in, key, place, states, parts_n, floats);
    checkpoint_close(&in);
    return status;
}
