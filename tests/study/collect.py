"""The measured sets, and their figures: a list of numbers, one a set, for each thing that is told of all."""
from typing import NamedTuple

import numpy as np

from evaluation import Evaluation, read_evaluation
from measures import (above_neighbours, agreement, candidate, gain_of_own, mean_and_interval, regret, spearman)
from runs import Run, all_runs

LIMITS = (1.0, 0.75, 0.5, 0.25)  # share of the multiply-adds that the head may have
FOLLOWED = ('cui', 'candidate', 'cui_corrected', 'depth', 'trapped')


class Measured(NamedTuple):
    """A run that is done."""
    run: Run
    evaluation: Evaluation

    @property
    def network(self):
        return self.run.trained.name


def collect(place, settings):
    """(done, names of those that are missing) of all classes, the same of halves."""
    found = {False: ([], []), True: ([], [])}
    for run in (run for runs in all_runs(settings) for run in runs):
        done, missing = found[bool(run.half)]
        folder = place.work / 'evaluations' / run.name
        if (folder / 'done').exists():
            done.append(Measured(run, read_evaluation(folder)))
        else:
            missing.append(run.name)
    return found[False], found[True]


def by_order(sets):
    """(those in which some cut can be told apart from the best, those in which none can: any order there may be chance)"""
    return [m for m in sets if not m.evaluation.in_set.all()], [m for m in sets if m.evaluation.in_set.all()]


def over_sets(sets, value):
    """(mean, low, high) of value(evaluation) over the sets; the interval is for another draw of networks."""
    return mean_and_interval([value(m.evaluation) for m in sets], [m.network for m in sets])


def told(predictor, name):
    """What isplit itself tells of a predictor."""
    return lambda e: e.told[predictor][name]


def less_depth(predictor):
    return lambda e: e.told[predictor]['spearman'] - e.told['depth']['spearman']


def regret_of(name, limit):
    """Of following a predictor, with a limit on the head's share of the multiply-adds."""
    def of(e):
        values = candidate(e.predicted['cui']) if name == 'candidate' else e.predicted[name]
        return regret(values, e.accuracy, e.depth <= limit)
    return of


def regret_more_than_depth(name, limit):
    return lambda e: regret_of(name, limit)(e) - regret_of('depth', limit)(e)


def regret_at_random(limit):
    """The mean over the allowed cuts."""
    return lambda e: regret(np.zeros(len(e.accuracy)), e.accuracy, e.depth <= limit)


def maxima(e):
    return above_neighbours(e.predicted['cui'], e.accuracy)


def starts_agree(e):
    return agreement(e.right)


class Pair(NamedTuple):
    """One network, evaluated for two halves of its classes."""
    network: str
    a: Evaluation
    b: Evaluation


def pairs_of(halves):
    found = {}
    for m in halves:
        found.setdefault(m.network, {})[m.run.half] = m.evaluation
    return [Pair(name, both['a'], both['b']) for name, both in found.items() if len(both) == 2]


def over_pairs(pairs, value):
    return mean_and_interval([value(p) for p in pairs], [p.network for p in pairs])


def own_choice(limit):
    """Points gained by choosing the cut by the measurements for one's own classes."""
    def of(p):
        return np.mean([gain_of_own(p.a.right, p.b.right, p.a.depth <= limit),
                        gain_of_own(p.b.right, p.a.right, p.b.depth <= limit)])
    return of


def own_curve(limit):
    """Points gained by choosing it by one's own classes' CUI."""
    def of(p):
        gains = []
        for mine, other in ((p.a, p.b), (p.b, p.a)):
            allowed = mine.depth <= limit
            gains.append(regret(other.predicted['cui'], mine.accuracy, allowed) -
                         regret(mine.predicted['cui'], mine.accuracy, allowed))
        return np.mean(gains)
    return of


def halves_agree(p):
    """Spearman's correlation of the two halves' accuracies: mean over pairs of single starts, as starts_agree."""
    return np.mean([spearman(x, y) for x in p.a.right.mean(2) for y in p.b.right.mean(2)])


def halves_starts_agree(p):
    return np.mean([agreement(p.a.right), agreement(p.b.right)])


def curves_agree(p):
    return spearman(p.a.predicted['cui'], p.b.predicted['cui'])


def share_a_best(p):
    """1: a cut is in both sets of those that cannot be told apart from the best."""
    return float((p.a.in_set & p.b.in_set).any())
