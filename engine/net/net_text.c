#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "net/layers.h"
#include "net/net.h"

/* A network of `inputs=N` is written as N channels of one pixel: the same to every layer that takes a
 * plain vector. */
char *net_normalised(const struct net *net)
{
    char *text = NULL;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    fprintf(out, "[net]\nbatch=1\nsubdivisions=1\nheight=%d\nwidth=%d\nchannels=%d\n", net->in.h, net->in.w,
            net->in.c);
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *l = &net->layers[i];
        /* Darknet's dropout passes on the output of the layer before it, which a first layer lacks. */
        bool lone_dropout = l->kind == NET_DROPOUT && i == 0;
        if (lone_dropout) {
            fprintf(out, "\n[activation]\nactivation=linear\n");
            continue;
        }
        fprintf(out, "\n[%s]\n", net_kind_name(l->kind));
        if (layer_kinds[l->kind].write)
            layer_kinds[l->kind].write(out, l);
    }
    fclose(out);
    return text;
}

uint64_t net_hash(const struct net *net)
{
    char *text = net_normalised(net);
    uint64_t hash = XXH3_64bits(text, strlen(text));
    free(text);
    return hash;
}
