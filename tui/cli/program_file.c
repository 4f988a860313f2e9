#include "cli/program_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

char *program_file_self(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    return n > 0 ? memory_copy_n(self, (size_t)n) : memory_copy("isplit");
}

char *program_file_find(const char *const *places, int mode, char **folder)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    *folder = memory_copy(self);
    for (int i = 0; places[i]; i++) {
        char *path = places[i][0] == '/' ? memory_copy(places[i]) : memory_format("%s/%s", self, places[i]);
        if (access(path, mode) == 0)
            return path;
        free(path);
    }
    return NULL;
}

char *program_file_half(char **folder)
{
    static const char *const places[] = {"isplit-half", NULL};
    return program_file_find(places, X_OK, folder);
}

char *program_file_demo(struct error *e)
{
    static const char *const places[] = {"cfg/letters.data", "../share/isplit/cfg/letters.data",
                                         "../../cfg/letters.data", NULL};
    char *folder;
    char *found = program_file_find(places, R_OK, &folder);
    if (!found) {
        char *shown = text_escape(folder);
        error_set(e,
                  "the demo's cfg/letters.data is not found near %.1000s (name a network: isplit CFG WEIGHTS "
                  "-d DATA)",
                  shown);
        free(shown);
    }
    free(folder);
    return found;
}
