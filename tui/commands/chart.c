#include "commands/chart.h"

#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands/console.h"
#include "curve/stability.h"
#include "report/report.h"
#include "screen/glyphs.h"

enum { COLUMNS_MIN = 60, COLUMNS_MAX = 120, COLUMNS_DEFAULT = 80 };

int chart_columns(FILE *out)
{
    struct winsize size;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    return size.ws_col < COLUMNS_MIN ? COLUMNS_MIN : size.ws_col > COLUMNS_MAX ? COLUMNS_MAX : size.ws_col;
}

/* Where things stand in a line. */
struct frame {
    bool utf8;
    int name, shape;  /* widths */
    int plot;         /* cells for bars */
    double low, high; /* of the axis, log10 */
};

static void shape_text(char out[40], struct net_shape s)
{
    snprintf(out, 40, "%dx%dx%d", s.c, s.h, s.w);
}

static struct frame make_frame(const struct report *r, const struct curve_point *points, int columns)
{
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    struct frame f = {.utf8 = utf8, .name = 5, .shape = 5, .low = INFINITY, .high = -INFINITY};
    char text[40];
    for (int i = 0; i < r->listed_n; i++) {
        const struct table_row *row = &r->table->rows[r->listed[i]];
        int name = (int)strlen(row->name);
        shape_text(text, row->out);
        int shape = (int)strlen(text);
        f.name = name > f.name ? name : f.name;
        f.shape = shape > f.shape ? shape : f.shape;
        if (!isnan(points[i].log10_cui)) {
            f.low = fmin(f.low, points[i].log10_cui);
            f.high = fmax(f.high, points[i].log10_cui);
        }
    }
    if (f.name > 20)
        f.name = 20;
    /* Half decades; the lowest bar keeps some length. */
    f.low = isinf(f.low) ? 0 : floor(f.low * 2 - 0.25) / 2;
    f.high = isinf(f.high) ? 1 : ceil(f.high * 2) / 2;
    /* "NAME  SHAPE  1023.9 KiB c  RANK     -12.34  " and " * best" */
    f.plot = columns - (f.name + 2 + f.shape + 2 + 10 + 2 + 2 + 4 + 2 + 9 + 2) - 7;
    if (f.plot < 8)
        f.plot = 8;
    return f;
}

static void print_axis(FILE *out, const struct frame *f)
{
    char low[16], high[16];
    snprintf(low, sizeof low, "%.1f", f->low);
    snprintf(high, sizeof high, "%.1f", f->high);
    fprintf(out, "%-*s  %-*s  %10s    %4s  %9s  %s%*s\n", f->name, "layer", f->shape, "shape", "sends",
            "rank", "log10 CUI", low, f->plot - (int)strlen(low), high);
}

static void print_bar(FILE *out, const struct frame *f, double value)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int n = (int)((value - f->low) / (f->high - f->low) * f->plot * 8 + 0.5);
    for (int i = 0; i < n / 8; i++)
        fputs(f->utf8 ? "█" : "=", out);
    if (f->utf8)
        fputs(eighths[n % 8], out);
    else if (n % 8 >= 4)
        fputc('-', out);
}

/* As on the screen. */
static const char *chart_star(bool utf8)
{
    return glyphs_text(utf8 ? GLYPHS_BRAILLE : GLYPHS_ASCII, GLYPH_CANDIDATE);
}

static void print_row(FILE *out, const struct frame *f, const struct report *r, int i,
                      const struct curve_point *p, bool best)
{
    const struct table_row *row = &r->table->rows[r->listed[i]];
    char shape[40], sends[16], rank[16] = "", value[16] = "";
    shape_text(shape, row->out);
    text_bytes(sends, row->cut_bytes);
    if (p->rank)
        snprintf(rank, sizeof rank, "%d", p->rank);
    if (!isnan(p->log10_cui))
        snprintf(value, sizeof value, "%.2f", p->log10_cui);
    else if (p->cui == 0)
        snprintf(value, sizeof value, "zero");
    char *name = text_printable(row->name);
    fprintf(out, "%-*.*s  %-*s  %10s%s  %4s  %9s", f->name, f->name, name, f->shape, shape, sends,
            r->cde[i] ? " c" : "  ", rank, value);
    free(name);
    if (!isnan(p->log10_cui)) {
        fputs("  ", out);
        print_bar(out, f, p->log10_cui);
    }
    if (p->local_max)
        fprintf(out, " %s%s", chart_star(f->utf8), best ? " best" : "");
    fputc('\n', out);
}

static void print_share(FILE *out, const struct stability *s, int best)
{
    if (stability_is_known(s))
        fprintf(out, "      %s in %.1f %% of %d resamples of the images\n", best < 0 ? "none" : "the best",
                100 * stability_share(s, best), stability_resamples(s));
}

static void print_best(FILE *out, const struct report *r, const struct curve_point *points, int best)
{
    if (best < 0) {
        fputs("best: none, the curve has no local maximum\n", out);
        return;
    }
    const struct table_row *row = &r->table->rows[r->listed[best]];
    const struct curve_point *p = &points[best];
    char sends[16];
    text_bytes(sends, row->cut_bytes);
    double macs = (double)row->head_macs + (double)row->tail_macs;
    console_print(out, "best: split after %s (layer %d): sends %s, head %.0f %% of the MACs", row->name,
                  row->layer, sends, macs > 0 ? 100 * (double)row->head_macs / macs : 0);
    if (!row->clean)
        fprintf(out, "      not clean: %d tensors cross it\n", row->cut_tensors);
    fprintf(out, "      CUI %.4g", p->cui);
    if (!isnan(p->low))
        fprintf(out, ", 95 %% interval %.4g to %.4g", p->low, p->high);
    fprintf(out, ", %ld images\n", p->images);
}

static void print_legend(FILE *out, const struct report *r, bool utf8)
{
    fprintf(out, "%s  local maximum, a candidate for the split\n", chart_star(utf8));
    bool any = false;
    for (int i = 0; i < r->listed_n; i++)
        any = any || r->cde[i];
    if (any)
        fputs("c  sends fewer bytes than the input and every earlier cut (CDE)\n", out);
}

static void print_curve(FILE *out, const struct report *r, const bool *chosen)
{
    struct curve_point *points = memory_new((size_t)r->listed_n, sizeof *points);
    int best = curve_compute(r->curve, chosen, r->correction, points);
    struct frame f = make_frame(r, points, chart_columns(out));
    print_axis(out, &f);
    for (int i = 0; i < r->listed_n; i++)
        print_row(out, &f, r, i, &points[i], i == best);
    print_legend(out, r, f.utf8);
    print_best(out, r, points, best);
    struct stability *shares = stability_compute(r->curve, chosen);
    print_share(out, shares, best);
    stability_free(shares);
    free(points);
}

void chart_print(FILE *out, const struct report *r, const char *title)
{
    console_print(out, "%s", title);
    for (int i = 0; i < r->subsets_n; i++) {
        fputc('\n', out);
        console_print(out, "subset %s", r->subsets[i].name);
        print_curve(out, r, r->subsets[i].chosen);
    }
    if (r->subsets_n == 0) {
        fputc('\n', out);
        print_curve(out, r, r->chosen);
    }
}
