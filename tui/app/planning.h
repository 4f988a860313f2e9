/* The plan on the screen: where the halves would run, as the command line and keys say it, and what every cut
 * of the study costs there (deployment/deployment.h, deploy/cost_model.h). It takes microseconds, so it is
 * made again for every frame. */
#ifndef ISPLIT_APP_PLANNING_H
#define ISPLIT_APP_PLANNING_H

#include <stdbool.h>

#include "app/actions.h"
#include "app/planning_link.h"
#include "deployment/deployment.h"
#include "report/verdict.h"

struct app;

/* A step of a key changes a value by this factor. */
#define PLANNING_STEP 1.25

struct planning {
    bool open; /* what follows is the study's */
    struct deployment deployment;
    struct {
        char *typed; /* as it was */
        int steps;   /* how often keys made it faster since */
    } edge, server;
    char *features; /* as it was typed; "": none */
    struct planning_link link;

    struct placement *cuts; /* [verdict.n] all on the server, after each listed layer, all on the device */
    struct verdict verdict; /* on these */
};

/* For the study on the screen, from the options; what is wrong with them is told, and the usual values stand
 * in for them. */
void planning_open(struct app *a);
void planning_free(struct planning *w);

/* Weighs the cuts again, for the chosen classes and the type of the sent tensor that the settings name. */
void planning_refresh(struct app *a);

/* The options of the command line, with the devices, the link and the features that were typed or changed by
 * keys instead of theirs: what they do not name was assumed. */
struct options planning_given(const struct app *a);

/* Numbers that people type, beside the limits. */
enum planning_number {
    PLANNING_ANSWER,    /* bytes that come back */
    PLANNING_INPUT,     /* bytes of an input that is sent whole */
    PLANNING_JOULE_MAC, /* of the device */
    PLANNING_NUMBERS
};
struct planning_number_entry {
    const char *name, *help;
    const char *empty; /* what it means where nothing is typed */
    enum metric_unit unit;
};
extern const struct planning_number_entry planning_numbers[]; /* [PLANNING_NUMBERS] */

/* The keys that change values. True where it was one. */
bool planning_act(struct app *a, enum action action);

/* planning_typed.c: by what people type. -1: it is no such thing, and nothing is changed. An empty limit:
 * none; empty features and numbers: as where no option gives them. A limit of what is not known for any cut
 * is set, and what it needs is told. */
int planning_set_edge(struct app *a, const char *text, struct error *e);
int planning_set_server(struct app *a, const char *text, struct error *e);
int planning_set_link(struct app *a, const char *text, struct error *e);
int planning_set_features(struct app *a, const char *path, struct error *e);
int planning_set_number(struct app *a, enum planning_number number, const char *text, struct error *e);
int planning_set_limit(struct app *a, enum metric metric, const char *text, struct error *e);

/* A number and a limit as they would be typed. New strings. */
char *planning_number_text(const struct planning *w, enum planning_number number);
char *planning_limit_text(const struct planning *w, enum metric metric);

/* The CUI that the limit of the rank leaves at least; NaN: there is no limit, or no layer of that rank. */
double planning_least_cui(const struct app *a);

#endif
