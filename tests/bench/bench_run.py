#!/usr/bin/python3
"""What isplit run measures beside what the plan says, both halves on this machine, one image at a time.

    tests/bench/bench_run.py

head, tail   medians in ms; the plan's, of `isplit profile --runtime darknet`; and their ratio, which a quiet machine keeps
             within 15 %
rest         what the plan leaves out: decoding, encoding and the pipe, ms

Of letters-vgg16, and of Tiny Darknet and VGG16 where their cfgs are (Debian's package darknet); weights are made up.
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


def isplit(*words):
    return subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, check=True, encoding='utf-8').stdout


def made_up(cfg, folder):
    """Weights of the size that the network has: ones, so that no variance is below 0 and nothing overflows soon."""
    table = list(csv.DictReader(isplit('layers', cfg, '--layers', 'all').split('\n')[:-1]))
    floats = sum(int(row['params']) for row in table)
    path = Path(folder, 'made-up.weights')
    path.write_bytes(struct.pack('<iiiI', 0, 1, 0, 0) + struct.pack('<f', 1e-3) * floats)
    return path


def compare(name, cfg, weights, layer, images):
    with tempfile.TemporaryDirectory() as folder:
        weights = weights or made_up(cfg, folder)
        halves, profile, out = (os.path.join(folder, leaf) for leaf in ('halves', 'profile.csv', 'run.csv'))
        isplit('split', cfg, weights, '--at', layer, '-o', halves, '--check', 1)
        isplit('profile', cfg, weights, '--runtime', 'darknet', '-o', profile)
        isplit('run', halves, *IMAGES[:images], '--no-pipeline', '--no-whole', '--to', f'{HALF} tail {halves}', '--edge',
               profile, '--server', profile, '-o', out)
        with open(out, encoding='utf-8', newline='') as file:
            found = {row['measure']: row for row in csv.DictReader(file)}
        parts = '   '.join('%s %8.2f / %8.2f = %.3f' % (stage, float(found[stage]['value']), float(found[stage]['plan']),
                                                       float(found[stage]['value']) / float(found[stage]['plan']))
                           for stage in ('head', 'tail'))
        rest = float(found['total']['value']) - sum(float(found[stage]['value']) for stage in ('head', 'tail'))
        print('%-14s %-12s %s   rest %.2f' % (name, layer, parts, rest), flush=True)


def main():
    compare('letters-vgg16', TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights', 'block3_pool', 200)
    for name, layer, images in (('tiny', 'block5_conv1', 40), ('vgg-16', 'block4_pool', 10)):
        if (CFGS / f'{name}.cfg').exists():
            compare(name, CFGS / f'{name}.cfg', None, layer, images)
        else:
            print(f'{name}: skipped, as {CFGS} has no {name}.cfg')


if __name__ == '__main__':
    main()
