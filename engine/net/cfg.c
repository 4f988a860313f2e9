#include "net/cfg.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define WARNINGS_MAX 100

struct cfg_words {
    const char *first;   /* the section that must come first, in messages */
    const char *content; /* of the file */
    const char *word;    /* what the brackets hold */
    const char *things;  /* what sections are */
    bool once;           /* a key that is given again is an error */
    bool comments;       /* may stand behind a section or a value, as one of Darknet's forks reads them */
};

static const struct cfg_words cfg_forms[] = {
    [CFG_NETWORK] = {"[net]", "[net] and layers", "type", "layers", .comments = true},
    [CFG_LINKS] = {"the [name] of a link", "links, each with its [name]", "name", "links", .once = true},
};

const char *cfg_quote(char out[CFG_QUOTED], const char *text)
{
    enum { SHOWN = 60 };
    char head[SHOWN + 1];
    snprintf(head, sizeof head, "%s", text);
    char *escaped = text_escape(head);
    size_t shown = strlen(escaped);
    bool cut = strlen(text) > SHOWN || shown > SHOWN;
    if (shown > SHOWN) {
        shown = SHOWN;
        while (((unsigned char)escaped[shown] & 0xc0) == 0x80) /* never inside a UTF-8 sequence */
            shown--;
    }
    snprintf(out, CFG_QUOTED, "'%.*s%s'", (int)shown, escaped, cut ? "..." : "");
    free(escaped);
    return out;
}

void cfg_warn(struct cfg *cfg, int line, const char *format, ...)
{
    if (cfg->warnings_n > WARNINGS_MAX)
        return;
    struct error text;
    if (cfg->warnings_n == WARNINGS_MAX) {
        error_at(&text, cfg->path, line, "more warnings follow, which are not shown");
    } else {
        char what[1024];
        va_list args;
        va_start(args, format);
        vsnprintf(what, sizeof what, format, args);
        va_end(args);
        error_at(&text, cfg->path, line, "%s", what);
    }
    cfg->warnings = memory_grow(cfg->warnings, (size_t)cfg->warnings_n + 1, sizeof *cfg->warnings);
    cfg->warnings[cfg->warnings_n++] = memory_copy(text.text);
}

const struct cfg_option *cfg_find(const struct cfg_section *section, const char *key)
{
    for (int i = 0; i < section->options_n; i++)
        if (strcmp(section->options[i].key, key) == 0)
            return &section->options[i];
    return NULL;
}

/* Drops every space and tab, as Darknet does, and the CR of a CRLF line end. */
static void squeeze(char *line)
{
    char *out = line;
    for (const char *p = line; *p; p++) {
        bool line_end = *p == '\r' && p[1] == '\0';
        if (*p != ' ' && *p != '\t' && !line_end)
            *out++ = *p;
    }
    *out = '\0';
}

static bool has_control(const char *line)
{
    for (const unsigned char *p = (const unsigned char *)line; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            return true;
    return false;
}

static int add_section(struct cfg *cfg, char *line, int number, struct error *e)
{
    char q[CFG_QUOTED];
    char *end = strchr(line, ']');
    if (!end || end[1] != '\0' || end == line + 1)
        return error_at(e, cfg->path, number, "%s is no section header (expected [%s] and nothing after it)",
                        cfg_quote(q, line), cfg_forms[cfg->form].word);
    if (cfg->sections_n == CFG_SECTIONS_MAX)
        return error_at(e, cfg->path, number, "too many %s (expected at most %d)",
                        cfg_forms[cfg->form].things, CFG_SECTIONS_MAX - 1);
    *end = '\0';
    int n = cfg->sections_n;
    if ((n & (n - 1)) == 0) /* capacity grows in powers of two */
        cfg->sections =
            memory_grow(cfg->sections, n ? memory_product((size_t)n, 2) : 1, sizeof *cfg->sections);
    cfg->sections[cfg->sections_n++] = (struct cfg_section){.type = line + 1, .line = number};
    return 0;
}

static int cfg_add_option(struct cfg *cfg, char *line, int number, struct error *e)
{
    char q[CFG_QUOTED];
    char *equals = strchr(line, '=');
    if (!equals)
        return error_at(e, cfg->path, number, "%s has no '=' (expected key=value, [section] or a # comment)",
                        cfg_quote(q, line));
    if (equals == line || equals[1] == '\0')
        return error_at(e, cfg->path, number, "%s has no %s (expected key=value)", cfg_quote(q, line),
                        equals == line ? "key" : "value");
    *equals = '\0';
    if (cfg->sections_n == 0)
        return error_at(e, cfg->path, number, "key %s stands before any section (expected %s first)",
                        cfg_quote(q, line), cfg_forms[cfg->form].first);

    struct cfg_section *s = &cfg->sections[cfg->sections_n - 1];
    const struct cfg_option *first = cfg_find(s, line);
    if (first && cfg_forms[cfg->form].once)
        return error_at(e, cfg->path, number, "%s again in [%.40s] (expected once; line %d has it)",
                        cfg_quote(q, line), s->type, first->line);
    if (first) {
        cfg_warn(cfg, number, "key %s again in [%.40s]; the first, in line %d, counts, as in Darknet",
                 cfg_quote(q, line), s->type, first->line);
        return 0;
    }
    int n = s->options_n;
    if (n == CFG_KEYS_MAX)
        return error_at(e, cfg->path, number, "more than %d keys in one section", CFG_KEYS_MAX);
    if (n == 0 || (n >= 8 && (n & (n - 1)) == 0))
        s->options = memory_grow(s->options, n ? memory_product((size_t)n, 2) : 8, sizeof *s->options);
    s->options[s->options_n++] = (struct cfg_option){.key = line, .value = equals + 1, .line = number};
    return 0;
}

/* Darknet takes the number in front of such a comment, and a word together with it. In the path of a tree '#'
 * and ';' are letters. */
static void cut_comment(char *line)
{
    if (strncmp(line, "tree=", 5) != 0)
        line[strcspn(line, "#;")] = '\0';
}

static int add_line(struct cfg *cfg, char *line, int number, struct error *e)
{
    squeeze(line);
    if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
        return 0;
    char q[CFG_QUOTED];
    if (has_control(line))
        return error_at(e, cfg->path, number, "control character in %s (expected a text file)",
                        cfg_quote(q, line));
    if (cfg_forms[cfg->form].comments)
        cut_comment(line);
    return line[0] == '[' ? add_section(cfg, line, number, e) : cfg_add_option(cfg, line, number, e);
}

static int parse_lines(struct cfg *cfg, size_t length, struct error *e)
{
    static const char bom[] = "\xef\xbb\xbf";
    char *at = cfg->text, *end = cfg->text + length;
    if (length >= 3 && memcmp(at, bom, 3) == 0)
        at += 3;
    for (int number = 1; at < end; number++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        *stop = '\0';
        if (strlen(at) != (size_t)(stop - at))
            return error_at(e, cfg->path, number, "NUL byte (expected a text file)");
        if (add_line(cfg, at, number, e) < 0)
            return -1;
        at = stop + 1;
    }
    if (cfg->sections_n == 0)
        return error_at(e, cfg->path, 0, "has no sections (expected %s)", cfg_forms[cfg->form].content);
    return 0;
}

struct cfg *cfg_parse(const char *text, size_t length, const char *path, struct error *e)
{
    return cfg_parse_form(text, length, path, CFG_NETWORK, e);
}

struct cfg *cfg_parse_form(const char *text, size_t length, const char *path, enum cfg_form form,
                           struct error *e)
{
    if (length > CFG_BYTES_MAX) {
        error_at(e, path, 0, "has %zu bytes (expected at most %zu)", length, CFG_BYTES_MAX);
        return NULL;
    }
    struct cfg *cfg = memory_new(1, sizeof *cfg);
    cfg->form = form;
    cfg->path = memory_copy(path);
    cfg->text = memory_copy_n(text, length);
    if (parse_lines(cfg, length, e) < 0) {
        cfg_free(cfg);
        return NULL;
    }
    return cfg;
}

void cfg_free(struct cfg *cfg)
{
    if (!cfg)
        return;
    for (int i = 0; i < cfg->sections_n; i++)
        free(cfg->sections[i].options);
    for (int i = 0; i < cfg->warnings_n; i++)
        free(cfg->warnings[i]);
    free(cfg->sections);
    free(cfg->warnings);
    free(cfg->text);
    free(cfg->path);
    free(cfg);
}
