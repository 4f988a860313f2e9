#include "report/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void svg_escape(FILE *out, const char *text)
{
    static const char *const markup[] = {['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"};
    char *clean = text_escape(text);
    int length;
    for (const char *s = clean; *s; s += length) {
        int code = text_decode(s, &length);
        if (code == '&' || code == '<' || code == '>' || code == '"')
            fputs(markup[code], out);
        else if (code == 0xfffe || code == 0xffff) /* not characters of XML 1.0 */
            fputs("\xef\xbf\xbd", out);
        else
            fwrite(s, 1, (size_t)length, out);
    }
    free(clean);
}

/* Okabe and Ito's colours for colour-blind readers, ordered so that adjacent ones differ in grey too. */
const char *svg_colour(int series)
{
    static const char *const colours[] = {"#0072b2", "#d55e00", "#000000", "#009e73", "#cc79a7"};
    return colours[(size_t)series % (sizeof colours / sizeof colours[0])];
}

const char *svg_dashes(int series)
{
    static const char *const dashes[] = {"none", "1.6 0.7", "0.4 0.6", "2.4 0.6 0.4 0.6", "0.9 0.5"};
    return dashes[(size_t)series % (sizeof dashes / sizeof dashes[0])];
}

struct point {
    double x, y;
};

static void polygon(FILE *out, const struct point *points, int n, double x, double y, double size,
                    const char *fill, const char *stroke)
{
    fputs("<polygon points=\"", out);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%.3f,%.3f", i ? " " : "", x + size * points[i].x, y + size * points[i].y);
    fprintf(out, "\" fill=\"%s\" stroke=\"%s\" stroke-width=\"0.2\"/>\n", fill, stroke);
}

void svg_dot(FILE *out, int series, double x, double y, double size)
{
    static const struct point square[] = {{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}};
    static const struct point triangle[] = {{0, -1.2}, {1.1, 0.8}, {-1.1, 0.8}};
    static const struct point diamond[] = {{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}};
    static const struct point down[] = {{0, 1.2}, {1.1, -0.8}, {-1.1, -0.8}};
    const char *colour = svg_colour(series);
    switch (series % 5) {
    case 0:
        fprintf(out, "<circle cx=\"%.3f\" cy=\"%.3f\" r=\"%.3f\" fill=\"%s\"/>\n", x, y, size, colour);
        break;
    case 1:
        polygon(out, square, 4, x, y, size, "#ffffff", colour);
        break;
    case 2:
        polygon(out, triangle, 3, x, y, size, colour, colour);
        break;
    case 3:
        polygon(out, diamond, 4, x, y, size, "#ffffff", colour);
        break;
    default:
        polygon(out, down, 3, x, y, size, colour, colour);
    }
}

void svg_star(FILE *out, double x, double y, double size, const char *colour)
{
    struct point points[10];
    for (int i = 0; i < 10; i++) {
        double radius = i % 2 ? 0.42 : 1, angle = i * M_PI / 5;
        points[i].x = radius * sin(angle);
        points[i].y = -radius * cos(angle);
    }
    polygon(out, points, 10, x, y, size, colour, colour);
}
