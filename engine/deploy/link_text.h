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
 *     energy=3.1e-6      J for each byte sent
 *     bandwidth_low=2.4  95 % interval of a measured bandwidth, behind it
 *     bandwidth_high=2.6
 *     rtt_low=118        that of a measured round trip
 *     rtt_high=123 */
#ifndef ISPLIT_DEPLOY_LINK_TEXT_H
#define ISPLIT_DEPLOY_LINK_TEXT_H

#include "deploy/link.h"

/* The links of a file. NULL of it, which every function but the next two takes, has none. */
struct link_list;

/* NULL with "FILE:LINE: why". */
struct link_list *link_list_read(const char *path, struct error *e);
/* The user's own links: those of the named file, else (NULL) of the default one if it exists. NULL on error.
 */
struct link_list *link_list_open(const char *path, struct error *e);
void link_list_free(struct link_list *list);
int link_list_n(const struct link_list *list);
const struct link *link_list_at(const struct link_list *list, int i);

/* Writes the section of a link into a file of links, in place of one of that name: its intervals, too, and
 * what is known of its source as a comment, a line. The file need not exist; one that is no file of links
 * stays as it is. */
int link_list_save(const char *path, const struct link *link, const char *comment, struct error *e);

/* $XDG_CONFIG_HOME/isplit/links or ~/.config/isplit/links. New string; NULL where there is no home. */
char *link_list_path(void);

/* The link that a text describes: by a name, looked up in the list and then in the presets, or
 * by key=value pairs alone. */
int link_parse(const char *text, const struct link_list *list, struct link *out, struct error *e);

#endif
