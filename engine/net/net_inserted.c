#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/net_reader.h"

/* "17,18,21": three layer numbers. */
static bool read_three(const char *text, long out[3])
{
    char *list = memory_copy(text), *rest = list;
    int n = 0;
    bool good = true;
    for (char *item = strsep(&rest, ","); item && good; item = strsep(&rest, ",")) {
        good = n < 3 && text_to_long(item, &out[n]);
        n++;
    }
    free(list);
    return good && n == 3;
}

/* They must be what the rest of the program takes them for: a chain with the shape of its input at its end,
 * and nothing else that joins head and tail. NULL, or what is wrong. */
static const char *inserted_fault(const struct net *net, int first, int last)
{
    struct net_shape in = net->layers[first].in, out = net->layers[last].out;
    if (in.c != out.c || in.h != out.h || in.w != out.w)
        return "the last makes another shape than the first reads";
    for (int i = first; i <= last; i++)
        if (net->layers[i].inputs_n != 1 || net->layers[i].inputs[0] != i - 1)
            return "one of them reads more than the layer before it";
    for (int i = last + 1; i < net->layers_n; i++)
        for (int k = 0; k < net->layers[i].inputs_n; k++)
            if (net->layers[i].inputs[k] < last)
                return "a layer after them reads one before the last";
    return NULL;
}

static int read_code(struct net_reader *r)
{
    const struct cfg_option *o = cfg_find(r->section, "code");
    char q[CFG_QUOTED];
    if (o && strcmp(o->value, "int8") != 0)
        return error_at(r->e, r->cfg->path, o->line, "code=%s in [%s] (expected int8, or no such key)",
                        cfg_quote(q, o->value), r->section->type);
    r->net->inserted.int8 = o != NULL;
    return 0;
}

int net_read_inserted(struct net_reader *r)
{
    r->section = &r->cfg->sections[0];
    const struct cfg_option *o = cfg_find(r->section, "inserted");
    struct net *net = r->net;
    long at[3]; /* the first, the encoder's last, the last */
    char q[CFG_QUOTED];
    if (!o)
        return 0;
    if (!read_three(o->value, at) || at[0] < 0 || at[1] < at[0] || at[2] <= at[1] || at[2] >= net->layers_n)
        return error_at(
            r->e, r->cfg->path, o->line,
            "inserted=%s in [%s] (expected the numbers of a bottleneck's first layer, of its encoder's "
            "last and of its last, up to %d)",
            cfg_quote(q, o->value), r->section->type, net->layers_n - 1);
    const char *fault = inserted_fault(net, (int)at[0], (int)at[2]);
    if (fault)
        return error_at(r->e, r->cfg->path, o->line,
                        "inserted=%s in [%s]: these are no bottleneck's layers: %s", o->value,
                        r->section->type, fault);
    net->inserted.first = (int)at[0];
    net->inserted.sent = (int)at[1];
    net->inserted.last = (int)at[2];
    net->inserted.n = (int)(at[2] - at[0] + 1);
    return read_code(r);
}
