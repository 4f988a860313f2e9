/* The values of the plan that + and - change, one at a time: the field cursor (planning.field). */
#ifndef ISPLIT_APP_PLANNING_FIELDS_H
#define ISPLIT_APP_PLANNING_FIELDS_H

#include "panes/action.h"

struct app;

/* In the order of a cut's way: device, link, server; then what is sent, how it is judged, how it is drawn. */
enum planning_field {
    FIELD_EDGE,
    FIELD_LINK,
    FIELD_RATE,
    FIELD_TRIP,
    FIELD_SERVER,
    FIELD_TYPE,
    FIELD_CODER,
    FIELD_OBJECTIVE,
    FIELD_AXIS,
    PLANNING_FIELDS
};

/* The field after or before, wrapping around; it is said which one. */
void planning_fields_move(struct app *a, int by);

/* What + (by 1) or - (by -1) does to the present field. */
enum action planning_fields_step(const struct app *a, int by);

/* The present field: "device"; "25 GFLOP/s", a new string. */
const char *planning_fields_name(const struct app *a);
char *planning_fields_value(const struct app *a);

#endif
