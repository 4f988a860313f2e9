#include "folder_fixture.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"

char *fixture_group_folder;

char *fixture_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = memory_format("%s/isplit-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

char *fixture_in(const char *folder, const char *name)
{
    return memory_format("%s/%s", folder, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

void fixture_folder_remove(char *folder)
{
    enum { OPEN_FOLDERS = 8 };
    nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

int fixture_files(const char *folder, const char *begin)
{
    int n = 0;
    DIR *files = opendir(folder);
    for (struct dirent *f; files && (f = readdir(files));)
        n += strncmp(f->d_name, begin, strlen(begin)) == 0;
    closedir(files);
    return n;
}

int fixture_group_begin(void **state)
{
    (void)state;
    fixture_group_folder = fixture_folder();
    return 0;
}

int fixture_group_end(void **state)
{
    (void)state;
    fixture_folder_remove(fixture_group_folder);
    return 0;
}
