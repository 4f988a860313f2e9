#include "train/schedule.h"

#include <math.h>

/* PyTorch's defaults (torch.optim.lr_scheduler.OneCycleLR). */
static const double warm_share = 0.3, first_divisor = 25, last_divisor = 1e4;

static double schedule_anneal(double from, double to, double share)
{
    return to + (from - to) / 2 * (cos(acos(-1.0) * share) + 1);
}

/* Where the peak is; below 0 in a very short cycle. */
static double schedule_top(long steps)
{
    return warm_share * (double)steps - 1;
}

double schedule_cycle(long step, long steps, double peak)
{
    double first = peak / first_divisor, last = first / last_divisor;
    double top = schedule_top(steps);
    if ((double)step <= top)
        return schedule_anneal(first, peak, (double)step / top);
    return schedule_anneal(peak, last, ((double)step - top) / ((double)steps - 1 - top));
}

long schedule_steps(long first, int stages)
{
    return first * ((1L << stages) - 1);
}

int schedule_stage(long step, long first)
{
    int stage = 0;
    while (step >= schedule_steps(first, stage + 1))
        stage++;
    return stage;
}

double schedule_rate(long step, long first, double peak)
{
    int stage = schedule_stage(step, first);
    return schedule_cycle(step - schedule_steps(first, stage), first << stage, ldexp(peak, -stage));
}

double schedule_highest(long done, long first, double peak)
{
    return (double)done - 1 < schedule_top(first) ? schedule_cycle(done - 1, first, peak) : peak;
}
