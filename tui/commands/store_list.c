#include "commands/store_list.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "screen/cells.h"
#include "study/saved_rows_words.h"

/* ---- The table ------------------------------------------------------------------------------------- */

enum { ID, NETWORK, DATA, MEASURED, PLAN, WHEN, OPTIONS, COLUMNS };

static void store_list_print_row(FILE *out, const char *const cells[COLUMNS], const int widths[COLUMNS])
{
    int last = COLUMNS - 1;
    while (last > 0 && !*cells[last])
        last--;
    for (int i = 0; i <= last; i++)
        cells_print(out, cells[i], i < last ? widths[i] + 2 : 0);
    fputc('\n', out);
}

/* Cells that a terminal may be given, each a new string. */
static void store_list_fill(const struct saved_rows_words *words, int i, char *cells[COLUMNS])
{
    static const enum saved_rows_word shown[COLUMNS] = {
        SAVED_ID, SAVED_NETWORK, SAVED_DATA, SAVED_MEASURED, SAVED_TUNING, SAVED_CHANGED, SAVED_OPTIONS};
    for (int k = 0; k < COLUMNS; k++)
        cells[k] = text_printable(saved_rows_word(words, i, shown[k]));
}

void store_list_table(FILE *out, const struct store_study *studies, int n)
{
    static const char *const header[COLUMNS] = {"id",     "network", "data",   "images",
                                                "tuning", "changed", "options"};
    struct saved_rows_words *words = saved_rows_words_new(studies, n);
    char *(*rows)[COLUMNS] = memory_new((size_t)n, sizeof *rows);
    int widths[COLUMNS];
    for (int k = 0; k < COLUMNS; k++)
        widths[k] = cells_width(header[k]);
    for (int i = 0; i < n; i++) {
        store_list_fill(words, i, rows[i]);
        for (int k = 0; k < COLUMNS; k++) {
            int width = cells_width(rows[i][k]);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    store_list_print_row(out, header, widths);
    for (int i = 0; i < n; i++) {
        store_list_print_row(out, (const char *const *)rows[i], widths);
        for (int k = 0; k < COLUMNS; k++)
            free(rows[i][k]);
    }
    free(rows);
    saved_rows_words_free(words, n);
}
