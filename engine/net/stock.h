/* Which Darknet runs a network. Debian's, the stock one, silently takes what it does not know for something
 * else: an activation for relu, a section for nothing, a key for a remark. So it must never see a network of
 * which this says that it lacks something. */
#ifndef ISPLIT_NET_STOCK_H
#define ISPLIT_NET_STOCK_H

#include "net/net.h"

/* The first thing of the network that stock Darknet lacks: "activation 'mish' of layer 3 (conv2)"; a new
 * string. NULL where it has all. (That it crashes on some kinds it has is layer_kinds' stock_crashes.) */
char *net_stock_lacks(const struct net *net);

/* Where all layers of the network run: in stock Darknet, in one of its forks, or nowhere but here. */
enum net_runs { NET_RUNS_STOCK, NET_RUNS_FORK, NET_RUNS_ISPLIT };
enum net_runs net_runs_in(const struct net *net);
extern const char *const net_runs_words[]; /* "stock", "fork", "isplit", NULL */

#endif
