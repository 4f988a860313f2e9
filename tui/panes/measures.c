#include "panes/measures.h"

#include <math.h>
#include <stdio.h>

enum glyph measures_glyph(const struct measured_cut *cut)
{
    return cut->state == EVALUATED_LEADER ? GLYPH_LEADER : cut->in_set ? GLYPH_IN_SET : GLYPH_MEASURED;
}

enum role measures_role(const struct measured_cut *cut)
{
    return cut->state == EVALUATED_LEADER ? ROLE_LEADER : ROLE_MEASURED;
}

void measures_accuracy(const struct measured_cut *cut, char out[MEASURES_TEXT])
{
    out[0] = '\0';
    if (cut)
        snprintf(out, MEASURES_TEXT, "%.1f", 100 * cut->accuracy);
}

void measures_interval(const struct measured_cut *cut, char out[MEASURES_TEXT])
{
    out[0] = '\0';
    if (cut && !isnan(cut->low) && !isnan(cut->high))
        snprintf(out, MEASURES_TEXT, "%.1f..%.1f", 100 * cut->low, 100 * cut->high);
}
