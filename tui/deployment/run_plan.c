#include "deployment/run_plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "csv/provenance.h"
#include "deploy/device.h"
#include "deploy/link_text.h"
#include "net/weights.h"
#include "partition/partition_folder.h"
#include "report/device_file.h"

/* ---- The whole network ------------------------------------------------------------------------------ */

static struct table *run_plan_read(const char *cfg, struct error *e)
{
    struct net *net = net_read(cfg, e);
    struct table *table = net ? table_make(net) : NULL;
    net_free(net);
    return table;
}

/* The cfg that was cut, as its provenance names it. */
static struct table *run_plan_origin(const char *folder, struct error *e)
{
    char *sheet = partition_folder_path(folder, PARTITION_CSV), *path = provenance_path(sheet);
    struct provenance *p = provenance_check(sheet, e) == 0 ? provenance_read(path, e) : NULL;
    const char *cfg = provenance_find(p, "cfg"), *xxh3 = provenance_find(p, "cfg_xxh3");
    struct table *table = NULL;
    uint64_t hash;
    char text[17];
    if (p && (!cfg || !xxh3))
        error_at(e, path, 0, "does not name the network that was cut");
    else if (p && weights_hash_file(cfg, &hash, e) == 0) {
        snprintf(text, sizeof text, "%016" PRIx64, hash);
        if (strcmp(text, xxh3) != 0)
            error_at(e, cfg, 0, "has changed since it was cut");
        else
            table = run_plan_read(cfg, e);
    }
    provenance_free(p);
    free(path);
    free(sheet);
    return table;
}

struct table *run_plan_table(const char *folder, struct error *e)
{
    char *whole = partition_folder_path(folder, PARTITION_WHOLE_CFG);
    struct table *table = access(whole, F_OK) == 0 ? run_plan_read(whole, e) : run_plan_origin(folder, e);
    free(whole);
    return table;
}

/* ---- Its times -------------------------------------------------------------------------------------- */

bool run_plan_asked(const struct options *o)
{
    return o->cost_model.edge || o->cost_model.server || o->cost_model.link;
}

static int run_plan_device(const char *text, const struct table *table, const char *folder, int first,
                           int last, double *ms, struct error *e)
{
    struct device device;
    if (!text)
        return 0;
    if (device_read(text, table, folder, &device, e) < 0)
        return -1;
    *ms = device_ms(&device, first, last);
    device_free(&device);
    return 0;
}

int run_plan_given_link(const struct options *o, struct link *link, struct error *e)
{
    const char *text = o->cost_model.link ? o->cost_model.link : "bandwidth=1";
    struct link_list *own = link_list_open(o->cost_model.links, e);
    int status = own ? link_parse(text, own, link, e) : -1;
    link_list_free(own);
    if (status == 0 && !o->cost_model.link)
        link->mbit_s = 0;
    return status;
}

int64_t run_plan_answer(const struct table *table)
{
    return (int64_t)sizeof(float) * (table_is_single(table) ? 1 : table->classes);
}

int64_t run_plan_plain(const struct table *table, const struct half_sheet *sheet)
{
    return FRAME_EXTRA + dtype_bytes(sheet->type, table->rows[sheet->layer].cut_bytes);
}

void run_plan_of(double head_ms, double tail_ms, const struct link *link, int64_t bytes, int64_t answer,
                 bool pipelined, double plan[RUN_MEASURES])
{
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    plan[STAGE_HEAD] = head_ms;
    plan[STAGE_TAIL] = tail_ms;
    if (link) {
        plan[STAGE_WIRE] = link_send_ms(link, bytes);
        plan[STAGE_ANSWER] = link_exchange_ms(link, bytes, answer) - plan[STAGE_WIRE];
    }
    plan[RUN_BYTES] = (double)bytes;
    plan[RUN_TOTAL] = head_ms + plan[STAGE_WIRE] + plan[STAGE_ANSWER] + tail_ms;
    double slowest = fmax(head_ms, fmax(tail_ms, plan[STAGE_WIRE]));
    plan[RUN_THROUGHPUT] = isnan(plan[RUN_TOTAL]) ? NAN : 1000 / (pipelined ? slowest : plan[RUN_TOTAL]);
}

int run_plan_predict(const struct options *o, const char *folder, const struct table *table,
                     const struct half_sheet *sheet, double bytes, bool pipelined, double plan[RUN_MEASURES],
                     struct error *e)
{
    struct link link;
    double head = NAN, tail = NAN;
    if (sheet->layer >= table->rows_n)
        return error_set(e, "layer %d is none of the network's %d", sheet->layer, table->rows_n);
    if (run_plan_device(o->cost_model.edge, table, folder, 0, sheet->layer, &head, e) < 0 ||
        run_plan_device(o->cost_model.server, table, folder, sheet->layer + 1, table->rows_n - 1, &tail, e) <
            0 ||
        (o->cost_model.link && run_plan_given_link(o, &link, e) < 0))
        return -1;
    run_plan_of(head, tail, o->cost_model.link ? &link : NULL,
                bytes > 0 ? (int64_t)ceil(bytes) : run_plan_plain(table, sheet), run_plan_answer(table),
                pipelined, plan);
    return 0;
}
