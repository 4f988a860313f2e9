#include "report/report_link.h"

#include "report/columns_csv.h"

/* ---- Links ------------------------------------------------------------------------------------------- */

#define LINK_CELL(type, member)                                                                              \
    static void link_##member##_cell(struct sheet *s, const void *row)                                       \
    {                                                                                                        \
        sheet_##type(s, ((const struct link *)row)->member);                                                 \
    }
LINK_CELL(text, name)
LINK_CELL(real, mbit_s)
LINK_CELL(real, rtt_ms)
LINK_CELL(real, loss)
LINK_CELL(integer, mtu)
LINK_CELL(integer, header)
LINK_CELL(integer, slow_start)
LINK_CELL(text, source)

static void link_transport_cell(struct sheet *s, const void *row)
{
    sheet_text(s, link_transport_words[((const struct link *)row)->transport]);
}

static void link_joule_byte_cell(struct sheet *s, const void *row)
{
    const struct link *l = row;
    if (l->joule_byte > 0)
        sheet_real(s, l->joule_byte);
    else
        sheet_empty(s);
}

#define LINK_RANGE_CELL(name, member, end)                                                                   \
    static void link_##name##_cell(struct sheet *s, const void *row)                                         \
    {                                                                                                        \
        const struct link *l = row;                                                                          \
        if (l->member[1] > 0)                                                                                \
            sheet_real(s, l->member[end]);                                                                   \
        else                                                                                                 \
            sheet_empty(s);                                                                                  \
    }
LINK_RANGE_CELL(bandwidth_low, mbit_range, 0)
LINK_RANGE_CELL(bandwidth_high, mbit_range, 1)
LINK_RANGE_CELL(rtt_low, rtt_range, 0)
LINK_RANGE_CELL(rtt_high, rtt_range, 1)

static const struct csv_column link_columns[] = {
    {"link", "name of the link", link_name_cell, NULL},
    {"bandwidth_mbit_s", "bandwidth, Mbit/s", link_mbit_s_cell, NULL},
    {"rtt_ms", "round trip, ms", link_rtt_ms_cell, NULL},
    {"loss", "fraction of the packets that are lost", link_loss_cell, NULL},
    {"mtu", "bytes of a packet", link_mtu_cell, NULL},
    {"header", "bytes of its header", link_header_cell, NULL},
    {"transport", "tcp, or resent: lost packets come again", link_transport_cell, NULL},
    {"slow_start", "1 where a connection that was idle starts slowly, else 0", link_slow_start_cell, NULL},
    {"bandwidth_low",
     "lower end of the 95 % interval of a measured bandwidth, Mbit/s; empty where it was not",
     link_bandwidth_low_cell, NULL},
    {"bandwidth_high", "upper end of it, Mbit/s", link_bandwidth_high_cell, NULL},
    {"rtt_low", "lower end of that of a measured round trip, ms", link_rtt_low_cell, NULL},
    {"rtt_high", "upper end of that, ms", link_rtt_high_cell, NULL},
    {"joule_byte", "energy of the device for a byte that is sent, J; empty where it is not known",
     link_joule_byte_cell, NULL},
    {"source", "where the figures come from", link_source_cell, NULL},
};
const struct csv_table csv_table_link =
    CSV_TABLE_FIRST("link", link_columns, "link,bandwidth_mbit_s,rtt_ms,loss,transport,joule_byte,mtu");

void report_links(FILE *out, const struct link_list *own, const struct link *one,
                  const struct sheet_style *style)
{
    struct sheet *s = csv_table_begin(out, &csv_table_link, NULL, style);
    for (int i = 0; i < link_list_n(own) && !one; i++)
        csv_table_row(s, &csv_table_link, link_list_at(own, i));
    for (int i = 0; i < link_presets_n && !one; i++)
        csv_table_row(s, &csv_table_link, &link_presets[i]);
    if (one)
        csv_table_row(s, &csv_table_link, one);
    sheet_free(s);
}

/* ---- A transfer -------------------------------------------------------------------------------------- */

struct transfer_line {
    const struct link *link;
    int64_t bytes;
};

static void transfer_link(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct transfer_line *)row)->link->name);
}

static void transfer_bytes(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct transfer_line *)row)->bytes);
}

static void transfer_rate(struct sheet *s, const void *row)
{
    sheet_real(s, link_rate(((const struct transfer_line *)row)->link));
}

#define TRANSFER_CELL(type, name)                                                                            \
    static void transfer_##name(struct sheet *s, const void *row)                                            \
    {                                                                                                        \
        const struct transfer_line *line = row;                                                              \
        sheet_##type(s, link_##name(line->link, line->bytes));                                               \
    }
TRANSFER_CELL(integer, packets)
TRANSFER_CELL(integer, wire_bytes)
TRANSFER_CELL(real, send_ms)
TRANSFER_CELL(real, joules)

static const struct csv_column transfer_columns[] = {
    {"link", "name of the link", transfer_link, NULL},
    {"bytes", "bytes of the tensor", transfer_bytes, NULL},
    {"packets", "packets that it takes", transfer_packets, NULL},
    {"wire_bytes", "bytes on the wire, headers included", transfer_wire_bytes, NULL},
    {"rate_mbit_s", "rate that loss and round trip leave of the bandwidth, Mbit/s", transfer_rate, NULL},
    {"send_ms", "time until the last byte is there, ms", transfer_send_ms, NULL},
    {"joules", "energy of the device, J; empty where it is not known", transfer_joules, NULL},
};
const struct csv_table csv_table_transfer = CSV_TABLE("transfer", transfer_columns);

void report_transfer(FILE *out, const struct link *l, int64_t bytes, const struct sheet_style *style)
{
    const struct transfer_line line = {l, bytes};
    struct sheet *s = csv_table_begin(out, &csv_table_transfer, NULL, style);
    csv_table_row(s, &csv_table_transfer, &line);
    sheet_free(s);
}

/* ---- A measurement ----------------------------------------------------------------------------------- */

struct measured_line {
    const char *name;
    const double *mbit_s, *rtt_ms; /* [LINK_PARTS] */
    long small_n;
    int64_t large;
};

static void measured_link_name(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct measured_line *)row)->name);
}

#define MEASURED_CELL(member, name, part)                                                                    \
    static void measured_##member##_##name(struct sheet *s, const void *row)                                 \
    {                                                                                                        \
        sheet_real(s, ((const struct measured_line *)row)->member[part]);                                    \
    }
#define MEASURED_CELLS(member)                                                                               \
    MEASURED_CELL(member, value, LINK_VALUE)                                                                 \
    MEASURED_CELL(member, low, LINK_LOW)                                                                     \
    MEASURED_CELL(member, high, LINK_HIGH)                                                                   \
    MEASURED_CELL(member, p5, LINK_P5)                                                                       \
    MEASURED_CELL(member, p95, LINK_P95)
#define MEASURED_INTEGER(member)                                                                             \
    static void measured_##member(struct sheet *s, const void *row)                                          \
    {                                                                                                        \
        sheet_integer(s, ((const struct measured_line *)row)->member);                                       \
    }
MEASURED_CELLS(mbit_s)
MEASURED_CELLS(rtt_ms)
MEASURED_INTEGER(small_n)
MEASURED_INTEGER(large)

static const struct csv_column measured_link_columns[] = {
    {"link", "its name; measured where it is not saved", measured_link_name, NULL},
    {"bandwidth_mbit_s", "bandwidth, Mbit/s", measured_mbit_s_value, NULL},
    {"bandwidth_low", "lower end of its 95 % interval", measured_mbit_s_low, NULL},
    {"bandwidth_high", "upper end of it, Mbit/s", measured_mbit_s_high, NULL},
    {"bandwidth_p5", "5th percentile of what single messages show, Mbit/s", measured_mbit_s_p5, NULL},
    {"bandwidth_p95", "95th percentile of that, Mbit/s", measured_mbit_s_p95, NULL},
    {"rtt_ms", "round trip, ms", measured_rtt_ms_value, NULL},
    {"rtt_low", "lower end of its 95 % interval", measured_rtt_ms_low, NULL},
    {"rtt_high", "upper end of it, ms", measured_rtt_ms_high, NULL},
    {"rtt_p5", "5th percentile of single messages, ms", measured_rtt_ms_p5, NULL},
    {"rtt_p95", "95th percentile of that, ms", measured_rtt_ms_p95, NULL},
    {"messages", "small ones, and as many large ones", measured_small_n, NULL},
    {"large_bytes", "bytes of a large one", measured_large, NULL},
};
const struct csv_table csv_table_measured_link = CSV_TABLE("measured-link", measured_link_columns);

void report_measured_link(FILE *out, const char *name, const double mbit_s[LINK_PARTS],
                          const double rtt_ms[LINK_PARTS], long messages, int64_t large,
                          const struct sheet_style *style)
{
    const struct measured_line line = {name, mbit_s, rtt_ms, messages, large};
    struct sheet *s = csv_table_begin(out, &csv_table_measured_link, NULL, style);
    csv_table_row(s, &csv_table_measured_link, &line);
    sheet_free(s);
}
