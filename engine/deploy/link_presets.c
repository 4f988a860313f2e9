/* Links with values from the literature, as starting points. Rates are uplink rates, the direction of the
 * tensor. */
#include <string.h>

#include "deploy/link.h"

/* TCP over IPv4 with timestamps: 20 + 32 bytes of a packet of 1500. Ethernet adds 38 to each packet: preamble
 * 8, header 14, checksum 4, gap 12. */
enum { IP_MTU = 1500, TCP_HEADER = 52, ETHERNET_MORE = 38 };

const struct link link_presets[] = {
    {
        .name = "lora",
        .mbit_s = 0.00547,
        .rtt_ms = 1000,
        .mtu = 235,
        .header = 13,
        .transport = LINK_RESENT,
        .source =
            "LoRaWAN Regional Parameters RP002, EU868 DR5 (SF7, 125 kHz): 5470 bit/s, 222 bytes of payload, "
            "first answer window after 1 s; the duty cycle is not in it",
    },
    {
        .name = "ble",
        .mbit_s = 0.8136,
        .rtt_ms = 30,
        .mtu = 251,
        .header = 7,
        .transport = LINK_RESENT,
        .source = "Bluetooth Core Specification 5.0, LE 1M with data length extension: 251 bytes every 2468 "
                  "us (2088 "
                  "data, 80 acknowledgement, twice 150 between)",
    },
    {
        .name = "lte",
        .mbit_s = 5.85,
        .rtt_ms = 55,
        .mtu = IP_MTU,
        .header = TCP_HEADER,
        .joule_byte = 5.27e-6,
        .source = "uplink and power: Eshratifar et al., JointDNN (IEEE TMC 2021), 4G in the US; round trip: "
                  "middle of "
                  "Opensignal, State of Mobile: USA, 2019",
    },
    {
        .name = "5g",
        .mbit_s = 21.08,
        .rtt_ms = 30,
        .mtu = IP_MTU,
        .header = TCP_HEADER,
        .source = "uplink: Ookla Speedtest Intelligence, global median of Q3 2021; round trip: assumed",
    },
    {
        .name = "wifi",
        .mbit_s = 18.88,
        .rtt_ms = 10,
        .mtu = IP_MTU,
        .header = TCP_HEADER,
        .joule_byte = 2.32e-6,
        .source =
            "uplink and power: Eshratifar et al., JointDNN (IEEE TMC 2021), Wi-Fi in the US; round trip: "
            "assumed, one access point",
    },
    {
        .name = "ethernet",
        .mbit_s = 1000,
        .rtt_ms = 0.3,
        .mtu = IP_MTU + ETHERNET_MORE,
        .header = TCP_HEADER + ETHERNET_MORE,
        .source = "IEEE 802.3 1000BASE-T; round trip: assumed, one switch",
    },
};
const int link_presets_n = sizeof link_presets / sizeof link_presets[0];
const char *const link_preset_words[] = {"lora", "ble", "lte", "5g", "wifi", "ethernet", NULL};

const struct link *link_preset(const char *name)
{
    for (int i = 0; i < link_presets_n; i++)
        if (strcmp(link_presets[i].name, name) == 0)
            return &link_presets[i];
    return NULL;
}
