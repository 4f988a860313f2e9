"""Statistics over evaluations. Arrays have a number for each cut."""
from statistics import NormalDist

import numpy as np

RESAMPLES = 20000
FEWEST = 4  # networks; of fewer no interval is given


def ranks(x):
    """From 1; equal ones share the mean of theirs."""
    x = np.asarray(x, float)
    below, equal = (x[None, :] < x[:, None]).sum(1), (x[None, :] == x[:, None]).sum(1)
    return below + (equal + 1) / 2


def spearman(x, y):
    """Pearson's correlation of the ranks; NaN where one of the two is the same everywhere."""
    a, b = (ranks(v) - (len(v) + 1) / 2 for v in (x, y))
    norm = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / norm) if norm > 0 else float('nan')


def regret(values, accuracy, allowed):
    """Points of accuracy lost by taking the allowed cut with the highest value; the mean over those that tie. NaN where
    there is nothing to choose."""
    known = allowed & np.isfinite(values)
    if known.sum() < 2:
        return float('nan')
    picks = known & (values == values[known].max())
    return float(100 * (accuracy[allowed].max() - accuracy[picks].mean()))


def local_maxima(values):
    """As the curve has them: higher than its neighbours, of equal ones in a row the first, never an end."""
    found, first = np.zeros(len(values), bool), 0
    for i in range(1, len(values) + 1):
        if i == len(values) or values[i] != values[first]:
            found[first] = 0 < first and i < len(values) and values[first - 1] < values[first] > values[i]
            first = i
    return found


def candidate(values):
    """The highest local maximum alone: the paper's choice."""
    return np.where(local_maxima(values), values, np.nan)


def above_neighbours(values, accuracy):
    """Points of accuracy by which the local maxima of the curve lie above the mean of the cut before and the cut behind."""
    where = np.flatnonzero(local_maxima(values))
    gains = accuracy[where] - (accuracy[where - 1] + accuracy[where + 1]) / 2
    return float(100 * gains.mean()) if len(gains) else float('nan')


def agreement(right):
    """Spearman's correlation of two starts' accuracies, the mean over their pairs. right: bool [starts][cuts][images]."""
    accuracy = right.mean(2)
    pairs = [spearman(accuracy[i], accuracy[j]) for j in range(len(accuracy)) for i in range(j)]
    return float(np.mean(pairs)) if pairs else float('nan')


def chosen_and_judged(right, allowed):
    """Pairs of accuracies, [cuts] each, one to choose a cut by, one to judge the choice with: other starts and other images,
    so that luck in one is not luck in the other. Cuts that are not allowed are never chosen."""
    halves = [right[:, :, i::2] for i in (0, 1)]
    for start in range(len(right)) if len(right) > 1 else ():
        others = [i for i in range(len(right)) if i != start]
        for mine, theirs in ((0, 1), (1, 0)):
            yield (np.where(allowed, halves[mine][start].mean(1), -1),
                   halves[theirs][others].mean((0, 2)))


def gain_of_own(right, others, allowed):
    """Points of accuracy gained by the cut that was best for these classes (`right`) over the one that was best for other
    classes (`others`), without a bias towards either."""
    gains = [judge[choose.argmax()] - judge[other.argmax()]
             for (choose, judge), (other, _) in zip(chosen_and_judged(right, allowed), chosen_and_judged(others, allowed))]
    return float(100 * np.mean(gains)) if gains else float('nan')


def students_t(freedom):
    """Its upper 2.5 % point: Cornish and Fisher's expansion, 1 % too small for 3 degrees of freedom, closer for more."""
    z = NormalDist().inv_cdf(0.975)
    return (z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2) +
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3))


def tail_of_few(n):
    """Share to cut off at either end of a percentile bootstrap of n, for 95 %: with few the usual 2.5 % gives intervals that
    are too narrow (Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section 5.3: expanded percentiles)."""
    return NormalDist().cdf(-students_t(n - 1) * (n / (n - 1)) ** 0.5)


def mean_and_interval(values, clusters, seed=0):
    """(mean, low, high) with an expanded percentile bootstrap that draws clusters with all their values: sets of one
    network are not independent. NaN among the values is left out."""
    values, clusters = np.asarray(values, float), np.asarray(clusters)
    known = np.isfinite(values)
    values, clusters = values[known], clusters[known]
    names = sorted(set(clusters))
    if not len(values):
        return float('nan'), float('nan'), float('nan')
    if len(names) < FEWEST:
        return float(values.mean()), float('nan'), float('nan')
    sums = np.array([values[clusters == name].sum() for name in names])
    counts = np.array([(clusters == name).sum() for name in names])
    draws = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    tail = tail_of_few(len(names))
    return (float(values.mean()), *(float(q) for q in np.quantile(means, (tail, 1 - tail))))
