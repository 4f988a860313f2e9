/* isplit link: the links that are known, or what one of them makes of a number of bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/process.h"
#include "commands/command.h"
#include "commands/link_measure.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "commands/outputs.h"
#include "deploy/link_text.h"
#include "report/report_link.h"

static const struct option_entry link_entries[] = {
    {ROW_TEXT(
        0, "measure", link_measure, "CMD",
        "measures the link through a shell command that starts\nisplit-half on the other side, as in\n'ssh "
        "server isplit-half probe'")},
    {ROW_TEXT(0, "save", link_save, "NAME",
              "with --measure: writes it under that name into the\nfile of links")},
    {ROW_TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)")},
    ROWS_FORMAT,
    ROW_LINKS,
    ROW_HELP,
};

const struct option_command options_link = {
    .name = "link",
    .synopsis = "isplit link [LINK [BYTES]] [OPTIONS]\nisplit link --measure CMD [--save NAME] [OPTIONS]",
    .summary = "Writes as CSV which links are known, with the source of their figures, or how\n"
               "long one of them takes to bring BYTES to the other side. LINK is a name, a name\n"
               "with changes (wifi,rtt=40,loss=0.01) or keys alone (bandwidth=2,rtt=100).",
    .notes = "Keys: bandwidth (Mbit/s), rtt (ms), loss (share of packets), mtu and header\n"
             "(bytes of a packet), transport (tcp, resent), slow_start (0, 1), energy (J a\n"
             "byte), and in FILE like (a link that gives the rest); there each [name] begins a\n"
             "link. Exit status: 0 done; 1 bad input; 2 wrong usage; with --measure also 3 the\n"
             "other side was lost, and 130 interrupted.",
    .entries = link_entries,
    .entries_n = ROWS_COUNT(link_entries),
    .tables = "link transfer measured-link",
    .arguments_min = 0,
    .arguments_max = 2,
    .words = link_preset_words,
};

static void show_conclude(struct command *c, const struct link_list *own, const struct link *one)
{
    if (one)
        conclusion_set(c, "%s: %.4g Mbit/s, round trip %.4g ms", one->name, one->mbit_s, one->rtt_ms);
    else
        conclusion_set(c, "%d links are known, %d of them your own", link_presets_n + link_list_n(own),
                       link_list_n(own));
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
        console_say(c->console, "BYTES '%.100s' (expected bytes, as in 4096 or 64K)", shown);
        free(shown);
        return COMMAND_USAGE;
    }
    const struct sheet_style style = format_style(c);
    struct file_out f;
    if (format_open(c, &f) < 0)
        return COMMAND_BAD_INPUT;
    if (o->arguments_n > 1) {
        report_transfer(f.stream, &l, bytes, &style);
        conclusion_set(c, "%s takes %.4g ms for %ld B", l.name, link_send_ms(&l, bytes), bytes);
    } else {
        report_links(f.stream, own, o->arguments_n > 0 ? &l : NULL, &style);
        show_conclude(c, own, o->arguments_n > 0 ? &l : NULL);
    }
    return format_close(c, &f);
}

int command_link(struct command *c)
{
    struct error e;
    const struct options *o = &c->options;
    int status = outputs_check(c, &o->output.path, 1, (const char *const *)&o->cost_model.links, 1);
    if (status != COMMAND_DONE)
        return status;
    if (o->link_save && !o->link_measure)
        return command_usage(c, "--save is for what --measure finds");
    if (o->link_measure)
        return o->arguments_n > 0 ? command_usage(c, "--measure takes no LINK") : link_measure(c);
    struct link_list *own = link_list_open(c->options.cost_model.links, &e);
    if (!own)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    status = show(c, own);
    link_list_free(own);
    return status;
}
