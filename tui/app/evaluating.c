#include "app/evaluating.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/memory.h"
#include "partition/partition_folder.h"
#include "wire/version.h"

/* How often the sheet of a race that runs elsewhere is looked at. */
enum { EVALUATING_LOOK_MS = 1000 };

struct evaluating {
    const char *folder;        /* of the options */
    char *sheet;               /* NULL: it was measured here */
    struct measured *measured; /* NULL: none could be read */
    struct stat seen;          /* of the sheet, when it was read; zeros: there was none */
    int64_t looked;
    struct provenance *made; /* NULL: not known */
    const char *state;       /* of the race here; NULL: it is the folder's */
};

static bool evaluating_is_new(const struct stat *seen, const struct stat *now)
{
    return seen->st_ino != now->st_ino || seen->st_size != now->st_size ||
           seen->st_mtim.tv_sec != now->st_mtim.tv_sec || seen->st_mtim.tv_nsec != now->st_mtim.tv_nsec;
}

/* What was known stays where the new sheet cannot be read. */
static void evaluating_read(struct app *a, struct evaluating *v)
{
    struct error e;
    struct measured *read = measured_read(v->folder, a->study->table, a->study->inputs.cfg, &e);
    if (!read) {
        app_say(a, JOURNAL_WARNING, "%s", e.text);
        return;
    }
    measured_free(v->measured);
    provenance_free(v->made);
    v->measured = read;
    v->made = provenance_of(v->sheet);
    a->dirty = true;
}

void evaluating_open(struct app *a)
{
    const char *folder = a->options.screen.evaluation;
    evaluating_free(a->evaluating);
    a->evaluating = NULL;
    if (!folder)
        return;
    struct evaluating *v = memory_new(1, sizeof *v);
    v->folder = folder;
    v->sheet = partition_folder_path(folder, MEASURED_CSV);
    v->looked = clock_ms();
    a->evaluating = v;
    stat(v->sheet, &v->seen); /* else the reading says why */
    evaluating_read(a, v);
    planning_warn_of_others(a, RESULTS_ACCURACY, v->sheet);
}

void evaluating_free(struct evaluating *v)
{
    if (!v)
        return;
    measured_free(v->measured);
    provenance_free(v->made);
    free(v->sheet);
    free(v);
}

void evaluating_step(struct app *a)
{
    struct evaluating *v = a->evaluating;
    struct stat now;
    if (!v || !v->sheet || clock_ms() < v->looked + EVALUATING_LOOK_MS)
        return;
    v->looked = clock_ms();
    if (stat(v->sheet, &now) != 0 || !evaluating_is_new(&v->seen, &now))
        return;
    v->seen = now;
    evaluating_read(a, v);
}

int evaluating_timeout(const struct app *a)
{
    if (!a->evaluating || !a->evaluating->sheet)
        return -1;
    int64_t left = a->evaluating->looked + EVALUATING_LOOK_MS - clock_ms();
    return left > 0 ? (int)left : 0;
}

void evaluating_show(struct app *a, struct measured *measured, struct provenance *made)
{
    evaluating_free(a->evaluating);
    a->evaluating = memory_new(1, sizeof *a->evaluating);
    *a->evaluating = (struct evaluating){.measured = measured, .made = made, .state = "running"};
    a->dirty = true;
}

void evaluating_end(struct app *a, bool complete)
{
    if (a->evaluating && a->evaluating->state)
        a->evaluating->state = complete ? "complete" : "interrupted";
}

struct provenance *evaluating_describe(const struct app *a)
{
    const struct evaluating *v = a->evaluating;
    struct provenance *p = provenance_new();
    provenance_add(p, "program", "isplit");
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, a->options.argc, a->options.argv);
    if (v->sheet)
        provenance_add(p, "from", "%s", v->sheet);
    provenance_add_origin(p, v->made);
    if (v->state)
        provenance_add(p, "state", "%s", v->state);
    provenance_add_time(p);
    return p;
}

const struct measured *evaluating_measured(const struct app *a)
{
    return a->evaluating ? a->evaluating->measured : NULL;
}

const char *evaluating_source(const struct app *a)
{
    return a->evaluating && a->evaluating->folder ? a->evaluating->folder : "the screen";
}

const struct measured_cut *evaluating_cut(const struct app *a, int position)
{
    const struct measured_cut *cut = measured_find(evaluating_measured(a), app_layer(a, position));
    return cut && !isnan(cut->accuracy) ? cut : NULL;
}

int evaluating_leader(const struct app *a)
{
    const struct measured_cut *leader = measured_leader(evaluating_measured(a));
    for (int i = 0; leader && i < a->study->layer_list.n; i++)
        if (app_layer(a, i) == leader->layer)
            return i;
    return -1;
}
