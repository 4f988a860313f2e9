/* isplit link: the links that are known, or what one of them makes of a number of bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "batch/command.h"
#include "model/link_text.h"
#include "csv/sheet.h"

static void link_cells(struct sheet *s, const struct link *l)
{
    sheet_text(s, l->name);
    sheet_real(s, l->mbit_s);
    sheet_real(s, l->rtt_ms);
    sheet_real(s, l->loss);
    sheet_integer(s, l->mtu);
    sheet_integer(s, l->header);
    sheet_text(s, link_transport_words[l->transport]);
    sheet_integer(s, l->slow_start);
    if (l->joule_byte > 0)
        sheet_real(s, l->joule_byte);
    else
        sheet_empty(s);
    sheet_text(s, l->source);
    sheet_end_row(s);
}

static void print_links(const struct link_list *own, const struct link *one)
{
    struct sheet s = {.out = stdout};
    sheet_names(&s, "link,bandwidth_mbit_s,rtt_ms,loss,mtu,header,transport,slow_start,joule_byte,source");
    sheet_end_row(&s);
    for (int i = 0; i < own->n && !one; i++)
        link_cells(&s, &own->links[i]);
    for (int i = 0; i < link_presets_n && !one; i++)
        link_cells(&s, &link_presets[i]);
    if (one)
        link_cells(&s, one);
}

static void print_transfer(const struct link *l, int64_t bytes)
{
    struct sheet s = {.out = stdout};
    sheet_names(&s, "link,bytes,packets,wire_bytes,rate_mbit_s,send_ms,joules");
    sheet_end_row(&s);
    sheet_text(&s, l->name);
    sheet_integer(&s, bytes);
    sheet_integer(&s, link_packets(l, bytes));
    sheet_integer(&s, link_wire_bytes(l, bytes));
    sheet_real(&s, link_rate(l));
    sheet_real(&s, link_send_ms(l, bytes));
    sheet_real(&s, link_joules(l, bytes));
    sheet_end_row(&s);
}

static int show(struct command *c, const struct link_list *own)
{
    const struct options *o = &c->options;
    struct link l;
    struct error e;
    long bytes = 0;
    if (o->arguments_n > 0 && link_parse(o->arguments[0], own, &l, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    if (o->arguments_n > 1 && strcmp(o->arguments[1], "0") != 0 &&
        !options_to_bytes(o->arguments[1], &bytes)) {
        char *shown = text_escape(o->arguments[1]);
        console_say(&c->console, "BYTES '%.100s' (expected bytes, as in 4096 or 64K)", shown);
        free(shown);
        return COMMAND_USAGE;
    }
    command_become_filter();
    if (o->arguments_n > 1)
        print_transfer(&l, bytes);
    else
        print_links(own, o->arguments_n > 0 ? &l : NULL);
    return fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_BAD_INPUT;
}

int command_link(struct command *c)
{
    struct link_list own;
    struct error e;
    if (link_list_open(c->options.links, &own, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    int status = show(c, &own);
    link_list_free(&own);
    return status;
}
