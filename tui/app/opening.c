#include "app/opening.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/complete.h"
#include "app/telling.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/truth.h"
#include "partition/partition_folder.h"
#include "study/saved_rows_words.h"

#define LABELS_BYTES_MAX ((size_t)64 << 20)

/* Whether the file has a label beside the name of each image; else it names the labels. One that is not here,
 * but on the worker's machine, is taken for the latter. */
static bool are_of_images(const char *path)
{
    size_t length;
    char *text = file_read(path, LABELS_BYTES_MAX, &length, NULL);
    struct truth *truth = text ? truth_of_list(path, text, NULL) : NULL;
    bool are = truth != NULL;
    truth_free(truth);
    free(text);
    return are;
}

/* Options about one data set's labels, or about files that are replaced, do not carry over; nor do the
 * options that rows of a file were measured with. */
static struct options options_for(const struct app *a, const struct inputs *inputs, const char *labels)
{
    struct options o = a->study->saved_rows ? a->options : a->study->options;
    o.input.classes = NULL;
    o.input.subsets = NULL;
    o.from = NULL;
    if (strcmp(inputs->data, a->study->inputs.data) != 0)
        o.input.labels = o.input.split = o.input.truth = o.input.root = o.input.names = NULL;
    if (labels)
        o.input.labels = o.input.truth = NULL;
    if (labels && *labels)
        *(are_of_images(labels) ? &o.input.truth : &o.input.labels) = labels;
    return o;
}

/* NULL: it could not be opened. */
static void begin_opening(struct app *a, struct study *s, const struct error *e)
{
    study_free(a->opening);
    a->opening = s;
    if (s)
        app_say(a, JOURNAL_NOTE, "opening %s", inputs_name(&s->inputs));
    else
        app_say(a, JOURNAL_ERROR, "%s", e->text);
}

/* `labels`: a file of them that lasts as long as the app; "": none; NULL: as before. */
static void open_study(struct app *a, struct inputs *inputs, const char *labels)
{
    struct error e;
    struct options options = options_for(a, inputs, labels);
    const struct study_reporter reporter = telling_reporter(&a->journal);
    struct study *s = study_open(inputs, &options, &reporter, &e);
    if (s)
        app_use_store(a, s);
    begin_opening(a, s, &e);
}

static void open_saved_rows(struct app *a, const char *path, long study)
{
    struct error e;
    struct options options = a->options;
    options.input.classes = NULL;
    options.input.subsets = NULL;
    options.from = path;
    options.study = study;
    const struct study_reporter reporter = telling_reporter(&a->journal);
    begin_opening(a, study_open_saved_rows(&options, &reporter, &e), &e);
}

/* What follows a file with several studies: its number, perhaps followed by text that Tab has added. */
static void study_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    char *number = memory_copy_n(text, strcspn(text, ":"));
    char *shown = text_escape(text);
    long study;
    if (text_to_long(number, &study) && study > 0)
        open_saved_rows(a, a->asked[OPENING_ROWS], study);
    else
        app_say(a, JOURNAL_ERROR, "no study '%.100s' (expected a number)", shown);
    free(shown);
    free(number);
}

static void ask_study(struct app *a, const char *path, char **lines)
{
    struct text_list all = {lines, 0};
    while (lines[all.n])
        all.n++;
    free(a->asked[OPENING_ROWS]);
    a->asked[OPENING_ROWS] = memory_copy(path);
    app_prompt(a, PROMPT_WORD, "study: ", "", (const char *const *)lines, study_done, NULL);
    a->prompt.candidates = complete_line(&all); /* the choices, before the first Tab */
}

/* In a store with several studies one has to be chosen. */
static void choose_saved_rows(struct app *a, const char *path)
{
    struct error e;
    int n = 0;
    bool is_store = store_is_database(path, NULL) == 1;
    char **lines = is_store ? saved_rows_lines(path, &n, &e) : NULL;
    if (is_store && !lines)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    else if (n > 1)
        ask_study(a, path, lines);
    else /* the only study, as long as no other is added meanwhile; else the message says what is wrong */
        open_saved_rows(a, path, n == 1 ? strtol(lines[0], NULL, 10) : 0);
    saved_rows_lines_free(lines);
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void try_open(struct app *a, const char *const *words, int n, const char *data, const char *labels)
{
    struct inputs inputs;
    struct error e;
    if (inputs_find(words, n, data, &inputs, &e) < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    else
        open_study(a, &inputs, labels);
}

static bool opening_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* The file of labels of the images on the screen, for these; "": none. */
static const char *labels_now(const struct app *a, const char *data)
{
    const struct options_input *in = &a->study->options.input;
    const char *now = in->labels ? in->labels : in->truth;
    return now && strcmp(data, a->study->inputs.data) == 0 ? now : "";
}

/* The last question: what their labels are, where the images do not say so themselves. */
static void labels_done(struct app *a, const char *text)
{
    if (!text)
        return;
    const char *words[] = {a->asked[OPENING_CFG], a->asked[OPENING_WEIGHTS]}, *labels = NULL;
    if (strcmp(text, labels_now(a, a->asked[OPENING_DATA])) != 0) {
        text_list_add(&a->keeping.labels, memory_copy(text));
        labels = a->keeping.labels.texts[a->keeping.labels.n - 1];
    }
    try_open(a, words, 2, a->asked[OPENING_DATA], labels);
}

/* Of the network asked for. */
static void ask_labels(struct app *a, const char *data)
{
    char *asked = memory_copy(data); /* it may be the former answer */
    free(a->asked[OPENING_DATA]);
    a->asked[OPENING_DATA] = asked;
    app_prompt(a, PROMPT_PATH, "labels (a file; Enter: from folders and names): ", labels_now(a, asked), NULL,
               labels_done, NULL);
}

/* The third question: what to measure it on. */
static void data_done(struct app *a, const char *text)
{
    if (text && *text)
        ask_labels(a, text);
}

static void weights_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    free(a->asked[OPENING_WEIGHTS]);
    a->asked[OPENING_WEIGHTS] = memory_copy(text);
    app_prompt(a, PROMPT_PATH, "images: ", a->study->inputs.data, NULL, data_done, NULL);
}

/* The weights file next to the cfg or in a nearby folder `weights`, if any. New string. */
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
    char *found = opening_exists(places[0]) ? places[0] : opening_exists(places[1]) ? places[1] : NULL;
    char *result = memory_copy(found ? found : "");
    free(places[0]);
    free(places[1]);
    return result;
}

/* Called before anything opens the file: it may be the store that is open. */
static bool holds_rows(const char *path)
{
    return opening_exists(path) &&
           (ends_in(path, ".db") || ends_in(path, ".csv") || store_is_database(path, NULL) == 1);
}

/* A retrained network's folder needs no question about its weights. */
static void ask_images_of(struct app *a, const char *folder)
{
    char *weights = partition_folder_path(folder, PARTITION_WHOLE_WEIGHTS);
    free(a->asked[OPENING_CFG]);
    a->asked[OPENING_CFG] = inputs_cfg(folder);
    weights_done(a, weights);
    free(weights);
}

/* The first question: a cfg, a retrained network's folder, a .data file that names everything, images for the
 * open network, or measured rows. */
static void network_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    struct stat st;
    bool is_folder = stat(text, &st) == 0 && S_ISDIR(st.st_mode);
    const char *words[] = {a->study->inputs.cfg, a->study->inputs.weights};
    if (inputs_is_retrained(text)) {
        ask_images_of(a, text);
    } else if (is_folder) {
        for (int i = OPENING_CFG; i <= OPENING_WEIGHTS; i++) {
            free(a->asked[i]);
            a->asked[i] = memory_copy(words[i]);
        }
        ask_labels(a, text);
    } else if (holds_rows(text)) {
        choose_saved_rows(a, text);
    } else if (data_file_is(text)) {
        struct data_file *file = data_file_read(text, NULL);
        bool names_network = data_file_at(file, DATA_FILE_CFG);
        data_file_free(file);
        if (names_network)
            try_open(a, &text, 1, NULL, NULL);
        else
            try_open(a, words, 2, text, NULL);
    } else if (!opening_exists(text)) {
        app_say(a, JOURNAL_ERROR, "%s: no such file", text);
    } else {
        free(a->asked[OPENING_CFG]);
        a->asked[OPENING_CFG] = memory_copy(text);
        char *weights = guess_weights(text);
        app_prompt(a, PROMPT_PATH, "weights: ", weights, NULL, weights_done, NULL);
        free(weights);
    }
}

void opening_ask(struct app *a)
{
    app_prompt(a, PROMPT_PATH, "open (cfg, .data, images, .db, .csv): ", "", NULL, network_done, NULL);
}

void opening_give_up(struct app *a)
{
    if (!a->opening)
        return;
    app_say(a, JOURNAL_NOTE, "%s is not opened", inputs_name(&a->opening->inputs));
    study_free(a->opening);
    a->opening = NULL;
}
