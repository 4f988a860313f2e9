#include "partition/partition_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

struct partition_folder {
    char *path;
    bool made;   /* did not exist before; removed again where nothing comes of it */
    int files_n; /* written */
    struct file_out files[PARTITION_FILES];
};

char *partition_folder_path(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    return memory_format("%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name);
}

static bool partition_folder_is_same(const struct stat *st, const char *path)
{
    struct stat other;
    return stat(path, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* Whether a file may be written under that name. */
static int partition_folder_check_name(const char *path, bool force, const char *const *inputs, int n,
                                       struct error *e)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_at(e, path, 0, "cannot look at it: %s", strerror(errno));
    if (stat(path, &st) == 0)
        for (int i = 0; i < n; i++)
            if (inputs[i] && partition_folder_is_same(&st, inputs[i]))
                return error_at(e, path, 0, "is what is to be cut (expected another folder)");
    if (!S_ISREG(st.st_mode))
        return error_at(e, path, 0, "is not a regular file (expected another folder)");
    return force ? 0 : error_at(e, path, 0, "exists already (expected another folder, or --force)");
}

static int check_names(const char *folder, bool force, const char *const *inputs, int n, struct error *e)
{
    int status = 0;
    for (int i = 0; i <= PARTITION_FILES && status == 0; i++) {
        char *path =
            partition_folder_path(folder, i < PARTITION_FILES ? partition_file_names[i] : PARTITION_CSV);
        status = partition_folder_check_name(path, force, inputs, n, e);
        free(path);
    }
    return status;
}

static int make_folder(struct partition_folder *p, struct error *e)
{
    struct stat st;
    p->made = mkdir(p->path, 0777) == 0;
    if (p->made)
        return 0;
    if (errno != EEXIST)
        return error_at(e, p->path, 0, "cannot make the folder: %s", strerror(errno));
    if (stat(p->path, &st) < 0 || !S_ISDIR(st.st_mode))
        return error_at(e, p->path, 0, "is no folder (expected one, or a new name)");
    return 0;
}

struct partition_folder *partition_folder_open(const char *path, bool onnx, bool force,
                                               const char *const *inputs, int n, struct error *e)
{
    struct partition_folder *p = memory_new(1, sizeof *p);
    p->path = memory_copy(path);
    p->files_n = partition_files(onnx);
    int status = make_folder(p, e);
    if (status == 0)
        status = check_names(path, force, inputs, n, e);
    for (int i = 0; i < p->files_n && status == 0; i++) {
        char *name = partition_folder_path(path, partition_file_names[i]);
        status = file_out_open(&p->files[i], name, e);
        free(name);
    }
    if (status == 0)
        return p;
    partition_folder_abandon(p);
    return NULL;
}

FILE *partition_folder_stream(const struct partition_folder *p, enum partition_file file)
{
    return p->files[file].stream;
}

int partition_folder_wrote(struct partition_folder *p, enum partition_file file, struct error *e)
{
    FILE *stream = p->files[file].stream;
    if (ferror(stream) || fflush(stream) != 0)
        return error_at(e, p->files[file].named, 0, "cannot write: %s", strerror(errno));
    return 0;
}

const char *partition_folder_draft(const struct partition_folder *p, enum partition_file file)
{
    return p->files[file].temporary;
}

static int partition_folder_remove(const struct partition_folder *p, const char *name, struct error *e)
{
    char *path = partition_folder_path(p->path, name);
    int status = unlink(path) == 0 || errno == ENOENT
                     ? 0
                     : error_at(e, path, 0, "cannot remove it: %s", strerror(errno));
    free(path);
    return status;
}

/* Of an earlier partition: split.csv, its provenance, and files that are not written now. */
static int remove_earlier(const struct partition_folder *p, struct error *e)
{
    int status = partition_folder_remove(p, PARTITION_CSV, e);
    if (status == 0)
        status = partition_folder_remove(p, PARTITION_CSV ".meta.csv", e);
    for (int i = p->files_n; i < PARTITION_FILES && status == 0; i++)
        status = partition_folder_remove(p, partition_file_names[i], e);
    return status;
}

/* Syncs before the first rename, so that the renames are close together. */
static int sync_files(const struct partition_folder *p, struct error *e)
{
    for (int i = 0; i < p->files_n; i++)
        if (file_out_sync(&p->files[i]) < 0)
            return error_at(e, p->files[i].named, 0, "cannot write: %s", strerror(errno));
    return 0;
}

int partition_folder_commit(struct partition_folder *p, struct error *e)
{
    int status = sync_files(p, e);
    if (status == 0)
        status = remove_earlier(p, e);
    for (int i = 0; i < p->files_n && status == 0; i++)
        status = file_out_commit(&p->files[i], e);
    if (status == 0)
        p->made = false;
    partition_folder_abandon(p);
    return status;
}

void partition_folder_abandon(struct partition_folder *p)
{
    for (int i = 0; i < p->files_n; i++)
        file_out_abandon(&p->files[i]);
    if (p->made)
        rmdir(p->path); /* stays if something else has been put into it */
    free(p->path);
    free(p);
}
