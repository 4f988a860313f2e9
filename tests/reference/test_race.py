#!/usr/bin/python3
"""The numbers that tests/unit/test_race.c and test_ranks.c compare with, worked out in NumPy from the definitions in
engine/race's headers: from full arrays, residuals and integrals where the C code uses sums and shortcuts.

Run from anywhere:  tests/reference/test_race.py [unittest options]      whether tests/unit/race_values.h has them
                    tests/reference/test_race.py --write                 writes that file
"""
import math
import sys
import unittest
from pathlib import Path

import numpy as np

VALUES = Path(__file__).resolve().parent.parent / 'unit' / 'race_values.h'
CUTS, STARTS, STAGES, IMAGES = 6, 3, 5, 50
LAST, STAGE, SHRINK = [2, 2, 1, 2, 0, 2], 2, 0.6
NEVER = STAGES
FAILED = {(0, 1): 1, (3, 2): 2, (4, 0): 1}  # the stage in which that start of that cut failed, in the second case


def mixed(n):
    """SplitMix64 of n: the same numbers as order_splitmix's first for the state n."""
    mask = 2 ** 64 - 1
    z = (n + 0x9e3779b97f4a7c15) & mask
    z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & mask
    z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & mask
    return z ^ (z >> 31)


def right(cut, start, stage, image):
    """A made-up result: harder images, better cuts and stages, and starts that differ."""
    number = mixed(((cut * 10 + start) * 10 + stage) * 1000 + image) % 100
    return int(number < 45 + 4 * cut + (3 + 5 * cut % 19) * stage - 5 * (start == cut % 3) + 12 * (image % 3))


X = np.array([[[[right(i, r, s, j) for j in range(IMAGES)] for r in range(STARTS)] for s in range(STAGES)]
              for i in range(CUTS)], dtype=float)  # [cut][stage][start][image]


def alive(failed, i, t):
    """The starts of cut i that go on after stage t."""
    return [r for r in range(STARTS) if failed.get((i, r), NEVER) > t]


def components(failed):
    """Variances by analysis of variance, each cut at its last stage."""
    between, residual, df = 0, 0, 0
    for i, t in enumerate(LAST):
        x = X[i, t, alive(failed, i, t)]
        between += x.mean(1).var(ddof=1) * (len(x) - 1)
        left = x - x.mean(0, keepdims=True) - x.mean(1, keepdims=True) + x.mean()
        residual += (left ** 2).sum() / (IMAGES - 1) / IMAGES
        df += len(x) - 1
    gain, noise, weight = 0, 0, 0
    for i, t in enumerate(LAST):
        if t == 0:
            continue
        group = [k for k in range(CUTS) if LAST[k] >= t]
        gains = np.array([(X[k, t] - X[k, t - 1])[alive(failed, k, t)].mean(0) for k in group])
        relative = (gains - gains.mean(0))[group.index(i)]
        gain += SHRINK ** (2 * (STAGE - t)) * relative.mean() ** 2
        noise += SHRINK ** (2 * (STAGE - t)) * relative.var(ddof=1) / IMAGES
        weight += 1 - 1 / len(group)
    return between / df, residual / df, df, gain / weight, noise / weight, weight


START, RESIDUAL, START_DF, GAIN, NOISE, GAIN_DF = components({})
REMAINING = sum(SHRINK ** (t - STAGE) for t in range(STAGE + 1, STAGES))


def difference(i, k, failed):
    """Of two cuts at the end: estimate, standard error, degrees of freedom."""
    between, residual, start_df, gain, noise, gain_df = components(failed)
    x, y = X[i, STAGE, alive(failed, i, STAGE)], X[k, STAGE, alive(failed, k, STAGE)]
    apart = x.mean(0) - y.mean(0)
    weight, lag = 1 / len(x) + 1 / len(y), 2 * REMAINING ** 2
    start = weight * between
    variance = max(apart.var(ddof=1) / IMAGES - weight * residual, 0) + start + lag * max(gain - noise, 0)
    return apart.mean(), variance ** 0.5, variance ** 2 / (start ** 2 / start_df + (lag * gain) ** 2 / gain_df)


def student_density(x, df):
    factor = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / (df * math.pi) ** 0.5
    return factor * (1 + x * x / df) ** (-(df + 1) / 2)


def student_tail(t, df):
    """P(T > t), t > 0, by integration."""
    x = np.linspace(0, t, 100001)
    density = student_density(x, df)
    return 0.5 - ((density[:-1] + density[1:]) / 2).sum() * (x[1] - x[0])


def student_quantile(tail, df):
    low, high = 0.0, 100.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, df) > tail else (low, middle)
    return low


def interval(cut, failed):
    """Wilson's as the roots of its quadratic, and Student's, joined."""
    x, z = X[cut, LAST[cut], alive(failed, cut, LAST[cut])], 1.959963984540054
    p, (start, residual, start_df, *_) = x.mean(), components(failed)
    # (p - q)^2 = z^2 q (1 - q) / n
    lowest, highest = sorted(np.roots([1 + z * z / IMAGES, -2 * p - z * z / IMAGES, p * p]).real)
    half = student_quantile(0.025, start_df) * (max(start - residual, 0) / len(x)) ** 0.5
    return p - ((p - lowest) ** 2 + half ** 2) ** 0.5, p + ((highest - p) ** 2 + half ** 2) ** 0.5


def confidence_set(estimate, draws):
    """Hansen, Lunde, Nason 2011, section 3.1.2: of losses, by T_R and its rule of who leaves."""
    loss, errors, left = -estimate, -draws, list(range(len(estimate)))
    p, highest = np.ones(len(estimate)), 0
    apart = errors[:, :, None] - errors[:, None, :]
    deviation = (apart ** 2).mean(0) ** 0.5 + np.eye(len(estimate))
    while len(left) > 1:
        pairs = np.ix_(left, left)
        t = (np.subtract.outer(loss, loss) / deviation)[pairs]
        drawn = np.abs(apart / deviation)[(slice(None),) + pairs].reshape(len(draws), -1)
        highest = max(highest, ((drawn.max(1) >= np.abs(t).max()).sum() + 1) / (len(draws) + 1))
        worst = t.max(1).argmax()
        p[left[worst]] = highest
        left.pop(worst)
    return p


SET_ESTIMATE = np.array([.70, .703, .60, .752, .75, .69])
SET_DRAWS = np.array([[((mixed(d * 6 + i) % 1000) - 500) * (1 + 9 * (i == 0)) / 2e4 +
                       ((mixed(7000 + d) % 1000) - 500) / 1e4 for i in range(6)] for d in range(400)])

NAN = float('nan')
RANK_X = [3, 1, 4, 1, 5, 9, NAN, 2, 6, 5, 3, 5]
RANK_Y = [2, 7, 1, 8, NAN, 8, 1, 8, 2, 8, 4, 5]
RANK_Z = [1, 2, 3, 4, 5, 6, 7, NAN, 8, 8, 10, 11]


def mid_ranks(x):
    places = np.empty(len(x))
    places[np.argsort(x, kind='stable')] = np.arange(1, len(x) + 1)
    return np.array([places[x == value].mean() for value in x])


def complete(*columns):
    table = np.array(columns, dtype=float)
    return table[:, ~np.isnan(table).any(0)]


def spearman():
    x, y = complete(RANK_X, RANK_Y)
    return np.corrcoef(mid_ranks(x), mid_ranks(y))[0, 1]


def kendall():
    x, y = complete(RANK_X, RANK_Y)
    a, b = np.sign(np.subtract.outer(x, x)), np.sign(np.subtract.outer(y, y))
    return (a * b).sum() / ((a * a).sum() * (b * b).sum()) ** 0.5


def partial():
    """The correlation of what a regression on depth's ranks leaves of the other ranks."""
    x, y, z = (mid_ranks(column) for column in complete(RANK_X, RANK_Y, RANK_Z))
    design = np.stack([z, np.ones(len(z))], 1)
    left = [column - design @ np.linalg.lstsq(design, column, rcond=None)[0] for column in (x, y)]
    return np.corrcoef(*left)[0, 1]


def row(name, numbers):
    numbers = ', '.join('NAN' if np.isnan(x) else '%.10g' % x for x in np.ravel(numbers))
    return 'static const double %s[] = {%s};\n' % (name, numbers)


def text():
    mean, error, df = zip(*(difference(0, 5, {}), difference(1, 3, {}), difference(0, 3, FAILED)))
    return ('/* Written by tests/reference/test_race.py --write. */\n' + ''.join((
        row('look_accuracy', [X[i, LAST[i]].mean() for i in range(CUTS)]),
        row('look_doubt_0_5', [student_tail((lead - mean[0]) / error[0], df[0]) for lead in (0, 0.05)]),
        row('look_reach_0_5', mean[0] + student_quantile(0.01, df[0]) * error[0]),
        row('look_reach_1_3', mean[1] + student_quantile(0.001, df[1]) * error[1]),
        row('look_interval', [interval(cut, {}) for cut in (0, 4)]),
        row('failed_accuracy', [X[i, LAST[i], alive(FAILED, i, LAST[i])].mean() for i in range(CUTS)]),
        row('failed_reach_0_3', mean[2] + student_quantile(0.01, df[2]) * error[2]),
        row('failed_interval', [interval(cut, FAILED) for cut in (0, 4)]),
        row('look_variance', [START, RESIDUAL, GAIN, NOISE]),
        row('set_p', confidence_set(SET_ESTIMATE, SET_DRAWS)),
        row('rank_x', RANK_X), row('rank_y', RANK_Y), row('rank_z', RANK_Z),
        row('rank_spearman', spearman()), row('rank_kendall', kendall()), row('rank_partial', partial()))))


class RaceValues(unittest.TestCase):
    maxDiff = None

    def test_values(self):
        """To nine digits: the last one may differ from machine to machine."""
        def numbers(lines):
            return [[word.strip('{};,') for word in line.split()[3:]] for line in lines.splitlines()]
        for kept, found in zip(numbers(VALUES.read_text(encoding='utf-8')), numbers(text())):
            self.assertEqual(len(kept), len(found))
            for a, b in zip(kept, found):
                if a.replace('.', '').lstrip('-')[:1].isdigit():
                    self.assertAlmostEqual(float(a), float(b), 8)
                else:
                    self.assertEqual(a, b)


if __name__ == '__main__':
    if sys.argv[1:] == ['--write']:
        VALUES.write_text(text(), encoding='utf-8')
    else:
        unittest.main()
