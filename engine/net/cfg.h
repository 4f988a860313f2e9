/* The text of a cfg file: sections, keys and values, each with its line. Knows Darknet's syntax (all spaces
 * dropped, '#' and ';' begin a comment at the start of a line, and in a network behind a value or a section,
 * too; the first of duplicate keys wins) and
 * nothing of layers. Everything is owned by the struct cfg; free it with cfg_free. */
#ifndef ISPLIT_NET_CFG_H
#define ISPLIT_NET_CFG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CFG_BYTES_MAX ((size_t)16 << 20)
#define CFG_SECTIONS_MAX 4097 /* [net] and 4096 layers */
#define CFG_KEYS_MAX 256      /* in one section */

/* The form of a file with this syntax: what a section is called in messages, and what is read as written. */
enum cfg_form {
    CFG_NETWORK, /* [net] first; comments may stand behind a section or a value */
    CFG_LINKS,   /* a [name] for each link (deploy/link_text.h); a key that is given again is an error */
};

struct cfg {
    enum cfg_form form;
    char *path;
    char *text; /* what keys and values point into */
    struct cfg_section {
        const char *type; /* without the brackets */
        int line;
        struct cfg_option {
            const char *key, *value; /* neither is empty */
            int line;
        } * options; /* [options_n] */
        int options_n;
    } * sections; /* [sections_n] */
    int sections_n;
    char **warnings; /* one line each, with file and line */
    int warnings_n;
};

/* A network's cfg. NULL on error. `path` is the name used in messages. cfg_parse_form: a file of another
 * form. */
struct cfg *cfg_parse(const char *text, size_t length, const char *path, struct error *e);
struct cfg *cfg_parse_form(const char *text, size_t length, const char *path, enum cfg_form form,
                           struct error *e);
void cfg_free(struct cfg *cfg);

/* NULL where the section has no such key. */
const struct cfg_option *cfg_find(const struct cfg_section *section, const char *key);

/* Adds "FILE:LINE: ..." to the warnings. After 100 of them a last one says that there were more. */
void cfg_warn(struct cfg *cfg, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Text from a file for use in a message: in single quotes, printable, shortened. Returns out. */
enum { CFG_QUOTED = 80 };
const char *cfg_quote(char out[CFG_QUOTED], const char *text);

#endif
