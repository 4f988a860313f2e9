/* Links as people write them: on a command line, "wifi" or "wifi,rtt=40,loss=0.01", and in a file of their
 * own links, an INI file as Darknet's:
 *
 *     [barn]             its name
 *     like=lte           what is not said here is as there (default: TCP over IP, no round trip, no loss)
 *     bandwidth=2.5      Mbit/s
 *     rtt=120            ms
 *     loss=0.02          share of packets
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

/* -1: "FILE:LINE: why"; nothing is left to free then. */
int link_list_read(const char *path, struct link_list *list, struct error *e);
void link_list_free(struct link_list *list);

/* The user's own links: of the file that is named, else (NULL) of the usual one where it is there. */
int link_list_open(const char *path, struct link_list *list, struct error *e);

/* $XDG_CONFIG_HOME/isplit/links or ~/.config/isplit/links. New string; NULL where there is no home. */
char *link_list_path(void);

/* The link that a text names: of the list first (may be NULL), then of the presets; or key=value pairs alone.
 */
int link_parse(const char *text, const struct link_list *list, struct link *out, struct error *e);

#endif
