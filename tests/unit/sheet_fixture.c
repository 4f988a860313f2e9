#include "sheet_fixture.h"

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
#include "folder_fixture.h"

struct net *sheet_net;
struct table *sheet_table;
static char *folder;

int sheet_begin(const char *more)
{
    struct error e;
    char *cfg =
        memory_format("[net]\nchannels=3\nheight=8\nwidth=6\n[convolutional]\nfilters=4\nsize=3\npad=1\n"
                      "activation=relu\n[maxpool]\nsize=2\nstride=2\n[connected]\noutput=3\n"
                      "activation=linear\n%s",
                      more);
    sheet_net = net_parse(cfg, strlen(cfg), "net.cfg", &e);
    sheet_table = sheet_net ? table_make(sheet_net) : NULL;
    free(cfg);
    folder = fixture_folder();
    return sheet_table && chdir(folder) == 0 ? 0 : -1;
}

int sheet_end(void)
{
    table_free(sheet_table);
    net_free(sheet_net);
    int status = chdir("/");
    fixture_folder_remove(folder);
    return status;
}

void sheet_put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}
