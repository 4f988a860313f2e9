"""What is studied and at which scale: variables of the environment, the defaults being the full study."""
import os
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parent.parent.parent

NETWORKS = ('vgg16', 'resnet50')
PREDICTORS = ('cui', 'cui_corrected', 'depth', 'trapped')
SHIPPED = {'vgg16': 'letters-vgg16', 'resnet50': 'letters-resnet50'}  # trained on rendered letters: notMNIST's first seed


def value(name, otherwise):
    text = os.environ.get(f'STUDY_{name}', '')
    try:
        return type(otherwise)(text) if text else otherwise
    except ValueError:
        raise SystemExit(f'study: STUDY_{name} is {text} (expected a number)') from None


class Settings(NamedTuple):
    """All that the measured numbers depend on; a folder of results holds those of one."""
    side: int         # of the pictures; notMNIST's are 32
    train: int        # pictures that a network is trained on at most; 0: all
    epochs: int       # of that
    images: int       # that a split is retrained on
    validation: int   # on which its accuracy is measured, at most
    steps: int        # of retraining, of 32 pictures each
    starts: int       # trainings of each split
    floats: int       # that the second bottleneck sends
    learning: str     # what is retrained: --train of isplit evaluate
    seeds: int
    rate: float       # the largest learning rate; a tenth of it at least where a training goes astray with more

    @classmethod
    def asked(cls):
        return cls(*(value(name.upper(), otherwise) for name, otherwise in FULL._asdict().items()))

    @classmethod
    def read(cls, file):
        """As text() wrote them."""
        try:
            kept = dict(line.split('=') for line in file.read_text(encoding='ascii').split())
            return cls(**{name: kind(kept[name]) for name, kind in cls.__annotations__.items()})
        except (OSError, ValueError, KeyError) as error:
            raise SystemExit(f'study: {file} does not tell the scale of a study ({error})') from None

    def bottlenecks(self):
        return ('ratio', f'floats:{self.floats}')

    def rates(self):
        """In the order in which they are tried."""
        return (self.rate, self.rate / 3, self.rate / 10)

    def apart_from_full(self):
        """The variables that are not those of the full study."""
        return [f'STUDY_{name.upper()}={mine} ({full})' for (name, mine), full in zip(self._asdict().items(), FULL) if mine != full]

    def text(self):
        return ''.join(f'{name}={value}\n' for name, value in self._asdict().items())


FULL = Settings(side=64, train=0, epochs=30, images=2000, validation=2000, steps=600, starts=2, floats=64, learning='tail', seeds=2, rate=0.01)


class Place(NamedTuple):
    """Where things are."""
    data: Path      # the public data sets
    work: Path      # what the study makes: pictures, networks, evaluations
    results: Path   # where RESULTS.md and the figures are written
    program: Path
    threads: int    # of each program
    jobs: int       # programs at a time

    @classmethod
    def asked(cls):
        jobs = max(1, value('JOBS', 1))
        return cls(Path(value('DATA', str(TOP / 'tests/study/data'))), Path(value('WORK', str(TOP / 'tests/study/work'))),
                   Path(value('RESULTS', str(TOP / 'tests/study'))),
                   Path(os.environ.get('ISPLIT', str(TOP / 'isplit'))), value('THREADS', max(1, os.cpu_count() // jobs)), jobs)
