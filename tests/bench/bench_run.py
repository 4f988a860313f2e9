#!/usr/bin/python3
"""What isplit run measures beside what the plan says, both halves on this machine, one image at a time; and what a run gains
that moves the cut with the link (bench_adapt.py).

    tests/bench/bench_run.py        make bench-run; QUICK=1: with a few images, to see that it works

One table for a note, a row for each stage of which the plan says something: the median in ms, the plan's (head and tail of
`isplit profile --runtime darknet`, wire and answer of `isplit link --measure` through the same pipe), and their ratio, which
a quiet machine keeps within 15 % where a stage takes more than a millisecond. Then `rest`, what the plan leaves out: decoding,
encoding; and how many processors others had meanwhile, on average: where that is more than a tenth of one, nothing is
judged, since a run's times are those of the clock. Each row is written when it is known.

Of letters-vgg16, and of Tiny Darknet and VGG16 at 224 where their cfgs are (Debian's package darknet); weights are made up
where ../shared/data has none. Takes up to 4 minutes, most of them VGG16's, and one more for the cut that moves.
"""
import csv
import os
import resource
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import bench_adapt

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
HALF = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
IMAGES = sorted((TOP / 'tests/samples/letters').rglob('*.png'))
CFGS = Path('/usr/share/darknet/cfg')
TINY = TOP.parent / 'shared/data/tiny-darknet/tiny.weights'
LETTERS = TOP / 'weights/letters-vgg16.weights'
# network: (its cfg, its weights, after which layer, images, passes of the profile); and with QUICK=1
NETWORKS = {'letters-vgg16': (TOP / 'cfg/letters-vgg16.cfg', LETTERS, 'block3_pool', (200, 20), (10, 2)),
            'tiny': (CFGS / 'tiny.cfg', TINY, 'block5_conv1', (60, 20), (3, 1)),
            'vgg-16': (CFGS / 'vgg-16.cfg', None, 'block4_pool', (6, 3), (3, 1))}
QUICK = bool(os.environ.get('QUICK'))
WITHIN, WORTH = 0.15, 1.0  # of the plan; ms from which on a stage is judged
QUIET = 0.1  # processors that others may have


def isplit(*words):
    return subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, check=True, encoding='utf-8').stdout


def row(*cells):
    print('| ' + ' | '.join('%.3f' % cell if isinstance(cell, float) else str(cell) for cell in cells) + ' |', flush=True)


def made_up(cfg, folder):
    """Weights of the size that the network has: ones, so that no variance is below 0 and nothing overflows soon."""
    table = list(csv.DictReader(isplit('layers', cfg, '--layers', 'all').split('\n')[:-1]))
    floats = sum(int(one['params']) for one in table)
    path = Path(folder, 'made-up.weights')
    path.write_bytes(struct.pack('<iiiI', 0, 1, 0, 0) + struct.pack('<f', 1e-3) * floats)
    return path


def link_of(folder):
    """The options for the plan's link: that of a pipe to a process here. None where it is too quick to be measured."""
    links = os.path.join(folder, 'links')
    measured = subprocess.run([PROGRAM, 'link', '--links', links, '--measure', f'{HALF} probe', '--save', 'pipe'], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ['--links', links, '--link', 'pipe'] if measured.returncode == 0 else []


def verdict(value, plan, others):
    if others > QUIET:
        return 'not judged: others compute'
    if value < WORTH and plan < WORTH:
        return 'too short to be judged'
    return '%s 15 %%' % ('within' if abs(value / plan - 1) <= WITHIN else 'MORE THAN')


class Others:
    """How many processors other programs have, and the machine that this one is a guest of, from here on."""

    def __init__(self):
        self.began, self.busy, self.own = time.monotonic(), self.busy_s(), self.own_s()

    @staticmethod
    def busy_s():
        user, nice, system, _, _, irq, softirq, steal = map(int, Path('/proc/stat').read_text(encoding='ascii').split()[1:9])
        return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK')

    @staticmethod
    def own_s():
        return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_CHILDREN,
                                                                                      resource.RUSAGE_SELF)))

    def processors(self):
        busy, own = self.busy_s() - self.busy, self.own_s() - self.own
        return max(0.0, busy - own) / (time.monotonic() - self.began)


def measure(cfg, weights, layer, images, runs):
    """measure -> its row of the CSV; and how many processors others had while it was measured."""
    with tempfile.TemporaryDirectory() as folder:
        weights = weights if weights and weights.exists() else made_up(cfg, folder)
        halves, profile, out = (os.path.join(folder, leaf) for leaf in ('halves', 'profile.csv', 'run.csv'))
        isplit('split', cfg, weights, '--at', layer, '-o', halves, '--check', 1)
        os.sync()  # files of half a gigabyte are written meanwhile else
        others = Others()
        isplit('profile', cfg, weights, '--runtime', 'darknet', '--runs', runs, '-o', profile)
        isplit('run', halves, *IMAGES[:images], '--no-pipeline', '--no-whole', '--timeout', '600', '--to', f'{HALF} tail {halves}',
               '--edge', profile, '--server', profile, *link_of(folder), '-o', out)
        with open(out, encoding='utf-8', newline='') as file:
            return {one['measure']: one for one in csv.DictReader(file)}, others.processors()


def compare(name, cfg, weights, layer, images, runs):
    found, others = measure(cfg, weights, layer, images, runs)
    for stage in ('head', 'wire', 'tail', 'answer', 'total'):
        if found[stage]['plan']:
            value, plan = float(found[stage]['value']), float(found[stage]['plan'])
            row(name, layer, stage, value, plan, value / plan, verdict(value, plan, others))
    row(name, layer, 'rest', sum(float(found[stage]['value']) for stage in ('decode', 'encode', 'tail_decode')), '', '',
        f'{images} images; others had {others:.2f} processors')


def main():
    row('network', 'cut', 'stage', 'run, ms', 'plan, ms', 'run / plan', '')
    row('---', '---', '---', '---:', '---:', '---:', '---')
    for name, (cfg, weights, layer, usual, quick) in NETWORKS.items():
        if cfg.exists():
            compare(name, cfg, weights, layer, *(quick if QUICK else usual))
        else:
            row(name, layer, 'skipped', '', '', '', f'there is no {cfg}')
    bench_adapt.compare(row, made_up, TINY, QUICK)


if __name__ == '__main__':
    main()
