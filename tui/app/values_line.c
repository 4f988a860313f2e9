/* Values of the plan typed in one line, as in "0.5 lte memory=200K": speeds and files are the device and the
 * server, in this order, names are links, and the others are NAME=VALUE. Names may be cut short. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/values.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"

/* What the line has set so far. */
struct line {
    struct app *a;
    int devices;    /* speeds and files so far */
    char *set_text; /* "device 0.5, link lte" */
};

/* ---- Names ------------------------------------------------------------------------------------------- */

/* How well a value's name begins like the word: 3 as a whole, 2 with its first letters, 1 with a later word
 * of it. A limit also has its metric's name. */
static int line_fits(int value, const char *word, size_t n)
{
    const char *name = values_name(value), *metric = values_metric(value);
    if ((strlen(name) == n && strncmp(name, word, n) == 0) || (metric && strcmp(metric, word) == 0))
        return 3;
    if (strncmp(name, word, n) == 0 || (metric && strncmp(metric, word, n) == 0))
        return 2;
    for (const char *next = strchr(name, ' '); next; next = strchr(next, ' '))
        if (strncmp(++next, word, n) == 0)
            return 1;
    return 0;
}

/* The only value that fits best. -1: there is none, or there are more (*more has two of them). */
static int line_value(const char *word, const char *more[2])
{
    int best = 0, found = -1;
    more[0] = more[1] = NULL;
    for (int i = 0; i < values_n(); i++) {
        int fits = *word ? line_fits(i, word, strlen(word)) : 0;
        if (fits == 0 || fits < best)
            continue;
        more[0] = fits == best ? values_name(found) : NULL;
        more[1] = values_name(i);
        best = fits;
        found = i;
    }
    return more[0] ? -1 : found;
}

/* The link of that name, or the only one that begins so; NULL: there is none. */
static const char *line_link(const struct app *a, const char *word)
{
    const struct link_list *own = a->planning.deployment.links;
    const char *found = NULL;
    int n = 0, own_n = link_list_n(own);
    for (int i = 0; i < own_n + link_presets_n; i++) {
        const char *name = i < own_n ? link_list_at(own, i)->name : link_presets[i - own_n].name;
        if (strcmp(name, word) == 0)
            return name;
        if (strncmp(name, word, strlen(word)) == 0) {
            found = name;
            n++;
        }
    }
    return n == 1 ? found : NULL;
}

/* ---- The line ---------------------------------------------------------------------------------------- */

/* Of the value called `name`, by the end of the line. */
static int line_set(struct line *l, int value, const char *text, struct error *e)
{
    char *kept = memory_format("0 %s", strcmp(text, "none") == 0 ? "" : text);
    int status = values_restore(l->a, value, kept, e);
    free(kept);
    if (status == 0)
        text_list_append(&l->set_text, "%s %s", values_name(value), *text ? text : "none");
    return status;
}

static int line_set_named(struct line *l, const char *name, const char *text, struct error *e)
{
    const char *more[2];
    return line_set(l, line_value(name, more), text, e);
}

static int line_set_device(struct line *l, const char *text, struct error *e)
{
    static const char *const devices[] = {"device", "server"};
    if (l->devices == 2)
        return error_set(e, "'%.40s' is a third device (expected one and a server)", text);
    return line_set_named(l, devices[l->devices++], text, e);
}

/* "lte" or "lte,rtt=40": a link whose name may be cut short; false: it is none. */
static bool line_is_link(const struct app *a, const char *word, char **whole)
{
    size_t n = strcspn(word, ",");
    char *name = memory_copy_n(word, n);
    const char *link = n ? line_link(a, name) : NULL;
    free(name);
    *whole = link ? memory_format("%s%s", link, word + n) : NULL;
    return link;
}

static int line_take(struct line *l, char *word, struct error *e)
{
    const char *more[2] = {NULL, NULL};
    char *equals = strchr(word, '='), *link = NULL;
    char *name = memory_copy_n(word, equals ? (size_t)(equals - word) : 0);
    int value = line_value(name, more), status = 0;
    if (value >= 0)
        status = line_set(l, value, equals + 1, e);
    else if (more[0])
        status = error_set(e, "'%.40s' may be the %s or the %s", name, more[0], more[1]);
    else if (line_is_link(l->a, word, &link))
        status = line_set_named(l, "link", link, e);
    else if (isdigit((unsigned char)*word) || *word == '.' || (!equals && access(word, F_OK) == 0))
        status = line_set_device(l, word, e);
    else
        status = line_set_named(l, "link", word, e); /* which says what is wrong with it */
    free(link);
    free(name);
    return status;
}

static void line_restore(struct app *a, const struct text_list *before)
{
    struct error ignored;
    for (int i = 0; i < before->n; i++)
        values_restore(a, i, before->texts[i], &ignored);
}

/* All of it, or nothing. */
static void line_done(struct app *a, const char *text)
{
    struct error e;
    struct text_list before = {0};
    if (!text || !app_is_ready(a))
        return;
    struct line l = {.a = a, .set_text = memory_copy("")};
    char *copy = memory_copy(text);
    int status = 0;
    for (int i = 0; i < values_n(); i++)
        text_list_add(&before, values_save(a, i));
    for (char *rest = copy, *word; status == 0 && (word = strsep(&rest, " "));)
        status = *word ? line_take(&l, word, &e) : 0;
    if (status < 0) {
        line_restore(a, &before);
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    } else {
        planning_refresh(a);
        app_set_view(a, VIEW_PLAN);
        if (*l.set_text)
            app_say(a, JOURNAL_GOOD, "%s (U takes it back)", l.set_text);
    }
    text_list_free(&before);
    free(l.set_text);
    free(copy);
}

void values_ask(struct app *a, enum action action)
{
    (void)action;
    app_prompt(a, PROMPT_TEXT, "plan for (0.5 lte memory=200K): ", "", NULL, line_done, NULL);
}
