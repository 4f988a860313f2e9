#include "app/opening.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "base/memory.h"

/* Options that speak of one data set's labels, or of files that are replaced, do not go on to another. */
static struct options options_for(const struct app *a, const struct inputs *inputs)
{
    struct options o = a->study->options;
    o.classes = NULL;
    o.subsets = NULL;
    if (strcmp(inputs->data, a->study->inputs.data) != 0)
        o.labels = o.split = NULL;
    return o;
}

static void open_study(struct app *a, struct inputs *inputs)
{
    struct error e;
    struct options options = options_for(a, inputs);
    study_free(a->opening);
    char *name = memory_copy(inputs_name(inputs));
    a->opening = study_open(inputs, &options, &a->journal, &e);
    if (a->opening)
        app_say(a, JOURNAL_NOTE, "opening %s", name);
    else
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    free(name);
}

static void try_open(struct app *a, const char *const *words, int n, const char *data)
{
    struct inputs inputs;
    struct error e;
    if (inputs_find(words, n, data, &inputs, &e) < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    else
        open_study(a, &inputs);
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* The third question: what to measure it on. */
static void data_done(struct app *a, const char *text)
{
    if (text && *text) {
        const char *words[] = {a->asked.cfg, a->asked.weights};
        try_open(a, words, 2, text);
    }
}

static void weights_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    free(a->asked.weights);
    a->asked.weights = memory_copy(text);
    app_prompt(a, PROMPT_PATH, "images: ", a->study->inputs.data, NULL, data_done, NULL);
}

/* The weights that stand beside the cfg or in a folder `weights` near it, if any. New string. */
static char *guess_weights(const char *cfg)
{
    const char *slash = strrchr(cfg, '/');
    const char *name = slash ? slash + 1 : cfg;
    int folder = slash ? (int)(slash - cfg) : 1;
    const char *where = slash ? cfg : ".";
    size_t stem =
        strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".cfg") == 0 ? strlen(name) - 4 : strlen(name);
    char *places[] = {
        memory_format("%.*s/%.*s.weights", folder, where, (int)stem, name),
        memory_format("%.*s/../weights/%.*s.weights", folder, where, (int)stem, name),
    };
    char *found = exists(places[0]) ? places[0] : exists(places[1]) ? places[1] : NULL;
    char *result = memory_copy(found ? found : "");
    free(places[0]);
    free(places[1]);
    return result;
}

/* The first question: a cfg, a .data file that names everything, or images for the network that is open. */
static void network_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    struct stat st;
    bool is_folder = stat(text, &st) == 0 && S_ISDIR(st.st_mode);
    const char *words[] = {a->study->inputs.cfg, a->study->inputs.weights};
    if (is_folder) {
        try_open(a, words, 2, text);
    } else if (data_file_is(text)) {
        struct data_file file;
        struct error e;
        bool names_network = data_file_read(text, &file, &e) == 0 && file.paths[DATA_FILE_CFG];
        data_file_free(&file);
        if (names_network)
            try_open(a, &text, 1, NULL);
        else
            try_open(a, words, 2, text);
    } else if (!exists(text)) {
        app_say(a, JOURNAL_ERROR, "%s: no such file", text);
    } else {
        free(a->asked.cfg);
        a->asked.cfg = memory_copy(text);
        char *weights = guess_weights(text);
        app_prompt(a, PROMPT_PATH, "weights: ", weights, NULL, weights_done, NULL);
        free(weights);
    }
}

void opening_ask(struct app *a)
{
    app_prompt(a, PROMPT_PATH, "open (cfg, .data, images): ", "", NULL, network_done, NULL);
}

void opening_give_up(struct app *a)
{
    if (!a->opening)
        return;
    app_say(a, JOURNAL_NOTE, "%s is not opened", inputs_name(&a->opening->inputs));
    study_free(a->opening);
    a->opening = NULL;
}
