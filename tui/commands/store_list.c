#include "commands/store_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "study/saved_rows_words.h"

/* ---- The table ------------------------------------------------------------------------------------- */

enum { ID, NETWORK, DATA, MEASURED, PLAN, WHEN, OPTIONS, COLUMNS };

static int store_list_width_of(const char *text)
{
    int width = 0;
    for (int length; *text; text += length, width++)
        text_decode(text, &length);
    return width;
}

static void store_list_print_row(FILE *out, const char *const cells[COLUMNS], const int widths[COLUMNS])
{
    int last = COLUMNS - 1;
    while (last > 0 && !*cells[last])
        last--;
    for (int i = 0; i <= last; i++)
        fprintf(out, "%s%*s", cells[i], i < last ? widths[i] - store_list_width_of(cells[i]) + 2 : 0, "");
    fputc('\n', out);
}

void store_list_table(FILE *out, const struct store_study *studies, int n)
{
    static const char *const header[COLUMNS] = {"id",     "network", "data",   "images",
                                                "tuning", "changed", "options"};
    struct saved_rows_words *words = saved_rows_words_new(studies, n);
    char(*ids)[24] = memory_new((size_t)n, sizeof *ids);
    const char *(*rows)[COLUMNS] = memory_new((size_t)n, sizeof *rows);
    int widths[COLUMNS];
    for (int k = 0; k < COLUMNS; k++)
        widths[k] = store_list_width_of(header[k]);
    for (int i = 0; i < n; i++) {
        const struct saved_rows_words *w = &words[i];
        snprintf(ids[i], sizeof ids[i], "%" PRId64, studies[i].id);
        const char *const cells[COLUMNS] = {ids[i],    w->network, w->data,   w->measured,
                                            w->tuning, w->changed, w->options};
        for (int k = 0; k < COLUMNS; k++) {
            int width = store_list_width_of(rows[i][k] = cells[k]);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    store_list_print_row(out, header, widths);
    for (int i = 0; i < n; i++)
        store_list_print_row(out, rows[i], widths);
    free(rows);
    free(ids);
    saved_rows_words_free(words, n);
}
