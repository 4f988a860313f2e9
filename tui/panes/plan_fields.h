/* The values of the plan that + and - change, one at a time: the field cursor (planning.field). */
#ifndef ISPLIT_PANES_PLAN_FIELDS_H
#define ISPLIT_PANES_PLAN_FIELDS_H

#include "panes/action.h"

struct app;

/* In the order of a cut's way: device, link, server; then what is sent, how it is judged, how it is drawn. */
enum plan_field {
    FIELD_EDGE,
    FIELD_LINK,
    FIELD_RATE,
    FIELD_TRIP,
    FIELD_SERVER,
    FIELD_TYPE,
    FIELD_CODER,
    FIELD_OBJECTIVE,
    FIELD_AXIS,
    PLAN_FIELDS
};

/* The field after or before, wrapping around; it is said which one. */
void plan_fields_move(struct app *a, int by);

/* What + (by 1) or - (by -1) does to the present field. */
enum action plan_fields_step(const struct app *a, int by);

/* The present field: "device"; "25 GFLOP/s", a new string. */
const char *plan_fields_name(const struct app *a);
char *plan_fields_value(const struct app *a);

#endif
