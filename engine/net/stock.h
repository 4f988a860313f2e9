/* Which Darknet runs a network. Debian's, the stock one, silently takes what it does not know for something
 * else: an activation for relu, a section for nothing, a key for a remark. So it must never see a network of
 * which this says that it lacks something. */
#ifndef ISPLIT_NET_STOCK_H
#define ISPLIT_NET_STOCK_H

#include "net/net.h"

/* The first thing of the network that stock Darknet lacks: "activation 'mish' of layer 3 (conv2)"; a new
 * string. NULL where it has all. */
char *net_stock_lacks(const struct net *net);

/* Why it cannot run a network of these layers: "it lacks ...", as above, or has the kind but "crashes on
 * layer 1 (deconv1), [deconvolutional]"; a new string. NULL where it can. */
char *net_stock_fails(const struct net *net, int first, int last);

/* Where layers run: in stock Darknet, in one of its forks, or nowhere but here. */
enum net_runs { NET_RUNS_STOCK, NET_RUNS_FORK, NET_RUNS_ISPLIT };
enum net_runs net_runs_in(const struct net *net, int first, int last); /* of these */
extern const char *const net_runs_words[];                             /* "stock", "fork", "isplit", NULL */

#endif
