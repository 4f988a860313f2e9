#!/usr/bin/python3
"""What isplit run measures beside what the plan says, both halves on this machine, one image at a time.

    tests/bench/bench_run.py

A line for each stage of which the plan says something: the median in ms, the plan's (head and tail of `isplit profile
--runtime darknet`, wire and answer of `isplit link --measure` through the same pipe), and their ratio, which a quiet machine
keeps within 15 % where a stage takes more than a millisecond. Last `rest`, what the plan leaves out: decoding, encoding.

Of letters-vgg16, and of Tiny Darknet and VGG16 at 224 where their cfgs are (Debian's package darknet); weights are made up
where ../shared/data has none. Takes up to 4 minutes, most of them VGG16's.
"""
import csv
import os
import struct
import subprocess
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
HALF = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
IMAGES = sorted((TOP / 'tests/samples/letters').rglob('*.png'))
CFGS = Path('/usr/share/darknet/cfg')
TINY = TOP.parent / 'shared/data/tiny-darknet/tiny.weights'


def isplit(*words):
    return subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, check=True, encoding='utf-8').stdout


def made_up(cfg, folder):
    """Weights of the size that the network has: ones, so that no variance is below 0 and nothing overflows soon."""
    table = list(csv.DictReader(isplit('layers', cfg, '--layers', 'all').split('\n')[:-1]))
    floats = sum(int(row['params']) for row in table)
    path = Path(folder, 'made-up.weights')
    path.write_bytes(struct.pack('<iiiI', 0, 1, 0, 0) + struct.pack('<f', 1e-3) * floats)
    return path


def link_of(folder):
    """The options for the plan's link: that of a pipe to a process here. None where it is too quick to be measured."""
    links = os.path.join(folder, 'links')
    measured = subprocess.run([PROGRAM, 'link', '--links', links, '--measure', f'{HALF} probe', '--save', 'pipe'], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ['--links', links, '--link', 'pipe'] if measured.returncode == 0 else []


def compare(name, cfg, weights, layer, images, runs):
    with tempfile.TemporaryDirectory() as folder:
        weights = weights or made_up(cfg, folder)
        halves, profile, out = (os.path.join(folder, leaf) for leaf in ('halves', 'profile.csv', 'run.csv'))
        isplit('split', cfg, weights, '--at', layer, '-o', halves, '--check', 1)
        isplit('profile', cfg, weights, '--runtime', 'darknet', '--runs', runs, '-o', profile)
        isplit('run', halves, *IMAGES[:images], '--no-pipeline', '--no-whole', '--to', f'{HALF} tail {halves}', '--edge',
               profile, '--server', profile, *link_of(folder), '-o', out)
        with open(out, encoding='utf-8', newline='') as file:
            found = {row['measure']: row for row in csv.DictReader(file)}
    planned = [stage for stage in ('head', 'wire', 'tail', 'answer', 'total') if found[stage]['plan']]
    for stage in planned:
        value, plan = float(found[stage]['value']), float(found[stage]['plan'])
        print('%-14s %-12s %-7s %9.3f / %9.3f = %6.3f' % (name, layer, stage, value, plan, value / plan))
    rest = sum(float(found[stage]['value']) for stage in ('decode', 'encode', 'tail_decode'))
    print('%-14s %-12s %-7s %9.3f' % (name, layer, 'rest', rest), flush=True)


def main():
    compare('letters-vgg16', TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights', 'block3_pool', 200, 20)
    for name, weights, layer, images, runs in (('tiny', TINY, 'block5_conv1', 60, 20), ('vgg-16', None, 'block4_pool', 6, 3)):
        if (CFGS / f'{name}.cfg').exists():
            compare(name, CFGS / f'{name}.cfg', weights if weights and weights.exists() else None, layer, images, runs)
        else:
            print(f'{name}: skipped, as {CFGS} has no {name}.cfg')


if __name__ == '__main__':
    main()
