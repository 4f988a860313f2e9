/* The plan on the screen: the deployment given by the command line and changed by keys, and the cost of every
 * cut of the study on it (deployment/deployment.h, deploy/cost_model.h). It takes microseconds, so it is
 * computed for every frame. */
#ifndef ISPLIT_APP_PLANNING_H
#define ISPLIT_APP_PLANNING_H

#include <stdbool.h>

#include "app/actions.h"
#include "app/planning_link.h"
#include "deployment/deployment.h"
#include "deployment/results.h"
#include "report/verdict.h"

struct app;

/* A step of a key changes a value by this factor. */
#define PLANNING_STEP 1.25

struct planning {
    int field; /* which value + and - change (panes/plan_fields.h) */
    bool open; /* the rest is valid for the study */
    struct deployment deployment;
    struct {
        char *typed; /* as it was */
        int steps;   /* how often keys made it faster since */
    } edge, server;
    char *features; /* as it was typed; "": none */
    struct planning_link *link;

    struct placement *cuts; /* [verdict.n] all on the server, after each listed layer, all on the device */
    struct verdict verdict; /* of these cuts */
    struct beside *beside;  /* two scenarios side by side; or NULL */
};

/* Begins for the study on the screen, from the options; errors in them are reported, and defaults used
 * instead. */
void planning_open(struct app *a);
void planning_free(struct planning *w);

/* Says where `file` ("": none) was measured with other weights or another preprocessing than those shown. */
void planning_warn_of_others(struct app *a, enum results kind, const char *file);

/* Says where a device is a file whose times are not to be trusted (report/device_file.h). */
void planning_warn_of_device(struct app *a, const char *text);

/* Evaluates the cuts again, for the chosen classes and the dtype of the sent tensor in the settings. */
void planning_refresh(struct app *a);

/* The options of the command line, with devices, link and features as typed or changed by keys: what they do
 * not name is assumed. */
struct options planning_given(const struct app *a);

/* Numbers that can be typed, besides the limits. */
enum planning_number {
    PLANNING_ANSWER,    /* bytes of the answer */
    PLANNING_INPUT,     /* bytes of an input that is sent whole */
    PLANNING_JOULE_MAC, /* J of the device for a multiply-add */
    PLANNING_NUMBERS
};
/* Name, help, and the meaning of an empty value. */
enum { PLANNING_NAME, PLANNING_HELP, PLANNING_EMPTY, PLANNING_TEXTS };
extern const char *const planning_numbers[PLANNING_NUMBERS][PLANNING_TEXTS];

/* Handles the keys that change values. True where it was one. */
bool planning_act(struct app *a, enum action action);

/* planning_typed.c: sets values from typed text. -1: invalid, and nothing is changed. An empty limit: none;
 * empty features and numbers: as without an option. A limit on a metric unknown for every cut is set, and a
 * message says what it needs. */
int planning_set_edge(struct app *a, const char *text, struct error *e);
int planning_set_server(struct app *a, const char *text, struct error *e);
int planning_set_link(struct app *a, const char *text, struct error *e);
int planning_set_features(struct app *a, const char *path, struct error *e);
int planning_set_number(struct app *a, enum planning_number number, const char *text, struct error *e);
int planning_set_limit(struct app *a, enum metric metric, const char *text, struct error *e);

/* A number and a limit in the form in which they are typed. New strings. */
char *planning_number_text(const struct planning *w, enum planning_number number);
char *planning_limit_text(const struct planning *w, enum metric metric);

/* The lowest CUI that meets the limit on the rank; NaN: no limit, or no layer of that rank. */
double planning_least_cui(const struct app *a);

#endif
