/* The plot as a figure for a paper. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/figure.h"
#include "panes/plot.h"
#include "panes/plot_parts.h"

/* Arrays of one curve, by position; the figure's series borrows them from position `first` on. */
struct curve_arrays {
    double *values, *low, *high;
    bool *candidates;
};

static struct figure_series make_series(const struct app *a, const struct shown *s,
                                        struct curve_arrays *arrays)
{
    size_t n = (size_t)a->study->layer_list.n;
    *arrays = (struct curve_arrays){memory_new(n, sizeof(double)), memory_new(n, sizeof(double)),
                                    memory_new(n, sizeof(double)), memory_new(n, sizeof(bool))};
    if (s == &a->shown)
        plot_shown_values(a, arrays->values, arrays->low, arrays->high);
    else
        plot_values(a, s, arrays->values, arrays->low, arrays->high);
    for (size_t i = 0; i < n; i++)
        arrays->candidates[i] = app_is_peak(a, s, (int)i);
    bool seen = s->best >= a->plot.first && s->best <= a->plot.last;
    return (struct figure_series){s->name,
                                  arrays->values + a->plot.first,
                                  arrays->low + a->plot.first,
                                  arrays->high + a->plot.first,
                                  arrays->candidates + a->plot.first,
                                  seen ? s->best - a->plot.first : -1};
}

static char *plot_figure_describe(const struct app *a)
{
    return memory_format("%s on %s: %s of %ld images (%s); isplit " ISPLIT_VERSION,
                         inputs_name(&a->study->inputs), a->study->dataset->root, plot_shown_name(a),
                         a->plot.trapped ? a->study->trapped.answer.images
                                         : app_point(a, a->plot.first)->images,
                         a->plot.trapped ? "without labels" : a->shown.name);
}

void plot_figure(const struct app *a, FILE *out)
{
    int n = a->plot.last - a->plot.first + 1;
    struct curve_arrays arrays[1 + PINS];
    const char **names = memory_new((size_t)n, sizeof *names);
    int64_t *bytes = memory_new((size_t)n, sizeof *bytes);
    bool *marked = memory_new((size_t)n, sizeof *marked);
    for (int i = 0; i < n; i++) {
        names[i] = app_row(a, a->plot.first + i)->name;
        bytes[i] = app_bytes(a, app_row(a, a->plot.first + i)->cut_bytes);
        marked[i] = marks_find(a->marks, app_layer(a, a->plot.first + i)) != NULL;
    }
    char *description = plot_figure_describe(a);
    struct figure f = {.title = a->plot.trapped ? "Trapped energy" : "CUI curve",
                       .description = description,
                       .value_name = plot_shown_name(a),
                       .linear = a->settings.linear && !a->plot.trapped,
                       .layers_n = n,
                       .names = names,
                       .series_n = a->plot.trapped ? 1 : 1 + a->pins.n,
                       .bytes = bytes,
                       .cde = a->study->layer_list.cde + a->plot.first,
                       .marked = marked,
                       .input_bytes = app_bytes(a, a->study->table->input_bytes),
                       .bytes_name = dtype_words[a->settings.bytes]};
    int series = f.series_n;
    f.series_n = 0;
    for (int s = 0; s < series; s++) /* a pinned curve that is the chosen one is drawn once */
        if (s == 0 ||
            memcmp(a->pins.curves[s - 1].chosen, a->shown.chosen, (size_t)a->study->table->classes) != 0) {
            f.series[f.series_n] =
                make_series(a, s ? &a->pins.curves[s - 1] : &a->shown, &arrays[f.series_n]);
            f.series_n++;
        }
    figure_write(out, &f);
    for (int s = 0; s < f.series_n; s++) {
        free(arrays[s].values);
        free(arrays[s].low);
        free(arrays[s].high);
        free(arrays[s].candidates);
    }
    free(names);
    free(bytes);
    free(marked);
    free(description);
}
