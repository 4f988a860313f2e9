#include "onnx/onnx_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "onnx/onnx_scan.h"
#include "onnx/onnx_thin.h"

/* Protobuf's own limit for a message. */
#define MODEL_MAX ((off_t)1 << 31)
/* What unpacking may take: numbers that are written one by one take about nine times their bytes. */
#define UNPACKED_TIMES 10
#define UNPACKED_MORE ((size_t)256 << 20)

struct map {
    char *path; /* resolved */
    const unsigned char *bytes;
    size_t size;
};

struct onnx_file {
    const char *path;
    char *folder; /* resolved */
    struct map model;
    struct map *maps; /* [maps_n] of external data */
    int maps_n;
    struct onnx_packed **packed; /* [packed_n] */
    int packed_n;
    Onnx__ModelProto *unpacked;
    size_t left; /* bytes that protobuf-c may still take */
    ProtobufCAllocator allocator;
};

/* ---- Mapping ---------------------------------------------------------------------------------------- */

static int onnx_file_map(const char *path, struct map *m, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    struct stat st;
    void *p = MAP_FAILED;
    if (fd < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    if (fstat(fd, &st) < 0)
        error_at(e, path, 0, "cannot read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        error_at(e, path, 0, "is not a regular file");
    else if (st.st_size == 0)
        error_at(e, path, 0, "is empty (expected an ONNX model or its data)");
    else if ((p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        error_at(e, path, 0, "cannot map: %s", strerror(errno));
    close(fd);
    if (p == MAP_FAILED)
        return -1;
    *m = (struct map){memory_copy(path), p, (size_t)st.st_size};
    return 0;
}

static void onnx_file_unmap(struct map *m)
{
    if (m->bytes)
        munmap((void *)(uintptr_t)m->bytes, m->size);
    free(m->path);
    *m = (struct map){0};
}

/* ---- Unpacking -------------------------------------------------------------------------------------- */

static void *onnx_file_alloc(void *data, size_t size)
{
    struct onnx_file *f = data;
    if (size > f->left)
        return NULL;
    f->left -= size;
    return malloc(size ? size : 1);
}

/* What is given back is not counted: the limit is for all that unpacking ever takes. */
static void onnx_file_free(void *data, void *p)
{
    (void)data;
    free(p);
}

static int unpack(struct onnx_file *f, struct error *e)
{
    if ((off_t)f->model.size >= MODEL_MAX)
        return error_at(e, f->path, 0,
                        "has %zu bytes (expected less than 2 GiB, and larger tensors in files beside it)",
                        f->model.size);
    if (onnx_scan(f->path, f->model.bytes, f->model.size, e) < 0)
        return -1;
    size_t n;
    unsigned char *thin = onnx_thin(f->model.bytes, f->model.size, &n);
    f->left = UNPACKED_TIMES * f->model.size + UNPACKED_MORE;
    f->allocator = (ProtobufCAllocator){onnx_file_alloc, onnx_file_free, f};
    f->unpacked = thin ? onnx__model_proto__unpack(&f->allocator, n, thin) : NULL;
    free(thin);
    if (!f->unpacked)
        return error_at(e, f->path, 0, "is no ONNX model, or a damaged one, or there is no memory for it");
    if (!f->unpacked->graph)
        return error_at(e, f->path, 0, "is no ONNX model: it has no graph");
    return 0;
}

/* The folder in which external data must lie. */
static int find_folder(struct onnx_file *f, struct error *e)
{
    char *copy = memory_copy(f->path);
    f->folder = realpath(dirname(copy), NULL);
    free(copy);
    return f->folder ? 0 : error_at(e, f->path, 0, "cannot find its folder: %s", strerror(errno));
}

struct onnx_file *onnx_file_open(const char *path, struct error *e)
{
    struct onnx_file *f = memory_new(1, sizeof *f);
    f->path = path;
    int status = onnx_file_map(path, &f->model, e);
    if (status == 0)
        status = find_folder(f, e);
    if (status == 0)
        status = unpack(f, e);
    if (status == 0)
        return f;
    onnx_file_close(f);
    return NULL;
}

void onnx_file_close(struct onnx_file *f)
{
    if (!f)
        return;
    if (f->unpacked)
        onnx__model_proto__free_unpacked(f->unpacked, &f->allocator);
    for (int i = 0; i < f->maps_n; i++)
        onnx_file_unmap(&f->maps[i]);
    for (int i = 0; i < f->packed_n; i++)
        onnx_packed_free(f->packed[i]);
    onnx_file_unmap(&f->model);
    free(f->maps);
    free(f->packed);
    free(f->folder);
    free(f);
}

const char *onnx_file_path(const struct onnx_file *f)
{
    return f->path;
}

const Onnx__ModelProto *onnx_file_model(const struct onnx_file *f)
{
    return f->unpacked;
}

const unsigned char *onnx_file_raw(const struct onnx_file *f, const Onnx__TensorProto *t, size_t *size,
                                   enum onnx_field *field, struct error *e)
{
    size_t at;
    *field = (enum onnx_field)onnx_thin_place(t, f->model.size, &at, size);
    if (*field)
        return f->model.bytes + at;
    error_at(e, f->path, 0, "is no ONNX model, or a damaged one: a tensor's numbers are nowhere");
    return NULL;
}

struct onnx_packed *onnx_file_packed(struct onnx_file *f, const unsigned char *bytes, size_t size)
{
    struct onnx_packed *p = onnx_packed_new(bytes, size);
    if (p) {
        f->packed = memory_grow(f->packed, (size_t)f->packed_n + 1, sizeof(struct onnx_packed *));
        f->packed[f->packed_n++] = p;
    }
    return p;
}

/* ---- External data ---------------------------------------------------------------------------------- */

static const char *external_entry(const Onnx__TensorProto *t, const char *key)
{
    for (size_t i = 0; i < t->n_external_data; i++)
        if (t->external_data[i]->key && strcmp(t->external_data[i]->key, key) == 0)
            return t->external_data[i]->value;
    return NULL;
}

/* The one name of a file below the model's folder, wherever links lead; a new string, or NULL. */
static char *external_path(const struct onnx_file *f, const char *name, const char *location, struct error *e)
{
    char *shown = text_escape(location), *joined = memory_format("%s/%s", f->folder, location), *path = NULL;
    size_t length = strlen(f->folder);
    bool below = location[0] != '/';
    if (below && !(path = realpath(joined, NULL)))
        error_at(e, f->path, 0, "tensor '%.200s': cannot find its data in '%.200s': %s", name, shown,
                 strerror(errno));
    if (path)
        below = strncmp(path, f->folder, length) == 0 && (path[length] == '/' || length == 1);
    if (!below) {
        error_at(e, f->path, 0,
                 "tensor '%.200s': its data is in '%.200s' (expected a file below the model's folder)", name,
                 shown);
        free(path);
        path = NULL;
    }
    free(shown);
    free(joined);
    return path;
}

static const struct map *external_map(struct onnx_file *f, const char *path, struct error *e)
{
    for (int i = 0; i < f->maps_n; i++)
        if (strcmp(f->maps[i].path, path) == 0)
            return &f->maps[i];
    f->maps = memory_grow(f->maps, (size_t)f->maps_n + 1, sizeof *f->maps);
    return onnx_file_map(path, &f->maps[f->maps_n], e) < 0 ? NULL : &f->maps[f->maps_n++];
}

/* Offset and length are text; without a length the data ends with the file. */
static const unsigned char *external_bytes(const struct onnx_file *f, const Onnx__TensorProto *t,
                                           const char *name, const struct map *m, size_t size,
                                           struct error *e)
{
    const char *offset = external_entry(t, "offset"), *length = external_entry(t, "length");
    long at = 0, n = 0;
    if ((offset && !text_to_long(offset, &at)) || at < 0 || (size_t)at > m->size) {
        error_at(e, f->path, 0, "tensor '%.200s': no place in its data file of %zu bytes", name, m->size);
        return NULL;
    }
    if (!length)
        n = (long)(m->size - (size_t)at);
    else if (!text_to_long(length, &n) || n < 0 || (size_t)n > m->size - (size_t)at)
        n = -1;
    if (n < 0 || (size_t)n != size) {
        error_at(e, f->path, 0, "tensor '%.200s': its data file does not hold its %zu bytes at %ld", name,
                 size, at);
        return NULL;
    }
    return m->bytes + at;
}

const unsigned char *onnx_file_external(struct onnx_file *f, const Onnx__TensorProto *t, size_t size,
                                        struct error *e)
{
    const char *location = external_entry(t, "location");
    char *name = text_escape(t->name ? t->name : "");
    const unsigned char *bytes = NULL;
    if (!location || !*location) {
        error_at(e, f->path, 0, "tensor '%.200s': its data is in another file, which is not named", name);
    } else {
        char *path = external_path(f, name, location, e);
        const struct map *m = path ? external_map(f, path, e) : NULL;
        if (m)
            bytes = external_bytes(f, t, name, m, size, e);
        free(path);
    }
    free(name);
    return bytes;
}
