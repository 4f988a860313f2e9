#include "app/planning_link.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/planning.h"
#include "base/memory.h"

struct planning_link {
    const struct link_list *own; /* borrowed */
    struct link given;           /* the link described on the command line */
    int given_n;                 /* 1; 0: the command line names a link, or gives none */
    struct link plain;           /* without the steps */
    int at; /* index into the given one, the user's own links and the presets; -1: none of them */
    int rate_steps, trip_steps;
};

static int links_n(const struct planning_link *l)
{
    return l->given_n + link_list_n(l->own) + link_presets_n;
}

static const struct link *link_number(const struct planning_link *l, int i)
{
    if (i < l->given_n)
        return &l->given;
    i -= l->given_n;
    int own = link_list_n(l->own);
    return i < own ? link_list_at(l->own, i) : &link_presets[i - own];
}

/* The first of that name, as link_parse finds it; -1: there is none. */
static int link_named(const struct planning_link *l, const char *name)
{
    for (int i = l->given_n; i < links_n(l); i++)
        if (strcmp(link_number(l, i)->name, name) == 0)
            return i;
    return -1;
}

void planning_link_use(struct planning_link *l, const struct link *link)
{
    l->plain = *link;
    l->rate_steps = l->trip_steps = 0;
    l->at = link_named(l, link->name);
}

/* A link described on the command line is in no list, but must be selectable again. */
struct planning_link *planning_link_new(const struct link_list *own, const struct link *link,
                                        const char *text)
{
    struct planning_link *l = memory_new(1, sizeof *l);
    *l = (struct planning_link){.own = own, .given = *link, .given_n = text && strchr(text, '=')};
    planning_link_use(l, link);
    if (l->given_n)
        l->at = 0;
    return l;
}

void planning_link_free(struct planning_link *l)
{
    free(l);
}

void planning_link_next(struct planning_link *l, int direction)
{
    int n = links_n(l);
    int at = l->at < 0 && direction < 0 ? 0 : l->at;
    at = (at + direction + n) % n;
    planning_link_use(l, link_number(l, at));
    l->at = at;
}

struct link planning_link_stepped(const struct planning_link *l)
{
    struct link link = l->plain;
    link.mbit_s *= pow(PLANNING_STEP, l->rate_steps);
    link.rtt_ms *= pow(PLANNING_STEP, l->trip_steps);
    return link;
}

const struct link *planning_link_plain(const struct planning_link *l)
{
    return &l->plain;
}

bool planning_link_is_stepped(const struct planning_link *l)
{
    return l->rate_steps || l->trip_steps;
}

static void planning_link_step(struct planning_link *l, int *steps, int by)
{
    struct error e;
    *steps += by;
    const struct link link = planning_link_stepped(l);
    if (link_check(&link, &e) < 0)
        *steps -= by;
}

void planning_link_step_rate(struct planning_link *l, int by)
{
    planning_link_step(l, &l->rate_steps, by);
}

void planning_link_step_trip(struct planning_link *l, int by)
{
    planning_link_step(l, &l->trip_steps, by);
}

/* ---- As text ------------------------------------------------------------------------------------------ */

/* Appends "," and a pair. Takes ownership of `text`. */
static char *planning_link_add_pair(char *text, const char *key, const char *value)
{
    char *longer = memory_format("%s%s%s=%s", text, *text ? "," : "", key, value);
    free(text);
    return longer;
}

static char *planning_link_add_number(char *text, const char *key, double value, double usual)
{
    char number[32];
    snprintf(number, sizeof number, "%.9g", value);
    return value == usual ? text : planning_link_add_pair(text, key, number);
}

/* Only the values that differ from the named link are written. */
char *planning_link_text(const struct planning_link *l)
{
    static const struct link none = {.loss = 0};
    const struct link link = planning_link_stepped(l);
    int named = link_named(l, link.name);
    const struct link *usual = named >= 0 ? link_number(l, named) : &none;
    char *text = memory_copy(usual->name);
    text = planning_link_add_number(text, "bandwidth", link.mbit_s, usual->mbit_s);
    text = planning_link_add_number(text, "rtt", link.rtt_ms, usual->rtt_ms);
    text = planning_link_add_number(text, "loss", link.loss, usual->loss);
    text = planning_link_add_number(text, "mtu", link.mtu, usual->mtu);
    text = planning_link_add_number(text, "header", link.header, usual->header);
    text = planning_link_add_number(text, "energy", link.joule_byte, usual->joule_byte);
    if (link.transport != usual->transport)
        text = planning_link_add_pair(text, "transport", link_transport_words[link.transport]);
    return link.slow_start == usual->slow_start
               ? text
               : planning_link_add_pair(text, "slow_start", link.slow_start ? "1" : "0");
}
