/* The state file of a network, and the settings, as the screen reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/state.h"
#include "app_fixture.h"
#include "fuzz.h"

/* A damaged file is renamed. */
static void remove_aside(const char *path)
{
    char aside[5000];
    snprintf(aside, sizeof aside, "%s.damaged", path);
    unlink(aside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *network, *settings;
    if (!network) {
        char *folder = fuzz_path("");
        setenv("XDG_STATE_HOME", folder, 1);
        setenv("XDG_CONFIG_HOME", folder, 1);
        free(folder);
        network = fuzz_path("isplit/networks/0123456789abcdef.json");
        settings = fuzz_path("isplit/settings.json");
    }
    struct settings s = {0};
    struct error e;
    struct app *a = app_fixture_new(6, 3, 2);
    fuzz_write(network, data, size);
    fuzz_write(settings, data, size);
    state_load_settings(&s, &e);
    if (state_load_network(a, &e) == 0) {
        FUZZ_CHECK(a->plot.first <= a->plot.last && a->plot.last < a->study->layer_list.n);
        state_save_network(a, &e);
    }
    app_fixture_free(a);
    remove_aside(network);
    remove_aside(settings);
    return 0;
}
