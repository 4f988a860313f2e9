/* Sorting rows. What is compared is 64 bits a row, side by side in memory: an order-preserving form of a
 * number, or eight bytes of a text; rows with the same eight bytes are sorted by the next eight. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "panes/columns.h"

struct ranked {
    uint64_t rank;
    const char *text;
    int from; /* original place of the key */
};

/* ---- Ranks --------------------------------------------------------------------------------------- */

static bool columns_order_is_empty(const struct columns_key *k)
{
    return k->text ? !*k->text : isnan(k->number);
}

/* The bits of doubles are ordered like the numbers; of negative ones, the other way round. */
static uint64_t rank_number(double number)
{
    uint64_t bits;
    number += 0.0; /* -0 is 0 */
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* As strcasecmp compares: ASCII letters without case. */
static uint64_t rank_text(const char *text)
{
    uint64_t rank = 0;
    int n = 0;
    for (; n < 8 && text[n]; n++) {
        unsigned char c = (unsigned char)text[n];
        rank = rank << 8 | (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return rank << 8 * (8 - n) % 64;
}

/* ---- Sorting ------------------------------------------------------------------------------------- */

static void insert(struct ranked *r, int n)
{
    for (int i = 1; i < n; i++) {
        struct ranked moved = r[i];
        int at = i;
        for (; at > 0 && r[at - 1].rank > moved.rank; at--)
            r[at] = r[at - 1];
        r[at] = moved;
    }
}

/* Merge sort keeps the order of equal ones. `spare` holds half of them. */
static void columns_order_sort(struct ranked *r, struct ranked *spare, int n)
{
    enum { FEW = 16 };
    if (n <= FEW) {
        insert(r, n);
        return;
    }
    int half = n / 2;
    columns_order_sort(r, spare, half);
    columns_order_sort(r + half, spare, n - half);
    if (r[half - 1].rank <= r[half].rank) /* as with paths that begin with the same folders */
        return;
    memcpy(spare, r, (size_t)half * sizeof *r);
    int left = 0, right = half;
    for (int at = 0; left < half; at++)
        r[at] = right < n && r[right].rank < spare[left].rank ? r[right++] : spare[left++];
}

/* By the bytes of the texts from `from` on; those before are the same. */
static void sort_texts(struct ranked *r, struct ranked *spare, int n, size_t from, uint64_t flip)
{
    enum { AHEAD = 16 }; /* the texts are scattered in memory */
    for (int i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(r[i + AHEAD].text + from);
        r[i].rank = rank_text(r[i].text + from) ^ flip;
    }
    columns_order_sort(r, spare, n);
    for (int first = 0, last; first < n; first = last) {
        for (last = first + 1; last < n && r[last].rank == r[first].rank;)
            last++;
        bool ended = ((r[first].rank ^ flip) & 0xff) == 0;
        if (last - first > 1 && !ended)
            sort_texts(r + first, spare, last - first, from + 8, flip);
    }
}

void columns_order_many(const struct columns_table *cs, struct columns_key (*key_of)(const void *data, int i),
                        const void *data, int n, int *order)
{
    struct ranked *r = memory_new((size_t)n, sizeof *r);
    struct ranked *spare = memory_new((size_t)(n / 2), sizeof *spare);
    uint64_t flip = cs->descending ? UINT64_MAX : 0;
    int full = 0, at = n;
    for (int i = 0; i < n; i++) {
        struct columns_key key = key_of(data, i);
        if (!columns_order_is_empty(&key))
            r[full++] = (struct ranked){rank_number(key.number) ^ flip, key.text, i};
    }
    for (int i = n - 1; at > full; i--) {
        struct columns_key key = key_of(data, i);
        if (columns_order_is_empty(&key))
            order[--at] = i;
    }
    if (full > 0 && r[0].text)
        sort_texts(r, spare, full, 0, flip);
    else
        columns_order_sort(r, spare, full);
    for (int i = 0; i < full; i++)
        order[i] = r[i].from;
    free(r);
    free(spare);
}

static struct columns_key nth(const void *data, int i)
{
    return ((const struct columns_key *)data)[i];
}

void columns_order(const struct columns_table *cs, struct columns_key *keys, int n)
{
    struct columns_key *before = memory_new((size_t)n, sizeof *before);
    int *order = memory_new((size_t)n, sizeof *order);
    for (int i = 0; i < n; i++)
        before[i] = keys[i];
    columns_order_many(cs, nth, before, n, order);
    for (int i = 0; i < n; i++)
        keys[i] = before[order[i]];
    free(before);
    free(order);
}
