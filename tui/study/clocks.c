#include "study/clocks.h"

struct clocks clocks_unknown(void)
{
    return (struct clocks){.trip = INT64_MAX};
}

/* Half of each, since clocks that began long ago may add up to more than there is room for. */
static int64_t clocks_middle(int64_t a, int64_t b)
{
    return a / 2 + b / 2;
}

void clocks_compare(struct clocks *c, const struct clocks_trip *t)
{
    int64_t trip = (t->heard - t->sent) - (t->answered - t->received);
    if (trip >= c->trip)
        return;
    c->trip = trip;
    c->ahead = clocks_middle(t->received, t->answered) - clocks_middle(t->sent, t->heard);
}

int64_t clocks_ahead(const struct clocks *c, const struct clocks_trip *t)
{
    int64_t least = t->answered - t->heard, most = t->received - t->sent;
    if (least > most) /* one of the clocks is quicker, by more than the whole way took */
        return clocks_middle(least, most);
    return c->ahead < least ? least : c->ahead > most ? most : c->ahead;
}
