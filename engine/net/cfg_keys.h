/* What the Darknet family writes into cfg files: which sections exist, which keys belong in which of them,
 * and what each key means to us: used, relevant only to training, or refused by name because it would change
 * the result. An unknown key is an error, because a misspelt `filters` would change the network silently. */
#ifndef ISPLIT_NET_CFG_KEYS_H
#define ISPLIT_NET_CFG_KEYS_H

#include "base/error.h"
#include "net/cfg.h"
#include "net/net.h"

#define CFG_KEYS_NET NET_KINDS /* the [net] section, besides the layer kinds of enum net_kind */

/* The kind of a section (enum net_kind or CFG_KEYS_NET), or -1 with the error set. Also checks every key
 * of it. */
int cfg_keys_check(const struct cfg *cfg, const struct cfg_section *section, struct error *e);

#endif
