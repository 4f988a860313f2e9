/* Folders full of made-up images for the tests of engine/data. Everything is made below one temporary
 * folder, which fixture_remove takes away. */
#ifndef ISPLIT_TESTS_DATASET_FIXTURE_H
#define ISPLIT_TESTS_DATASET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "data/dataset.h"

#define FIXTURE_UNUSED __attribute__((unused))

static char fixture_root[64];

FIXTURE_UNUSED static int fixture_make(void **state)
{
    (void)state;
    strcpy(fixture_root, "/tmp/isplit-data.XXXXXX");
    return mkdtemp(fixture_root) ? 0 : -1;
}

FIXTURE_UNUSED static int fixture_remove(void **state)
{
    (void)state;
    char *command = memory_format("chmod -R u+rwX '%s'; rm -rf '%s'", fixture_root, fixture_root);
    int failed = system(command);
    free(command);
    return failed;
}

/* The path of a name in the temporary folder; kept until the same of 8 slots is used again. */
FIXTURE_UNUSED static const char *fixture_path(const char *name)
{
    static char slots[8][8192];
    static int next;
    char *slot = slots[next++ % 8];
    snprintf(slot, sizeof slots[0], "%s/%s", fixture_root, name);
    return slot;
}

/* Writes a file and the folders above it. */
FIXTURE_UNUSED static void fixture_bytes(const char *name, const void *bytes, size_t length)
{
    char *path = memory_copy(fixture_path(name));
    for (char *slash = strchr(path + strlen(fixture_root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *f = fopen(path, "wb");
    if (!f)
        fail_msg("cannot write %s", path);
    assert_int_equal(fwrite(bytes, 1, length, f), length);
    fclose(f);
    free(path);
}

FIXTURE_UNUSED static void fixture_text(const char *name, const char *text)
{
    fixture_bytes(name, text, strlen(text));
}

/* A 2 x 2 grey image. */
FIXTURE_UNUSED static void fixture_image(const char *name)
{
    fixture_bytes(name, "P5 2 2 255\n\x10\x20\x30\x40", 15);
}

FIXTURE_UNUSED static struct dataset *fixture_open(const char *name, struct dataset_options options)
{
    struct error e = {""};
    struct dataset *d = dataset_open(fixture_path(name), &options, &e);
    if (!d)
        fail_msg("%s", e.text);
    return d;
}

/* The dataset must be refused with a one-line message that holds all the words given, up to NULL. */
FIXTURE_UNUSED static void fixture_refused(const char *name, struct dataset_options options, ...)
{
    struct error e = {""};
    struct dataset *d = dataset_open(fixture_path(name), &options, &e);
    assert_null(d);
    assert_null(strpbrk(e.text, "\n\r\t\x1b"));
    va_list words;
    va_start(words, options);
    for (const char *word; (word = va_arg(words, const char *));)
        if (!strstr(e.text, word))
            fail_msg("\"%s\" is not in: %s", word, e.text);
    va_end(words);
}

FIXTURE_UNUSED static int fixture_warned(const struct dataset *d, const char *words)
{
    int n = 0;
    for (int i = 0; i < d->warnings_n; i++) {
        assert_null(strpbrk(d->warnings[i], "\n\r\t\x1b"));
        n += strstr(d->warnings[i], words) != NULL;
    }
    return n;
}

/* The same of the notes. */
FIXTURE_UNUSED static int fixture_noted(const struct dataset *d, const char *words)
{
    int n = 0;
    for (int i = 0; i < d->notes_n; i++) {
        assert_null(strpbrk(d->notes[i], "\n\r\t\x1b"));
        n += strstr(d->notes[i], words) != NULL;
    }
    return n;
}

/* The number of the image with this path, or -1. */
FIXTURE_UNUSED static long fixture_find(const struct dataset *d, const char *path)
{
    for (long i = 0; i < d->images_n; i++)
        if (strcmp(d->images[i].path, path) == 0)
            return i;
    return -1;
}

#endif
