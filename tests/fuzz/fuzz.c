#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

_Noreturn void fuzz_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

static void write_all(int fd, const uint8_t *data, size_t size)
{
    if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        fuzz_fail(__FILE__, __LINE__, "the input can be written");
}

void fuzz_taken(const struct error *e)
{
    if (*e->text && getenv("FUZZ_SEEDS"))
        fuzz_fail("seed", 0, e->text);
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[40];
    if (fd < 0) {
        fd = memfd_create("input", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    write_all(fd, data, size);
    return path;
}

char *fuzz_path(const char *name)
{
    static char folder[4096];
    if (!folder[0]) {
        const char *top = getenv("FUZZ_FOLDER"); /* set, and removed, by run.py */
        snprintf(folder, sizeof folder, "%s/isplit-fuzz-XXXXXX", top ? top : "/tmp");
        if (!mkdtemp(folder))
            fuzz_fail(__FILE__, __LINE__, "a folder can be made");
    }
    char *path = memory_format("%s%s%s", folder, *name ? "/" : "", name);
    for (char *slash = strchr(path + strlen(folder) + (*name != '\0'), '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    return path;
}

void fuzz_write(const char *path, const uint8_t *data, size_t size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    write_all(fd, data, size);
    close(fd);
}

void fuzz_parts(const uint8_t *data, size_t size, struct fuzz_part *parts, int n)
{
    static const char mark[] = "=====\n";
    for (int i = 0; i < n; i++) {
        const uint8_t *cut = i < n - 1 && size ? memmem(data, size, mark, sizeof mark - 1) : NULL;
        size_t length = cut ? (size_t)(cut - data) : size;
        size_t taken = cut ? length + sizeof mark - 1 : size;
        parts[i] = (struct fuzz_part){data, length};
        data += taken;
        size -= taken;
    }
}

char *fuzz_text(struct fuzz_part part)
{
    char *text = memory_new(part.size + 1, 1);
    if (part.size)
        memcpy(text, part.data, part.size);
    return text;
}

char *fuzz_line(struct fuzz_part *left, size_t *length)
{
    if (!left->size)
        return NULL;
    const uint8_t *end = memchr(left->data, '\n', left->size);
    *length = end ? (size_t)(end - left->data) : left->size;
    char *line = fuzz_text((struct fuzz_part){left->data, *length});
    left->data += *length + (end != NULL);
    left->size -= *length + (end != NULL);
    return line;
}

const struct net *fuzz_net(void)
{
    static const char cfg[] =
        "[net]\nwidth=4\nheight=4\nchannels=1\n[convolutional]\nfilters=2\nsize=3\npad=1\nactivation=relu\n"
        "[maxpool]\nsize=2\nstride=2\n[convolutional]\nbatch_normalize=1\nfilters=2\nsize=3\npad=1\n"
        "activation=leaky\n[shortcut]\nfrom=-2\nactivation=linear\n[connected]\noutput=2\nactivation=linear\n"
        "[softmax]\n";
    static struct net *net;
    if (!net)
        net = net_parse(cfg, sizeof cfg - 1, "net.cfg", NULL);
    FUZZ_CHECK(net);
    return net;
}

const struct table *fuzz_table(void)
{
    static struct table *table;
    if (!table)
        table = table_make(fuzz_net());
    return table;
}

const struct subset_names *fuzz_names(void)
{
    static char cat[] = "cat", dog[] = "dog", tench[] = "tench, Tinca tinca", seven[] = "7", range[] = "1-2",
                folder[] = "n01440764";
    static const struct dataset_class classes[] = {{0, cat, folder, 3}, {1, dog, NULL, 3},
                                                   {2, tench, NULL, 3}, {3, cat, NULL, 3},
                                                   {4, seven, NULL, 3}, {9, range, NULL, 3}};
    static const struct subset_names names = {classes, 6, 12};
    return &names;
}
