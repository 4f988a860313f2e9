#include "deploy/link_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/cfg.h"

static const char *const keys[] = {"bandwidth", "rtt",        "loss",   "mtu",           "header",
                                   "transport", "slow_start", "energy", "bandwidth_low", "bandwidth_high",
                                   "rtt_low",   "rtt_high",   NULL};

/* The defaults; the bandwidth has none. */
static struct link blank(const char *name)
{
    struct link l = {.mbit_s = NAN, .mtu = 1500, .header = 52, .transport = LINK_TCP};
    snprintf(l.name, sizeof l.name, "%s", name);
    return l;
}

/* ---- One link ---------------------------------------------------------------------------------------- */

struct link_list {
    struct link *links; /* [n] */
    int n;
};

int link_list_n(const struct link_list *list)
{
    return list ? list->n : 0;
}

const struct link *link_list_at(const struct link_list *list, int i)
{
    return &list->links[i];
}

static int known_name(const char *name, const struct link_list *list, struct link *out, struct error *e)
{
    const struct link *found = NULL;
    for (int i = 0; i < link_list_n(list) && !found; i++)
        if (strcmp(list->links[i].name, name) == 0)
            found = &list->links[i];
    if (!found)
        found = link_preset(name);
    if (found) {
        *out = *found;
        return 0;
    }
    char known[200] = "";
    for (int i = 0; i < link_presets_n + link_list_n(list); i++) {
        const char *one = i < link_presets_n ? link_presets[i].name : list->links[i - link_presets_n].name;
        if (i >= link_presets_n && link_preset(one))
            continue; /* listed already */
        size_t used = strlen(known);
        bool fits = used + strlen(one) + sizeof ", , ..." <= sizeof known;
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", fits ? one : "...");
        if (!fits)
            break;
    }
    char quoted[CFG_QUOTED];
    return error_set(e, "there is no link %s (expected %s)", cfg_quote(quoted, name), known);
}

static int set_number(const char *key, const char *value, double *out, struct error *e)
{
    char quoted[CFG_QUOTED];
    return text_to_double(value, out)
               ? 0
               : error_set(e, "%s is %s (expected a number)", key, cfg_quote(quoted, value));
}

static int set_bytes(const char *key, const char *value, int *out, struct error *e)
{
    long number;
    char quoted[CFG_QUOTED];
    if (!text_to_long(value, &number) || number < 0 || number > 1 << 24)
        return error_set(e, "%s is %s (expected bytes, 0 to %d)", key, cfg_quote(quoted, value), 1 << 24);
    *out = (int)number;
    return 0;
}

static int set_word(struct link *l, const char *key, const char *value, struct error *e)
{
    char quoted[CFG_QUOTED];
    if (strcmp(key, "slow_start") == 0) {
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return error_set(e, "slow_start is %s (expected 0 or 1)", cfg_quote(quoted, value));
        l->slow_start = value[0] == '1';
        return 0;
    }
    for (int t = 0; link_transport_words[t]; t++)
        if (strcmp(value, link_transport_words[t]) == 0) {
            l->transport = (enum link_transport)t;
            return 0;
        }
    return error_set(e, "transport is %s (expected tcp or resent)", cfg_quote(quoted, value));
}

/* One of the two that have a measured interval, which another value has not. */
static int set_measured(const char *key, const char *value, double *out, double range[2], struct error *e)
{
    range[0] = range[1] = 0;
    return set_number(key, value, out, e);
}

static double *end_of_range(struct link *l, const char *key)
{
    const struct {
        const char *key;
        double *end;
    } ends[] = {{"bandwidth_low", &l->mbit_range[0]},
                {"bandwidth_high", &l->mbit_range[1]},
                {"rtt_low", &l->rtt_range[0]},
                {"rtt_high", &l->rtt_range[1]}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(key, ends[i].key) == 0)
            return ends[i].end;
    return NULL;
}

static int link_text_set(struct link *l, const char *key, const char *value, struct error *e)
{
    if (strcmp(key, "bandwidth") == 0)
        return set_measured(key, value, &l->mbit_s, l->mbit_range, e);
    if (strcmp(key, "rtt") == 0)
        return set_measured(key, value, &l->rtt_ms, l->rtt_range, e);
    if (end_of_range(l, key))
        return set_number(key, value, end_of_range(l, key), e);
    if (strcmp(key, "loss") == 0)
        return set_number(key, value, &l->loss, e);
    if (strcmp(key, "energy") == 0)
        return set_number(key, value, &l->joule_byte, e);
    if (strcmp(key, "mtu") == 0)
        return set_bytes(key, value, &l->mtu, e);
    if (strcmp(key, "header") == 0)
        return set_bytes(key, value, &l->header, e);
    if (strcmp(key, "transport") == 0 || strcmp(key, "slow_start") == 0)
        return set_word(l, key, value, e);
    if (strcmp(key, "like") == 0)
        return error_set(e,
                         "like stands in files only (here the other link's name comes first: wifi,rtt=40)");
    char quoted[CFG_QUOTED];
    const char *nearest = text_nearest(key, keys);
    return error_set(e, "a link has no %s%s%s%s", cfg_quote(quoted, key), nearest ? " (nearest: " : "",
                     nearest ? nearest : "", nearest ? ")" : "");
}

int link_parse(const char *text, const struct link_list *list, struct link *out, struct error *e)
{
    char *copy = memory_copy(text), *rest = copy;
    int status = 0;
    *out = blank("own");
    for (bool first = true; status == 0 && rest; first = false) {
        char *word = text_trim(strsep(&rest, ","));
        char *value = strchr(word, '=');
        if (value) {
            *value++ = '\0';
            status = link_text_set(out, text_trim(word), text_trim(value), e);
        } else if (first) {
            status = known_name(word, list, out, e);
        } else {
            char quoted[CFG_QUOTED];
            status = error_set(e, "%s is no key=value of a link", cfg_quote(quoted, word));
        }
    }
    free(copy);
    return status == 0 ? link_check(out, e) : -1;
}

/* ---- A file of them ---------------------------------------------------------------------------------- */

/* Whether a name is usable: on a command line a comma or an equals sign would end it; and it must be
 * unique. */
static int link_text_check_name(const struct cfg *cfg, const struct cfg_section *section, struct error *e)
{
    char quoted[CFG_QUOTED];
    if (strlen(section->type) >= sizeof((struct link *)NULL)->name)
        return error_at(e, cfg->path, section->line, "the name is too long (expected at most %zu letters)",
                        sizeof((struct link *)NULL)->name - 1);
    char *shown = text_escape(section->type);
    bool plain = strcmp(shown, section->type) == 0 && !strpbrk(shown, ",=");
    free(shown);
    if (!plain)
        return error_at(e, cfg->path, section->line, "the name is %s (expected UTF-8 without , and =)",
                        cfg_quote(quoted, section->type));
    for (const struct cfg_section *other = cfg->sections; other < section; other++)
        if (strcmp(other->type, section->type) == 0)
            return error_at(e, cfg->path, section->line, "there is a link %s already, in line %d",
                            cfg_quote(quoted, section->type), other->line);
    return 0;
}

/* The line of the key that link_check's message begins with; a key that is not in the section came from
 * `like`. */
static long line_of(const struct cfg_section *section, const char *message)
{
    for (int i = 0; i < section->options_n; i++) {
        const char *key = section->options[i].key;
        const char *name = strcmp(key, "rtt") == 0 ? "round trip" : key;
        if (strncmp(message, name, strlen(name)) == 0)
            return section->options[i].line;
    }
    return section->line;
}

static int link_text_read_section(const struct cfg *cfg, const struct cfg_section *section,
                                  struct link_list *list, struct error *e)
{
    struct error why;
    if (link_text_check_name(cfg, section, e) < 0)
        return -1;
    struct link l = blank(section->type);
    const struct cfg_option *like = cfg_find(section, "like");
    if (like && known_name(like->value, list, &l, &why) < 0)
        return error_at(e, cfg->path, like->line, "%s", why.text);
    snprintf(l.name, sizeof l.name, "%s", section->type);
    snprintf(l.source, sizeof l.source, "%s", cfg->path);
    for (int i = 0; i < section->options_n; i++) {
        const struct cfg_option *o = &section->options[i];
        if (o != like && link_text_set(&l, o->key, o->value, &why) < 0)
            return error_at(e, cfg->path, o->line, "%s", why.text);
    }
    if (link_check(&l, &why) < 0)
        return error_at(e, cfg->path, line_of(section, why.text), "%s", why.text);
    list->links = memory_grow(list->links, (size_t)list->n + 1, sizeof *list->links);
    list->links[list->n++] = l;
    return 0;
}

struct link_list *link_list_read(const char *path, struct error *e)
{
    struct link_list *list = memory_new(1, sizeof *list);
    size_t length;
    char *text = file_read(path, CFG_BYTES_MAX, &length, e);
    struct cfg *cfg = text ? cfg_parse_form(text, length, path, CFG_LINKS, e) : NULL;
    int status = cfg ? 0 : -1;
    for (int i = 0; status == 0 && i < cfg->sections_n; i++)
        status = link_text_read_section(cfg, &cfg->sections[i], list, e);
    cfg_free(cfg);
    free(text);
    if (status == 0)
        return list;
    link_list_free(list);
    return NULL;
}

void link_list_free(struct link_list *list)
{
    if (list)
        free(list->links);
    free(list);
}

struct link_list *link_list_open(const char *path, struct error *e)
{
    char *usual = path ? NULL : link_list_path();
    bool there = path || (usual && access(usual, F_OK) == 0);
    struct link_list *list = there ? link_list_read(path ? path : usual, e) : memory_new(1, sizeof *list);
    free(usual);
    return list;
}

char *link_list_path(void)
{
    return file_user_path("XDG_CONFIG_HOME", ".config", "links");
}
