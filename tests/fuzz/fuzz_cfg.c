/* A cfg, and what follows from it: names, cuts, the layer table and its message, the normalised text. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fuzz.h"
#include "net/cuts.h"
#include "net/weights.h"
#include "wire/message_table.h"

static void check_table(const struct net *net)
{
    struct table *table = table_make(net);
    for (enum table_list list = 0; list < TABLE_LISTS; list++) {
        int n;
        int *listed = table_listed(table, list, &n);
        free(table_cde(table, listed, n));
        free(listed);
    }
    char cfg[17], weights[17];
    json_t *message = message_layers(table, 1, NULL);
    struct table *read = message ? message_layers_read(message, cfg, weights, NULL) : NULL;
    table_free(read);
    json_decref(message);
    table_free(table);
}

/* It names the same network, and is its own normalised text. */
static void check_normalised(const struct net *net)
{
    struct error e;
    char *text = net_normalised(net);
    struct net *again = net_parse(text, strlen(text), "again.cfg", &e);
    FUZZ_CHECK(again && again->layers_n == net->layers_n);
    char *twice = net_normalised(again);
    FUZZ_CHECK(strcmp(text, twice) == 0);
    free(twice);
    net_free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e;
    struct net *net = net_parse((const char *)data, size, "fuzz.cfg", &e);
    if (!net)
        return 0;
    FUZZ_CHECK(weights_expected_bytes(net) >= 0);
    cuts_free(cuts_make(net));
    check_table(net);
    check_normalised(net);
    net_free(net);
    return 0;
}
