"""What is to be done: evaluations of networks that were trained on data sets."""
import random
from typing import NamedTuple

from pictures import SOURCES
from settings import NETWORKS

TWO_CLASSES = 'chest-xray'


class Trained(NamedTuple):
    """A network that was trained on a data set."""
    data: str
    network: str
    seed: int

    @property
    def name(self):
        return f'{self.data}-{self.network}-{self.seed}'


class Run(NamedTuple):
    """An evaluation of all its cuts; for half of the classes, or for all."""
    trained: Trained
    bottleneck: str
    half: str = ''  # a, b, or nothing

    @property
    def name(self):
        return '-'.join([self.trained.name, self.bottleneck.replace(':', '')] + ([self.half] if self.half else []))


def all_runs(settings):
    """Lists of runs of one network each, in an order in which a study that is not finished has something of all: seed by
    seed, one bottleneck after the other, halves of the classes last. Two classes have no halves."""
    runs = []
    for seed in range(settings.seeds):
        trained = [Trained(data, network, seed) for data in SOURCES for network in NETWORKS]
        first = settings.bottlenecks()[0]
        runs += [[Run(net, bottleneck)] for bottleneck in settings.bottlenecks() for net in trained]
        runs += [[Run(net, first, half) for half in 'ab'] for net in trained if net.data != TWO_CLASSES]
    return runs


def halves(classes, seed):
    """Two halves of the classes, other ones for another seed."""
    mixed = sorted(classes)
    random.Random(seed).shuffle(mixed)
    middle = len(mixed) // 2
    return {'a': sorted(mixed[:middle]), 'b': sorted(mixed[middle:])}
