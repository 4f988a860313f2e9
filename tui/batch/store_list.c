#include "batch/store_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "client/archive_words.h"
#include "client/question.h"
#include "csv/sheet.h"

/* ---- The table ------------------------------------------------------------------------------------- */

enum { ID, NETWORK, DATA, MEASURED, PLAN, WHEN, OPTIONS, COLUMNS };

static int width_of(const char *text)
{
    int width = 0;
    for (int length; *text; text += length, width++)
        text_decode(text, &length);
    return width;
}

static void print_row(FILE *out, const char *const cells[COLUMNS], const int widths[COLUMNS])
{
    int last = COLUMNS - 1;
    while (last > 0 && !*cells[last])
        last--;
    for (int i = 0; i <= last; i++)
        fprintf(out, "%s%*s", cells[i], i < last ? widths[i] - width_of(cells[i]) + 2 : 0, "");
    fputc('\n', out);
}

void store_list_table(FILE *out, const struct store_study *studies, int n)
{
    static const char *const header[COLUMNS] = {"id",   "network", "data",   "images",
                                                "plan", "changed", "options"};
    struct archive_words *words = archive_words_new(studies, n);
    char(*ids)[24] = memory_new((size_t)n, sizeof *ids);
    const char *(*rows)[COLUMNS] = memory_new((size_t)n, sizeof *rows);
    int widths[COLUMNS];
    for (int k = 0; k < COLUMNS; k++)
        widths[k] = width_of(header[k]);
    for (int i = 0; i < n; i++) {
        const struct archive_words *w = &words[i];
        snprintf(ids[i], sizeof ids[i], "%" PRId64, studies[i].id);
        const char *const cells[COLUMNS] = {ids[i],  w->network, w->data,   w->measured,
                                            w->plan, w->changed, w->options};
        for (int k = 0; k < COLUMNS; k++) {
            int width = width_of(rows[i][k] = cells[k]);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    print_row(out, header, widths);
    for (int i = 0; i < n; i++)
        print_row(out, rows[i], widths);
    free(rows);
    free(ids);
    archive_words_free(words, n);
}

/* ---- CSV ------------------------------------------------------------------------------------------- */

static void write_row(struct sheet *sheet, const struct store_study *s, const struct archive_words *w)
{
    const char *const names[] = {s->cfg, s->cfg_xxh3, s->weights, s->weights_xxh3, s->place, s->split};
    const long counts[] = {s->images, s->rows, s->skipped, s->nonfinite};
    struct message_versions versions;
    struct message_plan plan = {.hash = ""};
    question_versions_read(s->versions, &versions, &plan);
    sheet_integer(sheet, s->id);
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        sheet_text(sheet, names[k]);
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
        sheet_integer(sheet, counts[k]);
    sheet_text(sheet, s->plan);
    sheet_text(sheet, w->changed);
    sheet_text(sheet, w->options);
    sheet_integer(sheet, plan.batch);
    sheet_integer(sheet, plan.threads);
    sheet_end_row(sheet);
}

void store_list_csv(FILE *out, const struct store_study *studies, int n)
{
    struct sheet sheet = {.out = out};
    struct archive_words *words = archive_words_new(studies, n);
    sheet_names(&sheet,
                "id,cfg,cfg_xxh3,weights,weights_xxh3,data,split,images,measured,undecodable,not_finite,"
                "plan,changed,options,batch,threads");
    sheet_end_row(&sheet);
    for (int i = 0; i < n; i++)
        write_row(&sheet, &studies[i], &words[i]);
    archive_words_free(words, n);
}
