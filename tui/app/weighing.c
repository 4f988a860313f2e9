#include "app/weighing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "base/text.h"
#include "output/device_file.h"
#include "output/features_file.h"

/* ---- From the options -------------------------------------------------------------------------------- */

static int links_n(const struct weighing *w)
{
    return w->given_n + w->deployment.links.n + link_presets_n;
}

static const struct link *link_number(const struct weighing *w, int i)
{
    const struct link_list *own = &w->deployment.links;
    if (i < w->given_n)
        return &w->given;
    i -= w->given_n;
    return i < own->n ? &own->links[i] : &link_presets[i - own->n];
}

/* The first of that name, as link_parse finds it; -1: there is none. */
static int link_named(const struct weighing *w, const char *name)
{
    for (int i = w->given_n; i < links_n(w); i++)
        if (strcmp(link_number(w, i)->name, name) == 0)
            return i;
    return -1;
}

static void use_link(struct weighing *w, const struct link *link)
{
    w->link = *link;
    w->rate_steps = w->trip_steps = 0;
    w->link_at = link_named(w, link->name);
}

/* The command line's own link, with a value that no list has, is one to come back to. */
static void use_given_link(struct weighing *w, const char *text)
{
    w->given = w->deployment.deploy.link;
    w->given_n = text && strchr(text, '=');
    use_link(w, &w->given);
    if (w->given_n)
        w->link_at = 0;
}

void weighing_open(struct app *a)
{
    struct weighing *w = &a->weighing;
    const struct study *s = a->study;
    const struct options *o = &a->options;
    struct error e;
    weighing_free(w);
    bool good = deployment_open(&w->deployment, o, s->table, s->inputs.cfg, &e) == 0;
    if (!good) {
        app_say(a, JOURNAL_WARNING, "%s: the plan goes on with the usual devices and link", e.text);
        deployment_usual(&w->deployment, o, s->table);
    }
    w->edge = memory_copy(good && o->edge ? o->edge : DEPLOYMENT_EDGE);
    w->server = memory_copy(good && o->server ? o->server : DEPLOYMENT_SERVER);
    w->features = memory_copy(good && o->features_csv ? o->features_csv : "");
    use_given_link(w, good ? o->link : NULL);
    w->open = true;
}

void weighing_free(struct weighing *w)
{
    if (w->open)
        deployment_free(&w->deployment);
    deploy_free(w->cuts, w->verdict.n);
    free(w->edge);
    free(w->server);
    free(w->features);
    *w = (struct weighing){0};
}

/* ---- Weighing ---------------------------------------------------------------------------------------- */

static struct link link_stepped(const struct weighing *w)
{
    struct link link = w->link;
    link.mbit_s *= pow(WEIGHING_STEP, w->rate_steps);
    link.rtt_ms *= pow(WEIGHING_STEP, w->trip_steps);
    return link;
}

void weighing_refresh(struct app *a)
{
    struct weighing *w = &a->weighing;
    const struct listing *l = &a->study->listing;
    if (!w->open)
        weighing_open(a);
    struct deploy *d = &w->deployment.deploy;
    d->type = a->settings.bytes;
    d->edge_speed = pow(WEIGHING_STEP, w->edge_steps);
    d->server_speed = pow(WEIGHING_STEP, w->server_steps);
    d->link = link_stepped(w);
    double *shares = memory_new((size_t)l->n, sizeof *shares);
    for (int i = 0; i < l->n; i++)
        shares[i] = shares_pick(a, i);
    const struct deploy_worth worth = {a->shown.points, shares};
    deploy_free(w->cuts, w->verdict.n);
    w->cuts = deploy_cuts(d, a->study->table, l->layers, l->n, &worth);
    free(shares);
    w->verdict = (struct verdict){
        .table = a->study->table,
        .cuts = w->cuts,
        .n = l->n + 2,
        .limits = w->deployment.limits,
        .wish = w->deployment.wish,
        .resamples = shares_resamples(a),
    };
    choice_judge(w->cuts, w->verdict.n, &w->deployment.limits);
    w->verdict.pick = choice_recommend(w->cuts, w->verdict.n, w->deployment.wish);
}

struct options weighing_given(const struct app *a)
{
    const struct weighing *w = &a->weighing;
    struct options o = a->options;
    if (w->edge_steps || strcmp(w->edge, DEPLOYMENT_EDGE) != 0)
        o.edge = w->edge;
    if (w->server_steps || strcmp(w->server, DEPLOYMENT_SERVER) != 0)
        o.server = w->server;
    if (w->rate_steps || w->trip_steps || strcmp(w->link.name, DEPLOYMENT_LINK) != 0)
        o.link = w->link.name;
    o.features_csv = *w->features ? w->features : NULL;
    return o;
}

double weighing_least_cui(const struct app *a)
{
    double rank = a->weighing.deployment.limits.limit[CHOICE_IMPORTANCE];
    double least = NAN;
    for (int i = 0; a->weighing.open && i < a->study->listing.n; i++) {
        const struct curve_point *p = app_point(a, i);
        if (p->rank > 0 && p->rank <= rank && !(p->cui >= least))
            least = p->cui;
    }
    return least;
}

/* ---- Keys -------------------------------------------------------------------------------------------- */

static void next_link(struct weighing *w, int direction)
{
    int n = links_n(w);
    int at = w->link_at < 0 && direction < 0 ? 0 : w->link_at;
    at = (at + direction + n) % n;
    use_link(w, link_number(w, at));
    w->link_at = at;
}

/* As long as the link stays one that can be; from no round trip no factor leads away. */
static void step_link(struct app *a, int *steps, int by)
{
    struct weighing *w = &a->weighing;
    struct error e;
    if (steps == &w->trip_steps && w->link.rtt_ms == 0) {
        app_say(a, JOURNAL_NOTE, "the link has no round trip (v types another one)");
        return;
    }
    *steps += by;
    const struct link link = link_stepped(w);
    if (link_check(&link, &e) < 0)
        *steps -= by;
}

static void step_speed(int *steps, int by)
{
    enum { MOST = 40 };
    if (abs(*steps + by) <= MOST)
        *steps += by;
}

static void toggle_packed(struct app *a)
{
    struct deploy *d = &a->weighing.deployment.deploy;
    if (d->features)
        d->packed = !d->packed;
    else
        app_say(a, JOURNAL_NOTE, "how far tensors can be compressed is not known (--features FILE, or v)");
}

bool weighing_act(struct app *a, enum action action)
{
    struct weighing *w = &a->weighing;
    switch (action) {
    case ACTION_LINK_NEXT:
    case ACTION_LINK_PREVIOUS:
        next_link(w, action == ACTION_LINK_NEXT ? 1 : -1);
        break;
    case ACTION_RATE_UP:
    case ACTION_RATE_DOWN:
        step_link(a, &w->rate_steps, action == ACTION_RATE_UP ? 1 : -1);
        break;
    case ACTION_TRIP_UP:
    case ACTION_TRIP_DOWN:
        step_link(a, &w->trip_steps, action == ACTION_TRIP_UP ? 1 : -1);
        break;
    case ACTION_EDGE_UP:
    case ACTION_EDGE_DOWN:
        step_speed(&w->edge_steps, action == ACTION_EDGE_UP ? 1 : -1);
        break;
    case ACTION_SERVER_UP:
    case ACTION_SERVER_DOWN:
        step_speed(&w->server_steps, action == ACTION_SERVER_UP ? 1 : -1);
        break;
    case ACTION_PACKED:
        toggle_packed(a);
        break;
    case ACTION_WISH:
        w->deployment.wish = (enum choice_figure)((w->deployment.wish + 1) % CHOICE_FIGURES);
        break;
    case ACTION_VALUES_RESET:
        weighing_open(a);
        a->settings.bytes = a->began.bytes;
        a->settings_changed = true;
        break;
    default:
        return false;
    }
    weighing_refresh(a);
    a->dirty = true;
    return true;
}

/* ---- What people type -------------------------------------------------------------------------------- */

static int set_device(struct app *a, const char *text, struct device *device, char **typed, int *steps,
                      struct error *e)
{
    struct device read;
    if (device_read(text, a->study->table, a->study->inputs.cfg, &read, e) < 0)
        return -1;
    device_free(device);
    *device = read;
    free(*typed);
    *typed = memory_copy(text);
    *steps = 0;
    weighing_refresh(a);
    return 0;
}

int weighing_set_edge(struct app *a, const char *text, struct error *e)
{
    struct weighing *w = &a->weighing;
    return set_device(a, text, &w->deployment.edge, &w->edge, &w->edge_steps, e);
}

int weighing_set_server(struct app *a, const char *text, struct error *e)
{
    struct weighing *w = &a->weighing;
    return set_device(a, text, &w->deployment.server, &w->server, &w->server_steps, e);
}

int weighing_set_link(struct app *a, const char *text, struct error *e)
{
    struct link link;
    if (link_parse(text, &a->weighing.deployment.links, &link, e) < 0)
        return -1;
    use_link(&a->weighing, &link);
    weighing_refresh(a);
    return 0;
}

int weighing_set_features(struct app *a, const char *path, struct error *e)
{
    struct weighing *w = &a->weighing;
    struct deploy *d = &w->deployment.deploy;
    struct features read = {0};
    if (*path && features_file_read(path, a->study->table, a->study->inputs.cfg, &read, e) < 0)
        return -1;
    features_free(&w->deployment.features);
    w->deployment.features = read;
    d->features = *path ? &w->deployment.features : NULL;
    d->packed = d->packed && d->features;
    free(w->features);
    w->features = memory_copy(path);
    weighing_refresh(a);
    return 0;
}

static int refuse(const char *what, const char *name, const char *text, const char *expected, struct error *e)
{
    char *shown = text_escape(text);
    error_set(e, "%s%s '%.60s' (expected %s, or nothing)", what, name, shown, expected);
    free(shown);
    return -1;
}

int weighing_set_number(struct app *a, enum weighing_number number, const char *text, struct error *e)
{
    static const char *const names[WEIGHING_NUMBERS] = {"answer", "whole input", "J/MAC"};
    struct deploy *d = &a->weighing.deployment.deploy;
    bool real = number == WEIGHING_JOULE_MAC;
    double joules = NAN;
    long bytes = 0;
    bool good = real ? text_to_double(text, &joules) && joules > 0 : options_to_bytes(text, &bytes);
    if (*text && !good)
        return refuse("the ", names[number], text,
                      real ? "joules above 0, as in 5e-11" : "bytes above 0, as in 64K", e);
    if (real)
        d->joule_mac = *text ? joules : NAN;
    else if (number == WEIGHING_INPUT)
        d->input = *text ? bytes : 0;
    else
        d->answer = *text ? bytes : deploy_default(a->study->table).answer;
    weighing_refresh(a);
    return 0;
}

static const struct {
    const char *expected;
    double most;
} limit_rules[CHOICE_FIGURES] = {
    [CHOICE_LATENCY] = {"milliseconds above 0", INFINITY},
    [CHOICE_BYTES] = {"bytes above 0, as in 64K", INFINITY},
    [CHOICE_MEMORY] = {"bytes above 0, as in 2M", INFINITY},
    [CHOICE_ENERGY] = {"joules above 0", INFINITY},
    [CHOICE_IMPORTANCE] = {"a rank, 1 or more", INFINITY},
    [CHOICE_ACCURACY] = {"a share above 0, at most 1", 1},
};

static bool read_limit(enum choice_figure figure, const char *text, double *value)
{
    long whole;
    if (figure != CHOICE_BYTES && figure != CHOICE_MEMORY && figure != CHOICE_IMPORTANCE)
        return text_to_double(text, value) && *value > 0 && *value <= limit_rules[figure].most;
    bool good = figure == CHOICE_IMPORTANCE ? text_to_long(text, &whole) && whole > 0
                                            : options_to_bytes(text, &whole);
    *value = good ? (double)whole : 0;
    return good;
}

/* Such a limit no cut can hold. */
static void tell_unknown(struct app *a, enum choice_figure figure)
{
    const struct deploy *d = &a->weighing.deployment.deploy;
    if (figure == CHOICE_ENERGY && (isnan(d->joule_mac) || isnan(link_joules(&d->link, 0))))
        app_say(a, JOURNAL_WARNING, "the energy is not known: it needs J/MAC and a link with energy");
    else if (figure == CHOICE_ACCURACY && !d->features)
        app_say(a, JOURNAL_WARNING, "the accuracy is not known: it needs a features file");
}

int weighing_set_limit(struct app *a, enum choice_figure figure, const char *text, struct error *e)
{
    double value = NAN;
    if (*text && !read_limit(figure, text, &value)) {
        refuse("the limit of ", choice_words[figure], text, limit_rules[figure].expected, e);
        return -1;
    }
    a->weighing.deployment.limits.limit[figure] = value;
    weighing_refresh(a);
    if (*text)
        tell_unknown(a, figure);
    return 0;
}

/* With K, M, G or T where it is whole in them. New string. */
static char *bytes_text(double bytes)
{
    static const char units[] = "KMGT";
    int unit = 0;
    for (; bytes > 0 && fmod(bytes, 1024) == 0 && unit < 4; unit++)
        bytes /= 1024;
    return memory_format("%.17g%.*s", bytes, unit > 0, unit > 0 ? &units[unit - 1] : "");
}

char *weighing_number_text(const struct weighing *w, enum weighing_number number)
{
    const struct deploy *d = &w->deployment.deploy;
    if (number == WEIGHING_JOULE_MAC)
        return isnan(d->joule_mac) ? memory_copy("") : memory_format("%.9g", d->joule_mac);
    if (number == WEIGHING_INPUT && d->input == 0)
        return memory_copy("");
    return bytes_text((double)(number == WEIGHING_INPUT ? d->input : d->answer));
}

char *weighing_limit_text(const struct weighing *w, enum choice_figure figure)
{
    double limit = w->deployment.limits.limit[figure];
    if (isnan(limit))
        return memory_copy("");
    bool bytes = figure == CHOICE_BYTES || figure == CHOICE_MEMORY;
    return bytes ? bytes_text(limit) : memory_format("%.6g", limit);
}

/* "," between pairs. Takes over `text`. */
static char *add_pair(char *text, const char *key, const char *value)
{
    char *longer = memory_format("%s%s%s=%s", text, *text ? "," : "", key, value);
    free(text);
    return longer;
}

static char *add_number(char *text, const char *key, double value, double usual)
{
    char number[32];
    snprintf(number, sizeof number, "%.9g", value);
    return value == usual ? text : add_pair(text, key, number);
}

/* What is not as the link of that name has it is said. */
char *weighing_link_text(const struct weighing *w)
{
    static const struct link none = {.loss = 0};
    const struct link link = link_stepped(w);
    int named = link_named(w, link.name);
    const struct link *usual = named >= 0 ? link_number(w, named) : &none;
    char *text = memory_copy(usual->name);
    text = add_number(text, "bandwidth", link.mbit_s, usual->mbit_s);
    text = add_number(text, "rtt", link.rtt_ms, usual->rtt_ms);
    text = add_number(text, "loss", link.loss, usual->loss);
    text = add_number(text, "mtu", link.mtu, usual->mtu);
    text = add_number(text, "header", link.header, usual->header);
    text = add_number(text, "energy", link.joule_byte, usual->joule_byte);
    if (link.transport != usual->transport)
        text = add_pair(text, "transport", link_transport_words[link.transport]);
    return link.slow_start == usual->slow_start ? text
                                                : add_pair(text, "slow_start", link.slow_start ? "1" : "0");
}
