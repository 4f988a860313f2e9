#include "batch/docs_fill.h"

/* No table of columns is known to the program yet: the places of the manual that ask for one stay as they
 * are. */
bool docs_columns(FILE *out, const char *name)
{
    (void)out;
    (void)name;
    return false;
}
