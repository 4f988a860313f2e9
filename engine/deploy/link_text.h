/* Links as text: on a command line, "wifi" or "wifi,rtt=40,loss=0.01", and in the user's file of links, an
 * INI file like Darknet's:
 *
 *     [barn]             its name
 *     like=lte           defaults for the keys left out (else TCP over IP, rtt 0, loss 0)
 *     bandwidth=2.5      Mbit/s
 *     rtt=120            ms
 *     loss=0.02          fraction of packets lost
 *     mtu=1500           bytes
 *     header=52          bytes
 *     transport=tcp      tcp or resent
 *     slow_start=1       0 or 1
 *     energy=3.1e-6      J for each byte sent */
#ifndef ISPLIT_DEPLOY_LINK_TEXT_H
#define ISPLIT_DEPLOY_LINK_TEXT_H

#include "deploy/link.h"

struct link_list {
    struct link *links; /* [n] */
    int n;
};

/* -1 with "FILE:LINE: why" and nothing to free. */
int link_list_read(const char *path, struct link_list *list, struct error *e);
void link_list_free(struct link_list *list);

/* The user's own links: those of the named file, else (NULL) of the default one if it exists. */
int link_list_open(const char *path, struct link_list *list, struct error *e);

/* $XDG_CONFIG_HOME/isplit/links or ~/.config/isplit/links. New string; NULL where there is no home. */
char *link_list_path(void);

/* The link that a text describes: by a name, looked up in the list (may be NULL) and then in the presets, or
 * by key=value pairs alone. */
int link_parse(const char *text, const struct link_list *list, struct link *out, struct error *e);

#endif
